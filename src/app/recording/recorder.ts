/** Blocks of one wearable → a recording: what is missing stays missing, and the time axis never goes back. Pure. */
import type { StreamGap } from '../../devices/imuStream.ts';
import { emptyBlock, type ImuBlock } from '../../model/block.ts';
import type { Mount } from '../../model/frames.ts';
import type { Placement } from '../../model/person.ts';
import { mountRows } from '../mountSchema.ts';
import { RECORDED_DECIMALS, type RecordingNote, type RecordingWriter } from './recording.ts';

export interface RecorderSubject {
  readonly personId: string;
  /** Kind of the wearable. */
  readonly device: string;
  readonly placement: Placement;
  readonly mount: Mount;
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
}

type RecorderSink = Pick<RecordingWriter, 'begin' | 'blocks' | 'note'>;

export type RecordingEnd = { readonly complete: true } | { readonly complete: false; readonly reason: string };

/** The quality of the clock changes slowly. */
const CLOCK_NOTE_EVERY_S = 60;

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
  #clockNotedS = -Infinity;

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
    // After a clock that was set, the recording goes on where it was.
    const nextS = this.#clockWasSet ? this.#lastS + 1 / this.#rateHz : this.#axisS(endS);
    this.#note({ kind: 'gap', sensor: 'main', startS: this.#lastS, endS: nextS, missingSamples, reason });
  }

  onClockResidual(residualMs: number): void {
    if (this.#samples === 0 || this.#hasEnded || this.#lastS < this.#clockNotedS + CLOCK_NOTE_EVERY_S) return;
    this.#clockNotedS = this.#lastS;
    this.#note({ kind: 'clock', sensor: 'main', tS: this.#lastS, residualMs });
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
    this.#record(block);
  }

  #begin(block: ImuBlock, hasGyroscope: boolean): void {
    this.#rateHz = block.rateHz;
    this.#hasGyroscope = hasGyroscope;
    const startMs = Math.floor(block.tS[0] * 1000);
    this.#startS = startMs / 1000;
    const { personId, device, placement, mount, gyroTiming } = this.#subject;
    const sidecar = {
      accUnit: 'm/s2',
      ...(hasGyroscope ? { gyrUnit: 'rad/s', gyroTiming } : {}),
      placement,
      mount: mountRows(mount),
      rateHz: block.rateHz,
      utcStart: new Date(startMs).toISOString(),
      device,
      personId,
    };
    const layout = { main: { hasGyroscope, hasFlags: true }, pelvis: undefined };
    this.#sink.begin({
      layout,
      sidecar,
      rateHz: block.rateHz,
      firstS: rounded(this.#axisS(block.tS[0]), RECORDED_DECIMALS.time),
    });
  }

  #axisS(hostS: number): number {
    return hostS - this.#startS + this.#shiftS;
  }

  #note(note: RecordingNote): void {
    this.#sink.note(note);
  }

  /** The wearable sent on without a break when this computer's clock was set: so do the rows. */
  #continueAxis(block: ImuBlock): void {
    this.#clockWasSet = false;
    this.#shiftS = this.#lastS + 1 / this.#rateHz - (block.tS[0] - this.#startS);
  }

  #record(block: ImuBlock): void {
    const main = emptyBlock(block.n, block.rateHz, block.gyrRadps !== undefined);
    let n = 0;
    for (; n < block.n && this.#axisS(block.tS[n]) < this.#durationS; n++) {
      main.tS[n] = rounded(this.#axisS(block.tS[n]), RECORDED_DECIMALS.time);
    }
    for (let k = 0; k < 3 * n; k++) {
      main.accMps2[k] = rounded(block.accMps2[k], RECORDED_DECIMALS.acc);
      if (main.gyrRadps && block.gyrRadps) main.gyrRadps[k] = rounded(block.gyrRadps[k], RECORDED_DECIMALS.gyr);
    }
    main.flags.set(block.flags.subarray(0, n));
    if (n > 0) {
      this.#sink.blocks({ main: { ...main, n }, pelvis: undefined });
      this.#lastS = main.tS[n - 1];
      this.#samples += n;
    }
    if (n < block.n) this.#end({ complete: true });
  }

  #end(end: RecordingEnd): void {
    this.#hasEnded = true;
    this.#onEnd(end);
  }
}

/** The same number as a decimal of so many digits, so that a recording holds the same numbers in every format. */
const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));
