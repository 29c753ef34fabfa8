import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, BenchOrder } from '../../firmware-mocks/benchPeripheral.ts';
import type { BenchRadioSpec } from '../../firmware-mocks/benchRadio.ts';
import { RadioProcess, type RadioProcessOptions } from '../../src/ble/radioProcess.ts';
import type { CentralState } from '../../src/model/ports.ts';
import { connectTo, hear, memoryLogger, nextAdvertisement, refusalOf, SHORT_LIMITS } from './radioFixtures.ts';

const dist = new URL('../../dist/', import.meta.url);
const childEntry = new URL('src/ble/radioChild.js', dist);
const benchRadio = new URL('firmware-mocks/benchRadio.js', dist).href;
/** As `ps` shows it: T is stopped. */
const stateOfProcess = (pid: number): string =>
  execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
const ONE: BenchRadioSpec = { peripherals: [{}] };

describe('RadioProcess', () => {
  const running: RadioProcess[] = [];
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => {
    unhandled.push(reason);
  };
  let logger = memoryLogger();

  beforeEach(() => {
    logger = memoryLogger();
    process.on('unhandledRejection', onUnhandled);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((radio) => radio.stop()));
    process.removeListener('unhandledRejection', onUnhandled);
    expect(unhandled.splice(0)).toEqual([]);
  });

  function create(options: Partial<RadioProcessOptions> = {}): RadioProcess {
    const radio = new RadioProcess({
      adapter: { kind: 'virtual', module: benchRadio, spec: ONE },
      logger,
      limits: SHORT_LIMITS,
      childEntry,
      ...options,
    });
    running.push(radio);
    return radio;
  }
  async function started(options: Partial<RadioProcessOptions> = {}): Promise<RadioProcess> {
    const radio = create(options);
    await radio.start();
    return radio;
  }
  const reaches = (radio: RadioProcess, wanted: CentralState): Promise<void> =>
    new Promise((resolve) => {
      const off = radio.onStateChange((state) => {
        if (state !== wanted) return;
        off();
        resolve();
      });
    });

  it.each(['SIGKILL', 'SIGABRT', 'SIGSEGV'] as const)(
    'survives %s of its process: links close at once, and within five seconds it scans and connects again',
    async (signal) => {
      const radio = await started();
      const link = await connectTo(radio);
      const before = radio.pid as number;
      // Stopped first, so that the read is certainly still on its way when the process dies.
      process.kill(before, 'SIGSTOP');
      await expect.poll(() => stateOfProcess(before)).toMatch(/^T/);
      const read = refusalOf(link.read(Bench.store));
      const killedMs = performance.now();
      const back = reaches(radio, 'poweredOn');
      process.kill(before, signal);
      process.kill(before, 'SIGCONT');
      expect(await link.closed).toContain(signal);
      expect(radio.state).toBe('restarting');
      expect((await read).code).toBe('radio/closed');
      await back;
      const { id } = await nextAdvertisement(radio);
      const again = await radio.connect(id);
      expect(performance.now() - killedMs).toBeLessThan(5000);
      expect((await again.read('2a19'))[0]).toBe(87);
      expect(radio.pid).not.toBe(before);
      expect(radio.stats).toMatchObject({ radioRestarts: 1, linkEnds: { none: 1 } });
      expect(logger.entries.filter(({ event }) => event === 'radio.process-ended').length).toBe(1);
    },
  );

  it('survives a process that aborts again and again, without scanning while it is away', async () => {
    const radio = await started();
    await hear(radio);
    for (let round = 1; round <= 3; round++) {
      const back = reaches(radio, 'poweredOn');
      process.kill(radio.pid as number, 'SIGABRT');
      await reaches(radio, 'restarting');
      expect((await refusalOf(radio.connect('c0ffee000001'))).code).toBe('radio/closed');
      await back;
      expect(radio.stats.radioRestarts).toBe(round);
      await nextAdvertisement(radio);
    }
  });

  it('takes up a scan that was asked for while the process was being restarted', async () => {
    const radio = await started();
    const away = reaches(radio, 'restarting');
    process.kill(radio.pid as number, 'SIGKILL');
    await away;
    expect((await hear(radio)).name).toBe('Bench 1');
  });

  it('replaces a radio that hears nobody any more although its scan was restarted three times', async () => {
    const spec: BenchRadioSpec = { ...ONE, deafOnceConnected: true };
    const adapter = { kind: 'virtual', module: benchRadio, spec } as const;
    const radio = await started({ adapter, limits: { ...SHORT_LIMITS, scanSilenceMs: 300 } });
    const link = await connectTo(radio);
    const away = reaches(radio, 'restarting');
    await link.disconnect();
    await away;
    expect(radio.stats.scanRestarts).toBeGreaterThanOrEqual(3);
    expect((await nextAdvertisement(radio)).name).toBe('Bench 1');
  });

  it('replaces a radio that is as deaf as the one before it, later each time', async () => {
    const spec: { -readonly [K in keyof BenchRadioSpec]: BenchRadioSpec[K] } = { ...ONE, deafOnceConnected: true };
    const adapter = { kind: 'virtual', module: benchRadio, spec } as const;
    const radio = await started({ adapter, limits: { ...SHORT_LIMITS, scanSilenceMs: 100 } });
    const link = await connectTo(radio);
    spec.adapterFaults = { deaf: true };
    await link.disconnect();
    const restartsOfScan: number[] = [];
    for (let replaced = 1; replaced <= 2; replaced++) {
      await reaches(radio, 'restarting');
      restartsOfScan.push(radio.stats.scanRestarts);
    }
    expect(restartsOfScan[0]).toBeGreaterThanOrEqual(3);
    expect(restartsOfScan[1] - restartsOfScan[0]).toBe(6);
    spec.adapterFaults = { deaf: false };
    expect((await nextAdvertisement(radio)).name).toBe('Bench 1');
  });

  it('counts connections, packets and ends of links by their HCI reason, and logs each end', async () => {
    const radio = await started();
    const link = await connectTo(radio);
    await link.subscribe(Bench.notify, () => undefined);
    await link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 5, 20));
    expect(radio.stats).toMatchObject({ notifications: 5, links: [{ id: link.id, notifications: 5 }], linkEnds: {} });
    await refusalOf(link.write(Bench.orders, Uint8Array.of(BenchOrder.drop, 0x13)));
    await refusalOf(radio.connect('0123456789ab'));
    await (await connectTo(radio)).disconnect();
    expect(radio.stats).toEqual({
      connectAttempts: 3,
      connectFailures: 1,
      linkEnds: { '0x13': 1, '0x16': 1 },
      notifications: 5,
      links: [],
      scanRestarts: 0,
      radioRestarts: 0,
    });
    const ends = logger.entries.filter(({ event }) => event === 'radio.link-ended').map(({ fields }) => fields);
    expect(ends).toMatchObject([
      { id: link.id, notifications: 5, hciReason: '0x13', reason: expect.stringContaining('0x13') },
      { hciReason: '0x16' },
    ]);
  });

  it('replaces a process that hangs', async () => {
    const radio = await started({ heartbeatMs: 200 });
    const link = await connectTo(radio);
    const back = reaches(radio, 'poweredOn');
    process.kill(radio.pid as number, 'SIGSTOP');
    expect(await link.closed).toContain('SIGKILL');
    await back;
    expect(radio.stats.radioRestarts).toBe(1);
  });

  it('does not take a process for hung that is slow to start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'radio-'));
    const slow = join(folder, 'slow.mjs');
    writeFileSync(
      slow,
      `const endMs = Date.now() + 800;
       while (Date.now() < endMs);
       process.on('message', ({ type }) => (type === 'stop' ? process.exit(0) : process.send({ type: 'pong' })));
       process.send({ type: 'ready' });`,
    );
    const radio = create({ childEntry: pathToFileURL(slow), heartbeatMs: 50 });
    await radio.start();
    expect(radio.stats.radioRestarts).toBe(0);
    await radio.stop();
    rmSync(folder, { recursive: true });
  });

  it('does not restart a process that it was told to stop, not even one that is just starting', async () => {
    const radio = await started();
    const { pid } = radio;
    process.kill(pid as number, 'SIGKILL');
    await reaches(radio, 'restarting');
    await radio.stop();
    expect(radio.state).toBe('unknown');
    expect(radio.pid).toBeUndefined();
    const startingRadio = create();
    const starting = refusalOf(startingRadio.start());
    await startingRadio.stop();
    expect((await starting).code).toBe('radio/closed');
  });

  it('can be called off while it starts', async () => {
    const abort = new AbortController();
    const radio = create();
    const starting = refusalOf(radio.start(abort.signal));
    abort.abort();
    expect((await starting).code).toBe('radio/closed');
    expect(radio.state).toBe('unknown');
  });

  it('says radio/unavailable with the cause when the process cannot start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'radio-'));
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'console.error("uv_close: Assertion failed"); process.abort();');
    const radio = create({ childEntry: pathToFileURL(broken) });
    const { code, message } = await refusalOf(radio.start());
    expect(code).toBe('radio/unavailable');
    expect(message).toContain('SIGABRT');
    expect(message).toContain('Assertion failed');
    rmSync(folder, { recursive: true });
  });

  it('says what is wrong with a bad description of the simulation', async () => {
    const spec = { peripherals: 'none' };
    const { message } = await refusalOf(create({ adapter: { kind: 'virtual', module: benchRadio, spec } }).start());
    expect(message).toContain('map is not a function');
  });

  it('says radio/unavailable where there is no real adapter', async () => {
    const { code, message } = await refusalOf(create({ adapter: { kind: 'noble', hciDevice: 97 } }).start());
    expect(code).toBe('radio/unavailable');
    expect(message).toContain('hci97');
  });

  it('ignores SIGINT and SIGTERM in the child, which reach it by Ctrl-C before the wearables are told', async () => {
    const radio = await started();
    const link = await connectTo(radio);
    process.kill(radio.pid as number, 'SIGINT');
    process.kill(radio.pid as number, 'SIGTERM');
    expect((await link.read('2a19'))[0]).toBe(87);
    expect(radio.stats.radioRestarts).toBe(0);
  });

  it('stamps notifications with a clock that runs as fast as it is told, in step with its own', async () => {
    const radio = await started({ clock: { epochMs: 1_000_000, speed: 20 } });
    const link = await connectTo(radio);
    const arrival = (): Promise<number> =>
      new Promise((resolve) => {
        void link.subscribe(Bench.notify, (_bytes, arrivalMs) => resolve(arrivalMs));
      });
    const first = arrival();
    await link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 1, 2));
    const apartWallMs = Math.abs(radio.nowMs() - (await first)) / 20;
    expect(apartWallMs).toBeLessThan(500);
    expect(await first).toBeGreaterThan(1_000_000);
    expect(await first).toBeLessThan(1_000_000 + 20 * 30_000);
  });

  it('carries ten thousand notifications in order', async () => {
    const radio = await started();
    const link = await connectTo(radio);
    let count = 0;
    let inOrder = true;
    const all = new Promise<void>((resolve) => {
      void link.subscribe(Bench.notify, (bytes) => {
        inOrder &&= bytes[0] === count % 250;
        count++;
        if (count === 10_000) resolve();
      });
    });
    await Promise.all(
      Array.from({ length: 40 }, () => link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 250, 244))),
    );
    await all;
    expect(inOrder).toBe(true);
  });

  it('leaves no process behind when the service disappears', async () => {
    const script = `
      import { RadioProcess } from ${JSON.stringify(new URL('src/ble/radioProcess.js', dist).href)};
      const quiet = () => undefined;
      const radio = new RadioProcess({
        adapter: { kind: 'virtual', module: ${JSON.stringify(benchRadio)}, spec: ${JSON.stringify(ONE)} },
        logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      });
      await radio.start();
      process.stdout.write(String(radio.pid));`;
    const service = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(service.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    expect(isAlive(pid)).toBe(true);
    service.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 3000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
