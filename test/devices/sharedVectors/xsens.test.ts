/**
 * The captured packets of an Xsens DOT are of mode 6 (free acceleration), which Plumbline does not use. Stamp and first
 * vector stand at the same place in mode 21, so the captured bytes test the reading of both, and that 20 bytes are no mode 21.
 */
import { expect, it } from 'vitest';
import type { DecodedItem } from '../../../src/devices/define.ts';
import { xsensDot } from '../../../src/devices/xsensDot.ts';
import { RATE_QUANTITIES } from '../../../src/devices/xsensDotPackets.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly device: string;
  readonly characteristic: string;
  readonly hex: string;
  readonly expected: { readonly timestamp_us: number; readonly free_acc: readonly number[] };
}

const vectors = vectorsOf<Vector>('xsens-dot');

if (vectors.length === 0) it.skip('captured Xsens DOT packets (skipped: no ../shared)', () => undefined);

function decode(uuid: string, bytes: Uint8Array): DecodedItem[] {
  const items: DecodedItem[] = [];
  xsensDot.createDecoder()(uuid, bytes, (item) => items.push(item));
  return items;
}

it.each(vectors.map((vector) => [vector.id, vector] as const))('captured packet %s', (_id, vector) => {
  const bytes = Buffer.from(vector.hex, 'hex');
  expect(decode(vector.characteristic.replaceAll('-', ''), bytes)).toEqual([]);
  expect(decode(RATE_QUANTITIES.uuid, bytes)).toEqual([
    { kind: 'problem', message: expect.stringContaining('expected 40 bytes of mode 21, found 20 bytes') },
  ]);
  const [item] = decode(
    RATE_QUANTITIES.uuid,
    Uint8Array.from({ length: 40 }, (_, at) => bytes[at] ?? 0),
  );
  if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
  expect(item.packet.tick).toBe(vector.expected.timestamp_us);
  vector.expected.free_acc.forEach((mps2, axis) => expect(item.packet.accMps2[axis]).toBeCloseTo(mps2, 6));
});

it.skipIf(vectors.length === 0)('both captured packets are there, one sample at 60 Hz apart', () => {
  expect(vectors.map(({ id }) => id).sort()).toEqual(['xsens-dot-free-acc-1', 'xsens-dot-free-acc-2']);
  const [first, second] = vectors.map(({ expected }) => expected.timestamp_us).sort((a, b) => a - b);
  expect(second - first).toBe(16_667);
});
