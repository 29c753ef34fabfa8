import { describe, expect, test } from 'vitest';
import { DAILY_LOOP } from '../../firmware-mocks/dailyLoop.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { minimumJerk } from '../../firmware-mocks/poseTimeline.ts';
import { ScriptedMotion, stillSpecificForce } from '../../firmware-mocks/scriptedMotion.ts';
import { degFromRad, gFromMps2, radFromDeg, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';

const RATE_HZ = 100;

interface Sampled {
  readonly tS: number;
  readonly acc: readonly number[];
  readonly gyr: readonly number[];
}

function sample(motion: ScriptedMotion, forS: number, rateHz = RATE_HZ): Sampled[] {
  const out = new Float64Array(6);
  return Array.from({ length: Math.round(forS * rateHz) + 1 }, (_, i) => {
    motion.sampleInto(i / rateHz, 1 / rateHz, out);
    return { tS: i / rateHz, acc: [...out.subarray(0, 3)], gyr: [...out.subarray(3)] };
  });
}

const still = (forS: number): Movement => ({ do: 'stand', forS, swayDeg: 0 });
const sizeOf = (vector: readonly number[]): number => Math.hypot(...vector);

/** Orientation matrix times the rotation of a rotation vector (Rodrigues), row-major. */
function turnedBy(matrix: readonly number[], vector: readonly number[]): number[] {
  const angleRad = sizeOf(vector);
  const [x, y, z] = angleRad === 0 ? [1, 0, 0] : vector.map((part) => part / angleRad);
  const c = Math.cos(angleRad);
  const s = Math.sin(angleRad);
  const v = 1 - c;
  const turn = [
    [c + x * x * v, x * y * v - z * s, x * z * v + y * s],
    [y * x * v + z * s, c + y * y * v, y * z * v - x * s],
    [z * x * v - y * s, z * y * v + x * s, c + z * z * v],
  ];
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => [0, 1, 2].reduce((sum, k) => sum + matrix[3 * row + k] * turn[k][column], 0)),
  );
}

describe('signs', () => {
  test.each([
    ['upright', 0, 0, 0, [0, 9.81, 0]],
    ['bent forward 60°', 60, 0, 0, [-8.5, 4.91, 0]],
    ['leaning right 20°', 0, 20, 0, [0, 9.22, -3.36]],
    ['rotated left 40°', 0, 0, 40, [0, 9.81, 0]],
    ['lying on the back', -90, 0, 0, [9.81, 0, 0]],
  ] as const)('%s reads as the pose table says', (_name, flexionDeg, lateralDeg, rotationDeg, expected) => {
    const force = stillSpecificForce(flexionDeg, lateralDeg, rotationDeg);
    expected.forEach((value, axis) => expect(force[axis]).toBeCloseTo(value, 1));
  });

  test.each([
    ['bend', 2, -1],
    ['sideBend', 0, 1],
    ['twist', 1, 1],
  ] as const)('a positive %s turns about its own axis only, by its angle', (name, axis, sign) => {
    const motion = new ScriptedMotion([still(0.5), { do: name, toDeg: 50, inS: 1, holdS: 1, backS: 1 }]);
    const samples = sample(motion, 2);
    const turnedDeg = samples.reduce((sum, { gyr }) => sum + degFromRad(gyr[axis]) / RATE_HZ, 0);
    expect(turnedDeg).toBeCloseTo(sign * 50, 6);
    for (const other of [0, 1, 2].filter((one) => one !== axis)) {
      expect(Math.max(...samples.map(({ gyr }) => Math.abs(gyr[other])))).toBeLessThan(1e-9);
    }
  });

  test('turning left on the spot by 90° turns +90° about the superior axis', () => {
    const samples = sample(new ScriptedMotion([{ do: 'turn', deg: 90, inS: 1 }]), 1.5);
    expect(samples.reduce((sum, { gyr }) => sum + degFromRad(gyr[1]) / RATE_HZ, 0)).toBeCloseTo(90, 6);
  });
});

