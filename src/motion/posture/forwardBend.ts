/**
 * Forward-bend events.
 *
 * In    frame.flexionRad, flexionRateRadps, lateralRad, posture, shakingMps2
 * Out   `forwardBend` events when the trunk is back: depth, speed, duration, time beyond 45° and 60°
 * Source signal specification 2.5 `bend`: enter at 30° held 0.3 s, leave below 20°, two thirds of both at the pelvis; not from lying or reclined; one that turns
 *       out to be lying down is corrected, never deleted (decisions.md)
 * Deviations  none while running: the direction of gravity is blurred by each stride then. The event starts where the 20° line was crossed on the way down, so that its length is that of the movement
 * Limits  one sensor: a hip hinge and a rounded back read the same, so the event says "bent forward" and nothing more.
 *         Leaning in a sit-to-stand is not yet told apart.
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS, type MotionParameters } from '../parameters.ts';
import { POSTURE_INDEX } from './postureClass.ts';

/** Source of the flexion angle by placement. */
export type FlexionSource = 'thorax' | 'pelvis';

/** Where a bend begins to count and where it is over, at this segment; deg. */
export function bendAnglesDeg(source: FlexionSource, params: MotionParameters): { enterDeg: number; leaveDeg: number } {
  const ratio = source === 'pelvis' ? params.pelvisBendRatio : 1;
  return { enterDeg: ratio * params.bendEnterDeg, leaveDeg: ratio * params.bendLeaveDeg };
}

interface BendState {
  phase: 'upright' | 'bending' | 'bent';
  startS: number;
  lastS: number;
  aboveEnterS: number;
  peakRad: number;
  peakS: number;
  lateralAtPeakRad: number;
  peakRateRadps: number;
  over45S: number;
  over60S: number;
  shakingAtPeakMps2: number;
  fromUpright: boolean;
}

export class ForwardBend implements Operator {
  readonly #enterRad: number;
  readonly #leaveRad: number;
  readonly #params: MotionParameters;
  readonly #source: FlexionSource;
  #s: BendState = fresh(true);

  constructor(source: FlexionSource, params = DEFAULT_PARAMETERS) {
    const { enterDeg, leaveDeg } = bendAnglesDeg(source, params);
    this.#source = source;
    this.#params = params;
    this.#enterRad = enterDeg * RAD_PER_DEG;
    this.#leaveRad = leaveDeg * RAD_PER_DEG;
  }

  reset(): void {
    this.#s = fresh(true);
  }

  snapshot(): unknown {
    return { ...this.#s };
  }

  restore(snapshot: BendState): void {
    this.#s = { ...snapshot };
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.#interrupt(emit);
      // No numbers as arguments: they would be boxed.
      if (Number.isNaN(frame.flexionRad[i])) continue;
      if (this.#s.phase === 'upright') this.#upright(frame, i);
      else this.#bending(frame, i, emit);
    }
  }

  flush(emit: EmitEvent): void {
    this.#interrupt(emit);
  }

  #upright(frame: MotionFrame, i: number): void {
    const s = this.#s;
    const flexionRad = frame.flexionRad[i];
    const posture = frame.posture[i];
    if (flexionRad < this.#leaveRad) {
      s.fromUpright = posture !== POSTURE_INDEX.lying && posture !== POSTURE_INDEX.reclined;
      return;
    }
    this.#s = { ...fresh(s.fromUpright), phase: 'bending', startS: frame.tS[i] };
    this.#follow(frame, i);
  }

  #bending(frame: MotionFrame, i: number, emit: EmitEvent): void {
    const s = this.#s;
    const flexionRad = frame.flexionRad[i];
    this.#follow(frame, i);
    if (flexionRad < this.#leaveRad) {
      if (this.#isBend()) emit(this.#event(frame.tS[i], false));
      this.#s = fresh(true);
      return;
    }
    if (flexionRad >= this.#enterRad) s.aboveEnterS += frame.stepS[i];
    else s.aboveEnterS = 0;
    if (s.aboveEnterS >= this.#params.bendConfirmS) s.phase = 'bent';
    if (frame.posture[i] !== POSTURE_INDEX.lying || !s.fromUpright) return;
    // It has turned out to be lying prone: told with that correction, never dropped, and rising again is no bend.
    if (s.phase === 'bent') emit({ ...this.#event(frame.tS[i], false), confidence: 0.3, correctedAs: 'lying' });
    s.fromUpright = false;
  }

  #isBend(): boolean {
    const { phase, fromUpright, shakingAtPeakMps2 } = this.#s;
    return phase === 'bent' && fromUpright && shakingAtPeakMps2 <= this.#params.runningMps2;
  }

  #follow(frame: MotionFrame, i: number): void {
    const s = this.#s;
    const flexionRad = frame.flexionRad[i];
    const stepS = frame.stepS[i];
    s.lastS = frame.tS[i];
    if (flexionRad > s.peakRad) {
      s.peakRad = flexionRad;
      s.peakS = frame.tS[i];
      s.lateralAtPeakRad = frame.lateralRad[i];
      s.shakingAtPeakMps2 = frame.shakingMps2[i];
    }
    const rate = frame.flexionRateRadps[i];
    if (rate > s.peakRateRadps) s.peakRateRadps = rate;
    if (flexionRad > 45 * RAD_PER_DEG) s.over45S += stepS;
    if (flexionRad > 60 * RAD_PER_DEG) s.over60S += stepS;
  }

  /**
   * Data ends or is missing for long: what was seen of a confirmed bend is reported as cut short. Whether it came from
   * upright is kept: who lies prone under a poor radio link does not bend after every gap.
   */
  #interrupt(emit: EmitEvent): void {
    if (this.#isBend()) emit(this.#event(this.#s.lastS, true));
    this.#s = fresh(this.#s.fromUpright);
  }

  #event(endS: number, cutShort: boolean): MotionEvent {
    const s = this.#s;
    return {
      id: motionEventId('forwardBend', s.startS),
      type: 'forwardBend',
      startS: s.startS,
      endS,
      peakS: s.peakS,
      decidedS: endS,
      confidence: cutShort ? 0.5 : 0.9,
      peakDeg: s.peakRad * DEG_PER_RAD,
      peakRateDps: s.peakRateRadps * DEG_PER_RAD,
      durationS: endS - s.startS,
      source: this.#source,
      deep: s.peakRad * DEG_PER_RAD >= this.#params.bendDeepDeg,
      lateralAtPeakDeg: s.lateralAtPeakRad * DEG_PER_RAD,
      over45S: s.over45S,
      over60S: s.over60S,
      ...(cutShort ? { cutShort: true } : {}),
    };
  }
}

function fresh(fromUpright: boolean): BendState {
  return {
    phase: 'upright',
    startS: NaN,
    lastS: NaN,
    aboveEnterS: 0,
    peakRad: -Infinity,
    peakS: NaN,
    lateralAtPeakRad: NaN,
    peakRateRadps: 0,
    over45S: 0,
    over60S: 0,
    shakingAtPeakMps2: 0,
    fromUpright,
  };
}
