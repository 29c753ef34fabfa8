/** When the samples of one stamped quantity were taken, in device seconds: a line through its stamps. Pure. */
import type { DeviceClockSpec, ImuPart } from './define.ts';
import { SampleAxis } from './sampleAxis.ts';

export class StampedTrack {
  readonly #clock: DeviceClockSpec;
  readonly #axis: SampleAxis;
  /** Index after the last sample; undefined before the first. */
  #endIndex: number | undefined;

  constructor(clock: DeviceClockSpec, rateHz: number) {
    this.#clock = clock;
    this.#axis = new SampleAxis(clock, rateHz);
  }

  restart(): void {
    this.#endIndex = undefined;
    this.#axis.restart();
  }

  /** Device seconds of the part's samples; `isAnew` when its stamp lies before what came earlier, so the clock was set back. */
  place({ n }: ImuPart, tick: number, arrivalMs: number): { timesS: Float64Array; isAnew: boolean } {
    const isAnew = this.#learn(n, tick, arrivalMs / 1000);
    const index = (this.#endIndex ?? n) - n;
    return { timesS: Float64Array.from({ length: n }, (_, i) => this.#axis.secondsAt(index + i)), isAnew };
  }

  #learn(n: number, tick: number, arrivalS: number): boolean {
    const stamped = this.#clock.stampOf === 'last' ? n - 1 : 0;
    const stampS = this.#axis.secondsOfTick(tick, arrivalS);
    let index = this.#endIndex ?? 0;
    let isAnew = false;
    if (this.#endIndex !== undefined) {
      const byStamp = Math.round(this.#axis.indexAt(stampS)) - stamped;
      isAnew = byStamp <= this.#endIndex - 2 * n;
      if (isAnew) this.restart();
      // Where loss comes by the packet, a stamp that is off by less than half of one is a stamp that is off.
      const leastLost = this.#clock.lossUnit === 'sample' ? 1 : n / 2;
      index = isAnew ? 0 : byStamp - this.#endIndex >= leastLost ? byStamp : this.#endIndex;
    }
    this.#axis.note(stampS, arrivalS);
    this.#axis.learn(index + stamped, stampS);
    this.#endIndex = index + n;
    return isAnew;
  }
}
