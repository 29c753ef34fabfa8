/**
 * Blocks of one wearable, or of two at the same times, → a recording: what is missing stays missing, and the time axis never
 * goes back. Pure.
 */
import type { StreamGap } from '../../devices/imuStream.ts';
import type { ImuBlock } from '../../model/block.ts';
import { recordedSamples, roundedTimeS } from './recordedSamples.ts';
import { type PelvisSubject, type RecorderSubject, sidecarOf } from './recorderSubject.ts';
import type { RecordingWriter, SensorName } from './recording.ts';

type RecorderSink = Pick<RecordingWriter, 'begin' | 'blocks' | 'note' | 'late'>;

export type RecordingEnd = { readonly complete: true } | { readonly complete: false; readonly reason: string };

/** The quality of the clock changes slowly. */
const CLOCK_NOTE_EVERY_S = 60;

/** What a recording holds of its second sensor. */
export interface PelvisAccount {
  /** Samples of the first sensor that the second one has nothing for. */
  readonly missing: number;
  readonly gaps: number;
  /** Of the gaps, samples that came late and are left out. */
  readonly lateLeftOut: number;
}

/** Samples of the first sensor that came after their place in the recording. */
export interface LateAccount {
  readonly written: number;
  readonly leftOut: number;
}

export class Recorder {
  readonly #subject: RecorderSubject;
  readonly #pelvisSubject: PelvisSubject | undefined;
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
  #pelvisGaps = 0;
  #pelvisMissing = 0;
  #pelvisLate = 0;
  #lateWritten = 0;
  #lateLeftOut = 0;
  /** On another axis than the one that the recording began with. */
  #isShifted = false;
  readonly #clockNotedS = new Map<SensorName, number>();