describe('consistency', () => {
  test.each([100, 52, 13])('integrating the gyroscope at %i Hz gives the pose back, all day long', (rateHz) => {
    const motion = new ScriptedMotion(DAILY_LOOP, { loop: true });
    const orientation = new Float64Array(9);
    motion.orientationAt(-1 / rateHz, orientation);
    let matrix = [...orientation];
    for (const { tS, gyr } of sample(motion, 1.4 * motion.passS, rateHz)) {
      matrix = turnedBy(
        matrix,
        gyr.map((rate) => rate / rateHz),
      );
      motion.orientationAt(tS, orientation);
      const worst = Math.max(...matrix.map((value, i) => Math.abs(value - orientation[i])));
      expect(worst, `${tS} s`).toBeLessThan(1e-9);
    }
  });

  test('the mean rate over an interval is the mean of the rate at each moment', () => {
    const motion = new ScriptedMotion([{ do: 'bend', toDeg: 70, inS: 1, holdS: 0, backS: 1 }]);
    const peakRadps = (radFromDeg(70) * 15) / 8;
    const coarse = sample(motion, 1, 25);
    const fine = sample(motion, 1, 5000);
    for (const { tS, gyr } of coarse.slice(1)) {
      const inside = fine.filter((one) => one.tS > tS - 0.04 + 1e-9 && one.tS <= tS + 1e-9);
      const mean = inside.reduce((sum, one) => sum + one.gyr[2], 0) / inside.length;
      expect(gyr[2]).toBeCloseTo(mean, 6);
    }
    expect(Math.max(...fine.map(({ gyr }) => -gyr[2]))).toBeCloseTo(peakRadps, 3);
  });

  test('a bend about the hips adds the tangential and centripetal acceleration of the lever', () => {
    const leverM = 0.35;
    const motion = new ScriptedMotion([{ do: 'bend', toDeg: 70, inS: 1, holdS: 0, backS: 1 }], { leverM });
    const angleRad = (tS: number): number => radFromDeg(70) * minimumJerk(tS);
    const stepS = 1e-4;
    for (const tS of [0.2, 0.35, 0.5, 0.8]) {
      const out = new Float64Array(6);
      motion.sampleInto(tS, 0.01, out);
      const rate = (angleRad(tS + stepS) - angleRad(tS - stepS)) / (2 * stepS);
      const change = (angleRad(tS + stepS) - 2 * angleRad(tS) + angleRad(tS - stepS)) / stepS ** 2;
      expect(out[0]).toBeCloseTo(-STANDARD_GRAVITY_MPS2 * Math.sin(angleRad(tS)) + leverM * change, 3);
      expect(out[1]).toBeCloseTo(STANDARD_GRAVITY_MPS2 * Math.cos(angleRad(tS)) - leverM * rate ** 2, 3);
    }
  });

  test('a day repeated goes on without a jump', () => {
    const motion = new ScriptedMotion(DAILY_LOOP, { loop: true });
    const samples = sample(motion, 2.1 * motion.passS);
    for (const { tS, acc, gyr } of samples) {
      expect(Math.abs(gFromMps2(sizeOf(acc)) - 1), `${tS} s`).toBeLessThan(0.6);
      expect(degFromRad(sizeOf(gyr)), `${tS} s`).toBeLessThan(170);
    }
  });

  test('the same script gives the same samples, in whatever order it is asked', () => {
    const forward = sample(new ScriptedMotion(DAILY_LOOP, { loop: true }), 20);
    const motion = new ScriptedMotion(DAILY_LOOP, { loop: true });
    const out = new Float64Array(6);
    for (const { tS, acc, gyr } of forward.toReversed()) {
      motion.sampleInto(tS, 1 / RATE_HZ, out);
      [...acc, ...gyr].forEach((value, i) => expect(out[i]).toBeCloseTo(value, 9));
    }
  });
});

