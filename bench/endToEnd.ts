/**
 * `npm run bench -- endToEnd [--quick] [--wearables=30,100] [--seconds=60]`: the running service with virtual wearables
 * behind the real noble, from the arrival of a notification to the alert in the hands of an MQTT client.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pinoLogger } from '../src/app/pinoLogger.ts';
import { virtualRadio } from '../src/app/start.ts';
import { Service } from '../src/service.ts';
import { watchDecidingNotifications } from './decidingNotification.ts';
import { firstSampleMs } from './startUp.ts';
import type { SubscriberMessage } from './subscriber.ts';
import { machineLines, tableLines } from './timing.ts';
import { configOf, simulationOf } from './wearers.ts';

const BUDGET_P99_MS = 50;
const BUDGET_START_MS = 3000;
/** All links open one after the other before anything is measured. */
const CONNECT_LIMIT_MS = 180_000;
const SETTLE_MS = 3000;
/** The last events of the window are still on their way. */
const LAST_MS = 500;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    wearables: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const wearableCounts = (values.wearables ?? (values.quick ? '10' : '30,100')).split(',').map(Number);
const windowS = Number(values.seconds ?? (values.quick ? 10 : 60));

interface Measured {
  readonly wearables: number;
  readonly latenciesMs: readonly number[];
  readonly undelivered: number;
  readonly samplesPerS: number;
  readonly lostSamples: number;
  readonly serviceCpuPct: number;
  readonly radioCpuPct: number;
  readonly memoryMb: number;
}

const arrivalMsOf = watchDecidingNotifications();

async function measure(wearables: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  const service = new Service({
    config: configOf(wearables, folder),
    logger: pinoLogger('error'),
    pageDir: folder,
    radio: { adapter: virtualRadio(simulationOf(wearables)), speed: 1 },
  });
  await service.start();
  const { child, receivedMsOf } = await startSubscriber(service.brokerAddress);
  try {
    await allStreaming(service, wearables);
    return await observe(service, wearables, receivedMsOf);
  } finally {
    child.disconnect();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function observe(service: Service, wearables: number, receivedMsOf: Map<string, number>): Promise<Measured> {
  await wait(SETTLE_MS);
  const earlier = new Set(arrivalMsOf.keys());
  const before = { ...service.progress(), cpu: process.cpuUsage(), radioCpuMs: cpuMsOf(service.radioPid) };
  const startedMs = performance.now();
  await wait(windowS * 1000);
  const elapsedMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(before.cpu);
  const radioCpuMs = cpuMsOf(service.radioPid) - before.radioCpuMs;
  const after = service.progress();
  const decided = [...arrivalMsOf].filter(([id]) => !earlier.has(id));
  await wait(LAST_MS);
  const latenciesMs = decided.flatMap(([id, arrivalMs]) => {
    const receivedMs = receivedMsOf.get(id);
    return receivedMs === undefined ? [] : [receivedMs - arrivalMs];
  });
  return {
    wearables,
    latenciesMs: latenciesMs.sort((a, b) => a - b),
    undelivered: decided.length - latenciesMs.length,
    samplesPerS: ((after.samples - before.samples) * 1000) / elapsedMs,
    lostSamples: after.lost - before.lost,
    serviceCpuPct: ((cpu.user + cpu.system) / 1000 / elapsedMs) * 100,
    radioCpuPct: (radioCpuMs / elapsedMs) * 100,
    memoryMb: process.memoryUsage().rss / 2 ** 20,
  };
}

async function allStreaming(service: Service, wearables: number): Promise<void> {
  const endMs = performance.now() + CONNECT_LIMIT_MS;
  for (;;) {
    const response = await fetch(new URL('/api/devices', service.address));
    const { items } = (await response.json()) as { items: { state: string }[] };
    const streaming = items.filter(({ state }) => state === 'streaming').length;
    if (streaming === wearables) return;
    if (performance.now() > endMs) throw new Error(`expected ${wearables} wearables to stream, found ${streaming}`);
    await wait(250);
  }
}

async function startSubscriber(url: string): Promise<{ child: ChildProcess; receivedMsOf: Map<string, number> }> {
  const receivedMsOf = new Map<string, number>();
  const child = fork(fileURLToPath(new URL('subscriber.js', import.meta.url)), [url]);
  await new Promise<void>((resolve) => {
    child.on('message', (message) => {
      const said = message as SubscriberMessage;
      if ('ready' in said) resolve();
      else receivedMsOf.set(said.id, said.receivedMs);
    });
  });
  return { child, receivedMsOf };
}

/** User and system time of a process, proc(5) stat fields 14 and 15 in ticks of 10 ms; NaN where there is no /proc. */
function cpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return NaN;
  }
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.ceil(q * sorted.length) - 1] ?? NaN;

function rowOf(measured: Measured): string[] {
  const { wearables, latenciesMs, samplesPerS, lostSamples, serviceCpuPct, radioCpuPct, memoryMb } = measured;
  const ms = (q: number): string => quantile(latenciesMs, q).toFixed(1);
  return [
    String(wearables),
    samplesPerS.toFixed(0),
    String(lostSamples),
    String(latenciesMs.length),
    String(measured.undelivered),
    ms(0.5),
    ms(0.99),
    ms(1),
    serviceCpuPct.toFixed(0),
    radioCpuPct.toFixed(0),
    memoryMb.toFixed(0),
  ];
}

const HEADINGS = [
  'wearables',
  'samples/s',
  'lost',
  'events',
  'undelivered',
  'p50 ms',
  'p99 ms',
  'max ms',
  'service CPU %',
  'radio CPU %',
  'service MB',
];

const startMs = await firstSampleMs();
const results: Measured[] = [];
for (const wearables of wearableCounts) results.push(await measure(wearables));
const lines = [
  ...machineLines(),
  `input     each wearer at 100 Hz, ±8 ms of jitter, bends beyond her limit every 9 to 11 s; ${windowS} s each`,
  '',
  `start of the service to its first processed sample: ${startMs.toFixed(0)} ms (budget ${BUDGET_START_MS})`,
  '',
  `notification in → alert at an MQTT client (budget at 100 wearables: p99 ${BUDGET_P99_MS} ms)`,
  ...tableLines([HEADINGS, ...results.map(rowOf)]),
];
process.stdout.write(`${lines.join('\n')}\n`);
// Figures depend on the machine; what is lost does not.
if (results.some(({ latenciesMs, undelivered }) => undelivered > 0 || latenciesMs.length === 0)) process.exitCode = 1;
