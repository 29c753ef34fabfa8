/**
 * Twists of the torso: rotation about the vertical and back.
 *
 * In    frame.rotationRad, inclinationRad, posture
 * Out   `twist` events when the torso is back: `peakDeg` (size), `side`, `durationS`
 * Source signal specification 2.5 `twist`: begins beyond 15°, over below 12°; 20° reached; back within 6 s; inclination at most 35°
 *       throughout; not while walking
 * Limits  one sensor overstates spinal twist, because the pelvis turns too (+9.9 ± 6.3°, signal specification 2.2): confidence
 *         is at most 0.6 (clinical specification, EV-TWIST)
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import type { FlexionSource } from './forwardBend.ts';
import { POSTURE_INDEX } from './postureClass.ts';
import { type Excursion, SidedExcursion } from './sidedExcursion.ts';

const PARAMS = {
  beginRad: 15 * RAD_PER_DEG,
  endRad: 12 * RAD_PER_DEG,
  reachRad: 20 * RAD_PER_DEG,
  confirmS: 0,
};
const LONGEST_S = 6;
const MOST_INCLINATION_RAD = 35 * RAD_PER_DEG;
/** A step so soon before or after belongs to it (clinical specification, EV-TWIST). */
const STEP_WITHIN_S = 1;
const SHAKE_TAU_S = 0.5;
/** Vertical shaking of a step; a torso that turns on its hips has less. */
const STEP_MPS2 = 0.65;

/** Vertical shaking (mean square), the most of it during the candidate, when the candidate is decided. */
const SHAKE = 0;
const MOST_SHAKE = 1;
const DUE_S = 2;

interface TwistSnapshot {
  readonly excursion: Float64Array;
  readonly s: Float64Array;
  readonly isGated: boolean;
  readonly candidate: (Excursion & { readonly endS: number }) | undefined;
}

export class Twist implements Operator {
  readonly #source: FlexionSource;
  readonly #excursion = new SidedExcursion(PARAMS);
  readonly #s = Float64Array.of(0, 0, NaN);
  /** Lying or far from upright during it. */
  #isGated = false;
  #candidate: TwistSnapshot['candidate'];

  constructor(source: FlexionSource) {
    this.#source = source;
  }

  reset(): void {
    this.#excursion.reset();
    this.#s.fill(0);
    this.#isGated = false;
    this.#candidate = undefined;
  }

  snapshot(): TwistSnapshot {
    return {
      excursion: this.#excursion.snapshot(),
      s: this.#s.slice(),
      isGated: this.#isGated,
      candidate: this.#candidate,
    };
  }

  restore({ excursion, s, isGated, candidate }: TwistSnapshot): void {
    this.#excursion.restore(excursion);
    this.#s.set(s);
    this.#isGated = isGated;
    this.#candidate = candidate;
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      // What was turned meanwhile is not known.
      if (frame.marks[i] & Mark.restart) this.flush(emit);
      if (!(frame.marks[i] & Mark.missing)) this.#step(frame, i, emit);
    }
  }

  flush(emit: EmitEvent): void {
    if (this.#candidate) this.#tell(this.#candidate, this.#candidate.endS, emit);
    this.reset();
  }

  #step(frame: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    const tS = frame.tS[i];
    const stepS = frame.stepS[i];
    const verticalMps2 = dot(frame.acc, frame.up, 3 * i) - STANDARD_GRAVITY_MPS2;
    s[SHAKE] += (1 - Math.exp(-stepS / SHAKE_TAU_S)) * (verticalMps2 * verticalMps2 - s[SHAKE]);
    const over = this.#excursion.step(frame.rotationRad[i], frame, i);
    if (over) {
      // A twist to the other side begins at once: what is known of this one has to do.
      if (this.#candidate) this.#tell(this.#candidate, tS, emit);
      this.#candidate =
        over.reached && !this.#isGated && tS - over.startS <= LONGEST_S ? { ...over, endS: tS } : undefined;
      s[DUE_S] = tS + STEP_WITHIN_S;
      if (this.#excursion.isOut) this.#isGated = false;
    }
    if (this.#candidate && tS >= s[DUE_S]) this.#tell(this.#candidate, tS, emit);
    if (!this.#candidate && !this.#excursion.isOut) {
      s[MOST_SHAKE] = 0;
      this.#isGated = false;
      return;
    }
    s[MOST_SHAKE] = Math.max(s[MOST_SHAKE], s[SHAKE]);
    if (this.#excursion.isOut && isElsewhere(frame, i)) this.#isGated = true;
  }

  #tell(twist: NonNullable<TwistSnapshot['candidate']>, decidedS: number, emit: EmitEvent): void {
    const { startS, endS, peakRad, peakS } = twist;
    const shakeMps2 = Math.sqrt(this.#s[MOST_SHAKE]);
    this.#candidate = undefined;
    this.#s[MOST_SHAKE] = this.#s[SHAKE];
    if (shakeMps2 > STEP_MPS2) return;
    const event: MotionEvent = {
      id: motionEventId('twist', startS),
      type: 'twist',
      startS,
      endS,
      peakS,
      decidedS,
      confidence: 0.6,
      peakDeg: Math.abs(peakRad) * DEG_PER_RAD,
      side: peakRad > 0 ? 'left' : 'right',
      durationS: endS - startS,
      shakeMps2,
      source: this.#source,
    };
    emit(event);
  }
}

function isElsewhere(frame: MotionFrame, i: number): boolean {
  return frame.inclinationRad[i] > MOST_INCLINATION_RAD || frame.posture[i] === POSTURE_INDEX.lying;
}

const dot = (a: Float64Array, b: Float64Array, i: number): number =>
  a[i] * b[i] + a[i + 1] * b[i + 1] + a[i + 2] * b[i + 2];
