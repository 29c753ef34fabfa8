/**
 * Which way is up for the sensor while its wearer stands still, whatever its mount.
 * Windows of 0.5 s in which nothing turns faster than 5 °/s and |acc| varies by less than 0.15 m/s² (signal specification 2.4).
 */
import type { ImuBlock } from '../../model/block.ts';
import { RAD_PER_DEG } from '../../model/units.ts';

export type Direction = readonly [number, number, number];

const WINDOW_S = 0.5;
const QUIET_RADPS = 5 * RAD_PER_DEG;
const QUIET_SD_MPS2 = 0.15;

export class StandingStill {
  readonly #windowSamples: number;
  /** n, |acc|, |acc|², acc xyz, largest |gyr|. */
  readonly #window = new Float64Array(7);
  readonly #sum = new Float64Array(3);
  #quietWindows = 0;

  constructor(rateHz: number) {
    this.#windowSamples = Math.max(4, Math.round(WINDOW_S * rateHz));
  }

  get quietS(): number {
    return this.#quietWindows * WINDOW_S;
  }

  /** Unit vector in sensor axes; undefined before the first quiet window. */
  get up(): Direction | undefined {
    const [x, y, z] = this.#sum;
    const size = Math.hypot(x, y, z);
    return size > 0 ? [x / size, y / size, z / size] : undefined;
  }

  push({ n, accMps2, gyrRadps }: ImuBlock): void {
    const w = this.#window;
    for (let i = 0; i < n; i++) {
      const [x, y, z] = [accMps2[3 * i], accMps2[3 * i + 1], accMps2[3 * i + 2]];
      const size = Math.hypot(x, y, z);
      if (!Number.isFinite(size)) continue;
      const rate = gyrRadps ? Math.hypot(gyrRadps[3 * i], gyrRadps[3 * i + 1], gyrRadps[3 * i + 2]) : 0;
      w[0]++;
      w[1] += size;
      w[2] += size * size;
      w[3] += x;
      w[4] += y;
      w[5] += z;
      if (rate > w[6]) w[6] = rate;
      if (w[0] >= this.#windowSamples) this.#close();
    }
  }

  #close(): void {
    const [n, sum, squares, x, y, z, rate] = this.#window;
    this.#window.fill(0);
    const sd = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
    if (sd >= QUIET_SD_MPS2 || rate >= QUIET_RADPS) return;
    this.#quietWindows++;
    this.#sum[0] += x;
    this.#sum[1] += y;
    this.#sum[2] += z;
  }
}
