/**
 * May the pelvis sensor's angles be believed? Only while it agrees with the chest about standing upright.
 *
 * In    frames of both sensors, sample by sample of the same times
 * Out   `isTrusted`: both were within 15° of their uprights together for 2 s, and since then the pelvis was not beyond 20° for 2 s while
 *       the chest was upright
 * Source our own rule: a pelvis sensor that hangs upside down, on its side or from another day's upright reads as a bent or extended
 *       spine, and would keep real bends from being told
 * Limits  who sits with the pelvis tipped back is judged by the chest until they stand; a sensor worn on the chest instead of the
 *         pelvis agrees at every time and is not found out
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import type { MotionFrame } from '../motionFrame.ts';

const UPRIGHT_RAD = 15 * RAD_PER_DEG;
const OFF_RAD = 20 * RAD_PER_DEG;
const FOR_S = 2;

export class PelvisTrust {
  #isTrusted = false;
  #agreedS = 0;
  #offS = 0;
  #chestRad = NaN;

  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  reset(): void {
    this.#isTrusted = false;
    this.#agreedS = this.#offS = 0;
    this.#chestRad = NaN;
  }

  onChest(frame: MotionFrame): void {
    this.#chestRad = frame.inclinationRad[frame.n - 1];
  }

  /** After `onChest` of the same samples. */
  onPelvis(frame: MotionFrame): void {
    const pelvisRad = frame.inclinationRad[frame.n - 1];
    if (!(this.#chestRad < UPRIGHT_RAD) || Number.isNaN(pelvisRad)) {
      this.#agreedS = this.#offS = 0;
      return;
    }
    const spanS = frame.n * frame.stepS[frame.n - 1];
    this.#agreedS = pelvisRad < UPRIGHT_RAD ? this.#agreedS + spanS : 0;
    this.#offS = pelvisRad > OFF_RAD ? this.#offS + spanS : 0;
    if (this.#agreedS >= FOR_S) this.#isTrusted = true;
    if (this.#offS >= FOR_S) this.#isTrusted = false;
  }
}
