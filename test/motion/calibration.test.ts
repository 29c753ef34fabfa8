/** Finding out how a sensor sits: from standing still, and from a day's movements alone. */
import { describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { gaussian, seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { ImperfectSensor, STRAIGHT_MOUNTING, TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import type { Mount } from '../../src/model/frames.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { DataCalibration, StanceCalibration } from '../../src/motion/index.ts';
import { Mark } from '../../src/motion/motionFrame.ts';
import { type Columns, feed } from './framesOf.ts';
import { blockOf, runTrunk, sensedBlock } from './trunkRun.ts';
import { walked } from './walkedBlock.ts';

const G = STANDARD_GRAVITY_MPS2;
const RATE_HZ = 50;

type Vector = readonly [number, number, number];
const angleDeg = (a: readonly number[], b: readonly number[]): number =>
  Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]))) / RAD_PER_DEG;

describe('stance calibration', () => {
  function stance(seconds: number, columnsAt: (i: number) => Columns | undefined): StanceCalibration {
    const calibration = new StanceCalibration(RATE_HZ);
    feed(RATE_HZ, seconds * RATE_HZ, columnsAt, (frame) => calibration.push(frame));
    return calibration;
  }
  // The sensor slopes forward by 12°, as on a curved upper back.
  const UP: Vector = [-Math.sin(12 * RAD_PER_DEG), Math.cos(12 * RAD_PER_DEG), 0];
  const standing: Columns = { acc: UP.map((part) => part * G), gyr: [0, 0, 0], up: UP };

  it('finds up in the segment after 3 s of standing still', () => {
    expect(stance(2.9, () => standing).result).toMatchObject({ ok: false });
    const { result } = stance(4, () => standing);
    expect(result).toMatchObject({ ok: true, quietS: 4 });
    if (result.ok) expect(angleDeg(result.neutralUp, UP)).toBeLessThan(1e-5);
  });

  it('counts no window with a turn faster than 5 °/s or a shake of 0.15 m/s²', () => {
    const turning = stance(10, () => ({ ...standing, gyr: [0, 0, 6 * RAD_PER_DEG] }));
    expect(turning.result).toMatchObject({
      ok: false,
      reason: 'expected 3 s of standing still within 30° of upright, found 0.0 s',
    });
    const shaking = stance(10, (i) => ({ ...standing, acc: [0, G + (i % 2 ? 0.2 : -0.2), 0] }));
    expect(shaking.quietS).toBe(0);
    expect(stance(10, (i) => ({ ...standing, acc: [0, G + (i % 2 ? 0.1 : -0.1), 0] })).quietS).toBe(10);
  });

  it('begins anew after a movement: one stance is never put together from several', () => {
    const calibration = stance(10, (i) => ({ ...standing, gyr: [i % 100 < 50 ? 0 : 1, 0, 0] }));
    expect(calibration.quietS).toBe(0);
    expect(stance(4, (i) => ({ ...standing, gyr: [i < 25 ? 1 : 0, 0, 0] })).sinceS).toBeCloseTo(0.5, 6);
  });

  it('begins anew when the direction changes by more than 5°', () => {
    const leaning: Vector = [-Math.sin(20 * RAD_PER_DEG), Math.cos(20 * RAD_PER_DEG), 0];
    const calibration = stance(6, (i) => (i < 100 ? standing : { ...standing, up: leaning }));
    const { result } = calibration;
    expect(result).toMatchObject({ ok: true, quietS: 4 });
    if (result.ok) expect(angleDeg(result.neutralUp, leaning)).toBeLessThan(1e-5);
  });

  it('never averages a sensor on a table into a stance', () => {
    const onTable: Columns = { acc: [-G, 0, 0], gyr: [0, 0, 0], up: [-1, 0, 0] };
    const { result } = stance(24, (i) => (i < 20 * RATE_HZ ? onTable : standing));
    expect(result).toMatchObject({ ok: true, quietS: 4 });
    if (result.ok) expect(angleDeg(result.neutralUp, UP)).toBeLessThan(1e-5);
  });

  it('leaves missing samples out and begins windows anew after a gap', () => {
    const calibration = stance(10, (i) => {
      if (i % 10 === 3) return undefined;
      return i === 200 ? { ...standing, marks: Mark.restart | Mark.gapBefore, stepS: 5 } : standing;
    });
    expect(calibration.quietS).toBeGreaterThanOrEqual(4.5);
    expect(calibration.quietS).toBeLessThanOrEqual(5.5);
  });

  it('works without gyroscope', () => {
    expect(stance(4, () => ({ acc: standing.acc ?? [], up: UP })).result).toMatchObject({ ok: true });
  });

  it('says so when the sensor is more than 30° off: the mount is wrong, or nobody stands', () => {
    const lying: Columns = { acc: [G, 0, 0], gyr: [0, 0, 0], up: [1, 0, 0] };
    expect(stance(5, () => lying).result).toMatchObject({
      ok: false,
      reason: expect.stringContaining('the sensor 90° from upright: is the mount right?'),
    });
  });

  it('is as new after reset', () => {
    const calibration = stance(5, () => standing);
    calibration.reset();
    expect(calibration.quietS).toBe(0);
    expect(calibration.result.ok).toBe(false);
  });
});

