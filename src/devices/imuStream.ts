/** Decoded packets of one wearable → `ImuBlock`s on the host's time axis (sensor frame), and what is missing between them. Pure. */
import { type ImuBlock, SampleFlag } from '../model/block.ts';
import type { TimeQuality } from '../model/ports.ts';
import { ArrivalLoss } from './arrivalLoss.ts';
import type { ClockSample, DeviceFacts, ImuPacket, ImuPart, StreamStart } from './define.ts';
import { DeviceClock } from './deviceClock.ts';
import type { PartPairing } from './joinedPacket.ts';
import { LateHoles, type LateSamples } from './lateHoles.ts';
import { LeapGuard, type PlacedPacket } from './leapGuard.ts';
import { createPartPairing } from './partPairing.ts';
import { RestCheck } from './restCheck.ts';
import { type LedgerCounts, type LedgerSink, type LossReason, SampleLedger, sumOfCounts } from './sampleLedger.ts';
import { SamplePlacement } from './samplePlacement.ts';

/** `reconnected`: the stream was started again; `hostClockSet`: the times after it are on another time axis, possibly earlier. */
export type GapReason = LossReason | 'reconnected' | 'deviceRestarted' | 'hostClockSet';

export interface StreamGap {
  /** Unix seconds of the last sample before and the first after. */
  readonly startS: number;
  readonly endS: number;
  /** Counted where the device has counted on; after a restart of its count, what the time between would have held. */
  readonly missingSamples: number;
  readonly reason: GapReason;
}

export interface ImuStreamSink {
  readonly block: (block: ImuBlock) => void;
  /** Comes before the block after the gap. */
  readonly gap: (gap: StreamGap) => void;
  readonly problem: (message: string) => void;
  /** Lost packets that the device should send again. */
  readonly wanted: (firstSequence: number, count: number) => void;
  /**
   * Samples of a gap that was stated before, all flagged `backfilled`: complete as far as they will ever be, in order within
   * their gap. For records; whoever decides about now has moved on.
   */
  readonly late?: (block: ImuBlock) => void;
}

export interface ImuStreamStats {
  readonly samples: number;
  readonly lostSamples: number;
  readonly repairedSamples: number;
  readonly duplicateSamples: number;
  readonly lateSamples: number;
  /** NaN until the clock has settled. */
  readonly clockResidualMs: number;
  readonly timeQuality: TimeQuality;
  readonly driftPpm: number;
  /** Unix seconds; NaN before the first. */
  readonly lastSampleS: number;
}

type StreamedDevice = Pick<DeviceFacts, 'clock' | 'sequenceWrap' | 'pairing'>;

const REORDER_HOLD_MS = 400;

export class ImuStream {
  readonly #device: StreamedDevice;
  readonly #sink: ImuStreamSink;
  readonly #reorderHoldMs: number;
  /** Of the ledgers before the present one. */
  #earlier: LedgerCounts = { released: 0, lost: 0, repaired: 0, duplicate: 0, late: 0 };
  #start: StreamStart | undefined;
  #clock: DeviceClock;
  #placement: SamplePlacement;
  #guard: LeapGuard;
  #ledger: SampleLedger;
  /** Of wearables that neither stamp nor count. */
  #arrivalLoss: ArrivalLoss | undefined;
  #pairing: PartPairing | undefined;
  #restCheck = new RestCheck();
  #late: LateHoles;
  /** The link is back and the device still has the same boot; its next packet shows whether its stream went on. */
  #isUndecided = false;
  /** Stamp of the last live packet; after a start, until another one comes, its repetitions are those of a sensor that has hung. */
  #lastTick: number | undefined;
  #isStartFresh = false;
  #gap: GapReason | undefined;
  #lastSampleS = NaN;
  /** In the counters of the present ledger; undefined before its first release. */
  #lastIndex: number | undefined;
  #nowMs = 0;
  #wasReset = false;
  #wasPoor = false;

