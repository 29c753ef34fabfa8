/** The session with nothing pretended but the air: real noble on a virtual controller, wearables written from the vendors' pages. */
import { afterEach, expect, it } from 'vitest';
import { createVirtualRadio, type VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { createSimulation, type WearableSpec } from '../../firmware-mocks/simulation.ts';
import { nextDelayMs } from '../../src/ble/connection.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import { deviceById } from '../../src/devices/index.ts';
import type { StreamGap } from '../../src/devices/imuStream.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import { degFromRad } from '../../src/model/units.ts';
import { SharedScan } from '../../src/app/session/sharedScan.ts';
import { systemTimers } from '../../src/app/session/timers.ts';
import { WearableSession } from '../../src/app/session/wearableSession.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';

/** A bend to 60° in the sixth second, held for two; the clock runs six times as fast as ours. */
const BEND: readonly Movement[] = [
  { do: 'stand', forS: 5 },
  { do: 'bend', toDeg: 60, inS: 1.5, holdS: 2, backS: 1.5 },
  { do: 'stand', forS: 600 },
];
const SPEED = 6;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Bench {
  readonly session: WearableSession;
  readonly radio: VirtualRadio;
  readonly blocks: ImuBlock[];
  readonly gaps: StreamGap[];
  readonly problems: string[];
  readonly address: string;
}

async function bench(spec: Partial<WearableSpec> & Pick<WearableSpec, 'kind'>): Promise<Bench> {
  const epochMs = 1_700_000_000_000;
  const startedMs = performance.now();
  const nowMs = (): number => epochMs + (performance.now() - startedMs) * SPEED;
  const simulation = createSimulation(
    { wearables: [{ motion: { script: BEND }, driftPpm: 40, jitterMs: 30, seed: 5, ...spec }] },
    { now: nowMs },
  );
  const radio = createVirtualRadio(simulation.peripherals);
  const logger = new QuietLogger();
  const central = new NobleCentral({ nowMs, logger, hciSocket: radio.HciSocket });
  await central.start();
  const device = deviceById(spec.kind);
  if (!device) throw new Error(`expected a device called ${spec.kind}, found none`);
  const blocks: ImuBlock[] = [];
  const gaps: StreamGap[] = [];
  const problems: string[] = [];
  const { name, address } = simulation.peripherals[0];
  const session = new WearableSession(
    { personId: 'p1', deviceId: 'd1', device, name },
    {
      central,
      scan: new SharedScan(central, logger),
      clock: { nowMs },
      timers: systemTimers(SPEED),
      logger,
      random: () => 0.5,
      nextDelayMs,
    },
    {
      onBlock: (block) => blocks.push(block),
      onGap: (gap) => gaps.push(gap),
      onHealth: () => undefined,
      onProblem: (message) => problems.push(message),
    },
  );
  session.start();
  cleanups.push(async () => {
    await session.stop();
    await central.stop();
    simulation.stop();
  });
  return { session, radio, blocks, gaps, problems, address };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const limitMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > limitMs) throw new Error(`expected ${what} within 20 s, found it still missing`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const streamedS = (blocks: readonly ImuBlock[]): number => (blocks.at(-1)?.tS[0] ?? 0) - (blocks[0]?.tS[0] ?? 0);

/** Lean of the trunk read from gravity alone: X anterior, Y superior. */
function leanDeg({ accMps2 }: ImuBlock): number {
  return degFromRad(Math.atan2(-accMps2[0], accMps2[1]));
}

function expectRisingTimes(blocks: readonly ImuBlock[]): void {
  const tS = blocks.flatMap((block) => [...block.tS]);
  expect(tS.every((t, i) => i === 0 || t > tS[i - 1])).toBe(true);
}

it.each(['plumbline', 'movesense'] as const)('a bend reaches the host from a virtual %s', async (kind) => {
  const { session, blocks, gaps, problems } = await bench({ kind });
  await until(() => streamedS(blocks) > 11, 'eleven seconds of samples');
  expectRisingTimes(blocks);
  const startS = blocks[0].tS[0];
  const upright = blocks.filter(({ tS }) => tS[0] - startS < 4);
  const bent = blocks.filter(({ tS }) => tS[0] - startS > 6.8 && tS[0] - startS < 8);
  expect(upright.length).toBeGreaterThan(10);
  expect(bent.length).toBeGreaterThan(5);
  for (const block of upright) expect(Math.abs(leanDeg(block))).toBeLessThan(5);
  for (const block of bent) expect(Math.abs(leanDeg(block) - 60)).toBeLessThan(6);
  expect(gaps).toEqual([]);
  expect(problems).toEqual([]);
  expect(session.health()).toMatchObject({ state: 'streaming', kind, lostSamples: 0, reconnects: 0 });
  expect(session.health().batteryPct).toBeGreaterThan(80);
});

it('packets lost on the way from a virtual plumbline are repaired from its memory', async () => {
  const { session, blocks, gaps } = await bench({ kind: 'plumbline', lossRatio: 0.05 });
  await until(() => streamedS(blocks) > 20, 'twenty seconds of samples');
  const { repairedSamples, lostSamples, samples } = session.health();
  expect(repairedSamples).toBeGreaterThan(30);
  // Lost in the end only where a repeated packet was lost twice.
  expect(lostSamples).toBeLessThan(0.01 * samples);
  expect(gaps.reduce((total, { missingSamples }) => total + missingSamples, 0)).toBe(lostSamples);
  expectRisingTimes(blocks);
});

it('a plumbline that was out of range goes on without a gap, from its memory', async () => {
  const { session, radio, blocks, gaps, address } = await bench({ kind: 'plumbline' });
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

it.each([{ kind: 'plumbline', variant: 'sessionEndsWithLink' }, { kind: 'movesense' }])(
  'a $kind $variant that was out of range streams again, with a gap',
  async (spec) => {
    const { session, radio, blocks, gaps, address } = await bench(spec);
    await until(() => streamedS(blocks) > 3, 'three seconds of samples');
    expect(radio.drop(address)).toBe(true);
    await until(() => gaps.length > 0, 'a gap');
    expect(gaps[0].reason).toBe('reconnected');
    expect(gaps[0].missingSamples).toBeGreaterThan(10);
    expectRisingTimes(blocks);
    expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 1 });
    expect(session.health().lastReason).toContain('0x08');
  },
);

it('a plumbline on a link that carries 20 bytes streams one sample at a time', async () => {
  const { session, blocks, problems } = await bench({ kind: 'plumbline', maxMtu: 23 });
  await until(() => streamedS(blocks) > 3 || problems.length > 0, 'three seconds of samples');
  expect(problems).toEqual([]);
  expect(blocks.every(({ n }) => n === 1)).toBe(true);
  expect(session.health().lostSamples).toBe(0);
  expectRisingTimes(blocks);
});
