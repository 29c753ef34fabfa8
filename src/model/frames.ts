/**
 * Frames and signs, the convention of the whole project.
 *
 *   sensor   as the chip prints it
 *   segment  ISB thorax or pelvis (Wu et al. 2005, J Biomech 38:981): X anterior, Y superior, Z right
 *   earth    Z up, heading arbitrary
 *
 * Accelerometers read specific force: upright and still is [0, +g, 0] in the segment frame.
 * Outputs: forward flexion +, right lateral flexion +, left rotation +.
 */
import { PlumblineError } from './errors.ts';

/** Row-major 3×3; row i is segment axis i (X anterior, Y superior, Z right) written in sensor axes. */
export type Mount = readonly [number, number, number, number, number, number, number, number, number];

export const IDENTITY_MOUNT: Mount = [1, 0, 0, 0, 1, 0, 0, 0, 1];

const AXIS_INDEX: Readonly<Record<string, number>> = { X: 0, Y: 1, Z: 2 };

/**
 * Reads `"+Z-Y+X"`: anterior is sensor +z, superior is sensor −y, right is sensor +x.
 * @throws PlumblineError `config/invalid` when it is not three different signed axes of a right-handed frame.
 */
export function parseMount(text: string): Mount {
  const parts = /^([+-])([XYZ])([+-])([XYZ])([+-])([XYZ])$/i.exec(text.trim());
  if (!parts) {
    throw new PlumblineError(
      'config/invalid',
      `mount: expected three signed axes such as "+Z-Y+X" (anterior, superior, right), found "${text}"`,
    );
  }
  const m = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let row = 0; row < 3; row++) {
    const axis = AXIS_INDEX[parts[2 + 2 * row].toUpperCase()];
    m[3 * row + axis] = parts[1 + 2 * row] === '-' ? -1 : 1;
  }
  return checkMount(m, `"${text}"`);
}

/**
 * Accepts a 3×3 array, rows X, Y, Z in sensor axes.
 * @throws PlumblineError `config/invalid` when rows are not orthonormal and right-handed within 0.01.
 */
export function mountFromRows(rows: readonly (readonly number[])[]): Mount {
  if (rows.length !== 3 || rows.some((r) => r.length !== 3)) {
    throw new PlumblineError('config/invalid', `mount: expected 3 rows of 3 numbers, found ${JSON.stringify(rows)}`);
  }
  return checkMount(rows.flat(), JSON.stringify(rows));
}

function checkMount(m: readonly number[], found: string): Mount {
  const at = (i: number): number => m[i];
  const dot = (r: number, s: number): number =>
    at(3 * r) * at(3 * s) + at(3 * r + 1) * at(3 * s + 1) + at(3 * r + 2) * at(3 * s + 2);
  const determinant =
    at(0) * (at(4) * at(8) - at(5) * at(7)) -
    at(1) * (at(3) * at(8) - at(5) * at(6)) +
    at(2) * (at(3) * at(7) - at(4) * at(6));
  const orthonormal = [0, 1, 2].every((r) => [0, 1, 2].every((s) => Math.abs(dot(r, s) - (r === s ? 1 : 0)) < 0.01));
  if (!orthonormal || !(Math.abs(determinant - 1) < 0.03)) {
    throw new PlumblineError(
      'config/invalid',
      `mount: expected three perpendicular axes of a right-handed frame (anterior × superior = right), found ${found}`,
    );
  }
  return m as unknown as Mount;
}
