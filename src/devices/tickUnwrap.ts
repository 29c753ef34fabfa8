/** Stamps of a counter that wraps → seconds that do not. Pure. */
import type { DeviceClockSpec } from './define.ts';

export class TickUnwrap {
  readonly #tickHz: number;
  readonly #wrapS: number;
  #lastS: number | undefined;
  #lastArrivalS = 0;

  constructor({ tickHz, wrapTicks }: Pick<DeviceClockSpec, 'tickHz' | 'wrapTicks'>) {
    this.#tickHz = tickHz;
    this.#wrapS = wrapTicks / tickHz;
  }

  restart(): void {
    this.#lastS = undefined;
  }

  /** Of all moments that a stamp can mean, the one nearest to what the host's clock leads us to expect. */
  secondsOf(tick: number, arrivalS: number): number {
    const stampS = tick / this.#tickHz;
    if (this.#lastS === undefined || !Number.isFinite(this.#wrapS)) return stampS;
    const expectedS = this.#lastS + (arrivalS - this.#lastArrivalS);
    return stampS + this.#wrapS * Math.round((expectedS - stampS) / this.#wrapS);
  }

  /** The latest stamp, so that the next one is unwrapped beside it. */
  note(stampS: number, arrivalS: number): void {
    this.#lastS = stampS;
    this.#lastArrivalS = arrivalS;
  }
}
