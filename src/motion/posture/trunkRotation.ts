/**
 * Torso rotation as excursion from a slowly following heading.
 *
 * In    frame.headingRateRadps, frame.stepS
 * Out   frame.rotationRad, left positive; NaN without gyroscope; frame.most; `Mark.newHeading` where the baseline has moved to a new heading
 * Source signal specification 2.5 (`twist`): the baseline follows with about 1 s while the rate stays below 8 °/s for
 *       0.4 s and the excursion is below 15°; without return within 6 s it was a turn, and the baseline moves there.
 * Limits  one sensor overstates spinal twist, because the pelvis turns too (+9.9 ± 6.3°, signal specification 2.2)
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame, Most } from '../motionFrame.ts';
import type { Operator } from '../operator.ts';

const FOLLOW_TAU_S = 1;
const FOLLOW_BELOW_RADPS = 8 * RAD_PER_DEG;
const QUIET_S = 0.4;
const EXCURSION_RAD = 15 * RAD_PER_DEG;
const TURN_AFTER_S = 6;

/** Scratch, shared by all streams: a step, s, and the share that it leaves: the exponential is only taken when the step changes. */
const LEFT = new Float64Array(2);

export class TrunkRotation implements Operator {
  /** Excursion rad, time quiet s, time beyond 15° s. */
  readonly #state = new Float64Array(3);

  reset(): void {
    this.#state.fill(0);
  }

  snapshot(): Float64Array {
    return this.#state.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#state.set(snapshot);
  }

  push({ n, marks, stepS, headingRateRadps, rotationRad, most }: MotionFrame): void {
    const s = this.#state;
    let mostRad = -Infinity;
    for (let i = 0; i < n; i++) {
      if (marks[i] & Mark.restart) this.reset();
      const rate = headingRateRadps[i];
      if (Number.isNaN(rate)) {
        rotationRad[i] = NaN;
        continue;
      }
      const dtS = stepS[i];
      let excursionRad = s[0] + rate * dtS;
      const isOut = Math.abs(excursionRad) >= EXCURSION_RAD;
      s[1] = Math.abs(rate) < FOLLOW_BELOW_RADPS ? s[1] + dtS : 0;
      s[2] = isOut ? s[2] + dtS : 0;
      if (s[2] > TURN_AFTER_S) {
        excursionRad = s[2] = 0;
        marks[i] |= Mark.newHeading;
      } else if (s[1] >= QUIET_S && !isOut) {
        if (dtS !== LEFT[0]) {
          LEFT[0] = dtS;
          LEFT[1] = Math.exp(-dtS / FOLLOW_TAU_S);
        }
        excursionRad *= LEFT[1];
      }
      s[0] = excursionRad;
      rotationRad[i] = excursionRad;
      if (Math.abs(excursionRad) > mostRad) mostRad = Math.abs(excursionRad);
    }
    most[Most.rotationRad] = mostRad;
  }
}
