import { expect, it } from 'vitest';
import { decodeMeasurement, type MovesenseResource } from '../../../src/devices/movesensePackets.ts';
import { degFromRad } from '../../../src/model/units.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly resource: string;
  readonly hex: string;
  readonly full_notification_hex?: string;
  readonly expected: {
    readonly timestamp_ms: number;
    readonly ArrayAcc?: number[][];
    readonly ArrayGyro?: number[][];
    readonly ArrayMagn?: number[][];
  };
}

/** Sensor samples captured from a device, with the values that the vendor's own tool prints. */
const vectors = vectorsOf<Vector>('movesense').filter(({ expected }) => 'timestamp_ms' in expected);

if (vectors.length === 0) it.skip('captured Movesense packets (skipped: no ../shared)', () => undefined);

it.each(vectors.map((vector) => [vector.id, vector] as const))(
  'captured packet %s reads as the vendor reads it',
  (_id, vector) => {
    const resource = vector.resource.split('/')[2] as MovesenseResource;
    const measurement = decodeMeasurement(resource, Uint8Array.from(Buffer.from(vector.hex, 'hex')));
    const { timestamp_ms, ArrayAcc, ArrayGyro, ArrayMagn } = vector.expected;
    expect(measurement?.timestampMs).toBe(timestamp_ms);
    expect(measurement?.n).toBe((ArrayAcc ?? ArrayGyro ?? ArrayMagn)?.length);
    const close = (found: Float64Array | undefined, expected: number[][] | undefined, scale = 1): void => {
      expect(found === undefined).toBe(expected === undefined);
      expected?.flat().forEach((value, i) => expect((found?.[i] ?? NaN) * scale).toBeCloseTo(value, 6));
    };
    close(measurement?.accMps2, ArrayAcc);
    close(measurement?.gyrRadps, ArrayGyro, degFromRad(1));
    close(measurement?.magnUt, ArrayMagn);
  },
);

it.skipIf(vectors.length === 0)('all five captured sensor packets are there', () => {
  expect(vectors.map(({ id }) => id).sort()).toEqual([
    'movesense-meas-acc-52',
    'movesense-meas-gyro-52',
    'movesense-meas-imu6-52',
    'movesense-meas-imu9-52',
    'movesense-meas-magn-13',
  ]);
});
