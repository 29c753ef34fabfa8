/**
 * Two wearables of one person → one recording: the second one's samples at the times of the first one's.
 * A second wearable that is missing leaves its places empty and holds nothing up. Pure.
 */
import { type AlignedBlocks, AlignedStream } from '../../devices/alignedStream.ts';
import type { StreamGap } from '../../devices/imuStream.ts';
import type { StreamShape } from '../../devices/sensorSight.ts';
import type { ImuBlock } from '../../model/block.ts';
import type { Recorder } from './recorder.ts';

/** A wearable that sends again what was lost holds its stream back for three seconds meanwhile. */
const WAIT_S = 4;

export class PairedRecorder {
  readonly #recorder: Recorder;
  readonly #hasGyroscope: boolean;
  /** Gaps of the first wearable whose place is not reached yet, oldest first. */
  readonly #gaps: StreamGap[] = [];
  /** Came late for a gap of the first wearable; what follows that gap may still wait. */
  #late: ImuBlock[] = [];
  #secondRateHz: number;
  #aligned: AlignedStream;
  #secondSamples = 0;

  /** @param second as it was asked for; its rate may turn out to be another */
  constructor(recorder: Recorder, second: StreamShape) {
    this.#recorder = recorder;
    this.#hasGyroscope = second.hasGyroscope;
    this.#secondRateHz = second.rateHz;
    this.#aligned = this.#newAligned();
  }

  /** That the second wearable has sent. */
  get secondSamples(): number {
    return this.#secondSamples;
  }

  onMainBlock(block: ImuBlock): void {
    this.#aligned.pushMain(block);
  }

  onSecondBlock(block: ImuBlock): void {
    this.#secondSamples += block.n;
    if (block.rateHz !== this.#secondRateHz) {
      this.#secondRateHz = block.rateHz;
      this.#aligned.flush();
      this.#aligned = this.#newAligned();
    }
    this.#aligned.pushSecond(block);
  }

  /** A gap is noted where it is, behind the samples before it that still wait for the second wearable. */
  onMainGap(gap: StreamGap): void {
    if (gap.reason !== 'hostClockSet') {
      this.#gaps.push(gap);
      return;
    }
    this.#aligned.restart();
    this.#noteGaps(Infinity);
    this.#recorder.onGap(gap);
  }

  onMainLate(block: ImuBlock): void {
    this.#late.push(block);
  }

  /** Hands out what waits: the streams end. */
  flush(): void {
    this.#aligned.flush();
    this.#giveLate(Infinity);
  }

  #newAligned(): AlignedStream {
    const params = { secondRateHz: this.#secondRateHz, secondHasGyroscope: this.#hasGyroscope, waitS: WAIT_S };
    return new AlignedStream(params, (blocks) => this.#record(blocks));
  }

  #record({ main, second }: AlignedBlocks): void {
    this.#noteGaps(main.tS[0]);
    this.#recorder.onBlock(main, second);
    if (this.#late.length > 0) this.#giveLate(main.tS[main.n - 1]);
  }

  #giveLate(untilS: number): void {
    const isPlaced = ({ n, tS }: ImuBlock): boolean => tS[n - 1] < untilS;
    for (const block of this.#late.filter(isPlaced)) this.#recorder.onLate(block);
    this.#late = this.#late.filter((block) => !isPlaced(block));
  }

  #noteGaps(untilS: number): void {
    while (this.#gaps.length > 0 && this.#gaps[0].endS <= untilS) {
      const [gap] = this.#gaps.splice(0, 1);
      this.#recorder.onGap(gap);
    }
  }
}
