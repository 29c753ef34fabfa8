/** A wearable that is let go of while it is being started hears its stop last, whatever the start script still had to say. */
import { describe, expect, it } from 'vitest';
import { createSimulation } from '../../firmware-mocks/simulation.ts';
import { DEFAULT_TIMING, WearableLink } from '../../src/app/session/wearableLink.ts';
import { ImuStream } from '../../src/devices/imuStream.ts';
import { DEVICES } from '../../src/devices/index.ts';
import { DirectLink, OPERATION_MS } from '../fakes/directLink.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { SteppedTime } from '../fakes/steppedTime.ts';

const STEP_MS = 10;
const LONGEST_START_STEPS = 900;

interface Ended {
  /** What was written after the stop began; the write on the air at that moment comes first, if there was one. */
  readonly afterStop: readonly string[];
  readonly startedEvents: number;
}

type Device = (typeof DEVICES)[number];

async function stoppedAfter(device: Device, stopSteps: number): Promise<Ended> {
  const time = new SteppedTime();
  const simulation = createSimulation(
    { wearables: [{ kind: device.id, motion: { script: 'dailyLoop' } }] },
    { now: () => time.nowMs(), timer: false },
  );
  const link = new DirectLink(simulation.peripherals[0], time);
  const stream = new ImuStream(device, {
    block: () => undefined,
    gap: () => undefined,
    problem: () => undefined,
    wanted: () => undefined,
  });
  let startedEvents = 0;
  const events = {
    started: () => startedEvents++,
    silent: () => undefined,
    data: () => undefined,
    status: () => undefined,
    notice: () => undefined,
    rssi: () => undefined,
    problem: () => undefined,
  };
  const around = { clock: time, timers: time, logger: new QuietLogger() };
  const wearable = new WearableLink(link, device, stream, around, DEFAULT_TIMING, events);
  const abort = new AbortController();
  const ended = new AbortController();
  const running = wearable.run({ rateHz: device.rateHz.default }, abort.signal).finally(() => ended.abort());
  for (let step = 0; step < stopSteps; step++) await pass();
  const before = link.written.length;
  const startedBefore = startedEvents;
  abort.abort();
  for (let step = 0; step < LONGEST_START_STEPS && !ended.signal.aborted; step++) await pass();
  await running;
  // Whatever was still on its way has time to come.
  for (let step = 0; step < 50; step++) await pass();
  return { afterStop: link.written.slice(before), startedEvents: startedEvents - startedBefore };

  async function pass(): Promise<void> {
    await time.advance(STEP_MS);
    simulation.poll();
  }
}

const isBeginning = (found: readonly string[], whole: readonly string[]): boolean =>
  found.every((write, i) => write === whole[i]);

/** Writes of the stop script of a wearable that streams. */
const farewellOf = async (device: Device): Promise<readonly string[]> =>
  (await stoppedAfter(device, LONGEST_START_STEPS)).afterStop;

describe.each(DEVICES.map((device) => [device.id, device] as const))('%s', (_id, device) => {
  it('hears nothing after its stop, at whatever moment of its start it is let go of', async () => {
    const farewell = await farewellOf(device);
    for (let stopSteps = 1; stopSteps < 120; stopSteps += 3) {
      const { afterStop, startedEvents } = await stoppedAfter(device, stopSteps);
      const at = `stopped after ${stopSteps * STEP_MS} ms, operations of ${OPERATION_MS} ms`;
      // One write may be on the air already; then the stop script alone, as far as the wearable answers it.
      const isFarewell = [0, 1].some((onAir) => isBeginning(afterStop.slice(onAir), farewell));
      expect(isFarewell, `${at}: expected ${farewell.join(', ')}, found ${afterStop.join(', ')}`).toBe(true);
      expect(startedEvents, at).toBe(0);
    }
  });
});
