/** The session with nothing pretended but the air: real noble on a virtual controller, wearables written from the vendors' pages. */
import { expect, it } from 'vitest';
import { expectBend, expectRisingTimes, nobleBench, streamedS, until } from './nobleBench.ts';

it.each(['plumbline', 'movesense'] as const)('a bend reaches the host from a virtual %s', async (kind) => {
  const { session, blocks, gaps, problems } = await nobleBench({ kind });
  await until(() => streamedS(blocks) > 11, 'eleven seconds of samples');
  expectRisingTimes(blocks);
  expectBend(blocks);
  expect(gaps).toEqual([]);
  expect(problems).toEqual([]);
  expect(session.health()).toMatchObject({ state: 'streaming', kind, lostSamples: 0, reconnects: 0 });
  expect(session.health().batteryPct).toBeGreaterThan(80);
});

it('packets lost on the way from a virtual plumbline are repaired from its memory', async () => {
  const { session, blocks, gaps } = await nobleBench({ kind: 'plumbline', lossRatio: 0.05 });
  await until(() => streamedS(blocks) > 20, 'twenty seconds of samples');
  const { repairedSamples, lostSamples, samples } = session.health();
  expect(repairedSamples).toBeGreaterThan(30);
  // Lost in the end only where a repeated packet was lost twice.
  expect(lostSamples).toBeLessThan(0.01 * samples);
  expect(gaps.reduce((total, { missingSamples }) => total + missingSamples, 0)).toBe(lostSamples);
  expectRisingTimes(blocks);
});

it.each(['plumbline', 'movesense'] as const)('a %s that was out of range streams again, with a gap', async (kind) => {
  const { session, radio, blocks, gaps, address } = await nobleBench({ kind });
  await until(() => streamedS(blocks) > 3, 'three seconds of samples');
  expect(radio.drop(address)).toBe(true);
  await until(() => gaps.length > 0, 'a gap');
  expect(gaps[0].reason).toBe('reconnected');
  expect(gaps[0].missingSamples).toBeGreaterThan(10);
  expectRisingTimes(blocks);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 1 });
  expect(session.health().lastReason).toContain('0x08');
});

it('a plumbline on a link that carries 20 bytes streams one sample at a time', async () => {
  const { session, blocks, problems } = await nobleBench({ kind: 'plumbline', maxMtu: 23 });
  await until(() => streamedS(blocks) > 3 || problems.length > 0, 'three seconds of samples');
  expect(problems).toEqual([]);
  expect(blocks.every(({ n }) => n === 1)).toBe(true);
  expect(session.health().lostSamples).toBe(0);
  expectRisingTimes(blocks);
});
