/** Polar's sensors through real noble, from their own frames to the motion core. */
import { expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { PmdMeasurement } from '../../firmware-mocks/polarPmdPacket.ts';
import { PolarSensor } from '../../firmware-mocks/polarSensor.ts';
import type { VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
import { polarH10 } from '../../src/devices/polarH10.ts';
import { type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import type { MotionEvent } from '../../src/model/event.ts';
import { IDENTITY_MOUNT } from '../../src/model/frames.ts';
import { degFromRad, gFromMps2 } from '../../src/model/units.ts';
import { Pipeline } from '../../src/pipeline.ts';
import { expectRisingTimes, nobleBench, streamedS, until } from './nobleBench.ts';

const H10 = { kind: 'polar-h10' } as const;
const VERITY = { kind: 'polar-verity' } as const;

const pmdOf = (peripheral: VirtualPeripheral): PolarSensor['pmd'] => {
  if (!(peripheral instanceof PolarSensor)) throw new Error('expected a Polar sensor, found another wearable');
  return peripheral.pmd;
};

/** Of every sample of a time: packets of these sensors are long. */
const leansDeg = (blocks: readonly ImuBlock[], startS: number, endS: number): number[] =>
  blocks.flatMap(({ tS, accMps2 }) =>
    Array.from(tS, (t, i) => ({ t, deg: degFromRad(Math.atan2(-accMps2[3 * i], accMps2[3 * i + 1])) })).flatMap(
      ({ t, deg }) => (t >= startS && t < endS ? [deg] : []),
    ),
  );

it.each([
  [H10, {}, 100, false],
  [H10, { rateHz: 25 }, 25, false],
  [H10, { rateHz: 200 }, 200, false],
  [VERITY, {}, 52, true],
  [VERITY, { mode: 'sdk' }, 104, true],
  [VERITY, { mode: 'sdk', rateHz: 26 }, 26, true],
  [VERITY, { mode: 'sdk', rateHz: 208 }, 208, true],
] as const)('a bend reaches the host from %o asked for %o', async (spec, wish, rateHz, hasGyroscope) => {
  const { session, blocks, gaps, problems } = await nobleBench(spec, wish);
  await until(() => streamedS(blocks) > 11, 'eleven seconds of samples');
  expectRisingTimes(blocks);
  const blind = `falls cannot be seen at this rate: expected at least 50 Hz, found ${rateHz} Hz`;
  expect([gaps, problems]).toEqual([[], rateHz < 50 ? [blind] : []]);
  expect(blocks.every((block) => block.rateHz === rateHz)).toBe(true);
  expect(blocks.every(({ gyrRadps }) => (gyrRadps !== undefined) === hasGyroscope)).toBe(true);
  const startS = blocks[0].tS[0];
  const upright = leansDeg(blocks, startS, startS + 4);
  const bent = leansDeg(blocks, startS + 6.8, startS + 8);
  expect(upright.length).toBeGreaterThan(3.9 * rateHz);
  expect(bent.length).toBeGreaterThan(1.1 * rateHz);
  expect(upright.filter((deg) => !(Math.abs(deg) < 5))).toEqual([]);
  expect(bent.filter((deg) => !(Math.abs(deg - 60) < 6))).toEqual([]);
  expect(session.health()).toMatchObject({ state: 'streaming', kind: spec.kind, lostSamples: 0, reconnects: 0 });
  expect(session.health().batteryPct).toBeGreaterThan(80);
  expect(session.health().identity?.serial).toMatch(/^[0-9A-F]{8}$/);
});

it.each([H10, VERITY])(
  'a $kind that was out of range streams again, with a gap: its stream was still running',
  async (spec) => {
    const { session, radio, peripheral, blocks, gaps, address } = await nobleBench(spec);
    await until(() => streamedS(blocks) > 3, 'three seconds of samples');
    expect(radio.drop(address)).toBe(true);
    expect(pmdOf(peripheral).activeTypes).toContain(PmdMeasurement.acc);
    await until(() => gaps.length > 0, 'a gap');
    expect(gaps[0].reason).toBe('reconnected');
    expect(gaps[0].missingSamples).toBeGreaterThan(10);
    expectRisingTimes(blocks);
    expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 1 });
    expect(session.health().lastReason).toContain('0x08');
  },
);

it.each([
  [H10, {}],
  [VERITY, { mode: 'sdk', rateHz: 52 }],
] as const)('%o is told to stop before the link ends, so that it can sleep', async (spec, wish) => {
  const { session, peripheral, blocks } = await nobleBench(spec, wish);
  await until(() => streamedS(blocks) > 2, 'two seconds of samples');
  expect(pmdOf(peripheral).activeTypes.length).toBeGreaterThan(0);
  await session.stop();
  expect(pmdOf(peripheral).activeTypes).toEqual([]);
  expect(pmdOf(peripheral).isInSdkMode).toBe(false);
});

it.each([
  [H10, [PmdMeasurement.acc]],
  [VERITY, [PmdMeasurement.gyro]],
] as const)('%o that stops %o by itself is started again at once, on the same link', async (spec, types) => {
  const { session, peripheral, blocks, gaps, problems } = await nobleBench(spec);
  await until(() => streamedS(blocks) > 3, 'three seconds of samples');
  pmdOf(peripheral).stopUnasked(types);
  await until(() => gaps.length > 0, 'a gap');
  expect(gaps).toHaveLength(1);
  expect(gaps[0].reason).toBe('reconnected');
  // Sooner than the watch over silence would have seen it.
  expect(gaps[0].endS - gaps[0].startS).toBeLessThan(4);
  expect(problems).toEqual([expect.stringContaining('found that the sensor stopped')]);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 0 });
});

