/** The 24 ways in which a sensor can sit askew by quarter turns: a clip put on the wrong way round is one of them. */
import type { Mount } from '../../model/frames.ts';
import { cross, scaled, type Vector } from './vector.ts';

export function quarterTurns(mount: Mount): Mount[] {
  const rows: Vector[] = [0, 1, 2].map((row) => [mount[3 * row], mount[3 * row + 1], mount[3 * row + 2]]);
  const found: Mount[] = [];
  for (const a of rows) {
    for (const b of rows) {
      if (a === b) continue;
      for (const sa of [1, -1]) {
        for (const sb of [1, -1]) {
          const [x, y] = [scaled(a, sa), scaled(b, sb)];
          found.push([...x, ...y, ...cross(x, y)] as unknown as Mount);
        }
      }
    }
  }
  return found;
}
