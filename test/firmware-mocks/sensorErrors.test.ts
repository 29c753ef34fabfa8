import { describe, expect, test } from 'vitest';
import type { MotionSource } from '../../firmware-mocks/motionSource.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import {
  ImperfectSensor,
  NO_SENSOR_ERRORS,
  type SensorErrors,
  type SensorMounting,
  STRAIGHT_MOUNTING,
  TYPICAL_SENSOR_ERRORS,
} from '../../firmware-mocks/sensorErrors.ts';
import { parseMount } from '../../src/model/frames.ts';
import { degFromRad, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';

const standing = new ScriptedMotion([{ do: 'stand', forS: 10_000, swayDeg: 0 }]);

function read(
  {
    errors = {},
    mounting = {},
    seed = 1,
    source = standing,
  }: {
    errors?: Partial<SensorErrors>;
    mounting?: Partial<SensorMounting>;
    seed?: number;
    source?: MotionSource;
  },
  count = 1,
): number[][] {
  const sensor = new ImperfectSensor(
    source,
    { ...STRAIGHT_MOUNTING, ...mounting },
    { ...NO_SENSOR_ERRORS, ...errors },
    seed,
  );
  const out = new Float64Array(6);
  return Array.from({ length: count }, (_, i) => {
    sensor.readInto(i / 100, 0.01, out);
    return [...out];
  });
}

const column = (rows: readonly number[][], axis: number): number[] => rows.map((row) => row[axis]);
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
function sdOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

describe('mounting', () => {
  test('a mount writes the segment axes onto the sensor axes it names', () => {
    const [[x, y, z]] = read({ mounting: { mount: parseMount('+Z-Y+X') } });
    expect([x, y, z].map((value) => Math.round(value * 100) / 100 + 0)).toEqual([0, -9.81, 0]);
  });

  test('mounting and mount undo each other: the row of the mount read in sensor axes gives the segment value', () => {
    const mount = parseMount('+Y-X+Z');
    const bending = new ScriptedMotion([{ do: 'bend', toDeg: 80, inS: 1, holdS: 0, backS: 1 }]);
    const straight = read({ source: bending }, 60)[50];
    const turned = read({ source: bending, mounting: { mount } }, 60)[50];
    for (let row = 0; row < 3; row++) {
      for (const offset of [0, 3]) {
        const back = [0, 1, 2].reduce((sum, k) => sum + mount[3 * row + k] * turned[offset + k], 0);
        expect(back).toBeCloseTo(straight[offset + row], 9);
      }
    }
  });

  test('a sensor tilted by 20° reads an upright trunk as bent by 20°', () => {
    const [[x, y, z]] = read({ mounting: { tiltDeg: [20, 0, 0] } });
    expect(degFromRad(Math.atan2(-x, y))).toBeCloseTo(20, 9);
    expect(z).toBeCloseTo(0, 9);
    const [[, sideY, sideZ]] = read({ mounting: { tiltDeg: [0, 10, 0] } });
    expect(degFromRad(Math.atan2(-sideZ, sideY))).toBeCloseTo(10, 9);
  });

  test('a recording is in its sensor’s own frame and is not turned', () => {
    const source: MotionSource = {
      durationS: 1,
      frame: 'sensor',
      sampleInto: (_tS, _periodS, out) => {
        out.set([1, 2, 3, 4, 5, 6]);
        return true;
      },
    };
    expect(read({ source, mounting: { mount: parseMount('+Z-Y+X'), tiltDeg: [9, 9, 9] } })[0]).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });
});

describe('errors', () => {
  test('without any, the truth', () => {
    expect(read({})[0].map((value) => value + 0)).toEqual([0, STANDARD_GRAVITY_MPS2, 0, 0, 0, 0]);
  });

  test('noise has the size asked for and no mean', () => {
    const rows = read({ errors: { accNoiseMps2: 0.05, gyrNoiseDps: 0.2 } }, 20_000);
    expect(sdOf(column(rows, 0))).toBeCloseTo(0.05, 2);
    expect(meanOf(column(rows, 0))).toBeCloseTo(0, 2);
    expect(degFromRad(sdOf(column(rows, 4)))).toBeCloseTo(0.2, 2);
  });

  test('a bias given as a size has that size, as three numbers it is taken as it is', () => {
    const [row] = read({ errors: { gyrBiasDps: 2, accBiasMps2: [0.1, -0.2, 0.3] } });
    expect(degFromRad(Math.hypot(row[3], row[4], row[5]))).toBeCloseTo(2, 9);
    expect([row[0], row[1] - STANDARD_GRAVITY_MPS2, row[2]].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([
      0.1, -0.2, 0.3,
    ]);
  });

  test('a scale error makes one gravity read larger', () => {
    expect(read({ errors: { accScaleErrorRatio: 0.02 } })[0][1]).toBeCloseTo(1.02 * STANDARD_GRAVITY_MPS2, 9);
  });

  test('the gyroscope bias wanders as far as asked for', () => {
    const afterTenMinutes = Array.from({ length: 40 }, (_, seed) => {
      const rows = read({ errors: { gyrDriftDpsPerSqrtHour: 6 }, seed }, 3600);
      return degFromRad((rows.at(-1) as number[])[3]);
    });
    expect(sdOf(afterTenMinutes)).toBeGreaterThan(0.4);
    expect(sdOf(afterTenMinutes)).toBeLessThan(0.8);
  });

  test('the same seed gives the same samples, another seed others', () => {
    const errors = TYPICAL_SENSOR_ERRORS;
    expect(read({ errors, seed: 3 }, 50)).toEqual(read({ errors, seed: 3 }, 50));
    expect(read({ errors, seed: 4 }, 50)).not.toEqual(read({ errors, seed: 3 }, 50));
  });
});
