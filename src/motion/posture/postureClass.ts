/**
 * Posture class from inclination and step rhythm.
 *
 * In    frame.inclinationRad, frame.flexionRad, frame.lateralRad, frame.acc
 * Out   frame.posture: index into POSTURES
 * Source signal specification 2.4 step 4 and decisions.md: lying is inclination > 60° for more than 5 s; upright below 45°;
 *       reclined between, when the lean is not a forward one.
 * Deviations  leaning forward is bending, however far and however oblique: only beyond 70° for two minutes does it count as
 *       lying prone [D], because people do stay bent over a flower bed or a wash basin, and a missed bend is the worse error
 * Limits  sitting and standing look alike to one trunk sensor: both are `upright` until transfers are known.
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { Operator } from '../operator.ts';
import { Walking } from './walking.ts';

export const POSTURES = ['unknown', 'upright', 'walking', 'reclined', 'lying'] as const;
export type Posture = (typeof POSTURES)[number];
export const POSTURE_INDEX = Object.fromEntries(POSTURES.map((p, i) => [p, i])) as Readonly<Record<Posture, number>>;

const LYING_RAD = 60 * RAD_PER_DEG;
const UPRIGHT_RAD = 45 * RAD_PER_DEG;
const PRONE_RAD = 70 * RAD_PER_DEG;
const LYING_AFTER_S = 5;
const PRONE_AFTER_S = 120;
const RECLINED_AFTER_S = 5;
/** A lean is a forward one from here on, unless the wearer is mostly on one side. */
const FORWARD_RAD = 20 * RAD_PER_DEG;
const MOSTLY_SIDEWAYS_RAD = 50 * RAD_PER_DEG;

export class PostureClass implements Operator {
  readonly #walking: Walking;
  /** Time beyond 60°, time beyond 45°, class now, time beyond 70°. */
  readonly #state = new Float64Array(4);

  constructor(rateHz: number) {
    this.#walking = new Walking(rateHz);
  }

  reset(): void {
    this.#state.fill(0);
    this.#walking.reset();
  }

  snapshot(): unknown {
    return { state: this.#state.slice(), walking: this.#walking.snapshot() };
  }

  restore(snapshot: { state: Float64Array; walking: Parameters<Walking['restore']>[0] }): void {
    this.#state.set(snapshot.state);
    this.#walking.restore(snapshot.walking);
  }

  push(frame: MotionFrame): void {
    const { n, marks, inclinationRad, posture } = frame;
    const s = this.#state;
    const walking = this.#walking;
    for (let i = 0; i < n; i++) {
      // The class is kept over a gap: who lay before it and lies after it has not been upright in between.
      if (marks[i] & Mark.restart) s[0] = s[1] = s[3] = 0;
      walking.step(frame, i);
      if (inclinationRad[i] <= UPRIGHT_RAD) {
        s[0] = s[1] = s[3] = 0;
        s[2] = this.#onFeet();
      } else if (inclinationRad[i] > UPRIGHT_RAD) this.#leaning(frame, i);
      posture[i] = s[2];
    }
  }

  #leaning({ stepS, inclinationRad, flexionRad, lateralRad }: MotionFrame, i: number): void {
    const s = this.#state;
    const inclination = inclinationRad[i];
    s[0] = inclination > LYING_RAD ? s[0] + stepS[i] : 0;
    s[1] += stepS[i];
    s[3] = inclination > PRONE_RAD ? s[3] + stepS[i] : 0;
    const isForward = flexionRad[i] > FORWARD_RAD && Math.abs(lateralRad[i]) < MOSTLY_SIDEWAYS_RAD;
    s[2] = isForward ? this.#leaningForward() : this.#classify();
  }

  #classify(): number {
    const beyondLyingS = this.#state[0];
    const beyondUprightS = this.#state[1];
    const now = this.#state[2];
    if (now === POSTURE_INDEX.lying && beyondLyingS > 0) return now;
    if (beyondLyingS > LYING_AFTER_S) return POSTURE_INDEX.lying;
    if (beyondUprightS > RECLINED_AFTER_S) return POSTURE_INDEX.reclined;
    return now === POSTURE_INDEX.unknown || now === POSTURE_INDEX.walking ? POSTURE_INDEX.upright : now;
  }

  /** Somebody who lies and turns onto the belly still lies; everybody else bends. */
  #leaningForward(): number {
    if (this.#state[2] === POSTURE_INDEX.lying && this.#state[0] > 0) return POSTURE_INDEX.lying;
    return this.#state[3] > PRONE_AFTER_S ? POSTURE_INDEX.lying : POSTURE_INDEX.upright;
  }

  #onFeet(): number {
    return this.#walking.isWalking ? POSTURE_INDEX.walking : POSTURE_INDEX.upright;
  }
}
