/**
 * Tells what was lost from what is late, for wearables that neither stamp nor count: after a silence their packets say nothing
 * about what it held. If it was a stall, the backlog follows in a burst and the delay is soon as small as before; if the delay
 * stays, what is missing was lost. So packets after a silence are held back until that is plain, and never longer than a few
 * seconds; then what follows the loss gets its place on the sample axis, and time is never stretched over it. Pure.
 */
import type { ImuPacket } from './define.ts';
import type { PlacedPacket } from './leapGuard.ts';

/** What the loss is read from: how late packets are against the line learned so far. */
export interface ArrivalLine {
  /** Seconds from when the sample should have arrived to when it did. NaN: nothing is known yet. */
  latenessS(index: number, arrivalMs: number): number;
  /** Seconds of the host's clock from sample to sample. */
  readonly periodS: number;
  /** How far the learned rate may still be from the true one. */
  readonly rateErrorRatio: number;
}

/** A silence is longer than connection intervals and repeated sending make it. */
const SILENCE_S = 0.1;
const SILENCE_PACKETS_RATIO = 1.5;
/** Less may be another connection interval. */
const LEAST_LOSS_S = 0.06;
/** The line is as old as its newest two seconds. */
const LINE_AGE_S = 2;
/** A delay that has not shrunk for so long stays. */
const STEADY_S = 0.5;
const SHRINKS_BY_S = 0.02;
const LONGEST_HOLD_S = 4;
/** Without any silence only a delay that outlasts every radio trouble is a loss, and only where the rate is well known. */
const LATE_FOR_S = 8;
const WELL_KNOWN_RATIO = 0.005;
/** Among held packets: so close to the least delay that it is fresh, not backlog. */
const FRESH_WITHIN_S = 0.05;

interface Held {
  readonly packet: ImuPacket;
  readonly arrivalMs: number;
  readonly countedIndex: number;
  readonly latenessS: number;
  readonly isAfterSilence: boolean;
}

export class ArrivalLoss {
  readonly #rateHz: number;
  readonly #line: ArrivalLine;
  readonly #deliver: (placed: PlacedPacket) => void;
  #countedIndex = 0;
  /** Samples lost in silences so far. */
  #offset = 0;
  #lastArrivalMs: number | undefined;
  #lastReleasedMs = 0;
  #held: Held[] = [];
  #least = { latenessS: Infinity, sinceMs: 0 };
  #late: { readonly sinceMs: number; leastS: number } | undefined;

  constructor(rateHz: number, line: ArrivalLine, deliver: (placed: PlacedPacket) => void) {
    this.#rateHz = rateHz;
    this.#line = line;
    this.#deliver = deliver;
  }

  push(packet: ImuPacket, arrivalMs: number): void {
    const countedIndex = packet.firstSampleIndex ?? this.#countedIndex;
    this.#countedIndex = countedIndex + packet.n;
    const isAfterSilence = this.#isSilence(packet.n, arrivalMs);
    const isSetBack = arrivalMs < (this.#lastArrivalMs ?? arrivalMs);
    this.#lastArrivalMs = arrivalMs;
    // The host's clock was set back: what is held belongs to the time before.
    if (isSetBack) this.flush();
    const latenessS = this.#line.latenessS(countedIndex + this.#offset + packet.n - 1, arrivalMs);
    const held = { packet, arrivalMs, countedIndex, latenessS, isAfterSilence };
    if (this.#held.length === 0 && (!isAfterSilence || Number.isNaN(latenessS))) {
      this.#watchLateness(held);
      this.#release(held);
    } else this.#hold(held);
  }

  /** Decides about what has been held for long enough. */
  poll(nowMs: number): void {
    const { dueMs } = this;
    if (dueMs !== undefined && nowMs >= dueMs) this.flush();
  }

  /** When `poll` has something to do; Unix ms. */
  get dueMs(): number | undefined {
    const [head] = this.#held;
    return head && head.arrivalMs + 1000 * LONGEST_HOLD_S;
  }

  /** Decides by what has come so far. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    this.#late = undefined;
    if (held.length === 0) return;
    const toleranceS = this.#toleranceS(held[0].arrivalMs);
    let lostS = 0;
    for (let start = 0, end = 0; start < held.length; start = end) {
      end = held.findIndex((one, i) => i > start && one.isAfterSilence);
      if (end === -1) end = held.length;
      // Nothing arrives before it was measured: what comes later bounds what can be missing here.
      const leastS = held.slice(start).reduce((least, { latenessS }) => Math.min(least, latenessS), Infinity);
      const missing = leastS - lostS < toleranceS ? 0 : this.#wholePackets(leastS - lostS, held[start].packet.n);
      lostS += missing * this.#line.periodS;
      // Backlog that the wearable had kept was measured before what it lost.
      const fresh = held.findIndex((one, i) => i >= start && one.latenessS <= leastS + FRESH_WITHIN_S);
      for (let i = start; i < end; i++) {
        if (i === Math.min(fresh, end - 1)) this.#offset += missing;
        this.#release(held[i]);
      }
    }
  }

  #isSilence(n: number, arrivalMs: number): boolean {
    if (this.#lastArrivalMs === undefined) return false;
    const longestS = SILENCE_S + (SILENCE_PACKETS_RATIO * n) / this.#rateHz;
    return arrivalMs - this.#lastArrivalMs > 1000 * longestS;
  }

  #hold(one: Held): void {
    const { arrivalMs, latenessS, isAfterSilence } = one;
    this.#held.push(one);
    if (isAfterSilence || latenessS < this.#least.latenessS - SHRINKS_BY_S) {
      this.#least = { latenessS, sinceMs: arrivalMs };
    }
    const [head] = this.#held;
    const isCaughtUp = latenessS < this.#toleranceS(head.arrivalMs);
    const isSteady = arrivalMs - this.#least.sinceMs >= 1000 * STEADY_S;
    if (isCaughtUp || isSteady || arrivalMs - head.arrivalMs >= 1000 * LONGEST_HOLD_S) this.flush();
  }

  /** A loss that was no silence, such as of a single packet, leaves a delay that never goes away. */
  #watchLateness({ latenessS, arrivalMs, packet }: Held): void {
    const isLate = this.#line.rateErrorRatio < WELL_KNOWN_RATIO && latenessS >= this.#toleranceS(arrivalMs);
    if (!isLate) {
      this.#late = undefined;
      return;
    }
    this.#late ??= { sinceMs: arrivalMs, leastS: latenessS };
    const { sinceMs, leastS } = this.#late;
    this.#late = { sinceMs, leastS: Math.min(leastS, latenessS) };
    if (arrivalMs - sinceMs < 1000 * LATE_FOR_S) return;
    this.#offset += this.#wholePackets(this.#late.leastS, packet.n);
    this.#late = undefined;
  }

  /** What a wrong rate adds up to since the line was last compared. */
  #toleranceS(arrivalMs: number): number {
    const elapsedS = LINE_AGE_S + (arrivalMs - this.#lastReleasedMs) / 1000;
    return LEAST_LOSS_S + this.#line.rateErrorRatio * elapsedS;
  }

  #wholePackets(durationS: number, n: number): number {
    return n * Math.round(durationS / (n * this.#line.periodS));
  }

  #release({ packet, countedIndex, arrivalMs }: Held): void {
    this.#lastReleasedMs = arrivalMs;
    this.#deliver({ packet, index: countedIndex + this.#offset, arrivalMs });
  }
}
