import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { RAD_PER_DEG } from '../../src/model/units.ts';
import { DirectionHistogram } from '../../src/motion/alignment/directionHistogram.ts';

type Vector = readonly [number, number, number];
const RADIUS_RAD = 8 * RAD_PER_DEG;
const normal = gaussian(seededRandom(5));

function near(centre: Vector, spreadDeg: number): Vector {
  const v = centre.map((part) => part + spreadDeg * RAD_PER_DEG * normal());
  const size = Math.hypot(...v);
  return [v[0] / size, v[1] / size, v[2] / size];
}

const angleDeg = (a: readonly number[], b: readonly number[]): number =>
  Math.acos(Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])) / RAD_PER_DEG;

function filled(clusters: readonly { centre: Vector; count: number; spreadDeg: number }[]): DirectionHistogram {
  const histogram = new DirectionHistogram();
  for (const { centre, count, spreadDeg } of clusters) {
    for (let i = 0; i < count; i++) histogram.add(...near(centre, spreadDeg), 1);
  }
  return histogram;
}

const LYING: Vector = [1, 0, 0];
const STANDING: Vector = [0, 0.8, 0.6];

describe('directions of gravity over a day', () => {
  const day = filled([
    { centre: LYING, count: 3000, spreadDeg: 2 },
    { centre: STANDING, count: 1000, spreadDeg: 2 },
  ]);

  it('the fullest place is where most of the weight lies, within a degree', () => {
    const mode = day.mode(RADIUS_RAD);
    expect(angleDeg(mode?.direction ?? [], LYING)).toBeLessThan(1);
    expect(mode?.totalWeight).toBeCloseTo(4000, 9);
    expect(mode?.weight).toBeGreaterThan(2700);
    expect(mode?.weight).toBeLessThanOrEqual(3000);
  });

  it('among accepted directions only', () => {
    const mode = day.mode(RADIUS_RAD, (_x, y) => y > 0.5);
    expect(angleDeg(mode?.direction ?? [], STANDING)).toBeLessThan(1);
    expect(mode?.totalWeight).toBeCloseTo(1000, 9);
  });

  it('is none when nothing was seen, or nothing is accepted', () => {
    expect(new DirectionHistogram().mode(RADIUS_RAD)).toBeUndefined();
    expect(day.mode(RADIUS_RAD, () => false)).toBeUndefined();
  });

  it('a long time in few directions takes few cells', () => {
    let cells = 0;
    day.forEach(() => cells++);
    expect(cells).toBeLessThan(60);
  });

  it('finds a cluster on the edge of cells as well', () => {
    // 0.05 is the edge between two cells of 0.1.
    const edge: Vector = [0.05, Math.sqrt(1 - 2 * 0.05 ** 2), 0.05];
    const mode = filled([{ centre: edge, count: 500, spreadDeg: 1 }]).mode(RADIUS_RAD);
    expect(angleDeg(mode?.direction ?? [], edge)).toBeLessThan(0.5);
    expect(mode?.weight).toBeCloseTo(500, 9);
  });
});
