/**
 * What of the difference of two sensors' headings is not real: 6D headings begin anywhere and drift apart.
 *
 * In    heading difference, both yaw rates, whether both are near upright, whether the wearer walks
 * Out   the offset in rad; NaN until it has been found, after a restart of either filter, and when it is too old to be believed
 * Source signal specification 2.3: set to zero when both yaw rates stay below 5 °/s for 2 s, or during straight walking
 * Deviations  a difference that lies far from the offset is a held twist before it is drift: it is believed after 10 s only. The
 *       offset is the mean over the quiet time or the strides, and follows slowly from there on.
 * Limits  who holds a twist for longer than that is taken to be straight
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import { wrapped } from './spineAngles.ts';

export interface HeadingAlignmentParams {
  readonly quietBelowDps: number;
  readonly quietS: number;
  /** Whole strides, because thorax and pelvis turn against each other in each. */
  readonly walkingS: number;
  /** Slower turns than this, over some strides, are straight walking. */
  readonly straightBelowDps: number;
  /** Further off is a held twist. */
  readonly twistDeg: number;
  readonly twistForS: number;
  /** Relative drift of two consumer gyroscopes is up to about 1 °/min, which makes 3° of it. */
  readonly believedForS: number;
}

/** Rates and 2 s: signal specification 2.3; the others [D]. */
const HEADING_ALIGNMENT_DEFAULTS: HeadingAlignmentParams = {
  quietBelowDps: 5,
  quietS: 2,
  walkingS: 5,
  straightBelowDps: 10,
  twistDeg: 10,
  twistForS: 10,
  believedForS: 180,
};

const QUIET_TAU_S = 1;
const WALKING_TAU_S = 4;
/** Of the yaw rates: noise is no movement, strides are no turn. */
const FAST_TAU_S = 0.25;
const SLOW_TAU_S = 2;

const OFFSET = 0;
const AGE_S = 1;
/** How long it has been quiet, or straight walking; which of the two; the first difference of it, and the sum of those to it. */
const STEADY_S = 2;
const KIND = 3;
const FIRST = 4;
const SUM = 5;
const COUNT = 6;
/** Low-passed yaw rates. */
const CHEST_FAST = 7;
const PELVIS_FAST = 8;
const CHEST_SLOW = 9;
const PELVIS_SLOW = 10;
/** The offset has been set in this steady time. */
const IS_SET = 11;

const QUIET = 1;
const WALKING = 2;

export interface HeadingStep {
  differenceRad: number;
  chestRateRadps: number;
  pelvisRateRadps: number;
  isUpright: boolean;
  isWalking: boolean;
  stepS: number;
}

export class HeadingAlignment {
  readonly #params: HeadingAlignmentParams;
  readonly #s = new Float64Array(12);

  constructor(params: HeadingAlignmentParams = HEADING_ALIGNMENT_DEFAULTS) {
    this.#params = params;
    this.reset();
  }

  get offsetRad(): number {
    return this.#s[AGE_S] <= this.#params.believedForS ? this.#s[OFFSET] : NaN;
  }

  reset(): void {
    this.#s.fill(0);
    this.#s[OFFSET] = NaN;
  }

  /** Nothing is known of one of the two for so long. */
  pause(stepS: number): void {
    this.#s[STEADY_S] = 0;
    this.#s[AGE_S] += stepS;
  }

  step(step: HeadingStep): void {
    const s = this.#s;
    const { stepS } = step;
    s[AGE_S] += stepS;
    this.#follow(CHEST_FAST, step.chestRateRadps, stepS / FAST_TAU_S);
    this.#follow(PELVIS_FAST, step.pelvisRateRadps, stepS / FAST_TAU_S);
    this.#follow(CHEST_SLOW, step.chestRateRadps, stepS / SLOW_TAU_S);
    this.#follow(PELVIS_SLOW, step.pelvisRateRadps, stepS / SLOW_TAU_S);
    const kind = this.#kind(step);
    if (kind === 0 || kind !== s[KIND]) {
      s[STEADY_S] = s[SUM] = s[COUNT] = s[IS_SET] = 0;
      s[FIRST] = step.differenceRad;
    }
    s[KIND] = kind;
    if (kind === 0) return;
    s[STEADY_S] += stepS;
    s[SUM] += wrapped(step.differenceRad - s[FIRST]);
    s[COUNT]++;
    const { quietS, walkingS } = this.#params;
    if (s[STEADY_S] >= (kind === QUIET ? quietS : walkingS)) this.#align(step, kind);
  }

  /** @returns 0 when it is neither */
  #kind({ isUpright, isWalking }: HeadingStep): number {
    if (!isUpright) return 0;
    const { quietBelowDps, straightBelowDps } = this.#params;
    if (isWalking) return this.#isBelow(CHEST_SLOW, PELVIS_SLOW, straightBelowDps) ? WALKING : 0;
    return this.#isBelow(CHEST_FAST, PELVIS_FAST, quietBelowDps) ? QUIET : 0;
  }

  #isBelow(chest: number, pelvis: number, limitDps: number): boolean {
    return Math.max(Math.abs(this.#s[chest]), Math.abs(this.#s[pelvis])) < limitDps * RAD_PER_DEG;
  }

  #align({ differenceRad, stepS }: HeadingStep, kind: number): void {
    const s = this.#s;
    const { twistDeg, twistForS } = this.#params;
    const meanRad = s[FIRST] + s[SUM] / s[COUNT];
    if (s[IS_SET] > 0) {
      const gain = 1 - Math.exp(-stepS / (kind === QUIET ? QUIET_TAU_S : WALKING_TAU_S));
      s[OFFSET] = wrapped(s[OFFSET] + gain * wrapped(differenceRad - s[OFFSET]));
    } else {
      // NaN: there is nothing yet that it could be far from.
      const isTwist = Math.abs(wrapped(meanRad - this.offsetRad)) > twistDeg * RAD_PER_DEG;
      if (isTwist && s[STEADY_S] < twistForS) return;
      s[OFFSET] = wrapped(meanRad);
      s[IS_SET] = 1;
    }
    s[AGE_S] = 0;
  }

  #follow(k: number, value: number, ratio: number): void {
    this.#s[k] += (1 - Math.exp(-ratio)) * (value - this.#s[k]);
  }
}
