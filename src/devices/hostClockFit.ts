/**
 * Device seconds → host seconds, learned from when packets arrive and from explicit time exchanges.
 *
 * An arrival is the true moment plus a delay that is never negative, so only the quickest packet of each two seconds counts
 * (lower envelope), and a line is fitted through those: its slope is the crystal's error. A time exchange has no such
 * one-sided delay; it corrects the offset, weighed by its round trip. Pure: time comes from the arguments.
 */

const BUCKET_S = 2;
/** 4 minutes: long enough to tell 100 ppm from 30 ms of jitter, short enough to follow a crystal that warms up. */
const MOST_BUCKETS = 120;
const MOST_EXCHANGES = 16;
const EXCHANGE_LIFE_S = 900;
const SETTLED_BUCKETS = 10;
/** What the slope may be wrong by with so few minima; sensors that run free are at most a tenth off their name. */
const RATE_ERROR = [
  { minima: SETTLED_BUCKETS, ratio: 0.003 },
  { minima: 3, ratio: 0.01 },
  { minima: 0, ratio: 0.1 },
] as const;
/** What even the quickest packet may still be late by: connection interval and stack; also the spread of quickest packets. */
const ARRIVAL_SPREAD_S = 0.003;
const EXCHANGE_FLOOR_S = 0.001;
/**
 * What lies above the line is doubted, what lies below is not: nothing arrives before it was sent. Asymmetric least squares
 * (expectile regression, Newey and Powell 1987), so that a third of bad seconds moves the line by a twentieth of their delay.
 */
const LATE_WEIGHT_RATIO = 0.1;
const ROUNDS = 5;
/** Beyond this a two-second minimum says that something moved, not that it was unlucky. */
const SHIFT_S = 0.025;
/** Beyond this the host's clock was set, and time starts a new epoch. */
const STEP_S = 0.5;
/** Minima in a row before a shift is believed. Too early cannot be a delay, so it is believed sooner. */
const SHIFT_RUN = { earlier: 2, later: 5, stepLater: 4, stepEarlier: 1 } as const;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

export class HostClockFit {
  readonly #slopeSd: number;
  readonly #canStep: boolean;
  #priorSlope = 0;
  #origin: { deviceS: number; offsetS: number } | undefined;
  #minima: Point[] = [];
  #exchanges: Point[] = [];
  #suspects: Point[] = [];
  #bucket: { startS: number; x: number; y: number; count: number } | undefined;
  #slope = 0;
  /** Offset of the line at `x = 0`; the envelope's own, and the one in use. */
  #envelope = 0;
  #offset = 0;
  #spreadS = ARRIVAL_SPREAD_S;
  #residualP95S = NaN;

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
    if (x - bucket.startS < BUCKET_S && x >= bucket.startS) {
      bucket.count++;
      if (y < bucket.y) {
        bucket.x = x;
        bucket.y = y;
        if (this.#minima.length < SETTLED_BUCKETS) this.#fit();
      }
      return 'ok';
    }
    const answer = this.#closeBucket({ x: bucket.x, y: bucket.y, weight: 1 / ARRIVAL_SPREAD_S ** 2 }, bucket.count);
    this.#bucket = { startS: x, x, y, count: 1 };
    this.#fit();
    return answer;
  }

