/**
 * At rest an accelerometer reads 9.81 m/s², whichever way it points: the one thing about a wearable's scale that can be
 * checked while it is worn. A wrong range or unit shows here before it shows as a wrong angle. Pure.
 */
import type { ImuBlock } from '../model/block.ts';
import { STANDARD_GRAVITY_MPS2 } from '../model/units.ts';

const WINDOW_S = 1;
/** Relative, so that it finds rest whatever the scale is. Standing reads about 0.5 %, walking more than 10 %. */
const STILL_SD_RATIO = 0.02;
const WINDOWS = 10;
const WINDOWS_TO_DECIDE = 5;
/** Calibration error and temperature of the chips in use stay below 4 %. */
const TOLERANCE_RATIO = 0.05;

export class RestCheck {
  #still: number[] = [];
  #sum = 0;
  #squares = 0;
  #count = 0;
  #isWrong = false;

  /** A message when the reading at rest turns out to be wrong; once, until it has been right again. */
  push({ n, rateHz, accMps2 }: ImuBlock): string | undefined {
    for (let i = 0; i < n; i++) {
      const norm = Math.hypot(accMps2[3 * i], accMps2[3 * i + 1], accMps2[3 * i + 2]);
      if (!Number.isFinite(norm)) continue;
      this.#sum += norm;
      this.#squares += norm * norm;
      if (++this.#count >= WINDOW_S * rateHz) this.#closeWindow();
    }
    return this.#judge();
  }

  #closeWindow(): void {
    const mean = this.#sum / this.#count;
    const sd = Math.sqrt(Math.max(0, this.#squares / this.#count - mean * mean));
    if (sd <= STILL_SD_RATIO * mean) {
      this.#still.push(mean);
      if (this.#still.length > WINDOWS) this.#still.shift();
    }
    this.#sum = 0;
    this.#squares = 0;
    this.#count = 0;
  }

  #judge(): string | undefined {
    if (this.#still.length < WINDOWS_TO_DECIDE) return undefined;
    const median = [...this.#still].sort((a, b) => a - b)[this.#still.length >> 1];
    const isWrong = Math.abs(median / STANDARD_GRAVITY_MPS2 - 1) > TOLERANCE_RATIO;
    const isNews = isWrong && !this.#isWrong;
    this.#isWrong = isWrong;
    return isNews
      ? `acceleration: expected about 9.8 m/s² at rest, found ${median.toFixed(2)} m/s²: range or unit wrong?`
      : undefined;
  }
}
