/**
 * May the pelvis sensor's angles be believed? Only while it agrees with the chest.
 *
 * In    frames of both sensors, sample by sample of the same times
 * Out   `isTrusted`: both were within 10° of their uprights together for 2 s, and since the last such moment the pelvis was not tilted
 *       more than 15° further than the chest for 2 s in all, nor missing for 0.5 s
 * Source our own rule: a pelvis sensor that hangs upside down, lies on a table or counts from another day's upright reads as a bent or
 *       extended spine, and would keep real bends from being told. Trusted, it is off by less than half the smallest spine limit (20°).
 * Limits  who sits with the pelvis tipped back is judged by the chest until they stand; a sensor worn on the chest instead of the
 *         pelvis agrees at every time and is not found out
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import type { MotionFrame } from '../motionFrame.ts';

const UPRIGHT_RAD = 10 * RAD_PER_DEG;
const FURTHER_RAD = 15 * RAD_PER_DEG;
const FOR_S = 2;
const MISSING_S = 0.5;

export class PelvisTrust {
  #isTrusted = false;
  #agreedS = 0;
  /** In all since the two agreed last: bends in between do not make it good. */
  #offS = 0;
  #missingS = 0;
  #chestRad = NaN;

  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  reset(): void {
    this.#isTrusted = false;
    this.#agreedS = this.#offS = this.#missingS = 0;
    this.#chestRad = NaN;
  }

  onChest(frame: MotionFrame): void {
    this.#chestRad = frame.inclinationRad[frame.n - 1];
  }

  /** After `onChest` of the same samples. */
  onPelvis(frame: MotionFrame): void {
    const pelvisRad = frame.inclinationRad[frame.n - 1];
    const chestRad = this.#chestRad;
    const spanS = frame.n * frame.stepS[frame.n - 1];
    this.#missingS = Number.isNaN(pelvisRad) ? this.#missingS + spanS : 0;
    if (this.#missingS >= MISSING_S) this.reset();
    if (Number.isNaN(pelvisRad + chestRad)) return;
    const agrees = chestRad < UPRIGHT_RAD && pelvisRad < UPRIGHT_RAD;
    this.#agreedS = agrees ? this.#agreedS + spanS : 0;
    if (agrees) this.#offS = 0;
    else if (pelvisRad > chestRad + FURTHER_RAD) this.#offS += spanS;
    if (this.#agreedS >= FOR_S) this.#isTrusted = true;
    if (this.#offS >= FOR_S) this.#isTrusted = false;
  }
}
