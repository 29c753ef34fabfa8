/**
 * Trunk angles from the direction of gravity in the segment frame, relative to the wearer's own upright.
 *
 * In    frame.up (unit, segment frame X anterior, Y superior, Z right)
 * Out   frame.flexionRad (forward +), lateralRad (right +), inclinationRad (≥ 0), flexionRateRadps (forward +), most
 *       For a chest sensor the first is thoracicFlexion, for a waist sensor pelvicTilt.
 * Source signal specification 2.4 step 4, in ISB axes: θ = atan2(−u·F, u·V), φ = atan2(−u·R, hypot(u·V, u·F)),
 *       inclination = angle(u, V). The atan2 forms have no singularity at 90°.
 * Limits  within 20° of lying on a side the sagittal angle is not defined by gravity: NaN there.
 *         One sensor cannot tell a hip hinge from a rounded back.
 */
import { anglesInto } from '../dsp/angleColumn.ts';
import { FRAME_CAPACITY, Mark, type MotionFrame, Most } from '../motionFrame.ts';
import type { Operator } from '../operator.ts';

/** Sagittal angle is reported while hypot(u·V, u·F) is at least the sine of 20°. */
const MIN_SAGITTAL = Math.sin((20 * Math.PI) / 180);
/** Rates are differences over this time. */
const RATE_WINDOW_S = 0.1;

/** The wearer's own axes in the segment frame: superior V (upright), anterior F, right R. Row-major V, F, R. */
export type PersonalAxes = Float64Array;

/**
 * @param neutralUp up in the segment frame while the wearer stands upright; the segment's Y axis when absent
 */
export function personalAxes(neutralUp: readonly [number, number, number] = [0, 1, 0]): PersonalAxes {
  const size = Math.hypot(...neutralUp);
  const [vx, vy, vz] = neutralUp.map((c) => c / size);
  // Anterior is the segment's X, made perpendicular to V.
  let fx = 1 - vx * vx;
  let fy = -vx * vy;
  let fz = -vx * vz;
  const length = Math.hypot(fx, fy, fz);
  fx /= length;
  fy /= length;
  fz /= length;
  const rx = fy * vz - fz * vy;
  const ry = fz * vx - fx * vz;
  const rz = fx * vy - fy * vx;
  return Float64Array.of(vx, vy, vz, fx, fy, fz, rx, ry, rz);
}

/** Angles of one direction of up; out: flexion, lateral, inclination in rad. */
export function trunkAngles(axes: PersonalAxes, up: ArrayLike<number>, i: number, out: Float64Array): void {
  const x = up[i];
  const y = up[i + 1];
  const z = up[i + 2];
  const v = x * axes[0] + y * axes[1] + z * axes[2];
  const f = x * axes[3] + y * axes[4] + z * axes[5];
  const r = x * axes[6] + y * axes[7] + z * axes[8];
  const sagittal = Math.sqrt(v * v + f * f);
  // Not as one conditional expression: its value would be boxed.
  if (sagittal >= MIN_SAGITTAL) out[0] = Math.atan2(-f, v);
  else out[0] = NaN;
  out[1] = Math.atan2(-r, sagittal);
  out[2] = Math.atan2(Math.sqrt(f * f + r * r), v);
}

/** Working memory of one push, shared by all streams: cosines of the three angles. */
const SAGITTAL_COSINE = new Float64Array(FRAME_CAPACITY);
const SAGITTAL = new Float64Array(FRAME_CAPACITY);
const SUPERIOR = new Float64Array(FRAME_CAPACITY);

export class TrunkAngles implements Operator {
  #axes: PersonalAxes;
  /** Ring of the last flexion values. */
  readonly #recent: Float64Array;
  /** Where the next one goes. */
  #at = 0;
  readonly #perWindowHz: number;

  constructor(rateHz: number, axes: PersonalAxes) {
    this.#axes = axes;
    const lookBack = Math.max(1, Math.round(RATE_WINDOW_S * rateHz));
    this.#perWindowHz = rateHz / lookBack;
    this.#recent = new Float64Array(lookBack).fill(NaN);
  }

