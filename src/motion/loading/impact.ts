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

interface Candidate {
  /** g above one g in the sample before; NaN when it is unknown. */
  lastG: number;
  lastS: number;
  isArmed: boolean;
  isOpen: boolean;
  /** Steepest rise since the signal was last falling, g/s. */
  riseGps: number;
  startS: number;
  endS: number;
  peakG: number;
  peakS: number;
  slopeGps: number;
  isClipped: boolean;
}

export class Impact implements Operator {
  readonly #gravity: GravityScale;
  readonly #isCalibrated: boolean;
  readonly #isBlurred: boolean;
  readonly #confidence: number;
  readonly #c: Candidate = fresh();

  constructor(rateHz: number, placement: Placement) {
    this.#gravity = new GravityScale(rateHz);
    this.#isCalibrated = placement !== 'chest';
    this.#isBlurred = rateHz < RATE_SLACK_RATIO * SLOWEST_HZ;
    const isSharp = rateHz >= RATE_SLACK_RATIO * SHARP_HZ;
    this.#confidence = this.#isBlurred ? 0.4 : isSharp ? 0.9 : 0.8;
  }

  reset(): void {
    this.#gravity.reset();
    Object.assign(this.#c, fresh());
  }

  snapshot(): unknown {
    return { gravity: this.#gravity.snapshot(), candidate: { ...this.#c } };
  }

  restore({ gravity, candidate }: { gravity: Float64Array; candidate: Candidate }): void {
    this.#gravity.restore(gravity);
    Object.assign(this.#c, candidate);
  }

  push(frame: MotionFrame, emit: EmitEvent): void {
    const c = this.#c;
    const { acc, up } = frame;
    for (let i = 0; i < frame.n; i++) {
      if (frame.marks[i] & Mark.restart) this.#interrupt(emit);
      this.#gravity.step(frame, i);
      if (frame.marks[i] & Mark.missing) continue;
      if (frame.marks[i] & Mark.gapBefore) c.lastG = NaN;
      const o = 3 * i;
      const alongUpMps2 = acc[o] * up[o] + acc[o + 1] * up[o + 1] + acc[o + 2] * up[o + 2];
      this.#sample(frame, i, alongUpMps2 / (STANDARD_GRAVITY_MPS2 * this.#gravity.ratio) - 1, emit);
    }
  }

  flush(emit: EmitEvent): void {
    this.#interrupt(emit);
  }

  #sample(frame: MotionFrame, i: number, dynamicG: number, emit: EmitEvent): void {
    const c = this.#c;
    const tS = frame.tS[i];
    const riseGps = (dynamicG - c.lastG) / frame.stepS[i];
    // Steepest part of this rise; while falling there is none. NaN after a gap is none either.
    c.riseGps = riseGps > 0 ? Math.max(riseGps, c.riseGps) : 0;
    c.lastG = dynamicG;
    c.lastS = tS;
    if (c.isOpen && tS - c.peakS >= REFRACTORY_S) this.#close(tS, emit);
    if (dynamicG < ARMED_BELOW_G) c.isArmed = true;
    if (!(dynamicG >= FROM_G) || !isUpright(frame, i)) return;
    if (!c.isOpen && c.isArmed) this.#open(tS);
    if (c.isOpen) this.#follow(tS, dynamicG, (frame.flags[i] & SampleFlag.accClipped) !== 0);
  }

  #open(tS: number): void {
    const c = this.#c;
    c.isOpen = true;
    c.isClipped = false;
    c.startS = tS;
    c.peakG = -Infinity;
  }

  #follow(tS: number, dynamicG: number, isClipped: boolean): void {
    const c = this.#c;
    c.endS = tS;
    // A second peak within the same step ends with it.
    c.isArmed = false;
    if (isClipped) c.isClipped = true;
    if (dynamicG <= c.peakG) return;
    c.peakG = dynamicG;
    c.peakS = tS;
    c.slopeGps = c.riseGps;
  }

  #close(decidedS: number, emit: EmitEvent): void {
    const c = this.#c;
    c.isOpen = false;
    const event: MotionEvent = {
      id: motionEventId('impact', c.startS),
      type: 'impact',
      startS: c.startS,
      endS: c.endS,
      peakS: c.peakS,
      decidedS,
      confidence: this.#gravity.isMeasured ? this.#confidence : this.#confidence - 0.1,
      peakG: c.peakG,
      slopeGps: c.slopeGps,
      band: impactBandOf(c.peakG),
      calibrated: this.#isCalibrated,
      ...(c.isClipped ? { clipped: true } : {}),
      ...(this.#isBlurred ? { blurred: true } : {}),
    };
    emit(event);
  }

  /** Data is missing for long or ends: an impact that was seen stays one. */
  #interrupt(emit: EmitEvent): void {
    if (this.#c.isOpen) this.#close(this.#c.lastS, emit);
    Object.assign(this.#c, fresh());
  }
}

const isUpright = (frame: MotionFrame, i: number): boolean =>
  frame.inclinationRad[i] < UPRIGHT_RAD &&
  frame.posture[i] !== POSTURE_INDEX.lying &&
  frame.posture[i] !== POSTURE_INDEX.reclined;

function fresh(): Candidate {
  return {
    lastG: NaN,
    lastS: NaN,
    isArmed: true,
    isOpen: false,
    riseGps: 0,
    startS: NaN,
    endS: NaN,
    peakG: -Infinity,
    peakS: NaN,
    slopeGps: 0,
    isClipped: false,
  };
}
