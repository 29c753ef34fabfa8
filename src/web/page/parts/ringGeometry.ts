/** Geometry of the ring around the figure: degrees from upright, clockwise is forward. */

export interface Centre {
  readonly x: number;
  readonly y: number;
}

const RAD_PER_DEG = Math.PI / 180;

export function onRing({ x, y }: Centre, radius: number, deg: number): Centre {
  const rad = deg * RAD_PER_DEG;
  return { x: x + radius * Math.sin(rad), y: y - radius * Math.cos(rad) };
}

const point = ({ x, y }: Centre): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A closed piece of the ring; spans stay below 180°. */
export function ringPiece(
  centre: Centre,
  innerRadius: number,
  outerRadius: number,
  fromDeg: number,
  toDeg: number,
): string {
  const outer = `M${point(onRing(centre, outerRadius, fromDeg))}A${outerRadius} ${outerRadius} 0 0 1 ${point(onRing(centre, outerRadius, toDeg))}`;
  const inner = `L${point(onRing(centre, innerRadius, toDeg))}A${innerRadius} ${innerRadius} 0 0 0 ${point(onRing(centre, innerRadius, fromDeg))}Z`;
  return outer + inner;
}
