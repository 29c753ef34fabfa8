/**
 * Device seconds → host seconds, learned from when packets arrive and from explicit time exchanges.
 *
 * Only the quickest packet of each few seconds counts, because the others have waited longer; `clockLine.ts` lays a line through
 * these and the exchanges. Here is what becomes of it as time goes on: what is remembered, and when something has moved, such
 * as the host's clock. Pure: time comes from the arguments.
 */
import { type Arrival, type Exchange, fitClockLine } from './clockLine.ts';

const BUCKET_S = 2;
/** A minimum of fewer packets says little; wearables with long packets get longer buckets. */
const BUCKET_PACKETS = 6;
const LONGEST_BUCKET_S = 6;
/** 5 minutes or more: long enough to tell 100 ppm from 50 ms of jitter, short enough to follow a crystal that warms up. */
const MOST_BUCKETS = 150;
const MOST_EXCHANGES = 16;
const EXCHANGE_LIFE_S = 900;
const SETTLED_BUCKETS = 10;
/** What the slope may be wrong by with so few minima; sensors that run free are at most a tenth off their name. */
const RATE_ERROR = [
  { minima: SETTLED_BUCKETS, ratio: 0.003 },
  { minima: 3, ratio: 0.01 },
  { minima: 0, ratio: 0.1 },
] as const;
const LEAST_LATENESS_S = 0.001;
/** It changes slowly, and sorting costs more than the fit. */
const JUDGE_EVERY_FITS = 4;
/** An exchange that contradicts everything before it by more: the host's clock was set, or slewed. */
const CONTRADICTION_S = 0.01;
/** Beyond this a two-second minimum says that something moved, not that it was unlucky. */
const SHIFT_S = 0.025;
/** Beyond this the host's clock was set, and time starts a new epoch. */
const STEP_S = 0.5;
/** Minima in a row before a shift is believed. Too early cannot be a delay, so it is believed sooner. */
const SHIFT_RUN = { earlier: 2, later: 5, stepLater: 4, stepEarlier: 1 } as const;

export class HostClockFit {
  readonly #slopeSd: number;
  readonly #canStep: boolean;
  #priorSlope = 0;
  #origin: { deviceS: number; offsetS: number } | undefined;
  #minima: Arrival[] = [];
  #exchanges: Exchange[] = [];
  #suspects: Arrival[] = [];
  #bucket: { startS: number; x: number; y: number; count: number } | undefined;
  #slope = 0;
  /** Offset of the line at `x = 0`; the arrivals' own, and the one in use. */
  #envelope = 0;
  #offset = 0;
  #earliest = 0;
  #latenessS = LEAST_LATENESS_S;
  #residualP95S = NaN;
  #fitsToJudge = 0;

  /**
   * `slopeSd`: how far the device's rate may be from nominal, as a ratio (a crystal 1e-4, a free-running sensor 0.02).
   * `canStep` false: a large shift is never taken for a host clock that was set.
   */
  constructor(slopeSd: number, { canStep = true } = {}) {
    this.#slopeSd = slopeSd;
    this.#canStep = canStep;
  }

  /** Forgets the offset; the slope stays as a first guess, because the crystal is the same. */
  restart(): void {
    this.#priorSlope = this.#slope;
    this.#origin = undefined;
    this.#minima = [];
    this.#exchanges = [];
    this.#suspects = [];
    this.#bucket = undefined;
    this.#envelope = 0;
    this.#offset = 0;
    this.#residualP95S = NaN;
  }

  get isReady(): boolean {
    return this.#origin !== undefined;
  }

  get isSettled(): boolean {
    return this.#minima.length >= SETTLED_BUCKETS;
  }

