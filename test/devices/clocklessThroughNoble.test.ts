/**
 * Wearables that send halves without a clock, over real noble.
 */
import { expect, it } from 'vitest';
import { Metamotion } from '../../firmware-mocks/metamotion.ts';
import type { GattScript } from '../../src/devices/define.ts';
import { METAMOTION } from '../../src/devices/metamotionPackets.ts';
import { expectBend, expectRisingTimes, nobleBench, streamedS, until } from './nobleBench.ts';

const KINDS = [
  { kind: 'metamotion', variant: 'bmi160' },
  { kind: 'metamotion', variant: 'bmi270' },
  { kind: 'arduino-blesense', variant: 'rev1' },
] as const;

it.each(KINDS)('a bend reaches the host from a virtual $kind, $variant', async (wearable) => {
  const { session, blocks, problems } = await nobleBench(wearable);
  await until(() => streamedS(blocks) > 11, 'eleven seconds of samples');
  expectRisingTimes(blocks);
  expectBend(blocks);
  expect(blocks.every(({ gyrRadps }) => gyrRadps !== undefined)).toBe(true);
  expect(problems).toEqual([]);
  const { samples, lostSamples, state } = session.health();
  expect(state).toBe('streaming');
  expect(lostSamples).toBeLessThan(0.05 * samples);
});

it('a MetaMotion says which one it is, and how full its battery is', async () => {
  const { session } = await nobleBench({ kind: 'metamotion', serial: '053F2A', batteryPct: 72 });
  await until(() => session.health().batteryPct !== undefined, 'the battery');
  expect(session.health()).toMatchObject({
    batteryPct: 72,
    identity: { model: '5', serial: '053F2A', firmware: '1.5.0', hardware: '0.4' },
  });
});

it.each([
  { kind: 'metamotion', variant: 'bmi160' },
  { kind: 'arduino-blesense', variant: 'rev2' },
] as const)('a $kind that was out of range streams again, with a gap', async (wearable) => {
  const { session, radio, blocks, gaps, address } = await nobleBench(wearable);
  await until(() => streamedS(blocks) > 3, 'three seconds of samples');
  expect(radio.drop(address)).toBe(true);
  await until(() => gaps.some(({ reason }) => reason === 'reconnected'), 'a gap');
  expect(gaps.find(({ reason }) => reason === 'reconnected')?.missingSamples).toBeGreaterThan(10);
  expectRisingTimes(blocks);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 1 });
});

it('a MetaMotion whose firmware cannot pack sends single samples', async () => {
  const plain = await nobleBench({ kind: 'metamotion', variant: 'bmi160-plain' });
  await until(() => streamedS(plain.blocks) > 2, 'two seconds of samples');
  expect(plain.blocks.every(({ n }) => n === 1)).toBe(true);
});

it('a MetaMotion whose gyroscope stops is silent, though acceleration comes, and is started again', async () => {
  const { session, peripheral, blocks, gaps } = await nobleBench({ kind: 'metamotion' });
  await until(() => streamedS(blocks) > 2, 'two seconds of samples');
  await session.carryOut(() => gyroscopeOff());
  await until(() => gaps.some(({ reason }) => reason === 'reconnected'), 'a new start');
  expect(gaps.find(({ reason }) => reason === 'reconnected')?.missingSamples).toBeGreaterThan(300);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 0 });
  expect(poweredSensors(peripheral)).toEqual(['acc', 'gyr']);
});

it('a MetaMotion that is let go of has its sensors off', async () => {
  const { session, peripheral, blocks } = await nobleBench({ kind: 'metamotion' });
  await until(() => streamedS(blocks) > 1, 'a second of samples');
  expect(poweredSensors(peripheral)).toEqual(['acc', 'gyr']);
  await session.stop();
  expect(poweredSensors(peripheral)).toEqual([]);
});

function* gyroscopeOff(): GattScript<void> {
  yield { op: 'write', uuid: METAMOTION.command, bytes: Uint8Array.of(0x13, 0x01, 0) };
}

function poweredSensors(peripheral: unknown): readonly string[] {
  if (!(peripheral instanceof Metamotion)) throw new Error('expected a MetaMotion');
  return peripheral.poweredSensors;
}

it('lost halves of a MetaMotion are counted, and its times stay', async () => {
  const { session, blocks, gaps } = await nobleBench({ kind: 'metamotion', lossRatio: 0.02 });
  await until(() => streamedS(blocks) > 20, 'twenty seconds of samples');
  expectRisingTimes(blocks);
  const { lostSamples, samples } = session.health();
  // Two halves of each pair may be lost.
  expect(lostSamples).toBeGreaterThan(0.01 * samples);
  expect(lostSamples).toBeLessThan(0.12 * samples);
  expect(gaps.every(({ reason }) => reason === 'radioLoss')).toBe(true);
});
