/** One running measurement of a Polar sensor: samples gathered into frames. */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import { encodeDelta, encodeFrame, encodeRaw, PmdFrame, PmdMeasurement } from './polarPmdPacket.ts';
import { type Random, seededRandom } from './seededRandom.ts';
import { toRaw16 } from './sensorErrors.ts';
import type { SampleSink } from './virtualWearable.ts';

export interface PmdStreamSettings {
  readonly type: number;
  readonly rateHz: number;
  /** g or deg/s. */
  readonly range: number;
  /** `raw16`: whole milli-g; `delta16`: counts, to be multiplied by the factor. */
  readonly coding: 'raw16' | 'delta16';
}

export interface PmdStreamSurroundings {
  readonly seed: number;
  lastNsAt(deviceS: number): bigint;
  notificationBytes(): number;
  send(bytes: Uint8Array, lastDeviceS: number): void;
}

const HEADER_BYTES = 10;
const RAW_SAMPLE_BYTES = 6;
/** A frame is sent when it is full, or after so long. */
const LONGEST_FRAME_S = 0.5;
const SAMPLES_PER_BLOCK = 8;
/** A difference of two numbers of 16 bits. */
const WIDEST_DELTA_BITS = 17;
/** Compressed frames are not all equally long. */
const SHORTEST_RATIO = 0.6;

/** Physical units per count, as the answer to START states it; milli-g need none. */
export const factorOf = ({ coding, range }: Pick<PmdStreamSettings, 'coding' | 'range'>): number =>
  coding === 'raw16' ? 1 : range / 32_768;

export class PmdStream implements SampleSink {
  readonly settings: PmdStreamSettings;
  private readonly around: PmdStreamSurroundings;
  private readonly random: Random;
  private values: number[] = [];
  private samplesWanted: number;

  constructor(settings: PmdStreamSettings, around: PmdStreamSurroundings) {
    this.settings = settings;
    this.around = around;
    this.random = seededRandom(around.seed);
    this.samplesWanted = this.nextLength();
  }

  onSample(_index: number, deviceS: number, values: Float64Array): void {
    const { type, coding, range } = this.settings;
    for (let axis = 0; axis < 3; axis++) {
      const isAcc = type === PmdMeasurement.acc;
      const raw = toRaw16(isAcc ? gFromMps2(values[axis]) : degFromRad(values[3 + axis]), range);
      this.values.push(coding === 'raw16' ? Math.round((raw * range * 1000) / 32_768) : raw);
    }
    if (this.values.length < 3 * this.samplesWanted) return;
    this.around.send(this.frame(deviceS), deviceS);
    this.values = [];
    this.samplesWanted = this.nextLength();
  }

  onBreak(): void {
    this.values = [];
  }

  onEnd(): void {
    this.values = [];
  }

  private frame(lastDeviceS: number): Uint8Array {
    const { type, coding } = this.settings;
    const lastNs = this.around.lastNsAt(lastDeviceS);
    if (coding === 'raw16') {
      return encodeFrame({ type, lastNs, frameType: PmdFrame.raw16 }, encodeRaw(this.values, 2));
    }
    const content = encodeDelta(this.values, 2, SAMPLES_PER_BLOCK);
    return encodeFrame({ type, lastNs, frameType: PmdFrame.compressed0 }, content);
  }

  private nextLength(): number {
    const roomBytes = this.around.notificationBytes() - HEADER_BYTES;
    const { coding, rateHz } = this.settings;
    // Up to 36 samples at the usual MTU, whatever the rate.
    if (coding === 'raw16') return Math.min(36, Math.floor(roomBytes / RAW_SAMPLE_BYTES));
    const blockBytes = 2 + (3 * WIDEST_DELTA_BITS * SAMPLES_PER_BLOCK) / 8;
    const fitting = 1 + SAMPLES_PER_BLOCK * Math.floor((roomBytes - RAW_SAMPLE_BYTES) / blockBytes);
    const longest = Math.min(fitting, Math.round(LONGEST_FRAME_S * rateHz));
    return Math.max(1, Math.round(longest * (SHORTEST_RATIO + (1 - SHORTEST_RATIO) * this.random())));
  }
}
