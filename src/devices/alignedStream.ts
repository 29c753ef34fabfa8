/**
 * Two sensors of one person → one stream: the second one's samples interpolated onto the times of the main one's. Both are in
 * host time already; rates, crystals, delays and gaps are each sensor's own.
 *
 * A missing second sensor delays the main one by no more than `waitS`, counted in the main one's own time; then its place is
 * NaN, and what comes later is too late. The samples do not depend on how the input is cut into blocks, as long as what the
 * second sensor lags behind and the length of a main block together stay below `waitS`. Memory is bounded. Pure.
 */
import { emptyBlock, type ImuBlock, SampleFlag } from '../model/block.ts';

export interface AlignedBlocks {
  readonly main: ImuBlock;
  /** As long as `main` and at its times; NaN where the second sensor has nothing within 1.5 of its periods. */
  readonly second: ImuBlock;
}

export interface AlignedStreamParams {
  readonly secondRateHz: number;
  readonly secondHasGyroscope: boolean;
  /** The longest that a main sample waits for the second sensor. */
  readonly waitS?: number;
}

const WAIT_S = 0.5;
/** Of the second sensor, when the main one lags; a wearable that fetches what it missed lags by three seconds. */
const BUFFER_S = 10;
/** Beyond this the samples on both sides of a moment say nothing about it; as in `SampleFlag.afterGap`. */
const MOST_PERIODS = 1.5;
/** Of both neighbours; what follows a gap is the aligned stream's own to say. */
const CARRIED_FLAGS = 0xff & ~SampleFlag.afterGap;

export class AlignedStream {
  readonly #waitS: number;
  readonly #hasGyroscope: boolean;
  readonly #widestS: number;
  readonly #capacity: number;
  readonly #onBlocks: (blocks: AlignedBlocks) => void;
  readonly #second: ImuBlock;
  /** Oldest and number of the samples in the ring `#second`. */
  #head = 0;
  #count = 0;
  #waiting: { block: ImuBlock; from: number }[] = [];
  #newestMainS = -Infinity;
  #wasMissing = false;

  constructor(params: AlignedStreamParams, onBlocks: (blocks: AlignedBlocks) => void) {
    const { secondRateHz, secondHasGyroscope, waitS = WAIT_S } = params;
    this.#waitS = waitS;
    this.#hasGyroscope = secondHasGyroscope;
    this.#widestS = MOST_PERIODS / secondRateHz;
    this.#capacity = Math.ceil((BUFFER_S + waitS) * secondRateHz);
    this.#second = emptyBlock(this.#capacity, secondRateHz, secondHasGyroscope);
    this.#onBlocks = onBlocks;
  }

  pushMain(block: ImuBlock): void {
    if (!(block.tS[0] > this.#newestMainS)) this.restart();
    this.#newestMainS = block.tS[block.n - 1];
    this.#waiting.push({ block, from: 0 });
    this.#release(this.#newestMainS - this.#waitS);
  }

  pushSecond(block: ImuBlock): void {
    for (let i = 0; i < block.n; i++) this.#keep(block, i);
    this.#release(this.#newestMainS - this.#waitS);
  }

  /** Hands out what waits: the streams end. */
  flush(): void {
    this.#release(Infinity);
  }

  /** The host's clock was set: the times that follow are on another axis. */
  restart(): void {
    this.flush();
    this.#count = 0;
    this.#newestMainS = -Infinity;
  }

  #keep(block: ImuBlock, i: number): void {
    const tS = block.tS[i];
    if (this.#count > 0 && tS <= this.#timeOf(this.#count - 1)) this.#count = 0;
    if (this.#count === this.#capacity) this.#forgetOldest();
    const at = this.#placeOf(this.#count++);
    const { tS: times, accMps2, gyrRadps, flags } = this.#second;
    times[at] = tS;
    flags[at] = block.flags[i];
    for (let axis = 0; axis < 3; axis++) {
      accMps2[3 * at + axis] = block.accMps2[3 * i + axis];
      if (gyrRadps) gyrRadps[3 * at + axis] = block.gyrRadps?.[3 * i + axis] ?? NaN;
    }
  }

  /** All samples whose neighbours are known, and those up to `giveUpS` without. */
  #release(giveUpS: number): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { block, from } = first;
      const second = emptyBlock(block.n - from, this.#second.rateHz, this.#hasGyroscope);
      let n = 0;
      while (from + n < block.n && this.#fill(second, n, block.tS[from + n], giveUpS)) n++;
      if (n > 0) this.#onBlocks({ main: part(block, from, from + n), second: part(second, 0, n) });
      first.from += n;
      if (first.from < block.n) return;
      this.#waiting.shift();
    }
  }

  /** @returns false when it is too early to say */
  #fill(out: ImuBlock, i: number, tS: number, giveUpS: number): boolean {
    while (this.#count > 1 && this.#timeOf(1) <= tS) this.#forgetOldest();
    const isExact = this.#count > 0 && this.#timeOf(0) === tS;
    const isBetween = this.#count > 1 && this.#timeOf(0) < tS;
    const isBefore = this.#count > 0 && this.#timeOf(0) > tS;
    if (!isExact && !isBetween && !isBefore && tS > giveUpS) return false;
    const isKnown = isExact || (isBetween && this.#timeOf(1) - this.#timeOf(0) <= this.#widestS);
    out.tS[i] = tS;
    if (isKnown) this.#interpolate(out, i, tS, isExact);
    else {
      out.accMps2.fill(NaN, 3 * i, 3 * i + 3);
      out.gyrRadps?.fill(NaN, 3 * i, 3 * i + 3);
    }
    if (isKnown && this.#wasMissing) out.flags[i] |= SampleFlag.afterGap;
    this.#wasMissing = !isKnown;
    return true;
  }

  #interpolate(out: ImuBlock, i: number, tS: number, isExact: boolean): void {
    const before = this.#placeOf(0);
    const after = isExact ? before : this.#placeOf(1);
    const { tS: times, accMps2, gyrRadps, flags } = this.#second;
    const share = isExact ? 0 : (tS - times[before]) / (times[after] - times[before]);
    out.flags[i] = (flags[before] | flags[after]) & CARRIED_FLAGS;
    for (let axis = 0; axis < 3; axis++) {
      const [one, other] = [3 * before + axis, 3 * after + axis];
      out.accMps2[3 * i + axis] = accMps2[one] + share * (accMps2[other] - accMps2[one]);
      if (!gyrRadps || !out.gyrRadps) continue;
      out.gyrRadps[3 * i + axis] = gyrRadps[one] + share * (gyrRadps[other] - gyrRadps[one]);
    }
  }

  #forgetOldest(): void {
    this.#head = (this.#head + 1) % this.#capacity;
    this.#count--;
  }

  #placeOf(position: number): number {
    return (this.#head + position) % this.#capacity;
  }

  #timeOf(position: number): number {
    return this.#second.tS[this.#placeOf(position)];
  }
}

function part(block: ImuBlock, from: number, to: number): ImuBlock {
  return {
    n: to - from,
    rateHz: block.rateHz,
    tS: block.tS.slice(from, to),
    accMps2: block.accMps2.slice(3 * from, 3 * to),
    gyrRadps: block.gyrRadps?.slice(3 * from, 3 * to),
    flags: block.flags.slice(from, to),
  };
}
