/**
 * The medio-lateral axis of the trunk from the way it turns while leaning: sit-to-stands, walking, or a small lean from the
 * hips. Never a bow.
 *
 * In    angular rates in sensor axes, or sums of their products
 * Out   the axis with how pure the movement was, or in words why it does not do
 * Method first principal axis of Σ ω ωᵀ over samples faster than 15 °/s (ml-matrix)
 * Source signal specification 2.4 step 3: λ₁/trace ≥ 0.90, |asin(e₁·V)| ≤ 12°; Kong 2016 PMC5190992 (sit-to-stand does)
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { RAD_PER_DEG } from '../../model/units.ts';
import { angleDeg, type Vector } from './vector.ts';

/** Slower turning is sway and noise. */
const FUNCTIONAL_RADPS = 15 * RAD_PER_DEG;
const MIN_PURITY_RATIO = 0.9;
const MAX_TILT_DEG = 12;
/** So many seconds of turning; three sit-to-stands have more. */
const NEEDED_S = 1;

/** Σ ω ωᵀ: xx xy xz yy yz zz. */
export const RATE_SUMS = 6;

export interface PrincipalAxis {
  /** Unit; its sign means nothing. */
  readonly axis: Vector;
  /** λ₁ / trace */
  readonly purityRatio: number;
}

export type FunctionalAxisResult =
  | ({ readonly ok: true; readonly tiltDeg: number } & PrincipalAxis)
  /** `isTooLittle`: no movement to judge, rather than a wrong one. */
  | { readonly ok: false; readonly reason: string; readonly isTooLittle: boolean };

/** Of a symmetric matrix xx xy xz yy yz zz; undefined when there is nothing in it. */
export function principalAxis(c: ArrayLike<number>): PrincipalAxis | undefined {
  const trace = c[0] + c[3] + c[5];
  if (!(trace > 0)) return undefined;
  const full = new Matrix([
    [c[0], c[1], c[2]],
    [c[1], c[3], c[4]],
    [c[2], c[4], c[5]],
  ]);
  const evd = new EigenvalueDecomposition(full, { assumeSymmetric: true });
  const [x, y, z] = evd.eigenvectorMatrix.getColumn(2);
  return { axis: [x, y, z], purityRatio: evd.realEigenvalues[2] / trace };
}

/** Adds ω ωᵀ when the turning is fast enough to count; the size of ω, or NaN. */
export function addRate(sums: Float64Array, at: number, x: number, y: number, z: number): number {
  const squared = x * x + y * y + z * z;
  if (squared >= FUNCTIONAL_RADPS * FUNCTIONAL_RADPS) {
    sums[at] += x * x;
    sums[at + 1] += x * y;
    sums[at + 2] += x * z;
    sums[at + 3] += y * y;
    sums[at + 4] += y * z;
    sums[at + 5] += z * z;
  }
  return Math.sqrt(squared);
}

export class FunctionalAxis {
  readonly #rateHz: number;
  readonly #sums = new Float64Array(RATE_SUMS);
  #turningSamples = 0;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** @param gyrRadps in sensor axes, 3n */
  push(gyrRadps: Float64Array): void {
    for (let o = 0; o + 2 < gyrRadps.length; o += 3) {
      if (addRate(this.#sums, 0, gyrRadps[o], gyrRadps[o + 1], gyrRadps[o + 2]) >= FUNCTIONAL_RADPS)
        this.#turningSamples++;
    }
  }

  /** @param up unit vector against gravity while upright, in sensor axes */
  result(up: Vector): FunctionalAxisResult {
    const turningS = this.#turningSamples / this.#rateHz;
    const found = principalAxis(this.#sums);
    if (!found || turningS < NEEDED_S) {
      return {
        ok: false,
        isTooLittle: true,
        reason: `expected ${NEEDED_S} s of leaning or getting up, found ${turningS.toFixed(1)} s`,
      };
    }
    const { purityRatio } = found;
    if (purityRatio < MIN_PURITY_RATIO) {
      const pct = (100 * purityRatio).toFixed(0);
      return {
        ok: false,
        isTooLittle: false,
        reason: `expected ${100 * MIN_PURITY_RATIO} % of the turning straight forward and back, found ${pct} %: once more, without turning or leaning sideways?`,
      };
    }
    const tiltDeg = Math.abs(90 - angleDeg(found.axis, up));
    if (tiltDeg > MAX_TILT_DEG) {
      return {
        ok: false,
        isTooLittle: false,
        reason: `expected the axis of the lean within ${MAX_TILT_DEG}° of level, found it ${tiltDeg.toFixed(0)}° off: did the sensor move?`,
      };
    }
    return { ok: true, tiltDeg, ...found };
  }
}