  constructor(
    subject: RecorderSubject,
    sink: RecorderSink,
    {
      durationS,
      onEnd,
      pelvis,
    }: {
      readonly durationS: number | undefined;
      readonly onEnd: (end: RecordingEnd) => void;
      readonly pelvis?: PelvisSubject | undefined;
    },
  ) {
    this.#subject = subject;
    this.#pelvisSubject = pelvis;
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

  get pelvis(): PelvisAccount {
    return { missing: this.#pelvisMissing, gaps: this.#pelvisGaps, lateLeftOut: this.#pelvisLate };
  }

  get late(): LateAccount {
    return { written: this.#lateWritten, leftOut: this.#lateLeftOut };
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
    if (reason === 'hostClockSet') {
      this.#clockWasSet = true;
      this.#isShifted = true;
    }
    if (reason !== 'hostClockSet' && endS > startS) {
      this.#gaps++;
      this.#lostSamples += missingSamples;
    }
    // After a clock that was set, the recording goes on where it was.
    const nextS = this.#clockWasSet ? this.#lastS + 1 / this.#rateHz : this.#axisS(endS);
    this.#sink.note({ kind: 'gap', sensor: 'main', startS: this.#lastS, endS: nextS, missingSamples, reason });
  }

  /** A clock that was set is the same for both sensors: the first one's gap says it. */
  onPelvisGap({ reason, startS, endS, missingSamples }: StreamGap): void {
    if (this.#samples === 0 || this.#hasEnded || reason === 'hostClockSet' || !(endS > startS)) return;
    this.#pelvisGaps++;
    const [fromS, toS] = [this.#axisS(startS), this.#axisS(endS)];
    this.#sink.note({ kind: 'gap', sensor: 'pelvis', startS: fromS, endS: toS, missingSamples, reason });
  }

  onClockResidual(residualMs: number, sensor: SensorName = 'main'): void {
    const notedS = this.#clockNotedS.get(sensor) ?? -Infinity;
    if (this.#samples === 0 || this.#hasEnded || this.#lastS < notedS + CLOCK_NOTE_EVERY_S) return;
    this.#clockNotedS.set(sensor, this.#lastS);
    this.#sink.note({ kind: 'clock', sensor, tS: this.#lastS, residualMs });
  }

  /** @param pelvis as long as `block` and at its times, where a second sensor is recorded */
  onBlock(block: ImuBlock, pelvis?: ImuBlock): void {
    if (this.#hasEnded) return;
    const hasGyroscope = block.gyrRadps !== undefined;
    if (this.#samples === 0) this.#begin(block, hasGyroscope);
    else if (block.rateHz !== this.#rateHz || hasGyroscope !== this.#hasGyroscope) {
      const found = `${block.rateHz} Hz${hasGyroscope ? '' : ' without gyroscope'} after a new connection`;
      this.#end({ complete: false, reason: `expected ${this.#rateHz} Hz as at the beginning, found ${found}` });
      return;
    }
    if (this.#clockWasSet) this.#continueAxis(block);
    this.#record(block, pelvis);
  }

  /** Samples of a gap that was noted. After a clock that was set nobody knows which axis their times are on. */
  onLate(block: ImuBlock): void {
    let n = 0;
    while (n < block.n && this.#axisS(block.tS[n]) > 0 && this.#axisS(block.tS[n]) < this.#lastS) n++;
    const isWritten = n > 0 && !this.#isShifted && this.#sink.late(this.#written(block, n, this.#hasGyroscope));
    if (isWritten) this.#lateWritten += n;
    this.#lateLeftOut += block.n - (isWritten ? n : 0);
  }

  /** The second sensor's samples stand at the times of the first one's, which are written. */
  onPelvisLate(block: ImuBlock): void {
    this.#pelvisLate += block.n;
  }

  #begin(block: ImuBlock, hasGyroscope: boolean): void {
    this.#rateHz = block.rateHz;
    this.#hasGyroscope = hasGyroscope;
    const startMs = Math.floor(block.tS[0] * 1000);
    this.#startS = startMs / 1000;
    const pelvis = this.#pelvisSubject;
    const { rateHz } = block;
    this.#sink.begin({
      layout: {
        main: { hasGyroscope, hasFlags: true },
        pelvis: pelvis && { hasGyroscope: pelvis.hasGyroscope, hasFlags: true },
      },
      sidecar: sidecarOf(this.#subject, pelvis, { startMs, rateHz, hasGyroscope }),
      rateHz,
      firstS: roundedTimeS(this.#axisS(block.tS[0])),
    });
  }

  #axisS(hostS: number): number {
    return hostS - this.#startS + this.#shiftS;
  }

  /** The wearable sent on without a break when this computer's clock was set: so do the rows. */
  #continueAxis(block: ImuBlock): void {
    this.#clockWasSet = false;
    this.#shiftS = this.#lastS + 1 / this.#rateHz - (block.tS[0] - this.#startS);
  }

  #record(block: ImuBlock, second: ImuBlock | undefined): void {
    let n = 0;
    while (n < block.n && this.#axisS(block.tS[n]) < this.#durationS) n++;
    if (n > 0) {
      const main = this.#written(block, n, this.#hasGyroscope);
      const pelvis = this.#pelvisSubject && second && this.#written(second, n, this.#pelvisSubject.hasGyroscope);
      this.#sink.blocks({ main, pelvis });
      this.#lastS = main.tS[n - 1];
      this.#samples += n;
      for (let i = 0; i < n; i++) if (pelvis && Number.isNaN(pelvis.accMps2[3 * i])) this.#pelvisMissing++;
    }
    if (n < block.n) this.#end({ complete: true });
  }

  #written(block: ImuBlock, to: number, hasGyroscope: boolean): ImuBlock {
    return recordedSamples(block, { from: 0, to }, { hasGyroscope, axisS: (hostS) => this.#axisS(hostS) });
  }

  #end(end: RecordingEnd): void {
    this.#hasEnded = true;
    this.#onEnd(end);
  }
}
