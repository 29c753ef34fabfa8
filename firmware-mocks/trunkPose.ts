/**
 * Orientation of the trunk from clinical angles.
 *
 * Earth frame here: x where the wearer faced at the beginning, y to the left of it, z up.
 * Segment frame: X anterior, Y superior, Z right. Matrices are row-major and turn segment vectors into earth vectors.
 */

/** Angles in radians. Forward flexion +, right lateral flexion +, left rotation +; heading: turn of the whole body, left +. */
export interface TrunkAngles {
  flexionRad: number;
  lateralRad: number;
  rotationRad: number;
  headingRad: number;
}

/**
 * R = Rz(heading) · R0 · RZ(−flexion) · RX(lateral) · RY(rotation); R0 stands the segment upright.
 * By the right-hand rule +Z is extension, +X right lateral flexion and +Y left rotation.
 */
export function orientationInto(angles: TrunkAngles, out: Float64Array): void {
  const cf = Math.cos(angles.flexionRad);
  const sf = Math.sin(angles.flexionRad);
  const cl = Math.cos(angles.lateralRad);
  const sl = Math.sin(angles.lateralRad);
  const cr = Math.cos(angles.rotationRad);
  const sr = Math.sin(angles.rotationRad);
  const ch = Math.cos(angles.headingRad);
  const sh = Math.sin(angles.headingRad);
  // B = RZ(−flexion) · RX(lateral) · RY(rotation), in segment axes.
  const b00 = cf * cr + sf * sl * sr;
  const b01 = sf * cl;
  const b02 = cf * sr - sf * sl * cr;
  const b10 = -sf * cr + cf * sl * sr;
  const b11 = cf * cl;
  const b12 = -sf * sr - cf * sl * cr;
  const b20 = -cl * sr;
  const b21 = sl;
  const b22 = cl * cr;
  // R0: X → x, Y → z, Z → −y; then the heading about z.
  out[0] = ch * b00 + sh * b20;
  out[1] = ch * b01 + sh * b21;
  out[2] = ch * b02 + sh * b22;
  out[3] = sh * b00 - ch * b20;
  out[4] = sh * b01 - ch * b21;
  out[5] = sh * b02 - ch * b22;
  out[6] = b10;
  out[7] = b11;
  out[8] = b12;
}

/**
 * Rotation vector (rad, segment axes) that takes orientation `from` to orientation `to`: log(fromᵀ · to).
 * Valid for turns of less than 180°.
 */
export function rotationBetweenInto(from: Float64Array, to: Float64Array, out: Float64Array, outOffset: number): void {
  const m = (i: number, j: number): number => from[i] * to[j] + from[3 + i] * to[3 + j] + from[6 + i] * to[6 + j];
  const x = 0.5 * (m(2, 1) - m(1, 2));
  const y = 0.5 * (m(0, 2) - m(2, 0));
  const z = 0.5 * (m(1, 0) - m(0, 1));
  const sine = Math.hypot(x, y, z);
  const angleRad = Math.atan2(sine, 0.5 * (m(0, 0) + m(1, 1) + m(2, 2) - 1));
  const scale = sine < 1e-12 ? 1 : angleRad / sine;
  out[outOffset] = x * scale;
  out[outOffset + 1] = y * scale;
  out[outOffset + 2] = z * scale;
}

/** Turns an earth vector into segment axes: Rᵀ · v. */
export function toSegmentInto(
  orientation: Float64Array,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
  outOffset: number,
): void {
  for (let axis = 0; axis < 3; axis++) {
    out[outOffset + axis] = orientation[axis] * x + orientation[3 + axis] * y + orientation[6 + axis] * z;
  }
}
