/**
 * Impacts that load the bones: peaks of vertical acceleration while upright.
 *
 * In    frame.acc, up, inclinationRad, posture, flags
 * Out   `impact` events: `peakG` above one g, `slopeGps` (steepest rise between two samples on the way to the peak), `band`,
 *       `calibrated`; `clipped` when the sensor's range ended before the impact did (then at least that hard); `blurred`
 *       at slow rates
 * Source bands: Hannam 2017 (raw vertical peaks minus 1 g at the waist, 0.5-1.0, 1.0-1.5, ≥ 1.5 g); signal specification 4.5.
 *       Slope: after Ahola 2011. One impact per foot contact: peaks closer than 0.2 s are one, because the fastest running
 *       cadence is about 200 steps per minute, one every 0.3 s, and a landing rings for about 0.1 s.
 * Deviations  vertical is along gravity, not along the sensor's axis, so a tilted belt reads the same; one g is what this
 *       accelerometer reads at rest
 * Limits  the bands were made at the waist: a chest sensor's peaks are counted and not calibrated. Below 50 Hz an impact falls
 *       between samples: peak and slope are then too small, `blurred` says so and the confidence is lower. The slope is that
 *       of the sampled signal and grows with the rate: compare it only within one rate.
 */
import { SampleFlag } from '../../model/block.ts';
import { motionEventId, type MotionEvent } from '../../model/event.ts';
import type { Placement } from '../../model/person.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../model/units.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import type { EmitEvent, Operator } from '../operator.ts';
import { POSTURE_INDEX } from '../posture/postureClass.ts';
import { GravityScale } from './gravityScale.ts';

/** Lower edges of the bands, g above one g. */
const IMPACT_BANDS_FROM_G = { low: 0.5, medium: 1, high: 1.5 } as const;
export type ImpactBand = keyof typeof IMPACT_BANDS_FROM_G;

export function impactBandOf(peakG: number): ImpactBand {
  if (peakG >= IMPACT_BANDS_FROM_G.high) return 'high';
  return peakG >= IMPACT_BANDS_FROM_G.medium ? 'medium' : 'low';
}

const FROM_G = IMPACT_BANDS_FROM_G.low;
/** The next one can begin when the signal has come down to half the threshold: a plateau is one impact. */
const ARMED_BELOW_G = FROM_G / 2;
const REFRACTORY_S = 0.2;
/** As in the posture class: beyond it nobody stands. */
const UPRIGHT_RAD = 45 * RAD_PER_DEG;
/** Hannam 2017 recorded at 50 Hz; 100 Hz shows the peak of a heel strike (some 20-40 ms wide) within a few per cent [D]. */
const SHARP_HZ = 100;
const SLOWEST_HZ = 50;
/** 50 Hz wearables are within a few per cent of it. */
const RATE_SLACK_RATIO = 0.9;

/**
 * State: g above one g in the sample before (NaN when unknown) and its time; 1 when the next one may begin; 1 during one; steepest
 * rise since the signal was last falling, g/s; start, last sample beyond the threshold, peak, its time, its slope, 1 when clipped.
 */
const LAST_G = 0;
const LAST_S = 1;
const IS_ARMED = 2;
const IS_OPEN = 3;
const RISE_GPS = 4;
const START_S = 5;
const END_S = 6;
const PEAK_G = 7;
const PEAK_S = 8;
const SLOPE_GPS = 9;
const IS_CLIPPED = 10;
const FIELDS = 11;

interface ImpactSnapshot {
  readonly gravity: Float64Array;
  readonly candidate: Float64Array;
}

export class Impact implements Operator {
  readonly #gravity: GravityScale;
  readonly #isCalibrated: boolean;
  readonly #isBlurred: boolean;
  readonly #confidence: number;
  /** Indices above. */
  readonly #s = new Float64Array(FIELDS);

  constructor(rateHz: number, placement: Placement) {
    this.#gravity = new GravityScale(rateHz);
    this.#isCalibrated = placement !== 'chest';
    this.#isBlurred = rateHz < RATE_SLACK_RATIO * SLOWEST_HZ;
    const isSharp = rateHz >= RATE_SLACK_RATIO * SHARP_HZ;
    this.#confidence = this.#isBlurred ? 0.4 : isSharp ? 0.9 : 0.8;
    this.#forget();
  }

