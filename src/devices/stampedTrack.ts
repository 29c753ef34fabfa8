/**
 * When the samples of one stamped quantity were taken, in device seconds (Bluetooth specification, 1.2): they lie evenly between
 * the stamps of two packets, unless one between them was lost. Pure.
 */
import type { DeviceClockSpec, ImuPart } from './define.ts';
import { TickUnwrap } from './tickUnwrap.ts';

/** A stamp may be off by so many samples, and the period by so much, before and after it has been learned from a few packets. */
const SLACK_SAMPLES = 1.5;
/** Where single samples can be missing, stamps are that good. */
const SAMPLE_LOSS_SLACK_SAMPLES = 0.5;
const RATE_ERROR_RATIO = { early: 0.05, learned: 0.01 } as const;
const PACKETS_TO_LEARN = 5;
const LEAST_GAIN = 0.1;
/** No sensor is further from its nominal rate. */
const MOST_RATE_ERROR_RATIO = 0.1;
/** A stamp that goes back, or leaps ahead by more, is damaged; with a second one that follows it, the clock was set. */
const LEAP_S = 10;

export interface PlacedPart {
  readonly part: ImuPart;
  readonly arrivalMs: number;
  /** Device seconds, n values, rising over all parts since the clock was set. */
  readonly timesS: Float64Array;
}

interface StampedPart {
  readonly part: ImuPart;
  readonly arrivalMs: number;
  readonly stampS: number;
}

export class StampedTrack {
  readonly #clock: DeviceClockSpec;
  readonly #unwrap: TickUnwrap;
  readonly #nominalPeriodS: number;
  #periodS: number;
  #countLearned = 0;
  /** Of the latest part: its stamp, its samples, its last sample's time. */
  #last: { stampS: number; n: number; endS: number } | undefined;
  #doubted: StampedPart | undefined;

  constructor(clock: DeviceClockSpec, rateHz: number) {
    this.#clock = clock;
    this.#unwrap = new TickUnwrap(clock);
    this.#nominalPeriodS = 1 / rateHz;
    this.#periodS = this.#nominalPeriodS;
  }

  /** The parts whose times are now known: none while a stamp is doubted. `isAnew`: they begin a new time axis. */
  push(part: ImuPart, tick: number, arrivalMs: number): { placed: readonly PlacedPart[]; isAnew: boolean } {
    const stampS = this.#unwrap.secondsOf(tick, arrivalMs / 1000);
    const stamped = { part, arrivalMs, stampS };
    const doubted = this.#doubted;
    this.#doubted = undefined;
    if (this.#last === undefined || follows(this.#last.stampS, stampS)) {
      return { placed: [this.#place(stamped)], isAnew: false };
    }
    if (doubted && follows(doubted.stampS, stampS)) {
      this.#last = undefined;
      return { placed: [this.#place(doubted), this.#place(stamped)], isAnew: true };
    }
    this.#doubted = stamped;
    return { placed: [], isAnew: false };
  }

  #place({ part, arrivalMs, stampS }: StampedPart): PlacedPart {
    const stepS = this.#step(part.n, stampS);
    const { n } = part;
    let startS = this.#clock.stampOf === 'last' ? stampS - (n - 1) * stepS : stampS;
    // Rising whatever the stamps say; only those of first samples can come so early.
    if (this.#last && startS <= this.#last.endS) startS = this.#last.endS + this.#nominalPeriodS / 2;
    const timesS = Float64Array.from({ length: n }, (_, i) => startS + i * stepS);
    // Exactly, and not by n - 1 rounded steps.
    if (this.#clock.stampOf === 'last') timesS[n - 1] = stampS;
    this.#last = { stampS, n, endS: timesS[n - 1] };
    this.#unwrap.note(stampS, arrivalMs / 1000);
    return { part, arrivalMs, timesS };
  }

  /** From sample to sample of the part that has this stamp. */
  #step(n: number, stampS: number): number {
    if (!this.#last) return this.#periodS;
    // The samples that lie between the two stamps: those of the packet whose end is stamped, or of the one before.
    const count = this.#clock.stampOf === 'last' ? n : this.#last.n;
    const spanS = stampS - this.#last.stampS;
    const excessSamples = spanS / this.#periodS - count;
    const slackSamples = this.#slackSamples(count);
    if (excessSamples > slackSamples) return this.#periodS;
    if (excessSamples >= -slackSamples) this.#learn(spanS / count);
    return this.#clock.stampOf === 'last' ? spanS / count : this.#periodS;
  }

  /** Never more than the half packet of the page: then one was lost. */
  #slackSamples(count: number): number {
    if (this.#clock.lossUnit === 'sample') return SAMPLE_LOSS_SLACK_SAMPLES;
    const { early, learned } = RATE_ERROR_RATIO;
    const rateError = this.#countLearned < PACKETS_TO_LEARN ? early : learned;
    const noiseSamples = (3 * this.#clock.quantisationS) / this.#nominalPeriodS;
    return Math.min(count / 2, SLACK_SAMPLES + noiseSamples + rateError * count);
  }

  #learn(stepS: number): void {
    const gain = Math.max(LEAST_GAIN, 1 / ++this.#countLearned);
    const most = this.#nominalPeriodS * MOST_RATE_ERROR_RATIO;
    const learned = this.#periodS + gain * (stepS - this.#periodS);
    this.#periodS = Math.min(this.#nominalPeriodS + most, Math.max(this.#nominalPeriodS - most, learned));
  }
}

const follows = (earlierS: number, laterS: number): boolean => laterS > earlierS && laterS - earlierS <= LEAP_S;
