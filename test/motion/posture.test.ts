import { describe, expect, it } from 'vitest';
import { STANDARD_GRAVITY_MPS2, RAD_PER_DEG } from '../../src/model/units.ts';
import { Mark } from '../../src/motion/motionFrame.ts';
import { PostureClass, POSTURES, type Posture } from '../../src/motion/posture/postureClass.ts';
import { Walking } from '../../src/motion/posture/walking.ts';
import { type Columns, feed } from './framesOf.ts';

const G = STANDARD_GRAVITY_MPS2;
const RATE_HZ = 50;

/** [inclination °, flexion °, seconds] one after the other → the class at every sample. */
function classes(
  poses: readonly (readonly [number, number, number])[],
  columnsAt: (i: number) => Columns = () => ({}),
): Posture[] {
  const samples = poses.flatMap(([inclinationDeg, flexionDeg, seconds]) =>
    Array.from({ length: Math.round(seconds * RATE_HZ) }, () => ({
      inclinationRad: inclinationDeg * RAD_PER_DEG,
      flexionRad: flexionDeg * RAD_PER_DEG,
      lateralRad: 0,
      acc: [0, G, 0],
    })),
  );
  const out: Posture[] = [];
  const operator = new PostureClass(RATE_HZ);
  feed(
    RATE_HZ,
    samples.length,
    (i) => ({ ...samples[i], ...columnsAt(i) }),
    (frame) => {
      operator.push(frame);
      out.push(POSTURES[frame.posture[0]]);
    },
  );
  return out;
}

const at = (out: readonly Posture[], tS: number): Posture => out[Math.round(tS * RATE_HZ)];

describe('posture class', () => {
  it('is upright up to 45° of inclination', () => {
    expect(
      new Set(
        classes([
          [5, 5, 2],
          [44, -44, 20],
        ]),
      ),
    ).toEqual(new Set(['upright']));
  });

  it('is lying after more than 5 s beyond 60°, upright again at once', () => {
    const out = classes([
      [0, 0, 2],
      [80, -80, 10],
      [10, 10, 2],
    ]);
    expect([at(out, 1.9), at(out, 6.9), at(out, 7.2), at(out, 11.9), at(out, 12.1)]).toEqual([
      'upright',
      'upright',
      'lying',
      'lying',
      'upright',
    ]);
  });

  it('is reclined after 5 s between 45° and 60° backward, as in an armchair', () => {
    const out = classes([
      [0, 0, 2],
      [50, -50, 10],
    ]);
    expect([at(out, 6.9), at(out, 7.2)]).toEqual(['upright', 'reclined']);
  });

  it('a forward bend has two minutes before it counts as lying prone', () => {
    const out = classes([
      [0, 0, 2],
      [80, 80, 125],
    ]);
    expect([at(out, 10), at(out, 121.8), at(out, 122.2)]).toEqual(['upright', 'upright', 'lying']);
  });

  it('a bend of 65° is never lying, however long it lasts', () => {
    const out = classes([
      [0, 0, 2],
      [65, 65, 300],
    ]);
    expect(new Set(out)).toEqual(new Set(['upright']));
  });

  it('an oblique reach is neither reclined nor lying, also when it goes deeper', () => {
    const out = classes([
      [0, 0, 2],
      [48, 40, 10],
      [80, 80, 8],
    ]);
    expect(new Set(out)).toEqual(new Set(['upright']));
  });

  it('bending forward out of an armchair ends being reclined', () => {
    const out = classes([
      [0, 0, 2],
      [50, -50, 10],
      [50, 50, 2],
    ]);
    expect([at(out, 11), at(out, 13)]).toEqual(['reclined', 'upright']);
  });

  it('stays lying when the wearer turns onto the belly', () => {
    const out = classes([
      [0, 0, 1],
      [90, -90, 10],
      [90, 90, 30],
    ]);
    expect(new Set(out.slice(8 * RATE_HZ))).toEqual(new Set(['lying']));
  });

  it('stays lying over a gap in the data', () => {
    const out = classes(
      [
        [0, 0, 1],
        [90, 90, 200],
      ],
      (i) => (i === 150 * RATE_HZ ? { marks: Mark.restart | Mark.gapBefore, stepS: 60 } : {}),
    );
    expect(new Set(out.slice(122 * RATE_HZ))).toEqual(new Set(['lying']));
  });

  it('is what it was while a sample is missing', () => {
    const out = classes([[90, -90, 10]], (i) => (i === 400 ? { inclinationRad: NaN } : {}));
    expect(out[400]).toBe('lying');
  });
});