it('a Verity Sense whose rotation stops without a word is started again: acceleration alone is silence', async () => {
  const { session, peripheral, blocks, gaps } = await nobleBench(VERITY);
  await until(() => streamedS(blocks) > 3, 'three seconds of samples');
  pmdOf(peripheral).fallSilent([PmdMeasurement.gyro]);
  await until(() => gaps.length > 0, 'a gap');
  expect(gaps.map(({ reason }) => reason)).toEqual(['reconnected']);
  expect(gaps[0].endS - gaps[0].startS).toBeGreaterThan(4);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 0 });
});

it.each([
  [H10, {}, 7.99, 8.01, true],
  [VERITY, { mode: 'sdk', rateHz: 208 }, 8.1, 15.9, false],
] as const)(
  'an impact of 12 g on %o asked for %o reads %d to %d g, cut off: %s',
  async (spec, wish, leastG, mostG, isClipped) => {
    const fall: readonly Movement[] = [
      { do: 'stand', forS: 3 },
      { do: 'fall', direction: 'forward', impactG: 12, lieS: 60 },
    ];
    const { blocks, problems } = await nobleBench({ ...spec, motion: { script: fall }, errors: 'none' }, wish);
    await until(() => streamedS(blocks) > 9, 'nine seconds of samples');
    const peakG = gFromMps2(Math.max(...blocks.flatMap(({ accMps2 }) => [...accMps2].map(Math.abs))));
    expect(peakG).toBeGreaterThan(leastG);
    expect(peakG).toBeLessThan(mostG);
    const flags = blocks.reduce((all, block) => block.flags.reduce((sum, flag) => sum | flag, all), 0);
    expect((flags & SampleFlag.accClipped) !== 0).toBe(isClipped);
    expect(flags & SampleFlag.implausible).toBe(0);
    expect(problems).toEqual([]);
  },
);

it('an H10 that leaves its strap ends the link, and streams again with its clock begun anew', async () => {
  const { session, blocks, gaps } = await nobleBench({ ...H10, offStrapAfterS: 5 });
  await until(() => gaps.length > 0, 'a gap');
  const before = streamedS(blocks);
  await until(() => streamedS(blocks) > before + 3, 'three more seconds of samples');
  expect(gaps.map(({ reason }) => reason)).toEqual(['reconnected']);
  expectRisingTimes(blocks);
  expect(session.health().lastReason).toContain('0x13');
});

it.each([H10, VERITY])(
  'packets lost on the way from a $kind are counted, and the rest keeps its times',
  async (spec) => {
    const { session, blocks, gaps } = await nobleBench({ ...spec, lossRatio: 0.1 });
    await until(() => streamedS(blocks) > 40 && gaps.length > 2, 'forty seconds of samples with gaps');
    expectRisingTimes(blocks);
    expect(gaps.every(({ reason }) => reason === 'radioLoss')).toBe(true);
    const { lostSamples, samples } = session.health();
    expect(lostSamples).toBeGreaterThan(0);
    expect(gaps.reduce((sum, { missingSamples }) => sum + missingSamples, 0)).toBe(lostSamples);
    const tS = blocks.flatMap((block) => [...block.tS]);
    const rateHz = blocks[0].rateHz;
    // What came and what is counted as lost make up the time that has passed.
    expect(Math.abs(samples + lostSamples - (tS[tS.length - 1] - tS[0]) * rateHz)).toBeLessThan(0.02 * samples);
  },
);

it('an H10 on a link that is too narrow says so instead of streaming', async () => {
  const { problems, blocks } = await nobleBench({ ...H10, maxMtu: 60 });
  await until(() => problems.length > 0, 'a problem');
  expect(problems[0]).toBe('expected an MTU of at least 70 for a Polar H10, found 60');
  expect(blocks).toEqual([]);
});

it('a bend of somebody who wears an H10 is recognised without a gyroscope', async () => {
  const { blocks } = await nobleBench(H10);
  await until(() => streamedS(blocks) > 14, 'fourteen seconds of samples');
  const events: MotionEvent[] = [];
  const pipeline = new Pipeline(
    {
      person: { id: 'anna', displayName: 'Anna', tier: 'T2', overrides: [] },
      placement: 'chest',
      calibration: { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 },
      gyroTiming: 'instantaneous',
      capabilities: polarH10.capabilities,
      withRules: true,
    },
    {
      onVerdict: () => undefined,
      onMotionEvent: (event) => events.push(event),
      onSecond: () => undefined,
      onAngles: () => undefined,
      onCalibration: () => undefined,
      onWornDifferently: () => undefined,
    },
  );
  for (const block of blocks) pipeline.push(block);
  pipeline.end();
  const bends = events.filter(({ type }) => type === 'forwardBend');
  expect(bends).toHaveLength(1);
  expect(bends[0]).toMatchObject({ peakDeg: expect.closeTo(60, -1) });
});
