/** Directions and axes while finding out how a sensor sits: small, immutable, far from the per-sample path. */
import { DEG_PER_RAD } from '../../model/units.ts';

export type Vector = readonly [number, number, number];

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];

/** The part of `v` that is perpendicular to the unit vector `up`. */
export const horizontal = (v: Vector, up: Vector): Vector => {
  const along = dot(v, up);
  return [v[0] - along * up[0], v[1] - along * up[1], v[2] - along * up[2]];
};

/** Of unit length; undefined where there is no direction. */
export function unit(v: Vector): Vector | undefined {
  const size = Math.hypot(...v);
  return size > 1e-9 ? scaled(v, 1 / size) : undefined;
}

/** Some unit vector perpendicular to the unit vector `up`. */
export function anyHorizontal(up: Vector): Vector {
  const other: Vector = Math.abs(up[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
  return unit(cross(up, other)) ?? other;
}

/** Between unit vectors. */
export const angleDeg = (a: Vector, b: Vector): number => Math.acos(Math.max(-1, Math.min(1, dot(a, b)))) * DEG_PER_RAD;
