/**
 * Two sensors of one person on the time axis of the first one.
 *
 * Where the second has a sample at the same time it is taken as it is; between two of its samples that are at most 1.5 of its
 * periods apart it is interpolated; elsewhere it is missing (NaN). Blocks come in order of time, each sensor's and together.
 */
import { PlumblineError } from '../../model/errors.ts';
import { emptyBlock, type ImuBlock } from '../../model/block.ts';
import type { RecordedBlocks } from './recording.ts';

/** Times are written in microseconds. */
const SAME_TIME_S = 0.6e-6;
const MAX_STEP_PERIODS = 1.5;
/** So long the first sensor waits for the second before it goes on without it: more than a message of either. */
const MAX_WAIT_S = 30;

export class SensorPairing {
  readonly #onBlocks: (blocks: RecordedBlocks) => void | 'stop';
  readonly #pelvisHasGyroscope: boolean;
  /** Not yet handed on, oldest first. */
  #main: ImuBlock[] = [];
  #pelvis: ImuBlock[] = [];
  #pelvisLastS = -Infinity;
  #handedS = -Infinity;
  #droppedS = -Infinity;
  /** Position of the last pelvis sample that is not after the time that is looked for. */
  #block = 0;
  #i = 0;

  constructor(pelvisHasGyroscope: boolean, onBlocks: (blocks: RecordedBlocks) => void | 'stop') {
    this.#pelvisHasGyroscope = pelvisHasGyroscope;
    this.#onBlocks = onBlocks;
  }

  /** The block must not change afterwards. @throws PlumblineError `recording/invalid` when the other sensor is too far ahead */
  main(block: ImuBlock): void | 'stop' {
    if (block.tS[0] < this.#droppedS) throw apart(block.tS[0], this.#pelvisLastS);
    this.#main.push(block);
    return this.#hand(block.tS[block.n - 1] - MAX_WAIT_S);
  }

  /** As `main`. */
  pelvis(block: ImuBlock): void | 'stop' {
    if (block.tS[0] < this.#handedS) throw apart(block.tS[0], this.#handedS);
    this.#pelvis.push(block);
    this.#pelvisLastS = block.tS[block.n - 1];
    if (this.#main.length === 0) this.#drop(this.#pelvisLastS - MAX_WAIT_S);
    return this.#hand(-Infinity);
  }

  finish(): void | 'stop' {
    return this.#hand(Infinity);
  }

  /** While the first sensor is silent, the second one does not fill the memory. */
  #drop(beforeS: number): void {
    while (this.#pelvis.length > 1 && this.#pelvis[1].tS[0] < beforeS) {
      this.#droppedS = this.#pelvis[1].tS[0];
      this.#pelvis.shift();
      this.#block = 0;
      this.#i = 0;
    }
  }

  /** Whole blocks of the first sensor whose partners are all here, or that end by the given time. */
  #hand(withoutPartnerS: number): void | 'stop' {
    for (let main = this.#main.at(0); main; main = this.#main.at(0)) {
      const endS = main.tS[main.n - 1];
      if (endS > this.#pelvisLastS && endS > withoutPartnerS) return undefined;
      this.#main.shift();
      this.#handedS = endS;
      const pelvis = this.#partnerOf(main);
      if (this.#onBlocks({ main, pelvis }) === 'stop') return 'stop';
    }
    return undefined;
  }

  #partnerOf(main: ImuBlock): ImuBlock {
    const partner = emptyBlock(main.n, main.rateHz, this.#pelvisHasGyroscope);
    partner.tS.set(main.tS.subarray(0, main.n));
    for (let k = 0; k < main.n; k++) this.#sampleAt(main.tS[k], partner, k);
    this.#pelvis.splice(0, this.#block);
    this.#block = 0;
    return partner;
  }

  #sampleAt(tS: number, into: ImuBlock, k: number): void {
    while (this.#nextS() <= tS + SAME_TIME_S) this.#step();
    const block = this.#pelvis.at(this.#block);
    const beforeS = block?.tS[this.#i] ?? NaN;
    if (!block || !(beforeS <= tS + SAME_TIME_S)) return missing(into, k);
    if (tS - beforeS <= SAME_TIME_S) return copy(block, this.#i, into, k);
    const stepS = this.#nextS() - beforeS;
    if (!(stepS <= MAX_STEP_PERIODS / block.rateHz)) return missing(into, k);
    copy(block, this.#i, into, k);
    this.#mixNext((tS - beforeS) / stepS, into, k);
  }

  #mixNext(share: number, into: ImuBlock, k: number): void {
    const block = this.#pelvis[this.#block];
    const [next, j] = this.#i + 1 < block.n ? [block, this.#i + 1] : [this.#pelvis[this.#block + 1], 0];
    for (let c = 0; c < 3; c++) {
      into.accMps2[3 * k + c] += share * (next.accMps2[3 * j + c] - into.accMps2[3 * k + c]);
      if (into.gyrRadps && next.gyrRadps) {
        into.gyrRadps[3 * k + c] += share * (next.gyrRadps[3 * j + c] - into.gyrRadps[3 * k + c]);
      }
    }
    into.flags[k] |= next.flags[j];
  }

  /** Time of the sample after the current one; Infinity when it has not come. */
  #nextS(): number {
    const block = this.#pelvis.at(this.#block);
    if (!block) return Infinity;
    if (this.#i + 1 < block.n) return block.tS[this.#i + 1];
    return this.#pelvis.at(this.#block + 1)?.tS[0] ?? Infinity;
  }

  #step(): void {
    if (++this.#i < this.#pelvis[this.#block].n) return;
    this.#block++;
    this.#i = 0;
  }
}

const apart = (foundS: number, afterS: number): PlumblineError =>
  new PlumblineError(
    'recording/invalid',
    `expected the samples of both sensors within ${MAX_WAIT_S} s of each other in the file, found those of ${foundS} s after those of ${afterS} s`,
  );

function missing({ accMps2, gyrRadps }: ImuBlock, k: number): void {
  accMps2.fill(NaN, 3 * k, 3 * k + 3);
  gyrRadps?.fill(NaN, 3 * k, 3 * k + 3);
}

function copy(from: ImuBlock, i: number, to: ImuBlock, k: number): void {
  for (let c = 0; c < 3; c++) {
    to.accMps2[3 * k + c] = from.accMps2[3 * i + c];
    if (to.gyrRadps) to.gyrRadps[3 * k + c] = from.gyrRadps?.[3 * i + c] ?? NaN;
  }
  to.flags[k] = from.flags[i];
}
