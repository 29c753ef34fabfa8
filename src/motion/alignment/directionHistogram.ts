/**
 * Where a direction points most of the time: weights on a grid over the unit sphere (cells of about 6°), flat memory. Each cell
 * keeps, too, how the body turned while it pointed there.
 */
import { RATE_SUMS } from './functionalAxis.ts';

const HALF_CELLS = 10;
const SIDE = 2 * HALF_CELLS + 1;

export interface DirectionMode {
  /** Unit vector, mean of what lies within `radiusRad` of the fullest place. */
  readonly direction: readonly [number, number, number];
  /** Weight within the radius, and of everything that was accepted. */
  readonly weight: number;
  readonly totalWeight: number;
}

export class DirectionHistogram {
  /** Per cell: weight, weighted sum of x, y, z, then Σ ω ωᵀ. */
  readonly #cells = new Map<number, Float64Array>();

  /**
   * `x y z` unit vector.
   * @param rates Σ ω ωᵀ meanwhile
   */
  add(x: number, y: number, z: number, weight: number, rates?: Float64Array): void {
    const cell = (c: number): number => Math.round(c * HALF_CELLS) + HALF_CELLS;
    const key = (cell(x) * SIDE + cell(y)) * SIDE + cell(z);
    let sums = this.#cells.get(key);
    if (!sums) {
      sums = new Float64Array(4 + RATE_SUMS);
      this.#cells.set(key, sums);
    }
    sums[0] += weight;
    sums[1] += weight * x;
    sums[2] += weight * y;
    sums[3] += weight * z;
    if (rates) for (let i = 0; i < RATE_SUMS; i++) sums[4 + i] += rates[i];
  }

  /** Calls back with each cell's mean direction, weight and Σ ω ωᵀ. */
  forEach(visit: (x: number, y: number, z: number, weight: number, rates: Float64Array) => void): void {
    for (const sums of this.#cells.values()) {
      const [weight, sx, sy, sz] = sums;
      const size = Math.hypot(sx, sy, sz);
      if (size > 0) visit(sx / size, sy / size, sz / size, weight, sums.subarray(4));
    }
  }

  /**
   * The fullest place among directions that `accept` lets through.
   * @param more counted as well, for this once: x, y, z, weight
   */
  mode(
    radiusRad: number,
    accept: (x: number, y: number, z: number) => boolean = () => true,
    more: readonly (readonly [number, number, number, number])[] = [],
  ): DirectionMode | undefined {
    const cells = more.filter(([x, y, z, weight]) => weight > 0 && accept(x, y, z));
    this.forEach((x, y, z, weight) => {
      if (accept(x, y, z)) cells.push([x, y, z, weight]);
    });
    if (cells.length === 0) return undefined;
    const minCosine = Math.cos(radiusRad);
    const within = (centre: readonly number[]): [number, number, number, number] => {
      const sum: [number, number, number, number] = [0, 0, 0, 0];
      for (const [x, y, z, weight] of cells) {
        if (x * centre[0] + y * centre[1] + z * centre[2] < minCosine) continue;
        sum[0] += weight * x;
        sum[1] += weight * y;
        sum[2] += weight * z;
        sum[3] += weight;
      }
      return sum;
    };
    let best = within(cells[0]);
    for (const cell of cells) {
      const sum = within(cell);
      if (sum[3] > best[3]) best = sum;
    }
    const size = Math.hypot(best[0], best[1], best[2]);
    return {
      direction: [best[0] / size, best[1] / size, best[2] / size],
      weight: best[3],
      totalWeight: cells.reduce((total, [, , , weight]) => total + weight, 0),
    };
  }
}