  constructor(device: StreamedDevice, sink: ImuStreamSink, { reorderHoldMs = REORDER_HOLD_MS } = {}) {
    this.#device = device;
    this.#sink = sink;
    this.#reorderHoldMs = reorderHoldMs;
    this.#clock = new DeviceClock(device.clock, 1);
    this.#placement = new SamplePlacement(device, this.#clock);
    this.#guard = new LeapGuard(1, device.clock);
    this.#late = this.#newLateHoles(1);
    this.#ledger = new SampleLedger(0, device.sequenceWrap, this.#ledgerSink());
  }

  /**
   * The device has been told to stream. A device that has kept its session over a lost link counts on, and so do we; otherwise
   * counters begin anew, and the clock as well unless the epoch is the same.
   */
  start(start: StreamStart): void {
    if (start.goesOn && this.#start) {
      if (!Number.isNaN(this.#lastSampleS)) this.#open('deviceRestarted');
      return;
    }
    this.flush();
    const mayGoOn = this.#mayGoOn(start);
    if (this.#start?.rateHz !== start.rateHz) this.#clock = new DeviceClock(this.#device.clock, start.rateHz);
    this.#start = start;
    this.#pairing = createPartPairing(this.#device, start, (packet, arrivalMs) => this.push(packet, arrivalMs));
    this.#restCheck = new RestCheck();
    this.#wasReset = false;
    this.#wasPoor = false;
    this.#isUndecided = mayGoOn;
    this.#isStartFresh = true;
    if (!mayGoOn) this.#restartCounters(start.epoch, 'reconnected');
    for (const sample of start.clockSamples ?? []) this.exchange(sample);
  }

  exchange(sample: ClockSample): void {
    if (this.#clock.exchange(sample) === 'hostStepped' && !Number.isNaN(this.#lastSampleS)) this.#open('hostClockSet');
  }

  push(packet: ImuPacket, arrivalMs: number): void {
    if (!this.#start) return;
    this.#nowMs = arrivalMs;
    if (this.#isStartFresh && packet.tick !== undefined && packet.tick === this.#lastTick) return;
    if (!packet.backfilled) {
      this.#isStartFresh = false;
      this.#lastTick = packet.tick;
    }
    if (this.#isUndecided && !this.#decide(this.#start, packet, arrivalMs)) return;
    // Only where it begins: a device may keep the flag up for several packets.
    const isReset = packet.timeBaseReset && !packet.backfilled;
    if (isReset && !this.#wasReset) {
      this.flush();
      this.#restartCounters('', 'deviceRestarted');
    }
    if (!packet.backfilled) this.#wasReset = isReset;
    // Sent again before anything was heard live: when it was measured cannot be known.
    if (packet.backfilled && !this.#clock.isReady) return;
    if (this.#arrivalLoss) this.#arrivalLoss.push(packet, arrivalMs);
    else this.#judge({ packet, index: this.#placement.indexOf(packet, arrivalMs), arrivalMs });
    this.#late.poll(arrivalMs);
  }

  #judge(placed: PlacedPacket): void {
    const verdict = this.#guard.judge(placed);
    if (verdict.verdict === 'doubted') {
      this.#sink.problem(`sample index: expected about ${verdict.expectedIndex}, found ${placed.index}; held back`);
    } else if (verdict.verdict === 'restarted') {
      this.#restartWith(verdict.packets);
    } else this.#take(placed);
  }

  /** One half of some samples; they are pushed when the other half has come. */
  pushPart(part: ImuPart, arrivalMs: number): void {
    this.#pairing?.push(part, arrivalMs);
  }

  /** Gives up lost packets that have been waited for long enough. */
  poll(nowMs: number): void {
    this.#arrivalLoss?.poll(nowMs);
    this.#ledger.poll(nowMs);
  }

  /** When `poll` has something to do; Unix ms. */
  get dueMs(): number | undefined {
    return this.#arrivalLoss?.dueMs ?? this.#ledger.dueMs;
  }

  /** Hands out everything that is held back for the live stream: the link has ended. */
  flush(): void {
    this.#arrivalLoss?.flush();
    this.#ledger.flush();
  }

  /** Nothing more will come: hands out everything that is held back. */
  end(): void {
    this.flush();
    this.#late.flush();
  }

  /** The device has not got these packets any more. */
  notStored(firstSequence: number, count: number): void {
    this.#ledger.notStored(firstSequence, count);
  }

  /** Live samples handed out so far. It stands still while packets bring nothing new, however steadily they come. */
  get releasedSamples(): number {
    return this.#earlier.released + this.#ledger.counts.released;
  }

  get stats(): ImuStreamStats {
    const { released, lost, repaired, duplicate, late } = sumOfCounts(this.#earlier, this.#ledger.counts);
    return {
      samples: released,
      lostSamples: lost,
      repairedSamples: repaired,
      duplicateSamples: duplicate,
      lateSamples: late,
      clockResidualMs: this.#clock.residualP95Ms,
      timeQuality: this.#clock.quality,
      driftPpm: this.#clock.driftPpm,
      lastSampleS: this.#lastSampleS,
    };
  }

  #mayGoOn({ epoch, rateHz, hasGyroscope }: StreamStart): boolean {
    const before = this.#start;
    const isSame = before?.epoch === epoch && before.rateHz === rateHz && before.hasGyroscope === hasGyroscope;
    return epoch !== '' && isSame && this.#lastIndex !== undefined;
  }

  /** Its index and its tick are on the line of those before: the session outlived the link. @returns whether to go on with it */
  #decide(start: StreamStart, packet: ImuPacket, arrivalMs: number): boolean {
    // Asked for on the old link.
    if (packet.backfilled) return false;
    this.#isUndecided = false;
    const index = this.#placement.indexOf(packet, arrivalMs);
    const isCounted = packet.firstSampleIndex !== undefined && packet.tick !== undefined && !packet.timeBaseReset;
    if (
      isCounted &&
      index >= (this.#ledger.nextIndex ?? 0) &&
      this.#clock.continues(index, packet.n, packet.tick, arrivalMs)
    ) {
      this.#clock.resume();
      this.#ledger.resume();
      this.#late.resume(arrivalMs);
    } else this.#restartCounters(start.epoch, 'reconnected');
    return true;
  }

  #take({ packet, index, arrivalMs }: PlacedPacket): void {
    this.#placement.accept(packet, index);
    if (!packet.backfilled) {
      const notice = this.#clock.observe(index, packet.n, packet.tick, arrivalMs);
      if (notice === 'hostStepped') this.#open('hostClockSet');
      else if (notice === 'deviceJumped') this.#open('deviceRestarted');
      this.#judgeClock();
    }
    this.#ledger.add(packet, index, arrivalMs);
  }

  #judgeClock(): void {
    const isPoor = this.#clock.quality === 'poor';
    if (isPoor && !this.#wasPoor) {
      const found = `${this.#clock.residualP95Ms.toFixed(0)} ms`;
      this.#sink.problem(`device clock: expected a residual of at most 20 ms, found ${found}`);
    }
    this.#wasPoor = isPoor;
  }

  #restartWith(packets: readonly PlacedPacket[]): void {
    this.flush();
    this.#sink.problem('sample index: expected the count to go on, found that the device counts anew');
    this.#restartCounters(this.#start?.epoch ?? '', 'deviceRestarted');
    for (const placed of packets) this.push(placed.packet, placed.arrivalMs);
  }

  #restartCounters(epoch: string, reason: GapReason): void {
    const { rateHz = 1, backfillPackets = 0 } = this.#start ?? {};
    const holdMs = backfillPackets > 0 ? this.#reorderHoldMs : 0;
    this.#earlier = sumOfCounts(this.#earlier, this.#ledger.counts);
    this.#clock.startEpoch(epoch);
    this.#placement = new SamplePlacement(this.#device, this.#clock);
    this.#guard = new LeapGuard(rateHz, this.#device.clock);
    this.#arrivalLoss = this.#hasOnlyArrivals
      ? new ArrivalLoss(rateHz, this.#clock, (placed) => this.#judge(placed))
      : undefined;
    this.#late.flush();
    this.#late = this.#newLateHoles(1 / rateHz);
    this.#ledger = new SampleLedger(holdMs, this.#device.sequenceWrap, this.#ledgerSink(), backfillPackets);
    this.#lastIndex = undefined;
    if (!Number.isNaN(this.#lastSampleS)) this.#open(reason);
  }

  get #hasOnlyArrivals(): boolean {
    return this.#device.clock === undefined && this.#device.sequenceWrap === undefined;
  }

  /** A new time axis is the strongest thing to say about a gap. */
  #open(reason: GapReason): void {
    if (this.#gap === undefined || reason === 'hostClockSet') this.#gap = reason;
  }

  #ledgerSink(): LedgerSink {
    return {
      release: (packet, index, skip) => this.#release(packet, index, skip),
      lost: (_firstIndex, _missingSamples, reason) => this.#open(reason),
      wanted: (firstSequence, count) => this.#sink.wanted(firstSequence, count),
      late: (packet, index, from, to) => this.#late.add(packet, index, from, to, this.#nowMs),
    };
  }

  #newLateHoles(periodS: number): LateHoles {
    const release = ({ packet, from, to, tS, flags }: LateSamples): void =>
      this.#sink.late?.(this.#blockOf(packet, from, to, tS, flags));
    return new LateHoles(periodS, release);
  }

  #release(packet: ImuPacket, index: number, skip: number): void {
    const n = packet.n - skip;
    const tS = new Float64Array(n);
    this.#clock.stamp(index + skip, n, tS);
    const flags = packet.flags.slice(skip);
    if (this.#gap !== undefined) {
      flags[0] |= SampleFlag.afterGap;
      this.#closeGap(this.#gap, index + skip, tS[0]);
    }
    this.#lastSampleS = tS[n - 1];
    this.#lastIndex = index + packet.n - 1;
    const block = this.#blockOf(packet, skip, packet.n, tS, flags);
    const wrong = this.#restCheck.push(block);
    if (wrong !== undefined) this.#sink.problem(wrong);
    this.#sink.block(block);
  }

  /** Between two samples of one count it is known how many are missing, otherwise it is what the time would have held. */
  #closeGap(reason: GapReason, afterIndex: number, afterS: number): void {
    const beforeIndex = this.#lastIndex;
    const beforeS = this.#lastSampleS;
    const timed = Math.round((afterS - beforeS) * (this.#start?.rateHz ?? 1)) - 1;
    const missingSamples = Math.max(0, beforeIndex === undefined ? timed : afterIndex - beforeIndex - 1);
    this.#gap = undefined;
    this.#sink.gap({ startS: beforeS, endS: afterS, missingSamples, reason });
    if (beforeIndex !== undefined && missingSamples > 0) {
      this.#late.open({ beforeIndex, beforeS, afterIndex, afterS }, this.#nowMs);
    }
  }

  /** Nobody else has the packet's arrays: a whole packet is handed on as it is. */
  #blockOf(packet: ImuPacket, from: number, to: number, tS: Float64Array, flags: Uint8Array): ImuBlock {
    const isWhole = from === 0 && to === packet.n;
    // A packet keeps its layout when the gyroscope is off.
    const gyrRadps = this.#start?.hasGyroscope ? packet.gyrRadps : undefined;
    return {
      n: to - from,
      rateHz: this.#start?.rateHz ?? 1,
      tS,
      accMps2: isWhole ? packet.accMps2 : packet.accMps2.slice(3 * from, 3 * to),
      gyrRadps: isWhole ? gyrRadps : gyrRadps?.slice(3 * from, 3 * to),
      flags,
    };
  }
}