  /** The device's clock showed `deviceS` at `hostS` ± `uncertaintyS` (half the round trip). */
  exchange(deviceS: number, hostS: number, uncertaintyS: number): void {
    const { x, y } = this.#place(deviceS, hostS);
    const deviation = uncertaintyS / 2 + EXCHANGE_FLOOR_S;
    this.#exchanges.push({ x, y, weight: 1 / deviation ** 2 });
    if (this.#exchanges.length > MOST_EXCHANGES) this.#exchanges.shift();
    this.#fit();
  }

  #place(deviceS: number, hostS: number): { x: number; y: number } {
    this.#origin ??= { deviceS, offsetS: hostS - deviceS };
    return { x: deviceS - this.#origin.deviceS, y: hostS - deviceS - this.#origin.offsetS };
  }

  #closeBucket(point: Point, count: number): 'ok' | 'stepped' {
    const residual = point.y - this.#envelope - this.#slope * point.x;
    const limit = Math.max(SHIFT_S, 4 * this.#spreadS);
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
    if (last && Math.sign(last.y - this.#envelope - this.#slope * last.x) !== Math.sign(residual)) this.#suspects = [];
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

  /** The level has moved: what was learned before says nothing about the offset any more, only about the slope. */
  #adoptSuspects(): void {
    this.#priorSlope = this.#slope;
    this.#minima = this.#suspects;
    this.#suspects = [];
    this.#exchanges = [];
  }

  #fit(): void {
    const newest = this.#bucket?.x ?? 0;
    const exchanges = this.#exchanges.filter((point) => newest - point.x < EXCHANGE_LIFE_S);
    let minima = this.#minima;
    if (minima.length < SETTLED_BUCKETS && this.#bucket) {
      minima = [...minima, { x: this.#bucket.x, y: this.#bucket.y, weight: 1 / ARRIVAL_SPREAD_S ** 2 }];
    }
    let weighted = minima;
    for (let round = 0; round < ROUNDS; round++) {
      this.#slope = this.#slopeOf(weighted, exchanges);
      this.#envelope = offsetOf(weighted, this.#slope);
      weighted = minima.map((point) => {
        const isLate = point.y > this.#envelope + this.#slope * point.x;
        return isLate ? { ...point, weight: point.weight * LATE_WEIGHT_RATIO } : point;
      });
    }
    const sizes = minima
      .map((point) => Math.abs(point.y - this.#envelope - this.#slope * point.x))
      .sort((one, other) => one - other);
    this.#spreadS = Math.max(0.001, 1.4826 * quantile(sizes, 0.5));
    this.#residualP95S = quantile(sizes, 0.95);
    this.#offset = this.#combinedOffset(weighted, exchanges);
  }

  /** Least squares about each group's own mean, so that the envelope's constant delay does not tilt the line. */
  #slopeOf(minima: readonly Point[], exchanges: readonly Point[]): number {
    const priorWeight = 1 / this.#slopeSd ** 2;
    let products = priorWeight * this.#priorSlope;
    let squares = priorWeight;
    for (const group of [minima, exchanges]) {
      const weight = sum(group, (point) => point.weight);
      if (weight === 0) continue;
      const meanX = sum(group, (point) => point.weight * point.x) / weight;
      const meanY = sum(group, (point) => point.weight * point.y) / weight;
      products += sum(group, (point) => point.weight * (point.x - meanX) * (point.y - meanY));
      squares += sum(group, (point) => point.weight * (point.x - meanX) ** 2);
    }
    return products / squares;
  }

  #combinedOffset(minima: readonly Point[], exchanges: readonly Point[]): number {
    if (exchanges.length === 0) return this.#envelope;
    const exchanged = offsetOf(exchanges, this.#slope);
    if (minima.length === 0) return exchanged;
    const exchangeWeight = sum(exchanges, (point) => point.weight);
    // The envelope's delay is the same every time: more minima do not make it more certain.
    const envelopeWeight = 1 / ARRIVAL_SPREAD_S ** 2;
    const combined = (exchangeWeight * exchanged + envelopeWeight * this.#envelope) / (exchangeWeight + envelopeWeight);
    return Math.min(combined, this.#envelope);
  }
}

function offsetOf(points: readonly Point[], slope: number): number {
  const weight = sum(points, (point) => point.weight);
  return weight === 0 ? 0 : sum(points, (point) => point.weight * (point.y - slope * point.x)) / weight;
}

const sum = (points: readonly Point[], of: (point: Point) => number): number =>
  points.reduce((total, point) => total + of(point), 0);

/** Of ascending values; NaN when there are none. */
const quantile = (sorted: readonly number[], ratio: number): number =>
  sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))];