  /** How far the slope may be from the true one, as a ratio. */
  get rateErrorRatio(): number {
    return RATE_ERROR.find(({ minima }) => this.#minima.length >= minima)?.ratio ?? NaN;
  }

  /** NaN until settled. */
  get residualP95Ms(): number {
    return this.isSettled ? this.#residualP95S * 1000 : NaN;
  }

  /** How fast the host's seconds pass against the device's: + means that the device runs slow. */
  get driftPpm(): number {
    return this.#slope * 1e6;
  }

  hostSecondsAt(deviceS: number): number {
    if (!this.#origin) return NaN;
    const x = deviceS - this.#origin.deviceS;
    return deviceS + this.#origin.offsetS + this.#offset + this.#slope * x;
  }

  /** A packet whose last sample was taken at `deviceS` arrived at `hostS`. Answers `stepped` when the host's clock was set. */
  observe(deviceS: number, hostS: number): 'ok' | 'stepped' {
    const { x, y } = this.#place(deviceS, hostS);
    const bucket = this.#bucket;
    if (!bucket) {
      this.#bucket = { startS: x, x, y, count: 1 };
      this.#fit();
      return 'ok';
    }
    const lastedS = x - bucket.startS;
    const isFull = lastedS >= BUCKET_S && (bucket.count >= BUCKET_PACKETS || lastedS >= LONGEST_BUCKET_S);
    if (!isFull && lastedS >= 0) {
      bucket.count++;
      if (y < bucket.y) {
        bucket.x = x;
        bucket.y = y;
        if (this.#minima.length < SETTLED_BUCKETS) this.#fit();
      }
      return 'ok';
    }
    const answer = this.#closeBucket({ x: bucket.x, y: bucket.y }, bucket.count);
    this.#bucket = { startS: x, x, y, count: 1 };
    this.#fit();
    return answer;
  }

  /** The device's clock showed `deviceS` at `hostS` ± `uncertaintyS` (half the round trip). Answers `stepped` as `observe` does. */
  exchange(deviceS: number, hostS: number, uncertaintyS: number): 'ok' | 'stepped' {
    const { x, y } = this.#place(deviceS, hostS);
    const exchange = { x, lower: y - uncertaintyS, upper: y + uncertaintyS };
    const movedS = this.#contradictionS(exchange);
    if (movedS > CONTRADICTION_S) {
      this.#priorSlope = this.#slope;
      this.#minima = [];
      this.#suspects = [];
      this.#exchanges = [];
      this.#bucket = undefined;
    }
    this.#exchanges.push(exchange);
    if (this.#exchanges.length > MOST_EXCHANGES) this.#exchanges.shift();
    this.#fit();
    return movedS > STEP_S ? 'stepped' : 'ok';
  }

  /** By how much an exchange is outside of what arrivals and the exchanges before it allow. */
  #contradictionS({ x, lower, upper }: Exchange): number {
    const known = this.#offset + this.#slope * x;
    const tooLate = this.#minima.length < SETTLED_BUCKETS ? 0 : lower - this.#envelope - this.#slope * x;
    const tooEarly = this.#exchanges.length === 0 ? 0 : known - upper;
    return Math.max(tooLate, tooEarly);
  }

  #place(deviceS: number, hostS: number): { x: number; y: number } {
    this.#origin ??= { deviceS, offsetS: hostS - deviceS };
    return { x: deviceS - this.#origin.deviceS, y: hostS - deviceS - this.#origin.offsetS };
  }

  #closeBucket(point: Arrival, count: number): 'ok' | 'stepped' {
    const residual = this.#residualOf(point);
    // Whether all packets wait longer than before or the clock has moved is for the exchanges to say.
    const isJudgedByExchanges = residual > 0 && this.#exchanges.length > 0;
    const limit = isJudgedByExchanges ? STEP_S : Math.max(SHIFT_S, 4 * this.#latenessS);
    // In the first seconds everything counts: the line itself is still a guess.
    const isExpected = Math.abs(residual) <= limit || (this.#minima.length < 5 && Math.abs(residual) < STEP_S);
    if (isExpected) {
      this.#suspects = [];
      this.#minima.push(point);
      if (this.#minima.length > MOST_BUCKETS) this.#minima.shift();
      return 'ok';
    }
    const isStep = this.#canStep && Math.abs(residual) >= STEP_S;
    // One early packet with a damaged stamp is no step.
    if (isStep && residual < 0 && count < 3) return 'ok';
    const last = this.#suspects.at(-1);
    if (last && Math.sign(this.#residualOf(last)) !== Math.sign(residual)) this.#suspects = [];
    this.#suspects.push(point);
    const run = isStep
      ? residual < 0
        ? SHIFT_RUN.stepEarlier
        : SHIFT_RUN.stepLater
      : residual < 0
        ? SHIFT_RUN.earlier
        : SHIFT_RUN.later;
    if (this.#suspects.length < run) return 'ok';
    this.#adoptSuspects();
    return isStep ? 'stepped' : 'ok';
  }

  /** How much later than the quickest before it, or, negative, earlier than anything can be. */
  #residualOf({ x, y }: Arrival): number {
    const afterEarliest = y - this.#earliest - this.#slope * x;
    return afterEarliest < 0 ? afterEarliest : Math.max(0, y - this.#envelope - this.#slope * x);
  }

  /** The level has moved: what was learned before says nothing about the offset any more, only about the slope. */
  #adoptSuspects(): void {
    this.#priorSlope = this.#slope;
    this.#minima = this.#suspects;
    this.#suspects = [];
    this.#exchanges = [];
  }

  #fit(): void {
    const newest = this.#bucket?.x ?? 0;
    while (this.#exchanges.length > 0 && newest - this.#exchanges[0].x > EXCHANGE_LIFE_S) this.#exchanges.shift();
    const isYoung = this.#minima.length < SETTLED_BUCKETS && this.#bucket !== undefined;
    const arrivals = isYoung && this.#bucket ? [...this.#minima, this.#bucket] : this.#minima;
    const { slope, envelope, offset, earliest } = fitClockLine({
      arrivals,
      exchanges: this.#exchanges,
      priorSlope: this.#priorSlope,
      slopeSd: this.#slopeSd,
      latenessS: this.#latenessS,
    });
    this.#slope = slope;
    this.#offset = offset;
    this.#envelope = arrivals.length > 0 ? envelope : offset;
    this.#earliest = arrivals.length > 0 || this.#exchanges.length > 0 ? earliest : offset;
    if (!this.isSettled) this.#fitsToJudge = 0;
    else if (this.#fitsToJudge-- <= 0) this.#judge();
  }

  /** How late the quickest packets are by, against the line that touches them. */
  #judge(): void {
    this.#fitsToJudge = JUDGE_EVERY_FITS - 1;
    const lateS = new Float64Array(this.#minima.length);
    for (let i = 0; i < lateS.length; i++) {
      const { x, y } = this.#minima[i];
      lateS[i] = y - this.#envelope - this.#slope * x;
    }
    lateS.sort();
    this.#latenessS = Math.max(LEAST_LATENESS_S, 1.4826 * lateS[lateS.length >> 1]);
    this.#residualP95S = lateS[Math.min(lateS.length - 1, Math.floor(0.95 * lateS.length))];
  }
}