/** |acc| of somebody who walks: bounces at the step frequency with heel strikes, and a sway at half of it. */
function walkingShare(rateHz: number, accAt: (tS: number) => number, seconds = 30): number {
  const walking = new Walking(rateHz);
  let yes = 0;
  let asked = 0;
  feed(
    rateHz,
    seconds * rateHz,
    (_, tS) => ({ acc: [0, accAt(tS), 0] }),
    (frame) => {
      walking.push(frame);
      if (frame.tS[0] < 8) return;
      asked++;
      if (walking.isWalking) yes++;
    },
  );
  return yes / asked;
}

const steps =
  (perMin: number, amplitudeMps2: number) =>
  (tS: number): number => {
    const phase = (2 * Math.PI * perMin * tS) / 60;
    return G + amplitudeMps2 * (Math.sin(phase) + 0.4 * Math.sin(2 * phase + 1) + 0.2 * Math.sin(phase / 2));
  };

describe('walking', () => {
  it.each([20, 25, 52, 100, 200])('is seen at 60 to 140 steps a minute, %i Hz', (rateHz) => {
    for (const perMin of [60, 80, 100, 120, 140]) expect(walkingShare(rateHz, steps(perMin, 2))).toBeGreaterThan(0.95);
  });

  it('is seen at the soft steps of old age', () => {
    expect(walkingShare(100, steps(90, 0.9))).toBeGreaterThan(0.95);
  });

  it('is not: standing, sensor noise, slow swaying, trembling', () => {
    const noise = (tS: number): number => 0.02 * Math.sin(1e5 * tS * tS);
    expect(walkingShare(100, () => G)).toBe(0);
    expect(walkingShare(100, (tS) => G + noise(tS))).toBe(0);
    expect(walkingShare(100, (tS) => G + 2 * Math.sin(2 * Math.PI * 0.3 * tS))).toBe(0);
    expect(walkingShare(100, (tS) => G + 2 * Math.sin(2 * Math.PI * 5.5 * tS))).toBe(0);
  });

  it('begins within 6 s and is over within 6 s of standing', () => {
    const walking = new Walking(100);
    const changes: string[] = [];
    let before = false;
    feed(
      100,
      4000,
      (_, tS) => ({ acc: [0, tS > 10 && tS < 25 ? steps(110, 2)(tS) : G, 0] }),
      (frame) => {
        walking.push(frame);
        if (walking.isWalking !== before) changes.push(`${walking.isWalking ? 'on' : 'off'} ${frame.tS[0].toFixed(0)}`);
        before = walking.isWalking;
      },
    );
    expect(changes).toHaveLength(2);
    const [on, off] = changes.map((change) => Number(change.split(' ')[1]));
    expect(on).toBeGreaterThan(10);
    expect(on).toBeLessThanOrEqual(16);
    expect(off).toBeGreaterThan(25);
    expect(off).toBeLessThanOrEqual(31);
  });

  it('starts anew after a gap', () => {
    const walking = new Walking(100);
    let afterGap: boolean | undefined;
    feed(
      100,
      2000,
      (i, tS) => ({ acc: [0, steps(110, 2)(tS), 0], ...(i === 1500 ? { marks: Mark.restart, stepS: 2 } : {}) }),
      (frame, i) => {
        walking.push(frame);
        if (i === 1500) afterGap = walking.isWalking;
      },
    );
    expect(afterGap).toBe(false);
  });
});
