/** Hamilton quaternions, scalar first, in flat arrays; results go into an out-parameter so that nothing is allocated. */

/** out[o..o+3] = a ⊗ b */
export function multiply(
  a: ArrayLike<number>,
  i: number,
  b: ArrayLike<number>,
  j: number,
  out: Float64Array,
  o: number,
): void {
  const aw = a[i];
  const ax = a[i + 1];
  const ay = a[i + 2];
  const az = a[i + 3];
  const bw = b[j];
  const bx = b[j + 1];
  const by = b[j + 2];
  const bz = b[j + 3];
  out[o] = aw * bw - ax * bx - ay * by - az * bz;
  out[o + 1] = aw * bx + ax * bw + ay * bz - az * by;
  out[o + 2] = aw * by - ax * bz + ay * bw + az * bx;
  out[o + 3] = aw * bz + ax * by - ay * bx + az * bw;
}

/** out[o..o+2] = third row of the rotation matrix of q: the earth's Z axis seen from the body. */
export function upInBody(q: ArrayLike<number>, i: number, out: Float64Array, o: number): void {
  const w = q[i];
  const x = q[i + 1];
  const y = q[i + 2];
  const z = q[i + 3];
  out[o] = 2 * (x * z - w * y);
  out[o + 1] = 2 * (w * x + y * z);
  out[o + 2] = 1 - 2 * (x * x + y * y);
}

/**
 * out = the shortest rotation that turns unit vector (hx, hy, hz) to +Z.
 * Guard for h close to −Z: half a turn about X (Laidig & Seel 2023).
 */
export function tiltToVertical(hx: number, hy: number, hz: number, out: Float64Array, o: number): void {
  const w = Math.sqrt(Math.max(0, (hz + 1) / 2));
  if (w > 1e-6) {
    out[o] = w;
    out[o + 1] = (0.5 * hy) / w;
    out[o + 2] = (-0.5 * hx) / w;
  } else {
    out[o] = 0;
    out[o + 1] = 1;
    out[o + 2] = 0;
  }
  out[o + 3] = 0;
}

/** Quaternion of a proper rotation matrix, row-major 3×3 (Shepperd 1978, branch on the largest component). */
export function fromMatrix(m: ArrayLike<number>, out: Float64Array, o: number): void {
  const m00 = m[0];
  const m11 = m[4];
  const m22 = m[8];
  const trace = m00 + m11 + m22;
  if (trace >= m00 && trace >= m11 && trace >= m22) {
    const s = Math.sqrt(1 + trace) * 2;
    set(out, o, s / 4, (m[7] - m[5]) / s, (m[2] - m[6]) / s, (m[3] - m[1]) / s);
  } else if (m00 >= m11 && m00 >= m22) {
    const s = Math.sqrt(1 + m00 - m11 - m22) * 2;
    set(out, o, (m[7] - m[5]) / s, s / 4, (m[1] + m[3]) / s, (m[2] + m[6]) / s);
  } else if (m11 >= m22) {
    const s = Math.sqrt(1 + m11 - m00 - m22) * 2;
    set(out, o, (m[2] - m[6]) / s, (m[1] + m[3]) / s, s / 4, (m[5] + m[7]) / s);
  } else {
    const s = Math.sqrt(1 + m22 - m00 - m11) * 2;
    set(out, o, (m[3] - m[1]) / s, (m[2] + m[6]) / s, (m[5] + m[7]) / s, s / 4);
  }
}

function set(out: Float64Array, o: number, w: number, x: number, y: number, z: number): void {
  out[o] = w;
  out[o + 1] = x;
  out[o + 2] = y;
  out[o + 3] = z;
}
