/** Samples → packets of characteristic 0005: batching, clip flags, and the memory from which lost packets are sent again. */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import type { PlumblineConfig } from './plumblineConfig.ts';
import {
  ACC_RANGES_G,
  BATCH_FLAGS_OFFSET,
  batchCapacity,
  encodeBatch,
  encodeSingle,
  GYR_RANGES_DPS,
  PacketFlag,
} from './plumblinePacket.ts';
import { isAtRail, toRaw16 } from './sensorErrors.ts';
import type { SampleSink } from './virtualWearable.ts';

export const MASK_ACC = 1;
export const MASK_GYR = 2;

export interface StreamSurroundings {
  config(): PlumblineConfig;
  notificationBytes(): number;
  tickAt(deviceS: number): number;
  /** `lastDeviceS`: when the last sample of the packet was taken. */
  send(bytes: Uint8Array, lastDeviceS: number): void;
  /** True once after the clock began anew. */
  takeTimeBaseReset(): boolean;
  watch(deviceS: number, values: Float64Array): void;
}

export class PlumblineStream implements SampleSink {
  private readonly around: StreamSurroundings;
  /** Bits of `MASK_ACC` and `MASK_GYR`. */
  readonly mask: number;
  private readonly memoryPackets: number;
  /** By sequence number. */
  private readonly memory = new Map<number, Uint8Array>();
  private seq: number;
  private raw: number[] = [];
  private firstIndex = 0;
  private firstDeviceS = 0;
  private lastDeviceS = 0;
  private flags = 0;
  private accCode = 0;
  private gyrCode = 0;

  /** `firstSeq`: packets go on counting over STOP and START; only the sample index begins anew. */
  constructor(
    around: StreamSurroundings,
    { mask, memoryPackets, firstSeq }: { mask: number; memoryPackets: number; firstSeq: number },
  ) {
    this.around = around;
    this.mask = mask;
    this.memoryPackets = memoryPackets;
    this.seq = firstSeq;
  }

  get nextSeq(): number {
    return this.seq;
  }

  onSample(index: number, deviceS: number, values: Float64Array): void {
    this.around.watch(deviceS, values);
    const { accCode, gyrCode } = this.around.config();
    // A packet states one range for all its samples.
    if (accCode !== this.accCode || gyrCode !== this.gyrCode) this.flush();
    if (this.raw.length === 0) {
      this.firstIndex = index;
      this.firstDeviceS = deviceS;
      this.accCode = accCode;
      this.gyrCode = gyrCode;
    }
    for (let axis = 0; axis < 6; axis++) this.raw.push(this.convert(axis, values[axis]));
    this.lastDeviceS = deviceS;
    if (this.raw.length >= 6 * this.batchSize()) this.flush();
  }

  onBreak(reason: 'silent' | 'overrun'): void {
    this.flush();
    if (reason === 'overrun') this.flags |= PacketFlag.fifoOverrun;
  }

  onEnd(): void {
    this.flush();
  }

  /** Sends the samples that wait for a full packet. */
  flush(): void {
    if (this.raw.length === 0) return;
    const capacity = batchCapacity(this.around.notificationBytes());
    const bytes = capacity > 0 ? this.batch() : encodeSingle(this.seq, this.tick(), this.raw);
    if (capacity > 0) this.remember(bytes);
    this.around.send(bytes, this.lastDeviceS);
    this.seq = (this.seq + 1) & 0xffff;
    this.raw = [];
    this.flags = 0;
  }

  /** Stored packets from `firstSeq` on, marked as sent again; those that are no longer stored are left out. */
  stored(firstSeq: number, count: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const bytes = this.memory.get((firstSeq + i) & 0xffff)?.slice();
      if (!bytes) continue;
      bytes[BATCH_FLAGS_OFFSET] = bytes[BATCH_FLAGS_OFFSET] | PacketFlag.backfill;
      found.push(bytes);
    }
    return found;
  }

  private batch(): Uint8Array {
    const { seq, accCode, gyrCode, raw } = this;
    if (this.around.takeTimeBaseReset()) this.flags |= PacketFlag.timeDiscontinuity;
    return encodeBatch({
      seq,
      firstSampleIndex: this.firstIndex,
      tick: this.tick(),
      flags: this.flags,
      accCode,
      gyrCode,
      raw,
    });
  }

  private tick(): number {
    return this.around.tickAt(this.firstDeviceS);
  }

  private remember(bytes: Uint8Array): void {
    this.memory.set(this.seq, bytes);
    this.memory.delete((this.seq - this.memoryPackets) & 0xffff);
  }

  private batchSize(): number {
    const { maxBatch, maxLatency10Ms, rateHz } = this.around.config();
    const byMtu = Math.max(1, Math.min(255, batchCapacity(this.around.notificationBytes())));
    const byLatency = maxLatency10Ms > 0 ? Math.max(1, Math.floor((maxLatency10Ms * rateHz) / 100)) : byMtu;
    return Math.min(byMtu, byLatency, maxBatch > 0 ? maxBatch : byMtu);
  }

  private convert(axis: number, value: number): number {
    const isAcc = axis < 3;
    if ((this.mask & (isAcc ? MASK_ACC : MASK_GYR)) === 0) return 0;
    const raw = isAcc
      ? toRaw16(gFromMps2(value), ACC_RANGES_G[this.accCode])
      : toRaw16(degFromRad(value), GYR_RANGES_DPS[this.gyrCode]);
    if (isAtRail(raw)) this.flags |= isAcc ? PacketFlag.accClip : PacketFlag.gyrClip;
    return raw;
  }
}
