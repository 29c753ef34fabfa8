import { expect, it } from 'vitest';
import type { DecodedItem } from '../../../src/devices/define.ts';
import { thingy52 } from '../../../src/devices/thingy52.ts';
import { readRaw, THINGY52 } from '../../../src/devices/thingy52Packets.ts';
import { mps2FromG, radFromDeg } from '../../../src/model/units.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly hex: string;
  readonly expected: { readonly acc_g: number[]; readonly gyro_dps: number[]; readonly mag_uT: number[] };
}

const vectors = vectorsOf<Vector>('thingy52');
const raw = vectors.find(({ id }) => id === 'thingy52-raw');
const bytes = Uint8Array.from(Buffer.from(raw?.hex ?? '', 'hex'));

if (!raw) it.skip('packets of a Thingy:52 (skipped: no ../shared)', () => undefined);

it.skipIf(!raw)('the raw packet reads as it is documented', () => {
  expect(readRaw(bytes)).toEqual({
    accG: raw?.expected.acc_g,
    gyrDps: raw?.expected.gyro_dps,
    magUt: raw?.expected.mag_uT,
  });
});

it.skipIf(!raw)('as specific force it has the other sign, because the firmware counts along gravity', () => {
  const items: DecodedItem[] = [];
  thingy52.createDecoder()(THINGY52.raw, bytes, (item) => items.push(item));
  expect(items).toHaveLength(1);
  const packet = items[0]?.kind === 'imu' ? items[0].packet : undefined;
  raw?.expected.acc_g.forEach((accG, i) => expect(packet?.accMps2[i]).toBeCloseTo(-mps2FromG(accG), 9));
  raw?.expected.gyro_dps.forEach((gyrDps, i) => expect(packet?.gyrRadps?.[i]).toBeCloseTo(radFromDeg(gyrDps), 9));
});

it.skipIf(!raw)('the raw packet and one of orientation, which is not read, are all there are', () => {
  expect(vectors.map(({ id }) => id).sort()).toEqual(['thingy52-quat', 'thingy52-raw']);
});
