/**
 * Keeps account of every sample: puts packets in order, throws out repeats, waits a moment for lost ones that the device is
 * asked to send again, and then states what is missing. Nothing is invented, and nothing goes back in time.
 *
 *   samples released + samples lost = last index − first index        (always)
 *
 * A step in the packet counter is radio loss; a step in the sample index without one is the sensor's own overrun.
 *
 * After a time out of range the whole of it is missing. A body that has fallen on its sensor is a usual reason to lose the
 * link, so what can be fetched within `RESUME_HOLD_MS` is waited for: the fall then passes the detectors in its order. A longer
 * absence is not waited for at all: it could not be complete in time, and a fall that happens now must be seen now. It is
 * stated as lost, fetched behind the live stream, and handed out as `late`, which is for records and never for cues.
 * Pure: time as an argument.
 */
import type { ImuPacket } from './define.ts';
import { PacketRepair } from './packetRepair.ts';

export type LossReason = 'radioLoss' | 'sensorOverrun';

export interface LedgerSink {
  /** Samples `[skip, n)` of a packet whose first sample has `index`. */
  readonly release: (packet: ImuPacket, index: number, skip: number) => void;
  readonly lost: (firstIndex: number, missingSamples: number, reason: LossReason) => void;
  /** These packets were lost on the radio: the device should send them again. */
  readonly wanted: (firstSequence: number, count: number) => void;
  /** Samples `[from, to)` of a packet whose first sample has `index`: they had been given up, and each comes once. */
  readonly late?: (packet: ImuPacket, index: number, from: number, to: number) => void;
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

export const sumOfCounts = (a: LedgerCounts, b: LedgerCounts): LedgerCounts => ({
  released: a.released + b.released,
  lost: a.lost + b.lost,
  repaired: a.repaired + b.repaired,
  duplicate: a.duplicate + b.duplicate,
  late: a.late + b.late,
});

interface Held {
  readonly packet: ImuPacket;
  readonly index: number;
  /** Until then what is missing before it is waited for. */
  readonly untilMs: number;
}

const MOST_HELD_PACKETS = 256;
const REMEMBERED_LOSSES = 64;
const RESUME_HOLD_MS = 3000;
/** What a link brings back in that time beside the live stream, with a third to spare: it carries some fifty packets a second. */
const RESUME_PACKETS = 100;

export class SampleLedger {
  readonly #holdMs: number;
  readonly #sequenceWrap: number | undefined;
  readonly #sink: LedgerSink;
  readonly #repair: PacketRepair | undefined;
  readonly #counts = { released: 0, lost: 0, repaired: 0, duplicate: 0, late: 0 };
  #nextIndex: number | undefined;
  #lastSequence: number | undefined;
  #held: Held[] = [];
  #losses: { start: number; end: number }[] = [];
  #isResuming = false;
  #resumedUntilMs = -Infinity;

  /**
   * `holdMs` 0: never waits, for devices that cannot send again.
   * @param memoryPackets how many packets the device keeps
   */
  constructor(holdMs: number, sequenceWrap: number | undefined, sink: LedgerSink, memoryPackets = 255) {
    this.#holdMs = holdMs;
    this.#sequenceWrap = sequenceWrap;
    this.#sink = sink;
    if (holdMs > 0 && sequenceWrap !== undefined) {
      this.#repair = new PacketRepair(sequenceWrap, memoryPackets, (first, count) => sink.wanted(first, count));
    }
  }

  get counts(): LedgerCounts {
    return this.#counts;
  }

  /** Of the first sample that was neither released nor given up; undefined before the first packet. */
  get nextIndex(): number | undefined {
    return this.#nextIndex;
  }

