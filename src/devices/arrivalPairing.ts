/**
 * For wearables whose halves carry neither stamp nor counter (Bluetooth specification, 1.3 and 1.7). Both streams have one rate,
 * so their packets take turns, and a link never changes the order in which they were sent: halves are paired by their order,
 * which connection events and jitter leave alone. A half out of turn shows that the other one was lost; its samples are missing,
 * and counted. Arrival times decide only where the order leaves a choice. Two lost halves of one pair, or a whole silence,
 * cannot be noticed here: that is `ArrivalLoss`. Pure.
 */
import type { ImuPart } from './define.ts';
import { type DeliverPacket, joinInto, packetOf, type PartPairing } from './joinedPacket.ts';

/** Halves that are further apart had a silence between them in which something was lost; shorter ones are mostly mere stalls. */
const FURTHEST_APART_S = 1;
/** Halves that changed turns were sent at almost the same moment; as a ratio of what a packet lasts. */
const SAME_MOMENT_RATIO = 0.5;
/** Beyond it, on average, the half of the neighbouring pair is nearer. */
const WRONG_NEIGHBOUR_RATIO = 0.75;
/**
 * Connection events scatter the distance of a single pair, so it is averaged: over so many at least, and about so many. Where
 * events keep step with the packets for minutes, the average can be wrong by a packet, and so can the choice.
 */
const PAIRS_TO_JUDGE = 128;
const PAIRS_REMEMBERED = 256;

interface Half {
  readonly part: ImuPart;
  readonly arrivalMs: number;
}

export class ArrivalPairing implements PartPairing {
  readonly #rateHz: number;
  readonly #deliver: DeliverPacket;
  /** Out of turn or without a partner yet, oldest first; at most two between two pushes. */
  #waiting: Half[] = [];
  /** What is sent first of a pair; undefined before the first pair. */
  #leader: ImuPart['quantity'] | undefined;
  #nextIndex = 0;
  /** From acceleration to rotation of the same pair. */
  #distance = { meanMs: 0, pairs: 0 };

  constructor(rateHz: number, deliver: DeliverPacket) {
    this.#rateHz = rateHz;
    this.#deliver = deliver;
  }

  push(part: ImuPart, arrivalMs: number): void {
    this.#waiting.push({ part, arrivalMs });
    if (this.#leader === undefined) this.#begin();
    while (this.#decide());
  }

  /** Either stream may start earlier: its halves before the first pair belong to no sample. */
  #begin(): void {
    this.#waiting = this.#waiting.slice(-2);
    const [first, second] = this.#waiting;
    if (second !== undefined && first.part.quantity !== second.part.quantity) this.#leader = first.part.quantity;
  }

  /** Decides about the oldest halves; false when that needs the next one. */
  #decide(): boolean {
    const [a, b, c] = this.#waiting;
    if (b === undefined || this.#leader === undefined) return false;
    const isInTurn = a.part.quantity === this.#leader;
    if (a.part.quantity === b.part.quantity) this.#lose();
    else if (isInTurn) this.#pair(a, b);
    else if (c === undefined) return false;
    // Follower, leader, leader: the pair was sent the other way round. Follower, leader, follower: the first has lost its leader.
    else if (c.part.quantity === b.part.quantity && this.#areOfOneMoment(a, b)) this.#pair(a, b);
    else this.#lose();
    return true;
  }

  #areOfOneMoment(one: Half, two: Half): boolean {
    return Math.abs(one.arrivalMs - two.arrivalMs) <= SAME_MOMENT_RATIO * this.#durationMs(one.part.n);
  }

  /** The half at the head never finds its other one. */
  #lose(): void {
    this.#nextIndex += this.#waiting.shift()?.part.n ?? 0;
  }

  #pair(one: Half, two: Half): void {
    this.#waiting.splice(0, 2);
    const [acc, gyr] = one.part.quantity === 'acc' ? [one, two] : [two, one];
    const n = Math.max(acc.part.n, gyr.part.n);
    const apartMs = gyr.arrivalMs - acc.arrivalMs;
    if (Math.abs(apartMs) <= Math.max(1000 * FURTHEST_APART_S, this.#durationMs(n))) {
      this.#join(acc, gyr.part);
      this.#watchDistance(apartMs, n);
    }
    this.#nextIndex += n;
  }

  /** Of halves that are not equally long, the samples at the end of the longer one are missing. */
  #join({ part, arrivalMs }: Half, gyr: ImuPart): void {
    const n = Math.min(part.n, gyr.n);
    const packet = packetOf(firstOf(part, n), firstOf(gyr, n).values, this.#nextIndex);
    for (let i = 0; i < n; i++) joinInto(packet, i, gyr.flags[i]);
    this.#deliver(packet, arrivalMs);
  }

  /** A beginning in the middle of a pair, or losses on both sides, may have led to the wrong neighbour. */
  #watchDistance(apartMs: number, n: number): void {
    const { meanMs } = this.#distance;
    const pairs = this.#distance.pairs + 1;
    this.#distance = { meanMs: meanMs + (apartMs - meanMs) / Math.min(pairs, PAIRS_REMEMBERED), pairs };
    const isWrong = Math.abs(this.#distance.meanMs) > WRONG_NEIGHBOUR_RATIO * this.#durationMs(n);
    if (!isWrong || pairs < PAIRS_TO_JUDGE) return;
    this.#leader = this.#leader === 'acc' ? 'gyr' : 'acc';
    this.#distance = { meanMs: 0, pairs: 0 };
  }

  #durationMs(n: number): number {
    return (1000 * n) / this.#rateHz;
  }
}

const firstOf = (part: ImuPart, n: number): ImuPart =>
  part.n === n ? part : { ...part, n, values: part.values.slice(0, 3 * n), flags: part.flags.slice(0, n) };
