/** Blocks of one wearable → rows of a recording: what is missing stays missing, and the time axis never goes back. Pure. */
import type { StreamGap } from '../devices/imuStream.ts';
import type { ImuBlock } from '../model/block.ts';
import type { Mount } from '../model/frames.ts';
import type { Placement } from '../model/person.ts';
import { mountRows } from './mountSchema.ts';

export interface RecorderSubject {
  readonly personId: string;
  /** Kind of the wearable. */
  readonly device: string;
  readonly placement: Placement;
  readonly mount: Mount;
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
}

export interface RecorderSink {
  begin(columns: readonly string[], sidecar: object): void;
  row(cells: string): void;
}

export type RecordingEnd = { readonly complete: true } | { readonly complete: false; readonly reason: string };

const ACC_COLUMNS = ['acc_x', 'acc_y', 'acc_z'];
const GYR_COLUMNS = ['gyr_x', 'gyr_y', 'gyr_z'];
/** Far below the resolution of any wearable: 16 bits of 16 g are 0.005 m/s², of 125 deg/s 0.00007 rad/s. */
const ACC_DECIMALS = 5;
const GYR_DECIMALS = 6;
const TIME_DECIMALS = 6;

export class Recorder {
  readonly #subject: RecorderSubject;
  readonly #sink: RecorderSink;
  readonly #durationS: number;
  readonly #onEnd: (end: RecordingEnd) => void;
  #rateHz = 0;
  #hasGyroscope = false;
  /** Unix seconds of `t_s` = 0. */
  #startS = NaN;
  /** Added to the times of a clock that was set. */
  #shiftS = 0;
  #clockWasSet = false;
  #lastS = -Infinity;
  #samples = 0;
  #gaps = 0;
  #lostSamples = 0;
  #hasEnded = false;

  constructor(
    subject: RecorderSubject,
    sink: RecorderSink,
    { durationS, onEnd }: { readonly durationS: number | undefined; readonly onEnd: (end: RecordingEnd) => void },
  ) {
    this.#subject = subject;
    this.#sink = sink;
    this.#durationS = durationS ?? Infinity;
    this.#onEnd = onEnd;
  }

  get samples(): number {
    return this.#samples;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** What the gaps would have held. */
  get lostSamples(): number {
    return this.#lostSamples;
  }

  get rateHz(): number {
    return this.#rateHz;
  }

  /** From the first sample to the last. */
  get lengthS(): number {
    return this.#samples === 0 ? 0 : this.#lastS;
  }

  onGap({ reason, startS, endS, missingSamples }: StreamGap): void {
    if (this.#samples === 0 || this.#hasEnded) return;
    if (reason === 'hostClockSet') this.#clockWasSet = true;
    else if (endS > startS) {
      this.#gaps++;
      this.#lostSamples += missingSamples;
    }
  }

  onBlock(block: ImuBlock): void {
    if (this.#hasEnded) return;
    const hasGyroscope = block.gyrRadps !== undefined;
    if (this.#samples === 0) this.#begin(block, hasGyroscope);
    else if (block.rateHz !== this.#rateHz || hasGyroscope !== this.#hasGyroscope) {
      const found = `${block.rateHz} Hz${hasGyroscope ? '' : ' without gyroscope'} after a new connection`;
      this.#end({ complete: false, reason: `expected ${this.#rateHz} Hz as at the beginning, found ${found}` });
      return;
    }
    if (this.#clockWasSet) this.#continueAxis(block);
    for (let i = 0; i < block.n && !this.#hasEnded; i++) this.#sample(block, i);
  }

  #begin(block: ImuBlock, hasGyroscope: boolean): void {
    this.#rateHz = block.rateHz;
    this.#hasGyroscope = hasGyroscope;
    const startMs = Math.floor(block.tS[0] * 1000);
    this.#startS = startMs / 1000;
    const { personId, device, placement, mount, gyroTiming } = this.#subject;
    this.#sink.begin(['t_s', ...ACC_COLUMNS, ...(hasGyroscope ? GYR_COLUMNS : [])], {
      accUnit: 'm/s2',
      ...(hasGyroscope ? { gyrUnit: 'rad/s', gyroTiming } : {}),
      placement,
      mount: mountRows(mount),
      rateHz: block.rateHz,
      utcStart: new Date(startMs).toISOString(),
      device,
      personId,
    });
  }

  /** The wearable sent on without a break when this computer's clock was set: so do the rows. */
  #continueAxis(block: ImuBlock): void {
    this.#clockWasSet = false;
    this.#shiftS = this.#lastS + 1 / this.#rateHz - (block.tS[0] - this.#startS);
  }

  #sample(block: ImuBlock, i: number): void {
    const tS = block.tS[i] - this.#startS + this.#shiftS;
    if (tS >= this.#durationS) {
      this.#end({ complete: true });
      return;
    }
    let row = tS.toFixed(TIME_DECIMALS);
    for (let c = 3 * i; c < 3 * i + 3; c++) row += cell(block.accMps2[c], ACC_DECIMALS);
    if (block.gyrRadps) for (let c = 3 * i; c < 3 * i + 3; c++) row += cell(block.gyrRadps[c], GYR_DECIMALS);
    this.#sink.row(row);
    this.#lastS = tS;
    this.#samples++;
  }

  #end(end: RecordingEnd): void {
    this.#hasEnded = true;
    this.#onEnd(end);
  }
}

const cell = (value: number, decimals: number): string => (Number.isNaN(value) ? ',' : `,${value.toFixed(decimals)}`);