  /** When `poll` has something to do; undefined: nothing is waited for. */
  get dueMs(): number | undefined {
    const dueMs = Math.min(this.#held[0]?.untilMs ?? Infinity, this.#repair?.dueMs ?? Infinity);
    return dueMs === Infinity ? undefined : dueMs;
  }

  /** The link is back and the same stream goes on, with a hole before its next packet. */
  resume(): void {
    this.#isResuming = true;
    this.#repair?.restart();
  }

  add(packet: ImuPacket, index: number, nowMs: number): void {
    if (this.#isUnasked(packet)) {
      this.#counts.duplicate += packet.n;
      return;
    }
    this.#nextIndex ??= index;
    if (!packet.backfilled && packet.sequence !== undefined) this.#repair?.live(packet.sequence);
    if (index + packet.n <= this.#nextIndex) this.#takeOld(packet, index);
    else this.#hold(packet, index, nowMs);
    this.#drain(nowMs);
    this.#repair?.poll(nowMs);
  }

  /** Gives up what has been waited for long enough. */
  poll(nowMs: number): void {
    this.#drain(nowMs);
    this.#repair?.poll(nowMs);
  }

  /** Gives up everything that is waited for: the stream ends here. */
  flush(): void {
    this.#drain(Infinity);
  }

  /** The device has not got these packets any more. */
  notStored(firstSequence: number, count: number): void {
    this.#repair?.notStored(firstSequence, count);
  }

  /** Sent again on a request of an earlier stream: its counters may mean other samples. */
  #isUnasked({ backfilled, sequence }: ImuPacket): boolean {
    return backfilled && this.#repair !== undefined && sequence !== undefined && !this.#repair.take(sequence);
  }

  #hold(packet: ImuPacket, index: number, nowMs: number): void {
    const at = this.#held.findIndex((held) => held.index >= index);
    const following = at === -1 ? undefined : this.#held[at];
    if (following?.index === index && following.packet.n >= packet.n) {
      this.#counts.duplicate += packet.n;
      return;
    }
    const untilMs = following?.untilMs ?? this.#patienceUntilMs(packet, nowMs);
    this.#held.splice(at === -1 ? this.#held.length : at, 0, { packet, index, untilMs });
  }

  #patienceUntilMs({ sequence, backfilled }: ImuPacket, nowMs: number): number {
    if (this.#isResuming && !backfilled) {
      this.#isResuming = false;
      const missing = (this.#sequenceStep(sequence) ?? Infinity) - 1;
      if (missing > RESUME_PACKETS) return nowMs;
      if (this.#holdMs > 0) this.#resumedUntilMs = nowMs + RESUME_HOLD_MS;
    }
    return Math.max(nowMs + this.#holdMs, this.#resumedUntilMs);
  }

  #drain(nowMs: number): void {
    for (let head = this.#held[0]; head !== undefined; head = this.#held[0]) {
      const missing = head.index - (this.#nextIndex ?? head.index);
      if (missing <= 0) {
        this.#held.shift();
        this.#release(head, -missing);
        continue;
      }
      if (this.#sequenceStep(head.packet.sequence) === 1) this.#giveUp(head.index, missing, 'sensorOverrun');
      else if (this.#isDue(head, nowMs)) this.#giveUp(head.index, missing, 'radioLoss');
      else return;
    }
  }

  #isDue(head: Held, nowMs: number): boolean {
    return this.#held.length > MOST_HELD_PACKETS || nowMs >= head.untilMs;
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
    if (packet.sequence !== undefined) this.#repair?.released(packet.sequence);
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

  /** What of it had been given up is late; what comes a second time is not. */
  #takeOld(packet: ImuPacket, index: number): void {
    let late = 0;
    const open: { start: number; end: number }[] = [];
    for (const { start, end } of this.#losses) {
      const from = Math.max(start, index);
      const to = Math.min(end, index + packet.n);
      if (from >= to) {
        open.push({ start, end });
        continue;
      }
      late += to - from;
      if (start < from) open.push({ start, end: from });
      if (to < end) open.push({ start: to, end });
      this.#sink.late?.(packet, index, from - index, to - index);
    }
    if (late > 0) this.#losses = open.slice(-REMEMBERED_LOSSES);
    this.#counts.late += late;
    this.#counts.duplicate += packet.n - late;
  }
}
