/**
 * Twists of the torso: rotation about the vertical and back.
 *
 * In    frame.twistRad, headingRateRadps, inclinationRad, posture, shakingMps2
 * Out   `twist` events: `peakDeg` (size, from where the torso turned to that side), `side`, `durationS`, `riseS` (until nine tenths of it), `shakingMps2` (the most that was
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
import { DEFAULT_PARAMETERS, type MotionParameters } from '../parameters.ts';
import { bendAnglesDeg, type FlexionSource } from './forwardBend.ts';
import { POSTURE_INDEX } from './postureClass.ts';
import { type Excursion, SidedExcursion } from './sidedExcursion.ts';

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
  readonly #params: MotionParameters;
  readonly #excursion: SidedExcursion;
  readonly #bentFromRad: number;
  readonly #bentLateralRad: number;
  readonly #inclinationRad: number;
  readonly #reachRad: number;
  readonly #s = Float64Array.of(0, 0, NaN, 0);
  /** Lying or far from upright during it. */
  #isGated = false;
  #candidate: Candidate | undefined;

  constructor(source: FlexionSource, params = DEFAULT_PARAMETERS) {
    this.#source = source;
    this.#params = params;
    const leaveRad = params.twistLeaveDeg * RAD_PER_DEG;
    this.#excursion = new SidedExcursion({ beginRad: leaveRad, endRad: leaveRad, reachRad: leaveRad, confirmS: 0 });
    this.#reachRad = params.twistReachDeg * RAD_PER_DEG;
    this.#inclinationRad = params.twistInclinationDeg * RAD_PER_DEG;
    this.#bentFromRad = bendAnglesDeg(source, params).enterDeg * RAD_PER_DEG;
    this.#bentLateralRad = params.twistBentLateralDeg * RAD_PER_DEG;
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
    if (frame.marks[i] & Mark.newHeading) {
      this.#excursion.reset();
      this.#isGated = false;
    }
    const over = this.#excursion.step(frame.twistRad, frame, i);
    if (over) {
      // A twist to the other side begins at once: what is known of this one has to do.
      if (this.#candidate) this.#tell(this.#candidate, frame.tS[i], emit);
      this.#candidate = this.#candidateOf(over, frame.tS[i]);
      s[DUE_S] = frame.tS[i] + this.#params.twistStepS;
      this.#isGated = false;
    }
    if (this.#candidate && frame.tS[i] >= s[DUE_S]) this.#tell(this.#candidate, frame.tS[i], emit);
    const { isOut } = this.#excursion;
    if (!isOut && frame.headingRateRadps[i] * s[RATE] <= 0) s[TURNED_AT] = frame.twistRad[i];
    s[RATE] = frame.headingRateRadps[i];
    if (isOut && this.#isElsewhere(frame, i)) this.#isGated = true;
    if (!isOut && !this.#candidate) s[MOST_SHAKING] = 0;
    else if (frame.shakingMps2[i] > s[MOST_SHAKING]) s[MOST_SHAKING] = frame.shakingMps2[i];
  }

  #candidateOf(over: Excursion, endS: number): Candidate | undefined {
    const sizeRad = Math.abs(over.peakRad - this.#s[TURNED_AT]);
    const isTwist = !this.#isGated && sizeRad >= this.#reachRad && endS - over.startS <= this.#params.twistLongestS;
    return isTwist ? { ...over, endS, sizeRad } : undefined;
  }

  #tell(twist: Candidate, decidedS: number, emit: EmitEvent): void {
    const { startS, endS, peakRad, peakS, riseS, sizeRad } = twist;
    const shakingMps2 = this.#s[MOST_SHAKING];
    this.#candidate = undefined;
    this.#s[MOST_SHAKING] = 0;
    if (shakingMps2 > this.#params.steppingMps2) return;
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
      riseS,
      shakingMps2,
      source: this.#source,
    };
    emit(event);
  }

  /** Lying, or far from upright for another reason than a forward bend. */
  #isElsewhere({ inclinationRad, flexionRad, lateralRad, posture }: MotionFrame, i: number): boolean {
    if (posture[i] === POSTURE_INDEX.lying) return true;
    if (inclinationRad[i] <= this.#inclinationRad) return false;
    // A trunk that is bent and twisted leans to a side as well.
    return !(flexionRad[i] >= this.#bentFromRad && Math.abs(lateralRad[i]) < this.#bentLateralRad);
  }
}
