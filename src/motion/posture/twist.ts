/**
 * Twists of the torso: rotation about the vertical and back.
 *
 * In    frame.rotationRad, headingRateRadps, inclinationRad, posture, shakingMps2
 * Out   `twist` events: `peakDeg` (size, from where the torso turned to that side), `side`, `durationS`, `shakingMps2` (the most that was
 *       seen); decided 1 s after the torso is back
 * Source signal specification 2.5 `twist`: over below 12°; 20° reached; back within 6 s; inclination at most 35°
 *       throughout, unless a forward bend is why (then it is the twist of a `bendTwist`); no step within 1 s (clinical
 *       specification, EV-TWIST)
 * Deviations  steps are told by vertical shaking, not by a gait sequence: a gait sequence is only known seconds later. The size counts
 *       from where the torso turned to that side, because the heading that it is measured against lags behind, and the event starts where 12°
 *       were crossed on the way out, as that of a bend.
 * Limits  one sensor overstates spinal twist, because the pelvis turns too (+9.9 ± 6.3°, signal specification 2.2): confidence
 *         is at most 0.6 (clinical specification, EV-TWIST)
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import type { FlexionSource } from './forwardBend.ts';
import { POSTURE_INDEX } from './postureClass.ts';
import { STEPPING_MPS2 } from './shaking.ts';
import { type Excursion, SidedExcursion } from './sidedExcursion.ts';

const END_RAD = 12 * RAD_PER_DEG;
const REACH_RAD = 20 * RAD_PER_DEG;
const PARAMS = { beginRad: END_RAD, endRad: END_RAD, reachRad: END_RAD, confirmS: 0 };
const LONGEST_S = 6;
const MOST_INCLINATION_RAD = 35 * RAD_PER_DEG;
/** Bent forward so far that the inclination is that of a bend; beyond MOST_BENT_RAD heading is no longer that of the trunk. */
const BENT_RAD = 30 * RAD_PER_DEG;
const MOST_BENT_RAD = 75 * RAD_PER_DEG;
const MOST_LATERAL_RAD = 25 * RAD_PER_DEG;
const STEP_WITHIN_S = 1;
const MOST_CONFIDENCE = 0.6;

/**
 * Where the torso turned last before it left the middle, rad; the most shaking during the candidate; when the candidate is decided;
 * direction of the rotation, rad/s.
 */
const TURNED_AT = 0;
const MOST_SHAKING = 1;
const DUE_S = 2;
const RATE = 3;

type Candidate = Excursion & { readonly endS: number; readonly sizeRad: number };

interface TwistSnapshot {
  readonly excursion: Float64Array;
  readonly s: Float64Array;
  readonly isGated: boolean;
  readonly candidate: Candidate | undefined;
}

export class Twist implements Operator {
  readonly #source: FlexionSource;
  readonly #excursion = new SidedExcursion(PARAMS);
  readonly #s = Float64Array.of(0, 0, NaN, 0);
  /** Lying or far from upright during it. */
  #isGated = false;
  #candidate: Candidate | undefined;

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
    for (let i = 0; i < frame.n; i++) this.step(frame, i, emit);
  }

  flush(emit: EmitEvent): void {
    if (this.#candidate) this.#tell(this.#candidate, this.#candidate.endS, emit);
    this.reset();
  }

  /** One sample; `BendTwist` calls it, so that what it adds to a twist does not depend on how frames are cut. */
  step(frame: MotionFrame, i: number, emit: EmitEvent): void {
    // What was turned meanwhile is not known.
    if (frame.marks[i] & Mark.restart) this.flush(emit);
    if (frame.marks[i] & Mark.missing) return;
    const s = this.#s;
    // It was a turn: nothing has come back.
    if (frame.marks[i] & Mark.newHeading) this.#excursion.reset();
    const over = this.#excursion.step(frame.rotationRad, frame, i);
    if (over) {
      // A twist to the other side begins at once: what is known of this one has to do.
      if (this.#candidate) this.#tell(this.#candidate, frame.tS[i], emit);
      this.#candidate = this.#candidateOf(over, frame.tS[i]);
      s[DUE_S] = frame.tS[i] + STEP_WITHIN_S;
      this.#isGated = false;
    }
    if (this.#candidate && frame.tS[i] >= s[DUE_S]) this.#tell(this.#candidate, frame.tS[i], emit);
    const { isOut } = this.#excursion;
    if (!isOut && frame.headingRateRadps[i] * s[RATE] <= 0) s[TURNED_AT] = frame.rotationRad[i];
    s[RATE] = frame.headingRateRadps[i];
    if (isOut && isElsewhere(frame, i)) this.#isGated = true;
    if (!isOut && !this.#candidate) s[MOST_SHAKING] = 0;
    else if (frame.shakingMps2[i] > s[MOST_SHAKING]) s[MOST_SHAKING] = frame.shakingMps2[i];
  }

  #candidateOf(over: Excursion, endS: number): Candidate | undefined {
    const sizeRad = Math.abs(over.peakRad - this.#s[TURNED_AT]);
    const isTwist = !this.#isGated && sizeRad >= REACH_RAD && endS - over.startS <= LONGEST_S;
    return isTwist ? { ...over, endS, sizeRad } : undefined;
  }

  #tell(twist: Candidate, decidedS: number, emit: EmitEvent): void {
    const { startS, endS, peakRad, peakS, sizeRad } = twist;
    const shakingMps2 = this.#s[MOST_SHAKING];
    this.#candidate = undefined;
    this.#s[MOST_SHAKING] = 0;
    if (shakingMps2 > STEPPING_MPS2) return;
    const event: MotionEvent = {
      id: motionEventId('twist', startS),
      type: 'twist',
      startS,
      endS,
      peakS,
      decidedS,
      confidence: MOST_CONFIDENCE,
      peakDeg: sizeRad * DEG_PER_RAD,
      side: peakRad > 0 ? 'left' : 'right',
      durationS: endS - startS,
      shakingMps2,
      source: this.#source,
    };
    emit(event);
  }
}

function isElsewhere({ inclinationRad, flexionRad, lateralRad, posture }: MotionFrame, i: number): boolean {
  if (posture[i] === POSTURE_INDEX.lying) return true;
  if (inclinationRad[i] <= MOST_INCLINATION_RAD) return false;
  const isBentForward = flexionRad[i] >= BENT_RAD && flexionRad[i] <= MOST_BENT_RAD;
  return !(isBentForward && Math.abs(lateralRad[i]) < MOST_LATERAL_RAD);
}
