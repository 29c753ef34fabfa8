/**
 * Sample index → device seconds. Stamps are rounded (Movesense to whole milliseconds) and a sensor's rate is a per cent off its
 * name, so a line follows the stamps: an α-β filter whose memory grows until it follows steadily. Pure.
 */
import type { DeviceClockSpec } from './define.ts';
import { TickUnwrap } from './tickUnwrap.ts';

/** Steady gain; with β = α²/(2−α) the filter is critically damped (Benedict and Bordner 1962). */
const ALPHA_STEADY = 0.1;
const BETA_STEADY = ALPHA_STEADY ** 2 / (2 - ALPHA_STEADY);
/** No sensor is further from its nominal rate. */
const MOST_RATE_ERROR_RATIO = 0.1;
const OUTLIERS_IN_A_ROW = 3;
/** After so many stamps the period is known well enough to be kept over a restart. */
const STAMPS_TO_TRUST = 20;
/** Rounded and late stamps of small packets are off by less. */
const LEAST_SLACK_SAMPLES = 2;

export class SampleAxis {
  readonly #clock: DeviceClockSpec | undefined;
  readonly #unwrap: TickUnwrap;
  readonly #nominalPeriodS: number;
  #periodS: number;
  #index = 0;
  #seconds = 0;
  #isAnchored = false;
  /** Stamps that the period rests on, which survive a restart of the index. */
  #count = 0;
  #outliers = 0;

  constructor(clock: DeviceClockSpec | undefined, rateHz: number) {
    this.#clock = clock;
    this.#unwrap = new TickUnwrap(clock ?? { tickHz: 1, wrapTicks: Infinity });
    this.#nominalPeriodS = 1 / rateHz;
    this.#periodS = this.#nominalPeriodS;
  }

  get periodS(): number {
    return this.#periodS;
  }

  /** Stamps and indices begin anew; the period stays as a first guess. */
  restart(): void {
    this.#unwrap.restart();
    this.restartIndex();
  }

  /** Indices begin anew while the device's clock runs on. */
  restartIndex(): void {
    this.#anchor(0, 0);
    this.#isAnchored = false;
  }

  /** Of all moments that a stamp can mean, the one that the host's clock leads us to expect. */
  secondsOfTick(tick: number, arrivalS: number): number {
    return this.#unwrap.secondsOf(tick, arrivalS);
  }

  /** The latest stamp, so that the next one is unwrapped beside it. */
  note(stampS: number, arrivalS: number): void {
    this.#unwrap.note(stampS, arrivalS);
  }

  secondsAt(index: number): number {
    return this.#seconds + (index - this.#index) * this.#periodS;
  }

  /** Where a stamp lies on the axis, for devices that count nothing. */
  indexAt(stampS: number): number {
    return this.#index + (stampS - this.#seconds) / this.#periodS;
  }

  /** By how many samples the stamp of a packet of n may be off the line without anything being lost: at most half of it. */
  slackSamples(n: number): number {
    return Math.min(n / 2, Math.max(LEAST_SLACK_SAMPLES, 1.5 + this.#rateErrorRatio * n));
  }

  /** Is the sample that was stamped so the one with this index? True of any before the first stamp was learned. */
  isOnLine(index: number, stampS: number): boolean {
    return !this.#isAnchored || Math.abs(stampS - this.secondsAt(index)) <= this.#tolerance(index - this.#index);
  }

  /**
   * The first sample of a packet has `index` and was stamped `stampS`. `jumped`: the stamps have left the line for good,
   * the line now starts at this one.
   */
  learn(index: number, stampS: number): 'ok' | 'jumped' {
    if (!this.#isAnchored) {
      this.#anchor(index, stampS);
      this.#count = Math.max(1, Math.min(this.#count, STAMPS_TO_TRUST));
      return 'ok';
    }
    const steps = index - this.#index;
    if (steps <= 0) return 'ok';
    const error = stampS - this.secondsAt(index);
    if (Math.abs(error) > this.#tolerance(steps)) {
      this.#outliers++;
      if (this.#outliers < OUTLIERS_IN_A_ROW) return 'ok';
      this.#anchor(index, stampS);
      this.#count = 1;
      return 'jumped';
    }
    this.#outliers = 0;
    this.#follow(index, steps, error);
    return 'ok';
  }

  #follow(index: number, steps: number, error: number): void {
    const k = this.#count;
    this.#count++;
    // Growing memory (least squares over all stamps so far) until the steady gain is reached.
    const alpha = Math.max(ALPHA_STEADY, (2 * (2 * k + 1)) / ((k + 1) * (k + 2)));
    const beta = Math.max(BETA_STEADY, 6 / ((k + 1) * (k + 2)));
    this.#seconds = this.secondsAt(index) + Math.min(1, alpha) * error;
    this.#index = index;
    const period = this.#periodS + (Math.min(1, beta) * error) / steps;
    const most = this.#nominalPeriodS * MOST_RATE_ERROR_RATIO;
    this.#periodS = Math.min(this.#nominalPeriodS + most, Math.max(this.#nominalPeriodS - most, period));
  }

  /** Half a period and the rounding, and what the period's own error adds up to over the step. */
  #tolerance(steps: number): number {
    return 0.6 * this.#periodS + 3 * (this.#clock?.quantisationS ?? 0) + this.#rateErrorRatio * steps * this.#periodS;
  }

  get #rateErrorRatio(): number {
    return this.#count < STAMPS_TO_TRUST ? 0.05 : 0.003;
  }

  #anchor(index: number, seconds: number): void {
    this.#index = index;
    this.#seconds = seconds;
    this.#isAnchored = true;
    this.#outliers = 0;
  }
}