describe('movements', () => {
  test('walking bounces at the cadence with 0.1 to 0.4 g and keeps the trunk near upright', () => {
    const motion = new ScriptedMotion([{ do: 'walk', forS: 20, cadencePerMin: 120 }]);
    const steady = sample(motion, 18).slice(2 * RATE_HZ);
    const vertical = steady.map(({ acc }) => gFromMps2(acc[1]) - 1);
    expect(Math.max(...vertical)).toBeGreaterThan(0.15);
    expect(Math.max(...vertical.map(Math.abs))).toBeLessThan(0.6);
    const rising = vertical.filter((value, i) => i > 0 && value >= 0 && vertical[i - 1] < 0).length;
    expect(rising / 16).toBeCloseTo(2, 0);
    for (const { tS } of steady) expect(Math.abs(motion.truthAt(tS).flexionDeg)).toBeLessThan(6);
  });

  test('sitting down leans forward on the way and ends upright, with the seat pushing back', () => {
    const motion = new ScriptedMotion([still(1), { do: 'sit', forS: 2, inS: 2 }, { do: 'standUp' }]);
    const leans = sample(motion, 3).map(({ tS }) => motion.truthAt(tS).flexionDeg);
    expect(Math.max(...leans)).toBeCloseTo(38, 0);
    expect(motion.truthAt(4).flexionDeg).toBeLessThan(1);
    const lift = sample(motion, 3).reduce((sum, { tS, acc }) => {
      const lean = radFromDeg(motion.truthAt(tS).flexionDeg);
      return sum + (acc[1] * Math.cos(lean) - acc[0] * Math.sin(lean) - STANDARD_GRAVITY_MPS2) / RATE_HZ;
    }, 0);
    expect(Math.abs(lift)).toBeLessThan(0.02);
  });

  test.each(['straight', 'logRoll'] as const)(
    'lying down %s ends on the back and getting up either way is smooth',
    (how) => {
      for (const back of ['straight', 'logRoll'] as const) {
        const motion = new ScriptedMotion([
          { do: 'sit', forS: 1 },
          { do: 'lie', how, forS: 2 },
          { do: 'getUp', how: back },
          { do: 'standUp' },
          still(1),
        ]);
        const samples = sample(motion, motion.passS);
        const lying = samples[Math.round(8 * RATE_HZ)];
        expect(lying.acc[0]).toBeCloseTo(STANDARD_GRAVITY_MPS2, 1);
        expect(samples.at(-1)?.acc[1]).toBeCloseTo(STANDARD_GRAVITY_MPS2, 6);
        expect(Math.max(...samples.map(({ gyr }) => degFromRad(sizeOf(gyr))))).toBeLessThan(150);
        expect(Math.max(...samples.map(({ acc }) => gFromMps2(sizeOf(acc))))).toBeLessThan(1.5);
      }
    },
  );

  test('a log roll never leans back: the trunk goes down sideways', () => {
    const motion = new ScriptedMotion([
      { do: 'sit', forS: 1 },
      { do: 'lie', how: 'logRoll', forS: 1 },
    ]);
    const halfway = sample(motion, 5.2).at(-1)?.acc ?? [];
    expect(halfway[2]).toBeCloseTo(-STANDARD_GRAVITY_MPS2, 1);
    expect(Math.abs(halfway[0])).toBeLessThan(0.5);
  });

  test.each([
    ['forward', [-1, 0, 0]],
    ['backward', [1, 0, 0]],
    ['right', [0, 0, -1]],
    ['left', [0, 0, 1]],
  ] as const)('a fall %s dips, hits with the peak asked for, and lies still', (direction, restG) => {
    const motion = new ScriptedMotion([still(2), { do: 'fall', direction, impactG: 5, lieS: 10 }]);
    const samples = sample(motion, 12, 1000);
    const forces = samples.map(({ acc }) => gFromMps2(sizeOf(acc)));
    const lowest = forces.indexOf(Math.min(...forces));
    const highest = forces.indexOf(Math.max(...forces));
    expect(forces[lowest]).toBeLessThan(0.6);
    expect(forces[highest]).toBeGreaterThan(4.5);
    expect(forces[highest]).toBeLessThan(5.6);
    expect(highest).toBeGreaterThan(lowest);
    const rest = samples.at(-1)?.acc.map(gFromMps2) ?? [];
    restG.forEach((value, axis) => expect(rest[axis]).toBeCloseTo(value, 6));
    expect(Math.max(...samples.slice(4000).map(({ gyr }) => sizeOf(gyr)))).toBeLessThan(1e-9);
  });

  test('standing up without having sat down is refused with what was expected and found', () => {
    expect(() => new ScriptedMotion([still(1), { do: 'standUp' }])).toThrow(
      'motion: expected the wearer to be sitting before "standUp", found standing at 1.0 s',
    );
  });
});

describe('the daily loop', () => {
  const motion = new ScriptedMotion(DAILY_LOOP, { loop: true });
  const flexionDeg = sample(motion, motion.passS).map(({ tS }) => motion.truthAt(tS).flexionDeg);
  const firstS = (reached: (deg: number) => boolean): number => flexionDeg.findIndex(reached) / RATE_HZ;

  test('takes about a minute', () => {
    expect(motion.passS).toBeGreaterThan(60);
    expect(motion.passS).toBeLessThan(75);
  });

  test('moves visibly within 2 s', () => {
    expect(firstS((deg) => deg > 5)).toBeLessThan(2);
  });

  test('bends to at least 60° for 3 s within the first 15 s, and only then', () => {
    const beginS = firstS((deg) => deg >= 60);
    const endS = beginS + flexionDeg.slice(beginS * RATE_HZ).findIndex((deg) => deg < 60) / RATE_HZ;
    expect(endS - beginS).toBeGreaterThan(3);
    expect(endS).toBeLessThan(15);
    expect(Math.max(...flexionDeg.slice(endS * RATE_HZ + 200))).toBeLessThan(40);
  });
});
