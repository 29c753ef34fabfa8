/** The session with nothing pretended but the air: real noble on a virtual controller, wearables written from the vendors' pages. */
import { expect, it } from 'vitest';
import { deviceById, DEVICES } from '../../src/devices/index.ts';
import { expectBend, expectRisingTimes, leansDeg, nobleBench, streamedS, until } from './nobleBench.ts';

/** Those that are sent in halves without a stamp have tests of their own: clocklessThroughNoble.test.ts. */
const KINDS = DEVICES.filter(({ pairing }) => pairing !== 'byArrival').map(({ id }) => id);

it.each(KINDS)('a bend reaches the host from a virtual %s', async (kind) => {
  const { session, blocks, gaps, problems } = await nobleBench({ kind });
  await until(() => streamedS(blocks) > 11, 'eleven seconds of samples');
  expectRisingTimes(blocks);
  expectBend(blocks);
  expect(gaps).toEqual([]);
  expect(problems).toEqual([]);
  expect(session.health()).toMatchObject({ state: 'streaming', kind, lostSamples: 0, reconnects: 0 });
  expect(session.health().batteryPct).toBeGreaterThan(80);
  // What the documents say that it tells about itself, it tells.
  expect(session.health().identity !== undefined).toBe(deviceById(kind)?.description.identity !== undefined);
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

it('a plumbline that was out of range goes on without a gap, from its memory', async () => {
  const { session, radio, blocks, gaps, address } = await nobleBench({ kind: 'plumbline' });
  await until(() => streamedS(blocks) > 3, 'three seconds of samples');
  expect(radio.drop(address)).toBe(true);
  await until(() => streamedS(blocks) > 12, 'twelve seconds of samples');
  expect(gaps).toEqual([]);
  expectRisingTimes(blocks);
  const tS = blocks.flatMap((block) => [...block.tS]);
  expect(tS.every((t, i) => i === 0 || t - tS[i - 1] < 0.015)).toBe(true);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 1, lostSamples: 0 });
  expect(session.health().repairedSamples).toBeGreaterThan(100);
});

it.each([
  ['imu6', 104, true],
  ['imu9', 104, true],
  ['imu9', 52, true],
  ['acc', 104, false],
  ['acc', 13, false],
] as const)('a movesense streams in mode %s at %i Hz', async (mode, rateHz, hasGyroscope) => {
  const { session, blocks, gaps, problems } = await nobleBench({ kind: 'movesense' }, { mode, rateHz });
  await until(() => streamedS(blocks) > 5, 'five seconds of samples');
  const blind = 'falls cannot be seen at this rate: expected at least 50 Hz, found 13 Hz';
  expect([problems, gaps]).toEqual([rateHz === 13 ? [blind] : [], []]);
  expect(session.health().sees).toEqual({ falls: rateHz > 13, sway: 'full', rotation: hasGyroscope });
  expect(blocks.every((block) => block.rateHz === rateHz)).toBe(true);
  expect(blocks.every((block) => (block.gyrRadps !== undefined) === hasGyroscope)).toBe(true);
  const startS = blocks[0].tS[0];
  for (const leanDeg of leansDeg(blocks, startS, startS + 4)) expect(Math.abs(leanDeg)).toBeLessThan(5);
  expect(session.health().lostSamples).toBe(0);
  expectRisingTimes(blocks);
});

it('a movesense without the battery service tells its battery in its own protocol', async () => {
  const { session, blocks, problems } = await nobleBench({ kind: 'movesense', variant: 'gspOnly' });
  await until(() => session.health().batteryPct !== undefined, 'the level of the battery');
  await until(() => streamedS(blocks) > 2, 'two seconds of samples');
  expect(session.health().batteryPct).toBeGreaterThan(80);
  expect(problems).toEqual([]);
});

it('a movesense that tells its battery in no way streams all the same', async () => {
  const { session, blocks, problems } = await nobleBench({ kind: 'movesense', variant: 'silent' });
  await until(() => streamedS(blocks) > 3, 'three seconds of samples');
  expect(session.health()).not.toHaveProperty('batteryPct');
  expect(problems).toEqual([]);
});

it.each([
  { kind: 'plumbline', variant: 'sessionEndsWithLink' },
  ...KINDS.filter((kind) => kind !== 'plumbline').map((kind) => ({ kind, variant: undefined })),
])('a $kind $variant that was out of range streams again, with a gap', async (spec) => {
  const { session, radio, blocks, gaps, address } = await nobleBench(spec);
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

it.each([
  ['in pieces of 33 bytes, two frames among three notifications', { notificationBytes: 33 }],
  ['with dates behind its frames, from the service of the dual-mode models', { variant: 'dual-dated' }],
  ['with dates, on a link that carries 20 bytes', { variant: 'dated', maxMtu: 23 }],
])('a witmotion streams %s', async (_how, options) => {
  const { session, blocks, problems } = await nobleBench({ kind: 'witmotion', ...options });
  await until(() => streamedS(blocks) > 4 || problems.length > 0, 'four seconds of samples');
  expect(problems).toEqual([]);
  expectRisingTimes(blocks);
  const samples = blocks.reduce((total, { n }) => total + n, 0);
  expect(samples / streamedS(blocks)).toBeGreaterThan(45);
  await until(() => session.health().batteryPct !== undefined, 'the answer about the battery, among the data');
  expect(session.health()).toMatchObject({ state: 'streaming', batteryPct: 85 });
});

it('an xsens-dot on a link that carries 20 bytes is refused, in words', async () => {
  const { blocks, problems } = await nobleBench({ kind: 'xsens-dot', maxMtu: 23 });
  await until(() => problems.length > 0, 'a refusal');
  expect(problems[0]).toContain('mode 21: expected an MTU of at least 43, found 23');
  expect(blocks).toEqual([]);
});
