/**
 * `npm run bench -- ble [--quick] [--wearables=30] [--seconds=60] [--loss=0.02]`: many virtual wearables at 100 Hz through the
 * real noble in one process, and how many notifications one process decodes when they come as fast as they can.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { decodeFlood } from './bleFlood.ts';
import { observeWearables } from './bleWearables.ts';
import { machineLines, tableLines } from './timing.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    wearables: { type: 'string', default: '30' },
    seconds: { type: 'string' },
    loss: { type: 'string', default: '0.02' },
  },
});
const windowS = Number(values.seconds ?? (values.quick ? 10 : 60));
const FLOOD_S = values.quick ? 2 : 5;

const quantile = (sorted: readonly number[], ratio: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? NaN).toFixed(1);

process.stdout.write(`${machineLines().join('\n')}\n\n`);
const found = await observeWearables({ wearables: Number(values.wearables), lossRatio: Number(values.loss), windowS });
process.stdout.write(
  `${tableLines([
    ['wearables', 'seconds', 'samples', 'lost', 'repaired', 'unaccounted', 'CPU %', 'p50 ms', 'p99 ms', 'max ms'],
    [
      String(found.wearables),
      String(windowS),
      String(found.samples),
      String(found.lost),
      String(found.repaired),
      String(found.unaccounted),
      found.cpuPct.toFixed(0),
      quantile(found.latenciesMs, 0.5),
      quantile(found.latenciesMs, 0.99),
      quantile(found.latenciesMs, 1),
    ],
  ]).join('\n')}
CPU: of one core, wearables made of software and their controller included. Latency: from the wearable's radio to the block
of samples in the hands of the pipeline; packets that wait behind one that is fetched again count with their wait.
`,
);
if (found.unaccounted !== 0) process.exitCode = 1;

await wait(200);
const flood = await decodeFlood(FLOOD_S);
process.stdout.write(
  `\n${tableLines([
    ['as fast as they come', 'notifications/s', 'samples/s', 'wearables at 100 Hz', 'CPU µs each'],
    [
      `${flood.bytesEach} bytes each`,
      Math.round(flood.perSecond).toLocaleString('en'),
      Math.round(flood.samplesPerS).toLocaleString('en'),
      Math.floor(flood.samplesPerS / 100).toLocaleString('en'),
      flood.cpuUsEach.toFixed(1),
    ],
  ]).join('\n')}\n`,
);
process.exit();
