import { expect, it } from 'vitest';
import type { DecodedItem } from '../../../src/devices/define.ts';
import { sensortag } from '../../../src/devices/sensortag.ts';
import { SENSORTAG } from '../../../src/devices/sensortagPackets.ts';
import { mps2FromG, radFromDeg } from '../../../src/model/units.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly hex: string;
  readonly expected: { readonly gyro_dps: number[]; readonly acc_g_8g_range: number[] };
}

const vectors = vectorsOf<Vector>('sensortag-cc2650');

if (vectors.length === 0) it.skip('packets of a SensorTag (skipped: no ../shared)', () => undefined);

it.each(vectors.map((vector) => [vector.id, vector] as const))('packet %s reads as it is documented', (_id, vector) => {
  const items: DecodedItem[] = [];
  const bytes = Uint8Array.from(Buffer.from(vector.hex, 'hex'));
  sensortag.createDecoder()(SENSORTAG.data, bytes, (item) => items.push(item));
  expect(items).toHaveLength(1);
  const packet = items[0]?.kind === 'imu' ? items[0].packet : undefined;
  const { acc_g_8g_range: accG, gyro_dps: gyrDps } = vector.expected;
  accG.forEach((value, i) => expect(packet?.accMps2[i]).toBeCloseTo(mps2FromG(value), 9));
  gyrDps.forEach((value, i) => expect(packet?.gyrRadps?.[i]).toBeCloseTo(radFromDeg(value), 9));
});

it.skipIf(vectors.length === 0)('the packet of movement is the only one', () => {
  expect(vectors.map(({ id }) => id)).toEqual(['cc2650-movement']);
});
