/**
 * Spinal angles: thorax relative to pelvis, each from its own upright.
 *
 * In    segment → earth quaternions of both sensors, and how far the chest's heading frame is turned against the pelvis's
 * Out   flexion (forward +), lateral flexion (right +), rotation (left +) in rad
 * Source signal specification 2.4 step 5: q_rel = conj(q_pelvis') · q_chest', taken apart as flexion, lateral flexion, rotation in
 *       the body frames
 * Deviations  flexion and lateral flexion are the direction of the chest's long axis in the pelvis's frame (atan2 forms), so nothing
 *       breaks at 90° of flexion. Without a common heading (NaN) they are the differences of the angles against gravity, which need none,
 *       and there is no rotation: for movements in one plane both forms agree.
 * Limits  within 20° of bending fully sideways flexion and rotation are not defined: NaN there
 */
import { fromMatrix, multiply, upInBody } from '../orientation/quaternion.ts';
import { type PersonalAxes, personalAxes, trunkAngles } from '../posture/trunkAngles.ts';

/** As for one sensor, `posture/trunkAngles.ts`. */
const MIN_SAGITTAL = Math.sin((20 * Math.PI) / 180);
/** Of a body that stands straight in its own frame. */
const STRAIGHT_AXES = personalAxes();

/** Quaternion that turns the wearer's own axes (X anterior, Y upright, Z right) into those of the segment. */
export function bodyInSegment(axes: PersonalAxes): Float64Array {
  const [vx, vy, vz, fx, fy, fz, rx, ry, rz] = axes;
  const out = new Float64Array(4);
  fromMatrix([fx, vx, rx, fy, vy, ry, fz, vz, rz], out, 0);
  return out;
}

export class SpineAngles {
  readonly #chestBody: Float64Array;
  readonly #pelvisBody: Float64Array;
  /** Body → earth. */
  readonly #chest = new Float64Array(4);
  readonly #pelvis = new Float64Array(4);
  readonly #heading = new Float64Array(4);
  readonly #inverse = new Float64Array(4);
  readonly #turned = new Float64Array(4);
  readonly #relative = new Float64Array(4);
  readonly #up = new Float64Array(3);
  readonly #gravityAngles = new Float64Array(3);

  /** @param chestBody body → the frame that the chest's quaternions are of; `pelvisBody` likewise */
  constructor(chestBody: Float64Array, pelvisBody: Float64Array) {
    this.#chestBody = chestBody;
    this.#pelvisBody = pelvisBody;
  }

  /** The pair of orientations that the other methods are about. */
  take(chest: ArrayLike<number>, i: number, pelvis: ArrayLike<number>, j: number): void {
    multiply(chest, i, this.#chestBody, 0, this.#chest, 0);
    multiply(pelvis, j, this.#pelvisBody, 0, this.#pelvis, 0);
  }

  /** Turn of the chest against the pelvis about the vertical, −π..π: what is real of it and what the headings differ by. */
  headingDifferenceRad(): number {
    const relative = this.#relative;
    conjugate(this.#pelvis, this.#inverse);
    multiply(this.#chest, 0, this.#inverse, 0, relative, 0);
    return wrapped(2 * Math.atan2(relative[3], relative[0]));
  }

  /** @param offsetRad what of the difference of headings is not real; NaN: not known. `out`: flexion, lateral, rotation. */
  anglesInto(offsetRad: number, out: Float64Array): void {
    if (Number.isNaN(offsetRad)) this.#againstGravity(out);
    else this.#relativeTo(offsetRad, out);
  }

  #relativeTo(offsetRad: number, out: Float64Array): void {
    this.#heading[0] = Math.cos(offsetRad / 2);
    this.#heading[3] = -Math.sin(offsetRad / 2);
    multiply(this.#heading, 0, this.#chest, 0, this.#turned, 0);
    conjugate(this.#pelvis, this.#inverse);
    multiply(this.#inverse, 0, this.#turned, 0, this.#relative, 0);
    const w = this.#relative[0];
    const x = this.#relative[1];
    const y = this.#relative[2];
    const z = this.#relative[3];
    // The chest's long axis in the pelvis's frame: forward, up, right.
    const forward = 2 * (x * y - w * z);
    const up = 1 - 2 * (x * x + z * z);
    const sagittal = Math.sqrt(forward * forward + up * up);
    const isDefined = sagittal >= MIN_SAGITTAL;
    out[0] = isDefined ? Math.atan2(forward, up) : NaN;
    out[1] = Math.atan2(2 * (y * z + w * x), sagittal);
    out[2] = isDefined ? Math.atan2(2 * (w * y - x * z), 1 - 2 * (x * x + y * y)) : NaN;
  }

  #againstGravity(out: Float64Array): void {
    upInBody(this.#chest, 0, this.#up, 0);
    trunkAngles(STRAIGHT_AXES, this.#up, 0, this.#gravityAngles);
    out[0] = this.#gravityAngles[0];
    out[1] = this.#gravityAngles[1];
    upInBody(this.#pelvis, 0, this.#up, 0);
    trunkAngles(STRAIGHT_AXES, this.#up, 0, this.#gravityAngles);
    out[0] = wrapped(out[0] - this.#gravityAngles[0]);
    out[1] -= this.#gravityAngles[1];
    out[2] = NaN;
  }
}

/** −π..π */
export const wrapped = (angleRad: number): number => angleRad - 2 * Math.PI * Math.round(angleRad / (2 * Math.PI));

function conjugate(q: Float64Array, out: Float64Array): void {
  out[0] = q[0];
  out[1] = -q[1];
  out[2] = -q[2];
  out[3] = -q[3];
}
