/**
 * A line with the points left out that nobody would miss: none of it moves by more than the tolerance.
 * Source: Douglas & Peucker 1973, Cartographica 10:112
 */
export type Point = readonly [number, number];

export function simplified(points: readonly Point[], tolerance: number): Point[] {
  if (points.length < 3) return [...points];
  const first = points[0];
  const last = points[points.length - 1];
  let worst = 0;
  let at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const distance = distanceFrom(points[i], first, last);
    if (distance > worst) {
      worst = distance;
      at = i;
    }
  }
  if (worst <= tolerance) return [first, last];
  return [...simplified(points.slice(0, at + 1), tolerance), ...simplified(points.slice(at), tolerance).slice(1)];
}

/** Of a point from the piece of line between two others. */
function distanceFrom([x, y]: Point, [x1, y1]: Point, [x2, y2]: Point): number {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, Number.isNaN(along) ? 0 : along));
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}