  /** A new upright, from the next sample on. */
  set axes(axes: PersonalAxes) {
    this.#axes = axes;
  }

  reset(): void {
    this.#recent.fill(NaN);
    this.#at = 0;
  }

  snapshot(): unknown {
    return { axes: this.#axes.slice(), recent: this.#recent.slice(), at: this.#at };
  }

  restore(snapshot: { axes: Float64Array; recent: Float64Array; at: number }): void {
    this.#axes = snapshot.axes.slice();
    this.#recent.set(snapshot.recent);
    this.#at = snapshot.at;
  }

  push(frame: MotionFrame): void {
    const { n, flexionRad, lateralRad, inclinationRad, most } = frame;
    this.#split(frame);
    anglesInto(flexionRad, flexionRad, SAGITTAL_COSINE, n);
    anglesInto(lateralRad, lateralRad, SAGITTAL, n);
    anglesInto(inclinationRad, inclinationRad, SUPERIOR, n);
    this.#fillRate(frame);
    lookOver(lateralRad, n, most, Most.lateralRad);
    lookOver(inclinationRad, n, most, Most.inclinationRad);
  }

  /** The same as `trunkAngles`, as sines in the columns of the frame and cosines beside them. */
  #split({ n, marks, up, flexionRad, lateralRad, inclinationRad }: MotionFrame): void {
    const axes = this.#axes;
    for (let i = 0; i < n; i++) {
      const x = up[3 * i];
      const y = up[3 * i + 1];
      const z = up[3 * i + 2];
      const v = x * axes[0] + y * axes[1] + z * axes[2];
      const f = x * axes[3] + y * axes[4] + z * axes[5];
      const r = x * axes[6] + y * axes[7] + z * axes[8];
      const sagittal = Math.sqrt(v * v + f * f);
      const perSagittal = 1 / sagittal;
      flexionRad[i] = -f * perSagittal;
      SAGITTAL_COSINE[i] = v * perSagittal;
      lateralRad[i] = -r;
      SAGITTAL[i] = sagittal;
      inclinationRad[i] = Math.sqrt(f * f + r * r);
      SUPERIOR[i] = v;
      // No conditional expressions: their values would be boxed.
      if (!(sagittal >= MIN_SAGITTAL)) flexionRad[i] = NaN;
      if (marks[i] & Mark.missing) flexionRad[i] = lateralRad[i] = inclinationRad[i] = NaN;
    }
  }

  #fillRate({ n, marks, flexionRad, flexionRateRadps, most }: MotionFrame): void {
    const recent = this.#recent;
    const perWindowHz = this.#perWindowHz;
    let at = this.#at;
    let mostFlexion = -Infinity;
    let mostRate = -Infinity;
    for (let i = 0; i < n; i++) {
      if (marks[i] & (Mark.gapBefore | Mark.restart)) {
        recent.fill(NaN);
        at = 0;
      }
      const flexion = flexionRad[i];
      let difference = flexion - recent[at];
      recent[at] = flexion;
      at = at + 1 === recent.length ? 0 : at + 1;
      if (difference > Math.PI) difference -= 2 * Math.PI;
      else if (difference < -Math.PI) difference += 2 * Math.PI;
      const rate = difference * perWindowHz;
      flexionRateRadps[i] = rate;
      if (flexion > mostFlexion) mostFlexion = flexion;
      if (rate > mostRate) mostRate = rate;
    }
    most[Most.flexionRad] = mostFlexion;
    most[Most.flexionRateRadps] = mostRate;
    this.#at = at;
  }
}

/** most[k] ← the largest angle to either side; NaN is larger than nothing. */
function lookOver(angleRad: Float64Array, n: number, most: Float64Array, k: number): void {
  let largest = -Infinity;
  for (let i = 0; i < n; i++) {
    const size = Math.abs(angleRad[i]);
    if (size > largest) largest = size;
  }
  most[k] = largest;
}
