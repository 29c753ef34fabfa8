/** The session with nothing pretended but the air: real noble on a virtual controller, wearables written from the vendors' pages. */
import { afterEach, expect } from 'vitest';
import { createVirtualRadio, type VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
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

/** A bend to 60° in the sixth second, held for two. */
const BEND: readonly Movement[] = [
  { do: 'stand', forS: 5 },
  { do: 'bend', toDeg: 60, inS: 1.5, holdS: 2, backS: 1.5 },
  { do: 'stand', forS: 600 },
];
/** Seconds of the bench in one of ours. */
const SPEED = 6;
/** Times of wearables without a clock are arrivals: at six times, a pause of this process would be a silence of the radio. */
const CLOCKLESS_SPEED = 2;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface NobleBench {
  readonly session: WearableSession;
  readonly radio: VirtualRadio;
  readonly peripheral: VirtualPeripheral;
  readonly blocks: ImuBlock[];
  readonly gaps: StreamGap[];
  readonly problems: string[];
  readonly address: string;
}

type Asked = Partial<WearableSpec> & Pick<WearableSpec, 'kind'>;

export async function nobleBench(spec: Asked, wish: { mode?: string; rateHz?: number } = {}): Promise<NobleBench> {
  const device = deviceById(spec.kind);
  if (!device) throw new Error(`expected a device called ${spec.kind}, found none`);
  const speed = device.clock === undefined ? CLOCKLESS_SPEED : SPEED;
  const epochMs = 1_700_000_000_000;
  const startedMs = performance.now();
  const nowMs = (): number => epochMs + (performance.now() - startedMs) * speed;
  const simulation = createSimulation(
    { wearables: [{ motion: { script: BEND }, driftPpm: 40, jitterMs: 30, seed: 5, ...spec }] },
    { now: nowMs },
  );
  const radio = createVirtualRadio(simulation.peripherals);
  const logger = new QuietLogger();
  const central = new NobleCentral({ nowMs, logger, hciSocket: radio.HciSocket });
  await central.start();
  const blocks: ImuBlock[] = [];
  const gaps: StreamGap[] = [];
  const problems: string[] = [];
  const [peripheral] = simulation.peripherals;
  const { name, address } = peripheral;
  const session = new WearableSession(
    { personId: 'p1', deviceId: 'd1', device, name, ...wish },
    {
      central,
      scan: new SharedScan(central, logger),
      clock: { nowMs },
      timers: systemTimers(speed),
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
  return { session, radio, peripheral, blocks, gaps, problems, address };
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const limitMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > limitMs) throw new Error(`expected ${what} within 20 s, found it still missing`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const streamedS = (blocks: readonly ImuBlock[]): number => (blocks.at(-1)?.tS[0] ?? 0) - (blocks[0]?.tS[0] ?? 0);

/** Lean of the trunk at each sample from `fromS` to `toS`, read from gravity alone: X anterior, Y superior. */
export function leansDeg(blocks: readonly ImuBlock[], fromS: number, toS: number): number[] {
  return blocks.flatMap(({ tS, accMps2 }) =>
    [...tS].flatMap((t, i) =>
      t >= fromS && t < toS ? [degFromRad(Math.atan2(-accMps2[3 * i], accMps2[3 * i + 1]))] : [],
    ),
  );
}

export function expectRisingTimes(blocks: readonly ImuBlock[]): void {
  const tS = blocks.flatMap((block) => [...block.tS]);
  expect(tS.every((t, i) => i === 0 || t > tS[i - 1])).toBe(true);
}

/** Upright before the bend, 60° while it is held. */
export function expectBend(blocks: readonly ImuBlock[]): void {
  const startS = blocks[0].tS[0];
  const upright = leansDeg(blocks, startS, startS + 4);
  const bent = leansDeg(blocks, startS + 6.8, startS + 8);
  expect(upright.length).toBeGreaterThan(30);
  expect(bent.length).toBeGreaterThan(8);
  for (const leanDeg of upright) expect(Math.abs(leanDeg)).toBeLessThan(5);
  for (const leanDeg of bent) expect(Math.abs(leanDeg - 60)).toBeLessThan(6);
}
