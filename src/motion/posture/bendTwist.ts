/**
 * Twists, and bends that are twisted at the same time: together they load the spine most.
 *
 * In    what `Twist` reads, frame.flexionRad, posture
 * Out   the `twist` events of `Twist`, and a `bendTwist` for each that overlaps a forward bend or lies within 3 s of one:
 *       `flexionDeg` (deepest bend), `rotationDeg`, `side`
 * Source signal specification 2.5 `bend_twist`, clinical specification EV-BENDTWIST (within the same 3 s)
 * Limits  as uncertain as the twist that it is made of. A bend that goes on is not waited for: its depth is that of the moment.
 */
import type { MotionEvent } from '../../model/event.ts';
import { motionEventId } from '../../model/event.ts';
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { DEFAULT_PARAMETERS } from '../parameters.ts';
import { bendAnglesDeg, type FlexionSource } from './forwardBend.ts';
import { POSTURE_INDEX } from './postureClass.ts';
import { Twist } from './twist.ts';

/** The bend that goes on or was last: start, last moment, time beyond the threshold, deepest angle (rad). */
const START = 0;
const LAST = 1;
const BENT_S = 2;
const PEAK = 3;

interface BendTwistSnapshot {
  readonly twist: ReturnType<Twist['snapshot']>;
  readonly bend: Float64Array;
  readonly waiting: readonly MotionEvent[];
}

export class BendTwist implements Operator {
  readonly #twist: Twist;
  readonly #enterRad: number;
  readonly #confirmS: number;
  readonly #togetherS: number;
  readonly #bend = Float64Array.of(NaN, -Infinity, 0, 0);
  /** Twists that a bend may still follow. */
  #waiting: readonly MotionEvent[] = [];
  #emit: EmitEvent = () => {};
  readonly #onTwist: EmitEvent = (twist) => {
    this.#emit(twist);
    this.#waiting = [...this.#waiting, twist];
  };

  constructor(source: FlexionSource, params = DEFAULT_PARAMETERS) {
    this.#twist = new Twist(source, params);
    this.#enterRad = bendAnglesDeg(source, params).enterDeg * RAD_PER_DEG;
    this.#confirmS = params.bendConfirmS;
    this.#togetherS = params.bendTwistS;
  }

  reset(): void {
    this.#twist.reset();
    this.#bend.set([NaN, -Infinity, 0, 0]);
    this.#waiting = [];
  }

  snapshot(): BendTwistSnapshot {
    return { twist: this.#twist.snapshot(), bend: this.#bend.slice(), waiting: this.#waiting };
  }

  restore({ twist, bend, waiting }: BendTwistSnapshot): void {
    this.#twist.restore(twist);
    this.#bend.set(bend);
    this.#waiting = waiting;
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    this.#emit = emit;
    for (let i = 0; i < frame.n; i++) {
      this.#twist.step(frame, i, this.#onTwist);
      // The clock may have been set back as well.
      if (frame.marks[i] & Mark.restart) this.#end(emit);
      if (frame.marks[i] & Mark.missing) continue;
      this.#follow(frame, i);
      if (this.#waiting.length > 0) this.#combine(frame.tS[i], emit);
    }
  }

  flush(emit: EmitEvent): void {
    this.#emit = emit;
    this.#twist.flush(this.#onTwist);
    this.#end(emit);
  }

  /** What waits has no more to wait for; the bend is forgotten. */
  #end(emit: EmitEvent): void {
    if (this.#waiting.length > 0) this.#combine(Infinity, emit);
    this.#bend.set([NaN, -Infinity, 0, 0]);
    this.#waiting = [];
  }

  #follow({ tS, stepS, flexionRad, posture }: MotionFrame, i: number): void {
    const b = this.#bend;
    const isLying = posture[i] === POSTURE_INDEX.lying || posture[i] === POSTURE_INDEX.reclined;
    if (!(flexionRad[i] >= this.#enterRad) || isLying) return;
    if (tS[i] - b[LAST] > this.#togetherS) {
      b[START] = tS[i];
      b[BENT_S] = 0;
      b[PEAK] = 0;
    }
    b[LAST] = tS[i];
    b[BENT_S] += stepS[i];
    if (flexionRad[i] > b[PEAK]) b[PEAK] = flexionRad[i];
  }

  /** While a twist waits this runs at every sample: nothing is allocated until something is decided. */
  #combine(nowS: number, emit: EmitEvent): void {
    for (const twist of this.#waiting) {
      if (!this.#isTogether(twist)) {
        if (nowS > twist.endS + this.#togetherS) this.#forget(twist);
        continue;
      }
      this.#forget(twist);
      const [startS, lastS, , peakRad] = this.#bend;
      emit(combined(twist, { startS, lastS, peakRad, decidedS: Math.max(twist.decidedS, Math.min(nowS, lastS)) }));
    }
  }

  #isTogether({ startS, endS }: MotionEvent): boolean {
    const b = this.#bend;
    return b[BENT_S] >= this.#confirmS && b[LAST] >= startS - this.#togetherS && b[START] <= endS + this.#togetherS;
  }

  #forget(twist: MotionEvent): void {
    this.#waiting = this.#waiting.filter((other) => other !== twist);
  }
}

function combined(
  twist: MotionEvent,
  bend: { startS: number; lastS: number; peakRad: number; decidedS: number },
): MotionEvent {
  const startS = Math.min(twist.startS, bend.startS);
  return {
    id: motionEventId('bendTwist', twist.startS),
    type: 'bendTwist',
    startS,
    endS: Math.max(twist.endS, bend.lastS),
    decidedS: bend.decidedS,
    confidence: twist.confidence,
    flexionDeg: bend.peakRad * DEG_PER_RAD,
    rotationDeg: twist.peakDeg,
    side: twist.side,
    twistId: twist.id,
  };
}
