/** A wearer who walks, as far as it tells which way they go. */
import type { ImuBlock } from '../../src/model/block.ts';
import type { Mount } from '../../src/model/frames.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { blockOf } from './trunkRun.ts';

const STEP_HZ = 1.8;

/** Steps as the trunk feels them: pushed forward a quarter of a step before upward, side to side at half that. */
export function walked(rateHz: number, seconds: number, mount: Mount, { runs = false, leanDeg = 0 } = {}): ImuBlock {
  const size = runs ? 9 : 2;
  const sense = runs ? -1 : 1;
  return blockOf(seconds * rateHz, rateHz, (tS, acc) => {
    const phase = 2 * Math.PI * STEP_HZ * tS;
    const x = -STANDARD_GRAVITY_MPS2 * Math.sin(leanDeg * RAD_PER_DEG) + sense * 0.7 * size * Math.cos(phase);
    const y = STANDARD_GRAVITY_MPS2 * Math.cos(leanDeg * RAD_PER_DEG) + size * Math.sin(phase);
    const z = 1.5 * Math.sin(phase / 2 + 0.4);
    for (let c = 0; c < 3; c++) acc[c] = mount[c] * x + mount[3 + c] * y + mount[6 + c] * z;
  });
}