const HOUR_OF_LIFE: readonly Movement[] = [
  { do: 'stand', forS: 10 },
  { do: 'walk', forS: 20 },
  { do: 'bend', toDeg: 55, inS: 1.2, holdS: 1, backS: 1.2 },
  { do: 'stand', forS: 6 },
  { do: 'turn', deg: 170, inS: 2.5 },
  { do: 'walk', forS: 15 },
  { do: 'sit', forS: 15, leanDeg: 4 },
  { do: 'standUp' },
  { do: 'stand', forS: 8 },
  { do: 'bend', toDeg: 40, inS: 1, holdS: 2, backS: 1 },
  { do: 'sideBend', toDeg: 15, inS: 1, holdS: 0.5, backS: 1 },
  { do: 'stand', forS: 5 },
];

/** A random rotation, rows are segment axes in sensor axes. */
function randomMount(seed: number): Mount {
  const normal = gaussian(seededRandom(seed));
  const [w, x, y, z] = [normal(), normal(), normal(), normal()];
  const s = 2 / (w * w + x * x + y * y + z * z);
  return [
    1 - s * (y * y + z * z),
    s * (x * y - w * z),
    s * (x * z + w * y),
    s * (x * y + w * z),
    1 - s * (x * x + z * z),
    s * (y * z - w * x),
    s * (x * z - w * y),
    s * (y * z + w * x),
    1 - s * (x * x + y * y),
  ];
}

function lived(mount: Mount, { seed = 1, gyroscope = true } = {}): ImuBlock {
  const motion = new ScriptedMotion(HOUR_OF_LIFE);
  const sensor = new ImperfectSensor(motion, { ...STRAIGHT_MOUNTING, mount }, TYPICAL_SENSOR_ERRORS, seed);
  const out = new Float64Array(6);
  const block = blockOf(Math.floor(motion.durationS * RATE_HZ), RATE_HZ, (tS, acc, gyr) => {
    sensor.readInto(tS, 1 / RATE_HZ, out);
    acc.set(out.subarray(0, 3));
    gyr.set(out.subarray(3));
  });
  return gyroscope ? block : { ...block, gyrRadps: undefined };
}

const calibrated = (block: ImuBlock): DataCalibration => {
  const calibration = new DataCalibration(RATE_HZ);
  calibration.push(block);
  return calibration;
};
const row = (mount: Mount, r: number): number[] => mount.slice(3 * r, 3 * r + 3);

