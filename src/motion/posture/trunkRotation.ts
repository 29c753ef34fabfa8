/**
 * Torso rotation as excursion from a slowly following heading.
 *
 * In    frame.headingRateRadps, gyr, flexionRad, stepS
 * Out   frame.rotationRad, left positive, and the chunk's largest excursion; NaN without gyroscope; `Mark.newHeading` where the
 *       baseline has moved to a new heading. frame.twistRad: the same, with what the trunk turned about its own long axis while bent
 * Source signal specification 2.5 (`twist`): the baseline follows with about 1 s while the rate stays below 8 °/s for
 *       0.4 s and the excursion is below 15°; without return within 6 s it was a turn, and the baseline moves there.
 * Deviations  `twistRad`: the heading of a bent trunk shrinks with the cosine of the bend, and a twist at the bottom of a deep bend would
 *       not be seen. What was counted apart from the heading fades within seconds once the trunk is up again.
 * Limits  one sensor overstates spinal twist, because the pelvis turns too (+9.9 ± 6.3°, signal specification 2.2)
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import { Mark, type MotionFrame, Most } from '../motionFrame.ts';
import type { Operator } from '../operator.ts';
import type { PersonalAxes } from './trunkAngles.ts';

const FOLLOW_TAU_S = 1;
const FOLLOW_BELOW_RADPS = 8 * RAD_PER_DEG;
const QUIET_S = 0.4;
const EXCURSION_RAD = 15 * RAD_PER_DEG;
const TURN_AFTER_S = 6;
const FADE_TAU_S = 1;
/** Bent forward, as where a forward bend begins. */
const BENT_RAD = 30 * RAD_PER_DEG;

/** Scratch, shared by all streams: a step, s, and the share that it leaves: the exponential is only taken when the step changes. */
const LEFT = new Float64Array(2);

export class TrunkRotation implements Operator {
  /** Excursion rad, time quiet s, time beyond 15° s; what the long axis turned more than the heading while bent, rad. */
  readonly #state = new Float64Array(4);

  #axes: PersonalAxes | undefined;

  /** Without axes, only headings are read. */
  constructor(axes?: PersonalAxes) {
    this.#axes = axes;
  }

  /** A new upright, from the next sample on. */
  set axes(axes: PersonalAxes) {
    this.#axes = axes;
  }

  reset(): void {
    this.#state.fill(0);
  }

  snapshot(): Float64Array {
    return this.#state.slice();
  }

  restore(snapshot: Float64Array): void {
    this.#state.set(snapshot);
  }

  push({ n, marks, stepS, gyr, flexionRad, headingRateRadps, rotationRad, twistRad, most }: MotionFrame): void {
    const s = this.#state;
    const axes = this.#axes;
    let mostRad = -Infinity;
    for (let i = 0; i < n; i++) {
      if (marks[i] & Mark.restart) this.reset();
      const rate = headingRateRadps[i];
      if (Number.isNaN(rate)) {
        rotationRad[i] = twistRad[i] = NaN;
        continue;
      }
      const dtS = stepS[i];
      let excursionRad = s[0] + rate * dtS;
      const isOut = Math.abs(excursionRad) >= EXCURSION_RAD;
      s[1] = Math.abs(rate) < FOLLOW_BELOW_RADPS ? s[1] + dtS : 0;
      s[2] = isOut ? s[2] + dtS : 0;
      if (s[2] > TURN_AFTER_S) {
        excursionRad = s[2] = s[3] = 0;
        marks[i] |= Mark.newHeading;
      } else if (s[1] >= QUIET_S && !isOut) {
        if (dtS !== LEFT[0]) {
          LEFT[0] = dtS;
          LEFT[1] = Math.exp(-dtS / FOLLOW_TAU_S);
        }
        excursionRad *= LEFT[1];
      }
      const isBent = axes !== undefined && flexionRad[i] >= BENT_RAD;
      if (isBent) s[3] += (longAxisRate(axes, gyr, 3 * i) - rate) * dtS;
      // Small turns of the whole bent body follow as headings do, and do not add up.
      const isSmall = s[1] >= QUIET_S && Math.abs(excursionRad + s[3]) < EXCURSION_RAD;
      if (s[3] !== 0 && (!isBent || isSmall)) s[3] -= (dtS / (FADE_TAU_S + dtS)) * s[3];
      s[0] = excursionRad;
      twistRad[i] = excursionRad + s[3];
      rotationRad[i] = excursionRad;
      if (Math.abs(excursionRad) > mostRad) mostRad = Math.abs(excursionRad);
    }
    most[Most.rotationRad] = mostRad;
  }
}

/** About the wearer's superior axis. A gyroscope bias of some tenths of a degree per second does not matter within a bend. */
const longAxisRate = (axes: PersonalAxes, gyr: Float64Array, o: number): number =>
  axes[0] * gyr[o] + axes[1] * gyr[o + 1] + axes[2] * gyr[o + 2];
