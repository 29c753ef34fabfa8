/**
 * Calibration from the data themselves, when nobody pressed a button: the wearer's upright, and the mount where it is not
 * stated.
 *
 * In    `ImuBlock`s in the sensor frame, in time order; flat memory
 * Out   `Calibration` with the method and how sure it is
 * Method Windows of 1 s: direction of the mean acceleration, weighted by how quiet it is (quiet stance and sitting: 1, walking
 *       0.5, else 0.1).
 *       Upright is the fullest direction within 50° of the stated superior axis; without mount, the fullest of all.
 *       The medio-lateral axis is the first principal axis of the horizontal gyroscope rates faster than 15 °/s
 *       (ml-matrix), or, without gyroscope, the horizontal direction in which gravity wanders least; forward is the side to
 *       which the trunk leans further.
 * Source signal specification 2.4 (gates 5 °/s and 0.15 m/s², here doubled because a second is short), Kong 2016 PMC5190992
 *       (stance and everyday movement are enough)
 * Limits  who lies most of the time and never walks is calibrated to lying when the mount is unknown: low confidence
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { ImuBlock } from '../../model/block.ts';
import { IDENTITY_MOUNT, type Mount } from '../../model/frames.ts';
import type { Calibration } from '../../model/person.ts';
import { RAD_PER_DEG } from '../../model/units.ts';
import { DirectionHistogram, type DirectionMode } from './directionHistogram.ts';

const QUIET_RADPS = 10 * RAD_PER_DEG;
const QUIET_SD_MPS2 = 0.3;
const WALKING_SD_MPS2 = [0.8, 6] as const;
const FUNCTIONAL_RADPS = 15 * RAD_PER_DEG;
const NEUTRAL_RADIUS_RAD = 8 * RAD_PER_DEG;
const UPRIGHT_WITHIN_RAD = 50 * RAD_PER_DEG;
/** Quiet upright time for full confidence, s. */
const ENOUGH_S = 10;

type Vector = readonly [number, number, number];

export class DataCalibration {
  readonly #windowSamples: number;
  readonly #directions = new DirectionHistogram();
  /** Window sums: n, acc xyz, |acc|, |acc|², |gyr|, gyr samples. */
  readonly #window = new Float64Array(8);
  /** Σ w wᵀ of fast samples: xx xy xz yy yz zz. */
  readonly #rates = new Float64Array(6);

  constructor(rateHz: number) {
    this.#windowSamples = Math.max(4, Math.round(rateHz));
  }

  push(block: ImuBlock): void {
    const s = this.#window;
    for (let i = 0; i < block.n; i++) {
      const x = block.accMps2[3 * i];
      const y = block.accMps2[3 * i + 1];
      const z = block.accMps2[3 * i + 2];
      if (!Number.isFinite(x + y + z)) continue;
      const squared = x * x + y * y + z * z;
      s[0]++;
      s[1] += x;
      s[2] += y;
      s[3] += z;
      s[4] += Math.sqrt(squared);
      s[5] += squared;
      if (block.gyrRadps) this.#addRate(block.gyrRadps, 3 * i);
      if (s[0] >= this.#windowSamples) this.#closeWindow();
    }
  }

  /**
   * @param mount where it is stated
   * @param up direction against gravity while upright, in sensor axes, where it is stated: then nothing is guessed about it
   */
  result({ mount, up }: { mount?: Mount | undefined; up?: Vector | undefined } = {}): Calibration {
    const stated = up && unit(up, [0, 0, 1]);
    if (!mount) return this.#mountAndNeutral(stated);
    if (!stated) return this.#neutralOnly(mount);
    return { mount, neutralUp: inSegment(mount, stated), method: 'stated', confidence: 1 };
  }

  #addRate(gyr: Float64Array, o: number): void {
    const x = gyr[o];
    const y = gyr[o + 1];
    const z = gyr[o + 2];
    const squared = x * x + y * y + z * z;
    if (!Number.isFinite(squared)) return;
    this.#window[6] += Math.sqrt(squared);
    this.#window[7]++;
    if (squared < FUNCTIONAL_RADPS * FUNCTIONAL_RADPS) return;
    const r = this.#rates;
    r[0] += x * x;
    r[1] += x * y;
    r[2] += x * z;
    r[3] += y * y;
    r[4] += y * z;
    r[5] += z * z;
  }

  #closeWindow(): void {
    const [n, x, y, z, size, squares, rates, rateSamples] = this.#window;
    this.#window.fill(0);
    const length = Math.hypot(x, y, z);
    if (!(length > 0)) return;
    const sd = Math.sqrt(Math.max(0, squares / n - (size / n) ** 2));
    const quiet = sd < QUIET_SD_MPS2 && (rateSamples === 0 || rates / rateSamples < QUIET_RADPS);
    const walking = sd > WALKING_SD_MPS2[0] && sd < WALKING_SD_MPS2[1];

