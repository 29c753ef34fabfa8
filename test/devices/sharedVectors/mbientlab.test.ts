/** The vendor's own test bytes, read from beside the repository and never copied into it. */
import { describe, expect, it } from 'vitest';
import type { DecodedItem } from '../../../src/devices/define.ts';
import { accConfig, BMI160, BMI270, gyrConfig, metamotion } from '../../../src/devices/metamotion.ts';
import {
  createMetamotionDecoder,
  METAMOTION,
  type MetamotionRanges,
  SESSION_RANGES,
} from '../../../src/devices/metamotionPackets.ts';
import { degFromRad, gFromMps2 } from '../../../src/model/units.ts';
import { runScript } from '../runScript.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly hex: string;
  readonly config?: string;
  readonly expected: { readonly samples?: number[][]; readonly charge_percent?: number };
}

const vectors = vectorsOf<Vector>('metawear');
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const sampled = vectors.filter(({ expected }) => expected.samples !== undefined);
/** Products of the board's own sensor fusion: the program estimates orientation itself and does not ask for them. */
const fused = vectors.filter(({ id }) => id.startsWith('metawear-fusion-'));
const vectorOf = (id: string): Vector => vectors.find((vector) => vector.id === id) ?? { id, hex: '', expected: {} };

function decode(hex: string, ranges: MetamotionRanges = SESSION_RANGES): DecodedItem[] {
  const items: DecodedItem[] = [];
  createMetamotionDecoder(ranges)(METAMOTION.notification, bytesOf(hex), (item) => items.push(item));
  return items;
}

if (vectors.length === 0) it.skip('published MetaWear packets (skipped: no ../shared)', () => undefined);

it.each(sampled.map((vector) => [vector.id, vector] as const))(
  'packet %s reads as the vendor reads it',
  (_id, vector) => {
    const range = Number(/\d+/.exec(vector.config ?? '')?.[0]);
    const isAcc = vector.config?.endsWith(' g') === true;
    const ranges = { ...SESSION_RANGES, [isAcc ? 'accG' : 'gyrDps']: range };
    const [item] = decode(vector.hex, ranges);
    if (item?.kind !== 'part') throw new Error(`expected a part, found ${JSON.stringify(item)}`);
    expect(item.part.quantity).toBe(isAcc ? 'acc' : 'gyr');
    const expected = vector.expected.samples?.flat() ?? [];
    expect(item.part.values).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      const found = isAcc ? gFromMps2(item.part.values[i]) : degFromRad(item.part.values[i]);
      expect(Math.abs(found - value)).toBeLessThan(0.001);
    });
  },
);

it.each(fused.map((vector) => [vector.id, vector] as const))('product %s is not taken for samples', (_id, { hex }) => {
  expect(decode(hex)).toEqual([expect.objectContaining({ kind: 'problem' })]);
});

describe.skipIf(vectors.length === 0)('with ../shared', () => {
  it('all published packets of samples and products are there', () => {
    expect(sampled.map(({ id }) => id).sort()).toEqual([
      'metawear-acc-4g',
      'metawear-acc-packed-bmi160-8g',
      'metawear-acc-packed-bmi270-8g',
      'metawear-gyro-500dps',
      'metawear-gyro-packed-1000dps',
    ]);
    expect(fused).toHaveLength(5);
  });

  it('the battery reads as the vendor reads it', () => {
    const { hex, expected } = vectorOf('metawear-battery');
    expect(decode(hex)).toEqual([{ kind: 'status', status: { batteryPct: expected.charge_percent } }]);
  });

  const writesOf = (modules: readonly [string, string]): string[] =>
    runScript(metamotion.start({ rateHz: 100, mtu: 23, nowMs: 0 }), ({ op, bytes }) => {
      if (op !== 'request') return Uint8Array.of(0x31);
      return bytesOf(bytes[0] === 0x03 ? modules[0] : modules[1]);
    }).steps.flatMap((step) => (step.op === 'write' ? [Buffer.from(step.bytes).toString('hex')] : []));

  it.each([
    ['acc-enable', '03800101', '13800001'],
    ['acc-start', '03800101', '13800001'],
    ['gyro-enable', '03800101', '13800001'],
    ['gyro-start', '03800101', '13800001'],
    ['acc-sub', '03800100', '13800000'],
  ])('the start writes the vendor’s bytes for %s', (name, acc, gyr) => {
    expect(writesOf([acc, gyr])).toContain(vectorOf(`metawear-cmd-${name}`).hex);
  });

  it.each([
    ['acc-bmi160-100hz-8g', [0x03, 0x03, ...accConfig(BMI160, 100, 8)]],
    ['acc-bmi270-200hz-8g', [0x03, 0x03, ...accConfig(BMI270, 200, 8)]],
    ['gyro-50hz-125dps', [0x13, 0x03, ...gyrConfig(50, 125)]],
  ])('the configuration %s has the vendor’s bytes', (name, bytes) => {
    expect(Buffer.from(bytes).toString('hex')).toBe(vectorOf(`metawear-cmd-${name}`).hex);
  });

  it('the motor at full strength for five seconds has the vendor’s bytes', () => {
    const cue = metamotion.haptic?.({ intensityPct: 100, onMs: 5000, offMs: 0, repeats: 1 });
    const { steps } = runScript(cue ?? metamotion.stop(), () => new Uint8Array());
    expect(steps.map((step) => (step.op === 'write' ? Buffer.from(step.bytes).toString('hex') : step.op))).toEqual([
      vectorOf('metawear-cmd-haptic-100pct-5000ms').hex,
    ]);
  });

  it('all published commands are checked here', () => {
    expect(vectors.filter(({ id }) => id.startsWith('metawear-cmd-'))).toHaveLength(9);
  });
});