describe('calibration from the data', () => {
  it.each([11, 12, 13, 14, 15, 16])(
    'finds a mount of which nothing is known (seed %i): superior within 3.5°, anterior within 6°',
    (seed) => {
      const mount = randomMount(seed);
      const found = calibrated(lived(mount, { seed })).result();
      expect(found.method).toBe('mountFromData');
      expect(angleDeg(row(found.mount, 1), row(mount, 1))).toBeLessThan(3.5);
      expect(angleDeg(row(found.mount, 0), row(mount, 0))).toBeLessThan(6);
      expect(angleDeg(row(found.mount, 2), row(mount, 2))).toBeLessThan(6);
      expect(found.confidence).toBeGreaterThan(0.4);
    },
  );

  it.each([21, 22, 23])('without gyroscope as well (seed %i), anterior within 15°', (seed) => {
    const mount = randomMount(seed);
    const found = calibrated(lived(mount, { seed, gyroscope: false })).result();
    expect(angleDeg(row(found.mount, 1), row(mount, 1))).toBeLessThan(3.5);
    expect(angleDeg(row(found.mount, 0), row(mount, 0))).toBeLessThan(15);
  });

  it.each([61, 62, 63])('from walking alone: forward is where the wearer walks (seed %i)', (seed) => {
    const mount = randomMount(seed);
    const found = calibrated(walked(RATE_HZ, 30, mount)).result();
    expect(angleDeg(row(found.mount, 0), row(mount, 0))).toBeLessThan(10);
    expect(angleDeg(row(found.mount, 1), row(mount, 1))).toBeLessThan(3.5);
    expect(found.confidence).toBeGreaterThan(0.4);
  });

  it('side bends, deeper and more than the bends forward, are not taken for them', () => {
    const mount = randomMount(64);
    const swayed = (tS: number): readonly [number, number] =>
      tS < 24
        ? [38 * Math.sin((Math.PI * tS) / 4) ** 2, 0]
        : [0, 48 * Math.sin((Math.PI * tS) / 2) * (tS < 56 ? 1 : 0)];
    const block = blockOf(60 * RATE_HZ, RATE_HZ, (tS, acc) => {
      const [flexion, lateral] = swayed(tS).map((deg) => deg * RAD_PER_DEG);
      const up = [-Math.sin(flexion) * Math.cos(lateral), Math.cos(flexion) * Math.cos(lateral), -Math.sin(lateral)];
      for (let c = 0; c < 3; c++) acc[c] = G * (up[0] * mount[c] + up[1] * mount[3 + c] + up[2] * mount[6 + c]);
    });
    const found = calibrated({ ...block, gyrRadps: undefined }).result();
    expect(angleDeg(row(found.mount, 0), row(mount, 0))).toBeLessThan(10);
  });

  it('the bends are then found, forward, at their depth', () => {
    const block = lived(randomMount(31));
    const run = runTrunk([block], { calibration: calibrated(block).result() });
    const bends = run.events.filter(({ type }) => type === 'forwardBend').map(({ peakDeg }) => Number(peakDeg));
    // The sit-to-stand and back lean by 38° and are bends until transfers are told apart.
    expect(bends.filter((deg) => Math.abs(deg - 55) < 4)).toHaveLength(1);
    expect(bends.filter((deg) => deg > 34 && deg < 46).length).toBeGreaterThanOrEqual(1);
  });

  it('with a stated mount only the upright is looked for, and the mount is left as it is', () => {
    const mount = randomMount(41);
    const found = calibrated(lived(mount)).result({ mount });
    expect(found.mount).toEqual(mount);
    expect(found.method).toBe('fromData');
    expect(angleDeg(found.neutralUp ?? [], [0, 1, 0])).toBeLessThan(3.5);
  });

  it('a stated upright is taken as it is, also when the wearer lay most of the time', () => {
    // Standing up is sensor −z; then ten minutes on the back, where sensor +x points up.
    const night = blockOf(600 * RATE_HZ, RATE_HZ, (_, acc) => acc.set([G, 0, 0]));
    const stood: Vector = [0, 0, -G];
    const found = calibrated(night).result({ up: stood });
    expect(row(found.mount, 1).map((part) => part + 0)).toEqual([0, 0, -1]);
    expect(found.neutralUp).toEqual([0, 1, 0]);
    expect(calibrated(night).result({ mount: [0, 1, 0, 0, 0, -1, -1, 0, 0], up: stood })).toMatchObject({
      method: 'stated',
      confidence: 1,
      neutralUp: [0, 1, 0],
    });
  });

  it('is right-handed and orthonormal whatever the data are', () => {
    for (const acc of [
      [0, 0, G],
      [G, 0, 0],
      [1e-3, 1e-3, 1e-3],
    ]) {
      const { mount } = calibrated(blockOf(500, RATE_HZ, (_, to) => to.set(acc))).result();
      const [x, y, z] = [row(mount, 0), row(mount, 1), row(mount, 2)];
      expect(angleDeg(x, y)).toBeCloseTo(90, 9);
      const cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
      cross.forEach((part, c) => expect(part).toBeCloseTo(z[c], 9));
    }
  });

  it('without any data it says that it knows nothing', () => {
    expect(new DataCalibration(RATE_HZ).result()).toMatchObject({ method: 'default', confidence: 0 });
    const empty = blockOf(500, RATE_HZ, (_, acc) => acc.fill(NaN));
    expect(calibrated(empty).result()).toMatchObject({ method: 'default', confidence: 0 });
  });

  it('does not depend on how the stream is cut', () => {
    const block = lived(randomMount(51));
    const single = new DataCalibration(RATE_HZ);
    for (let i = 0; i < block.n; i++) {
      single.push({
        ...block,
        n: 1,
        accMps2: block.accMps2.subarray(3 * i, 3 * i + 3),
        gyrRadps: block.gyrRadps?.subarray(3 * i, 3 * i + 3),
      });
    }
    expect(single.result()).toEqual(calibrated(block).result());
  });
});

describe('who lies on the back', () => {
  const lying = new ScriptedMotion([
    { do: 'stand', forS: 10 },
    { do: 'sit', forS: 10 },
    { do: 'lie', how: 'straight', forS: 30 },
    { do: 'getUp', how: 'straight' },
    { do: 'standUp' },
    { do: 'stand', forS: 10 },
  ]);

  it('shows where the front is, however much deeper lying is than any lean forward', () => {
    const { durationS } = lying;
    const block = sensedBlock(lying, { rateHz: 50, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 2 });
    const calibration = new DataCalibration(50);
    calibration.push(block);
    const { mount } = calibration.result();
    // Straight on the segment: anterior is the sensor's own x.
    expect(mount[0]).toBeGreaterThan(0.97);
    expect(mount[4]).toBeGreaterThan(0.97);
  });
});
