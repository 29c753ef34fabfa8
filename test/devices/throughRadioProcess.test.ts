/** The radio in its own process is killed while a wearable streams: the session comes back by itself and invents nothing. */
import { afterEach, expect, it } from 'vitest';
import { nextDelayMs } from '../../src/ble/connection.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import { RadioProcess } from '../../src/ble/radioProcess.ts';
import type { StreamGap } from '../../src/devices/imuStream.ts';
import { plumblineReference } from '../../src/devices/plumblineReference.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import { SharedScan } from '../../src/app/session/sharedScan.ts';
import { systemTimers } from '../../src/app/session/timers.ts';
import { WearableSession } from '../../src/app/session/wearableSession.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';

const dist = new URL('../../dist/', import.meta.url);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function until(condition: () => boolean, what: string, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`expected ${what} within ${limitMs} ms, found it still missing`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it.each(NOBLE_LIBRARIES)(
  'kill -9 of the radio process over %s: samples again within 10 s, the gap is stated, no time is doubled',
  async (library) => {
    const logger = new QuietLogger();
    const central = new RadioProcess({
      adapter: {
        kind: 'virtual',
        library,
        module: new URL('firmware-mocks/virtualRadio.js', dist).href,
        spec: { wearables: [{ kind: 'plumbline', motion: { script: 'dailyLoop' } }] },
      },
      logger,
      childEntry: new URL('src/ble/radioChild.js', dist),
    });
    const blocks: ImuBlock[] = [];
    const gaps: StreamGap[] = [];
    const session = new WearableSession(
      { personId: 'p1', deviceId: 'd1', device: plumblineReference },
      {
        central,
        scan: new SharedScan(central, logger),
        clock: { nowMs: central.nowMs },
        timers: systemTimers(),
        logger,
        random: () => 0.5,
        nextDelayMs,
      },
      {
        onBlock: (block) => blocks.push(block),
        onGap: (gap) => gaps.push(gap),
        onHealth: () => undefined,
        onProblem: () => undefined,
      },
    );
    cleanups.push(
      () => central.stop(),
      () => session.stop(),
    );
    await central.start();
    session.start();
    await until(() => blocks.length > 10, 'a second of samples', 10_000);
    const { pid } = central;
    if (pid === undefined) throw new Error('expected a radio process, found none');
    process.kill(pid, 'SIGKILL');
    const killedAt = blocks.length;
    await until(() => gaps.length > 0 && blocks.length > killedAt + 5, 'samples after the kill', 10_000);
    expect(gaps).toHaveLength(1);
    expect(gaps[0].reason).toBe('reconnected');
    const tS = blocks.flatMap((block) => [...block.tS]);
    expect(tS.every((t, i) => i === 0 || t > tS[i - 1])).toBe(true);
    const widest = Math.max(...tS.slice(1).map((t, i) => t - tS[i]));
    expect(widest).toBeCloseTo(gaps[0].endS - gaps[0].startS, 6);
    expect(logger.of('radio.started').map(({ fields }) => fields['library'])).toEqual([library, library]);
    expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 1 });
  },
  40_000,
);
