/** Published bytes of a WitMotion: a data frame made from the documented layout, and an answer from the data sheet. */
import { expect, it } from 'vitest';
import type { DecodedItem } from '../../../src/devices/define.ts';
import { witmotion } from '../../../src/devices/witmotion.ts';
import { RegisterAnswer, SINGLE_MODE } from '../../../src/devices/witmotionPackets.ts';
import { degFromRad, gFromMps2 } from '../../../src/model/units.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly device: string;
  readonly hex: string;
  readonly expected: {
    readonly acc_g?: readonly number[];
    readonly gyro_dps?: readonly number[];
    readonly start_register?: number;
    readonly regs?: readonly number[];
  };
}

const vectors = vectorsOf<Vector>('witmotion');
const samples = vectors.filter(({ expected }) => expected.acc_g !== undefined);
const answers = vectors.filter(({ expected }) => expected.regs !== undefined);

if (vectors.length === 0) it.skip('published WitMotion bytes (skipped: no ../shared)', () => undefined);

function decode(hex: string): DecodedItem[] {
  const items: DecodedItem[] = [];
  witmotion.createDecoder()(SINGLE_MODE.notify, Buffer.from(hex, 'hex'), (item) => items.push(item));
  return items;
}

it.each(samples.map((vector) => [vector.id, vector] as const))('frame %s reads as documented', (_id, vector) => {
  const [item] = decode(vector.hex);
  if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
  const { n, accMps2, gyrRadps } = item.packet;
  expect(n).toBe(1);
  vector.expected.acc_g?.forEach((g, axis) => expect(gFromMps2(accMps2[axis])).toBeCloseTo(g, 12));
  vector.expected.gyro_dps?.forEach((dps, axis) => expect(degFromRad(gyrRadps?.[axis] ?? NaN)).toBeCloseTo(dps, 9));
});

it.each(answers.map((vector) => [vector.id, vector] as const))('answer %s is no sample', (_id, vector) => {
  expect(decode(vector.hex)).toEqual([]);
  const { start_register = NaN, regs = [] } = vector.expected;
  const answer = new RegisterAnswer(start_register);
  expect(answer.push(Buffer.from(vector.hex, 'hex'))).toBe(true);
  expect(answer.values?.slice(0, regs.length)).toEqual(regs);
  expect(new RegisterAnswer(start_register + 1).push(Buffer.from(vector.hex, 'hex'))).toBe(false);
});

it.skipIf(vectors.length === 0)('both are there', () => {
  expect([...samples, ...answers].map(({ id }) => id)).toEqual(['witmotion-61', 'witmotion-reg3a-mag']);
  expect(vectors).toHaveLength(2);
});
