/**
 * Side bends: lateral excursions of the trunk.
 *
 * In    frame.lateralRad, posture, shakingMps2
 * Out   `sideBend` events when the trunk is back: `peakDeg` (size), `side`, `durationS`
 * Source signal specification 2.5 `side_bend`: 20° for 0.5 s, over below 12°
 * Deviations  the event starts where 12° were crossed on the way out, as that of a forward bend
 * Limits  not told from lying or reclined, nor while running. A lean of the whole body reads the same as a bend of the spine.
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS } from '../parameters.ts';
import { POSTURE_INDEX } from './postureClass.ts';
import { type Excursion, SidedExcursion } from './sidedExcursion.ts';

interface SideBendSnapshot {
  readonly excursion: Float64Array;
  readonly isGated: boolean;
}

export class SideBend implements Operator {
  readonly #excursion: SidedExcursion;
  readonly #lyingRad: number;
  readonly #runningMps2: number;
  /** Lying, reclined or running during it. */
  #isGated = false;

  constructor(params = DEFAULT_PARAMETERS) {
    const leaveRad = params.sideLeaveDeg * RAD_PER_DEG;
    const reachRad = params.sideReachDeg * RAD_PER_DEG;
    this.#excursion = new SidedExcursion({
      beginRad: leaveRad,
      endRad: leaveRad,
      reachRad,
      confirmS: params.sideConfirmS,
    });
    this.#lyingRad = params.sideLyingDeg * RAD_PER_DEG;
    this.#runningMps2 = params.runningMps2;
  }

  reset(): void {
    this.#excursion.reset();
    this.#isGated = false;
  }

  snapshot(): SideBendSnapshot {
    return { excursion: this.#excursion.snapshot(), isGated: this.#isGated };
  }

  restore(snapshot: SideBendSnapshot): void {
    this.#excursion.restore(snapshot.excursion);
    this.#isGated = snapshot.isGated;
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.#interrupt(emit);
      const over = this.#excursion.step(frame.lateralRad, frame, i);
      if (over) this.#tell(over, frame.tS[i], false, emit);
      if (!this.#excursion.isOut) this.#isGated = false;
      else if (this.#isElsewhere(frame, i)) this.#isGated = true;
    }
  }

  flush(emit: EmitEvent): void {
    this.#interrupt(emit);
  }

  #interrupt(emit: EmitEvent): void {
    if (this.#excursion.isOut) this.#tell(this.#excursion.excursion, this.#excursion.excursion.lastS, true, emit);
    this.reset();
  }

  #tell({ startS, peakRad, peakS, reached }: Excursion, endS: number, cutShort: boolean, emit: EmitEvent): void {
    const isGated = this.#isGated;
    this.#isGated = false;
    if (!reached || isGated) return;
    const event: MotionEvent = {
      id: motionEventId('sideBend', startS),
      type: 'sideBend',
      startS,
      endS,
      peakS,
      decidedS: endS,
      confidence: cutShort ? 0.5 : 0.9,
      peakDeg: Math.abs(peakRad) * DEG_PER_RAD,
      side: peakRad > 0 ? 'right' : 'left',
      durationS: endS - startS,
      ...(cutShort ? { cutShort: true } : {}),
    };
    emit(event);
  }

  #isElsewhere({ lateralRad, posture, shakingMps2 }: MotionFrame, i: number): boolean {
    return (
      Math.abs(lateralRad[i]) > this.#lyingRad ||
      posture[i] === POSTURE_INDEX.lying ||
      posture[i] === POSTURE_INDEX.reclined ||
      shakingMps2[i] > this.#runningMps2
    );
  }
}
