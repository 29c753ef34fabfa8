/** Samples of one sensor on their way into an MCAP recording: what will be one message. */
import { emptyBlock, type ImuBlock } from '../../model/block.ts';
import { LONGEST_MESSAGE_S } from './mcapAbout.ts';
import type { SensorLayout } from './recording.ts';

const MOST_PERIODS = 1.5;

export class WaitingSamples {
  readonly #layout: SensorLayout;
  readonly #block: ImuBlock;
  #rateHz: number;
  #n = 0;

  constructor(layout: SensorLayout, rateHz: number) {
    this.#layout = layout;
    this.#rateHz = rateHz;
    this.#block = emptyBlock(Math.ceil(LONGEST_MESSAGE_S * rateHz), rateHz, layout.hasGyroscope);
  }

  hasRoomFor(tS: number): boolean {
    return this.#n === 0 || (this.#n < this.#block.tS.length && tS < this.#block.tS[0] + LONGEST_MESSAGE_S);
  }

  /** Whether it goes on from the last one without a gap. */
  isFollowedBy(tS: number): boolean {
    const stepS = tS - this.#block.tS[this.#n - 1];
    return this.#n === 0 || (stepS > 0 && stepS <= MOST_PERIODS / this.#rateHz);
  }

  take({ rateHz, tS, accMps2, gyrRadps, flags }: ImuBlock, i: number): void {
    const n = this.#n++;
    this.#rateHz = rateHz;
    this.#block.tS[n] = tS[i];
    this.#block.flags[n] = flags[i];
    for (let c = 0; c < 3; c++) {
      this.#block.accMps2[3 * n + c] = accMps2[3 * i + c];
      if (this.#block.gyrRadps) this.#block.gyrRadps[3 * n + c] = gyrRadps?.[3 * i + c] ?? NaN;
    }
  }

  /** A copy of what is here, which then is empty; undefined when nothing is. */
  cut(): ImuBlock | undefined {
    const n = this.#n;
    if (n === 0) return undefined;
    this.#n = 0;
    const { tS, accMps2, gyrRadps, flags } = this.#block;
    return {
      n,
      // A second sensor may have a rate of its own.
      rateHz: this.#rateHz,
      tS: tS.slice(0, n),
      accMps2: accMps2.slice(0, 3 * n),
      gyrRadps: gyrRadps?.slice(0, 3 * n),
      flags: flags.slice(0, this.#layout.hasFlags ? n : 0),
    };
  }
}
