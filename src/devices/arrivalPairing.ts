/**
 * For wearables whose halves carry neither stamp nor counter: a packet of acceleration and one of rotation that were measured
 * together leave together, so they are told by their arrival (Bluetooth specification, 1.3 and 1.7). Of a pair whose other half
 * was lost the samples are counted and missing; two lost halves of one pair cannot be noticed. Pure.
 */
import type { ImuPart } from './define.ts';
import { type DeliverPacket, joinInto, packetOf, type PartPairing } from './joinedPacket.ts';

/** Halves of one moment that arrive further apart than half of what a packet lasts belong to different moments. */
const WINDOW_RATIO = 0.5;
/** Packets that wait for their other half; more means that one of the two streams has stopped. */
const MOST_WAITING = 64;

interface Waiting {
  readonly part: ImuPart;
  readonly arrivalMs: number;
}

export class ArrivalPairing implements PartPairing {
  readonly #rateHz: number;
  readonly #deliver: DeliverPacket;
  readonly #waiting: Readonly<Record<ImuPart['quantity'], Waiting[]>> = { acc: [], gyr: [] };
  #nextIndex = 0;

  constructor(rateHz: number, deliver: DeliverPacket) {
    this.#rateHz = rateHz;
    this.#deliver = deliver;
  }

  push(part: ImuPart, arrivalMs: number): void {
    const queue = this.#waiting[part.quantity];
    queue.push({ part, arrivalMs });
    if (queue.length > MOST_WAITING) this.#lose(queue);
    this.#drain();
  }

  #drain(): void {
    const { acc, gyr } = this.#waiting;
    while (acc.length > 0 && gyr.length > 0) {
      const [a, g] = [acc[0], gyr[0]];
      const windowMs = (WINDOW_RATIO * 1000 * Math.min(a.part.n, g.part.n)) / this.#rateHz;
      if (a.part.n !== g.part.n) this.#lose(a.part.n > g.part.n ? gyr : acc);
      else if (a.arrivalMs - g.arrivalMs > windowMs) this.#lose(gyr);
      else if (g.arrivalMs - a.arrivalMs > windowMs) this.#lose(acc);
      else this.#join(a, g);
    }
  }

  #join({ part, arrivalMs }: Waiting, gyr: Waiting): void {
    this.#waiting.acc.shift();
    this.#waiting.gyr.shift();
    const packet = packetOf(part, gyr.part.values, this.#nextIndex);
    for (let i = 0; i < part.n; i++) joinInto(packet, i, gyr.part.flags[i]);
    this.#nextIndex += part.n;
    this.#deliver(packet, arrivalMs);
  }

  /** The half at the head never finds its other one: its samples are missing, and counted. */
  #lose(queue: Waiting[]): void {
    this.#nextIndex += queue.shift()?.part.n ?? 0;
  }
}
