/**
 * Keeps account of every sample: puts packets in order, throws out repeats, waits a moment for lost ones that the device is
 * asked to send again, and then states what is missing. Nothing is invented, and nothing goes back in time.
 *
 *   samples released + samples lost = last index − first index        (always)
 *
 * A step in the packet counter is radio loss; a step in the sample index without one is the sensor's own overrun.
 * Pure: time as an argument.
 */
import type { ImuPacket } from './define.ts';

export type LossReason = 'radioLoss' | 'sensorOverrun';

export interface LedgerSink {
  /** Samples `[skip, n)` of a packet whose first sample has `index`. */
  readonly release: (packet: ImuPacket, index: number, skip: number) => void;
  readonly lost: (firstIndex: number, missingSamples: number, reason: LossReason) => void;
  /** These packets were lost on the radio: the device should send them again. */
  readonly wanted: (firstSequence: number, count: number) => void;
}

export interface LedgerCounts {
  readonly released: number;
  readonly lost: number;
  /** Of the released: came from the device's memory. */
  readonly repaired: number;
  readonly duplicate: number;
  /** Came after they had been given up; still lost. */
  readonly late: number;
}

interface Held {
  readonly packet: ImuPacket;
  readonly index: number;
  /** Since when something before it is waited for. */
  readonly sinceMs: number;
  asked: number;
}

const MOST_HELD_PACKETS = 256;
const REMEMBERED_LOSSES = 64;

export class SampleLedger {
  readonly #holdMs: number;
  readonly #sequenceWrap: number | undefined;
  readonly #sink: LedgerSink;
  readonly #counts = { released: 0, lost: 0, repaired: 0, duplicate: 0, late: 0 };
  #nextIndex: number | undefined;
  #lastSequence: number | undefined;
  #held: Held[] = [];
  #losses: { start: number; end: number }[] = [];

  /** `holdMs` 0: never waits, for devices that cannot send again. */
  constructor(holdMs: number, sequenceWrap: number | undefined, sink: LedgerSink) {
    this.#holdMs = holdMs;
    this.#sequenceWrap = sequenceWrap;
    this.#sink = sink;
  }

  get counts(): LedgerCounts {
    return this.#counts;
  }

  /** When `poll` has something to do; undefined: nothing is held. */
  get dueMs(): number | undefined {
    const head = this.#held[0];
    return head && head.sinceMs + (head.asked < 2 ? this.#holdMs / 2 : this.#holdMs);
  }

  add(packet: ImuPacket, index: number, nowMs: number): void {
    this.#nextIndex ??= index;
    if (index + packet.n <= this.#nextIndex) {
      this.#countOld(index, packet.n);
      return;
    }
    const at = this.#held.findIndex((held) => held.index >= index);
    const following = at === -1 ? undefined : this.#held[at];
    if (following?.index === index && following.packet.n >= packet.n) {
      this.#counts.duplicate += packet.n;
      return;
    }
    const sinceMs = following ? Math.min(nowMs, following.sinceMs) : nowMs;
    this.#held.splice(at === -1 ? this.#held.length : at, 0, { packet, index, sinceMs, asked: 0 });
    this.#drain(nowMs);
  }

  /** Gives up what has been waited for long enough. */
  poll(nowMs: number): void {
    this.#drain(nowMs);
  }

  /** Gives up everything that is waited for: the stream ends here. */
  flush(): void {
    this.#drain(Infinity);
  }

  #drain(nowMs: number): void {
    for (let head = this.#held[0]; head !== undefined; head = this.#held[0]) {
      const missing = head.index - (this.#nextIndex ?? head.index);
      if (missing <= 0) {
        this.#held.shift();
        this.#release(head, -missing);
        continue;
      }
      const step = this.#sequenceStep(head.packet.sequence);
      if (step === 1) this.#giveUp(head.index, missing, 'sensorOverrun');
      else if (this.#isDue(head, nowMs)) this.#giveUp(head.index, missing, 'radioLoss');
      else {
        this.#ask(head, step, nowMs);
        return;
      }
    }
  }

  #isDue(head: Held, nowMs: number): boolean {
    return this.#held.length > MOST_HELD_PACKETS || nowMs >= head.sinceMs + this.#holdMs;
  }

  /** At once, and a second time when half of the patience is over: the request or its answer may have been lost as well. */
  #ask(head: Held, step: number | undefined, nowMs: number): void {
    if (step === undefined || this.#lastSequence === undefined || this.#sequenceWrap === undefined) return;
    const isTime = head.asked === 0 || (head.asked === 1 && nowMs >= head.sinceMs + this.#holdMs / 2);
    if (!isTime) return;
    head.asked++;
    this.#sink.wanted((this.#lastSequence + 1) % this.#sequenceWrap, step - 1);
  }

  #sequenceStep(sequence: number | undefined): number | undefined {
    const wrap = this.#sequenceWrap;
    if (sequence === undefined || this.#lastSequence === undefined || wrap === undefined) return undefined;
    return (((sequence - this.#lastSequence) % wrap) + wrap) % wrap;
  }

  #release({ packet, index }: Held, skip: number): void {
    const released = packet.n - skip;
    this.#counts.duplicate += Math.min(skip, packet.n);
    if (released <= 0) return;
    this.#counts.released += released;
    if (packet.backfilled) this.#counts.repaired += released;
    this.#nextIndex = index + packet.n;
    this.#lastSequence = packet.sequence;
    this.#sink.release(packet, index, skip);
  }

  #giveUp(untilIndex: number, missing: number, reason: LossReason): void {
    const firstIndex = untilIndex - missing;
    this.#counts.lost += missing;
    this.#losses.push({ start: firstIndex, end: untilIndex });
    if (this.#losses.length > REMEMBERED_LOSSES) this.#losses.shift();
    this.#nextIndex = untilIndex;
    this.#sink.lost(firstIndex, missing, reason);
  }

  #countOld(index: number, n: number): void {
    let late = 0;
    for (const { start, end } of this.#losses) late += Math.max(0, Math.min(end, index + n) - Math.max(start, index));
    this.#counts.late += late;
    this.#counts.duplicate += n - late;
  }
}
