/**
 * Which way a wearer leans: forward much, backward little, to both sides alike.
 *
 * In    seconds that gravity had each direction (sensor axes), up while upright
 * Out   the horizontal direction along which leaning is most one-sided, and how much that tells
 * Method People lean forward and back, or to the sides, seldom askew: the four directions at right angles to which the leans come
 *       nearest are found first (fourth circular moment). For each, with the leans within 45° of it or its opposite,
 *       S = Σ s³ (s: sine of the lean along it) and T = Σ |s|³; the one with the largest S²/T is anterior. Deep leans decide,
 *       and side bends, however many, cancel in S. Every second counts alike: who leans moves, and a quiet slump lasts long.
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import type { DirectionHistogram } from './directionHistogram.ts';
import { anyHorizontal, cross, dot, horizontal, type Vector } from './vector.ts';

/** Less is sway, steps, and the slope of everyday standing. */
export const MIN_LEAN_RATIO = Math.sin(15 * RAD_PER_DEG);
/** A lean is along a line when it is within this of it. */
export const ALONG_RATIO = Math.cos(40 * RAD_PER_DEG);
/** Upside down is no lean. */
const LOWEST_UP_RATIO = -0.2;
/** Two seconds at 30° tell forward from backward. */
const ENOUGH = 2 * Math.sin(30 * RAD_PER_DEG) ** 3;

export interface LeanDirection {
  /** Unit, horizontal. */
  readonly anterior: Vector;
  /** 0..1: one-sidedness, times how much leaning there was. */
  readonly confidence: number;
}

export function leanDirection(leans: DirectionHistogram, up: Vector): LeanDirection | undefined {
  const first = anyHorizontal(up);
  const second = cross(up, first);
  const found: { readonly along: number; readonly across: number; readonly size: number; readonly seconds: number }[] =
    [];
  leans.forEach((x, y, z, seconds) => {
    const u: Vector = [x, y, z];
    if (dot(u, up) < LOWEST_UP_RATIO) return;
    const h = horizontal(u, up);
    const size = Math.hypot(...h);
    // Leaning forward tips the up vector backward in the body.
    if (size > MIN_LEAN_RATIO) found.push({ along: -dot(h, first), across: -dot(h, second), size, seconds });
  });
  // Four directions at right angles that the leans are nearest to.
  let fourfoldX = 0;
  let fourfoldY = 0;
  for (const { along, across, size, seconds } of found) {
    const angleRad = 4 * Math.atan2(across, along);
    fourfoldX += seconds * size ** 3 * Math.cos(angleRad);
    fourfoldY += seconds * size ** 3 * Math.sin(angleRad);
  }
  const firstRad = Math.atan2(fourfoldY, fourfoldX) / 4;
  let best = { score: 0, angleRad: 0, sum: 0, total: 0 };
  for (let quarter = 0; quarter < 4; quarter++) {
    const angleRad = firstRad + (quarter * Math.PI) / 2;
    const [cos, sin] = [Math.cos(angleRad), Math.sin(angleRad)];
    let sum = 0;
    let total = 0;
    for (const { along, across, size, seconds } of found) {
      const s = along * cos + across * sin;
      if (Math.abs(s) < Math.SQRT1_2 * size) continue;
      sum += seconds * s ** 3;
      total += seconds * Math.abs(s) ** 3;
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
