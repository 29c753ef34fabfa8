import { expect, it } from 'vitest';
import { emptyBlock, type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import { UsableSamples } from '../../src/safety/usableSamples.ts';

const RATE_HZ = 50;

/** One second. */
function second(valueAt: (i: number) => number, flag = 0): ImuBlock {
  const block = emptyBlock(RATE_HZ, RATE_HZ, false);
  for (let i = 0; i < block.n; i++) block.accMps2.fill(valueAt(i), 3 * i, 3 * i + 3);
  block.flags.fill(flag);
  return block;
}

it('values that a sensor can measure are usable; none, and impossible ones, are not', () => {
  const samples = new UsableSamples();
  expect(samples.push(second((i) => i / 10))).toBe(true);
  expect(samples.push(second(() => NaN))).toBe(false);
  expect(samples.push(second((i) => 500 + i, SampleFlag.implausible))).toBe(false);
  expect(samples.push(second((i) => (i === 20 ? 9.81 : NaN)))).toBe(true);
});

it('one and the same value is usable for a minute, and again when it changes', () => {
  const samples = new UsableSamples();
  const said = Array.from({ length: 70 }, () => samples.push(second(() => 9.81)));
  expect(said.indexOf(false)).toBe(60);
  expect(said.lastIndexOf(true)).toBe(59);
  expect(samples.push(second((i) => 9.81 + (i % 2) / 1000))).toBe(true);
});