    this.#directions.add(x / length, y / length, z / length, quiet ? 1 : walking ? 0.5 : 0.1);
  }

  #neutralOnly(mount: Mount): Calibration {
    const minCosine = Math.cos(UPRIGHT_WITHIN_RAD);
    const superior: Vector = [mount[3], mount[4], mount[5]];
    const mode = this.#directions.mode(NEUTRAL_RADIUS_RAD, (x, y, z) => dot([x, y, z], superior) > minCosine);
    if (!mode) return { mount, method: 'default', confidence: 0.1 };
    return {
      mount,
      neutralUp: inSegment(mount, mode.direction),
      method: 'fromData',
      confidence: this.#confidence(mode),
    };
  }

  #mountAndNeutral(stated: Vector | undefined): Calibration {
    const mode = this.#directions.mode(NEUTRAL_RADIUS_RAD);
    if (!mode) return { mount: IDENTITY_MOUNT, method: 'default', confidence: 0 };
    const superior = stated ?? mode.direction;
    const { axis, purityRatio } = this.#medioLateral(superior);
    let anterior = cross(superior, axis);
    const lean = this.#leanAlong(anterior, superior);
    if (lean.forward < lean.backward) anterior = [-anterior[0], -anterior[1], -anterior[2]];
    const right = cross(anterior, superior);
    const total = lean.forward + lean.backward;
    const signSure = total > 0 ? Math.abs(lean.forward - lean.backward) / total : 0;
    return {
      mount: [...anterior, ...superior, ...right] as unknown as Mount,
      neutralUp: [0, 1, 0],
      method: stated ? 'statedAndMountFromData' : 'mountFromData',
      confidence: (stated ? 1 : this.#confidence(mode)) * Math.min(1, purityRatio) * (0.3 + 0.7 * signSure),
    };
  }

  #confidence(mode: DirectionMode): number {
    return Math.min(1, mode.weight / ENOUGH_S) * (0.5 + 0.5 * (mode.weight / mode.totalWeight));
  }

  /** First principal axis of the horizontal rates, perpendicular to `up`; its share of their power. */
  #medioLateral(up: Vector): { axis: Vector; purityRatio: number } {
    const r = this.#rates;
    const withGyroscope = r[0] + r[3] + r[5] > 0;
    const c = withGyroscope ? r : this.#wander();
    const full = new Matrix([
      [c[0], c[1], c[2]],
      [c[1], c[3], c[4]],
      [c[2], c[4], c[5]],
    ]);
    const keep = Matrix.eye(3).sub(new Matrix([[...up]]).transpose().mmul(new Matrix([[...up]])));
    const horizontal = keep.mmul(full).mmul(keep);
    const evd = new EigenvalueDecomposition(horizontal, { assumeSymmetric: true });
    const main = evd.eigenvectorMatrix.getColumn(2);
    const values = evd.realEigenvalues;
    // Gravity wanders along the anterior axis: the medio-lateral one is perpendicular to it.
    const found: Vector = [main[0], main[1], main[2]];
    const axis = unit(withGyroscope ? found : cross(found, up), up);
    const total = values[1] + values[2];
    return { axis, purityRatio: total > 0 ? values[2] / total : 0 };
  }

  /** Second moments of the directions of gravity. */
  #wander(): Float64Array {
    const c = new Float64Array(6);
    this.#directions.forEach((x, y, z, weight) => {
      c[0] += weight * x * x;
      c[1] += weight * x * y;
      c[2] += weight * x * z;
      c[3] += weight * y * y;
      c[4] += weight * y * z;
      c[5] += weight * z * z;
    });
    return c;
  }

  /** How far and long the trunk leaned to either side of `axis`, cubed so that deep leans decide. */
  #leanAlong(axis: Vector, up: Vector): { forward: number; backward: number } {
    const lean = { forward: 0, backward: 0 };
    this.#directions.forEach((x, y, z, weight) => {
      if (dot([x, y, z], up) < -0.2) return;
      // Leaning forward tips the up vector backward in the body.
      const excursion = -dot([x, y, z], axis);
      if (excursion > 0) lean.forward += weight * excursion ** 3;
      else lean.backward -= weight * excursion ** 3;
    });
    return lean;
  }
}

const inSegment = (m: Mount, v: Vector): Vector => [
  dot([m[0], m[1], m[2]], v),
  dot([m[3], m[4], m[5]], v),
  dot([m[6], m[7], m[8]], v),
];

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Normalised; any axis perpendicular to `up` when there is nothing to normalise. */
function unit(v: Vector, up: Vector): Vector {
  const size = Math.hypot(...v);
  if (size > 1e-9) return [v[0] / size, v[1] / size, v[2] / size];
  const other: Vector = Math.abs(up[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
  return unit(cross(up, other), up);
}
