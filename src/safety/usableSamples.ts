/** Whether samples can show anything of their wearer: values that a sensor can measure, and not one and the same for a minute. Pure. */
import { type ImuBlock, SampleFlag } from '../model/block.ts';

/** Our own default [D]: the noise of every accelerometer moves its last digit many times a second, also on a table. */
const FROZEN_S = 60;

export class UsableSamples {
  readonly #last = Float64Array.of(NaN, NaN, NaN);
  #unchangedS = 0;

  /** @returns whether the block has any that can be used */
  push({ n, rateHz, accMps2, flags }: ImuBlock): boolean {
    const last = this.#last;
    let isUsable = false;
    for (let i = 0; i < n; i++) {
      const x = accMps2[3 * i];
      if (flags[i] & SampleFlag.implausible || Number.isNaN(x)) continue;
      const [y, z] = [accMps2[3 * i + 1], accMps2[3 * i + 2]];
      const isSame = x === last[0] && y === last[1] && z === last[2];
      this.#unchangedS = isSame ? this.#unchangedS + 1 / rateHz : 0;
      if (this.#unchangedS < FROZEN_S) isUsable = true;
      last[0] = x;
      last[1] = y;
      last[2] = z;
    }
    return isUsable;
  }
}