  reset(): void {
    this.#gravity.reset();
    this.#forget();
  }

  snapshot(): ImpactSnapshot {
    return { gravity: this.#gravity.snapshot(), candidate: this.#s.slice() };
  }

  restore({ gravity, candidate }: ImpactSnapshot): void {
    this.#gravity.restore(gravity);
    this.#s.set(candidate);
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    const { n, marks, tS, stepS, acc, up } = frame;
    const s = this.#s;
    for (let i = 0; i < n; i++) {
      if (marks[i] & Mark.restart) this.#interrupt(emit);
      this.#gravity.step(frame, i);
      if (marks[i] & Mark.missing) continue;
      if (marks[i] & Mark.gapBefore) s[LAST_G] = NaN;
      const o = 3 * i;
      const alongUpMps2 = acc[o] * up[o] + acc[o + 1] * up[o + 1] + acc[o + 2] * up[o + 2];
      const dynamicG = alongUpMps2 / (STANDARD_GRAVITY_MPS2 * this.#gravity.ratio) - 1;
      // Steepest part of this rise; while falling there is none. NaN after a gap is none either.
      const riseG = dynamicG - s[LAST_G];
      if (!(riseG > 0)) s[RISE_GPS] = 0;
      else if (riseG > s[RISE_GPS] * stepS[i]) s[RISE_GPS] = riseG / stepS[i];
      s[LAST_G] = dynamicG;
      s[LAST_S] = tS[i];
      if (s[IS_OPEN] > 0 && tS[i] - s[PEAK_S] >= REFRACTORY_S) this.#close(tS[i], emit);
      if (dynamicG < ARMED_BELOW_G) s[IS_ARMED] = 1;
      else if (dynamicG >= FROM_G && isUpright(frame, i)) this.#beyond(frame, i);
    }
  }

  flush(emit: EmitEvent): void {
    this.#interrupt(emit);
  }

  #beyond({ tS, flags }: MotionFrame, i: number): void {
    const s = this.#s;
    if (s[IS_OPEN] === 0) {
      if (s[IS_ARMED] === 0) return;
      s[IS_OPEN] = 1;
      s[IS_CLIPPED] = 0;
      s[START_S] = tS[i];
      s[PEAK_G] = -Infinity;
    }
    s[END_S] = tS[i];
    // A second peak within the same step ends with it.
    s[IS_ARMED] = 0;
    if ((flags[i] & SampleFlag.accClipped) !== 0) s[IS_CLIPPED] = 1;
    if (s[LAST_G] <= s[PEAK_G]) return;
    s[PEAK_G] = s[LAST_G];
    s[PEAK_S] = tS[i];
    s[SLOPE_GPS] = s[RISE_GPS];
  }

  #close(decidedS: number, emit: EmitEvent): void {
    const s = this.#s;
    s[IS_OPEN] = 0;
    const [startS, endS, peakG, peakS, slopeGps] = s.subarray(START_S);
    const event: MotionEvent = {
      id: motionEventId('impact', startS),
      type: 'impact',
      startS,
      endS,
      peakS,
      decidedS,
      confidence: this.#gravity.isMeasured ? this.#confidence : this.#confidence - 0.1,
      peakG,
      slopeGps,
      band: impactBandOf(peakG),
      calibrated: this.#isCalibrated,
      ...(s[IS_CLIPPED] > 0 ? { clipped: true } : {}),
      ...(this.#isBlurred ? { blurred: true } : {}),
    };
    emit(event);
  }

  /** Data is missing for long or ends: an impact that was seen stays one. */
  #interrupt(emit: EmitEvent): void {
    if (this.#s[IS_OPEN] > 0) this.#close(this.#s[LAST_S], emit);
    this.#forget();
  }

  #forget(): void {
    this.#s.fill(0);
    this.#s[LAST_G] = NaN;
    this.#s[IS_ARMED] = 1;
  }
}

const isUpright = (frame: MotionFrame, i: number): boolean =>
  frame.inclinationRad[i] < UPRIGHT_RAD &&
  frame.posture[i] !== POSTURE_INDEX.lying &&
  frame.posture[i] !== POSTURE_INDEX.reclined;
