/**
 * Which way a wearer leans: forward much, backward little, to both sides alike.
 *
 * In    directions of gravity (sensor axes), up while upright
 * Out   the horizontal direction along which leaning is most one-sided, and how much that tells
 * Method for each direction d the leans within 40° of ±d give S = Σ w s³ (s: sine of the lean, signed along d) and T = Σ w |s|³; the
 *       direction with the largest S²/T is anterior. Deep leans decide, and side bends, however many, cancel in S.
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import type { DirectionHistogram } from './directionHistogram.ts';
import { anyHorizontal, cross, dot, horizontal, type Vector } from './vector.ts';

/** Less is sway and the slope of everyday standing. */
export const MIN_LEAN_RATIO = Math.sin(8 * RAD_PER_DEG);
/** A lean is along a line when it is within this of it. */
export const ALONG_RATIO = Math.cos(40 * RAD_PER_DEG);
/** Upside down is no lean. */
const LOWEST_UP_RATIO = -0.2;
const STEPS = 36;
/** Two seconds at 30° tell forward from backward; weights are seconds of stillness. */
const ENOUGH = 2 * Math.sin(30 * RAD_PER_DEG) ** 3;

export interface LeanDirection {
  /** Unit, horizontal. */
  readonly anterior: Vector;
  /** 0..1: one-sidedness, times how much leaning there was. */
  readonly confidence: number;
}

export function leanDirection(directions: DirectionHistogram, up: Vector): LeanDirection | undefined {
  const first = anyHorizontal(up);
  const second = cross(up, first);
  const leans: { readonly along: number; readonly across: number; readonly size: number; readonly weight: number }[] = [];
  directions.forEach((x, y, z, weight) => {
    const u: Vector = [x, y, z];
    if (dot(u, up) < LOWEST_UP_RATIO) return;
    const h = horizontal(u, up);
    const size = Math.hypot(...h);
    // Leaning forward tips the up vector backward in the body.
    if (size > MIN_LEAN_RATIO) leans.push({ along: -dot(h, first), across: -dot(h, second), size, weight });
  });
  let best = { score: 0, angleRad: 0, sum: 0, total: 0 };
  for (let step = 0; step < STEPS; step++) {
    const angleRad = (2 * Math.PI * step) / STEPS;
    const [cos, sin] = [Math.cos(angleRad), Math.sin(angleRad)];
    let sum = 0;
    let total = 0;
    for (const { along, across, size, weight } of leans) {
      const s = along * cos + across * sin;
      if (Math.abs(s) < ALONG_RATIO * size) continue;
      sum += weight * s ** 3;
      total += weight * Math.abs(s) ** 3;
    }
    const score = sum > 0 ? sum ** 2 / total : 0;
    if (score > best.score) best = { score, angleRad, sum, total };
  }
  if (!(best.score > 0)) return undefined;
  const [cos, sin] = [Math.cos(best.angleRad), Math.sin(best.angleRad)];
  const at = (c: 0 | 1 | 2): number => first[c] * cos + second[c] * sin;
  return {
    anterior: [at(0), at(1), at(2)],
    confidence: (best.sum / best.total) * Math.min(1, best.total / ENOUGH),
  };
}
