/**
 * An hour and a day of one wearable through the compiled `plumbline analyze`, from `x.mcap` and from `x.csv`: time and memory.
 * `--hours=1,24` says how long; `--quick` is the hour alone. The recordings take up to 1 GB in the folder for temporary files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRecording } from '../src/app/recording/openRecording.ts';
import { RATE_HZ, SAMPLES, simulatedDay } from './samples.ts';
import { machineLines, tableLines } from './timing.ts';

const PROGRAM = fileURLToPath(new URL('../src/main.js', import.meta.url));
const FORMATS = ['mcap', 'csv'] as const;
/** Wall time of a day, seconds; one core. */
const BUDGET_S = { mcap: 4, csv: 10 } as const;
/** Written by the measured process itself when it ends. */
const USAGE = `data:text/javascript,process.on('exit',()=>{const u=process.resourceUsage();process.stderr.write('usage '+JSON.stringify([u.userCPUTime+u.systemCPUTime,u.maxRSS])+'\\n')})`;
const DECIMALS = { time: 2, acc: 5, gyr: 6 } as const;

interface Measured {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
}

const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
try {
  const rows: string[][] = [];
  for (const hours of hoursAsked()) {
    for (const format of FORMATS) rows.push(await row(hours, format));
  }
  const head = ['recording', 'samples', 'file MB', 'wall s', 'CPU s', 'ns per sample', 'peak memory MB', 'budget'];
  const lines = [
    ...machineLines(),
    'input     a simulated day, 100 Hz, chest, 6 axes; analyze --jobs 1, no further files',
    '',
  ];
  process.stdout.write(`${[...lines, ...tableLines([head, ...rows])].join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function hoursAsked(): number[] {
  const option = process.argv.find((argument) => argument.startsWith('--hours='));
  const byDefault = process.argv.includes('--quick') ? '1' : '1,24';
  return (option?.slice('--hours='.length) ?? byDefault).split(',').map(Number);
}

async function row(hours: number, format: (typeof FORMATS)[number]): Promise<string[]> {
  const path = join(folder, `day${hours}.${format}`);
  const samples = await write(path, hours);
  const { wallS, cpuS, peakMb } = analyzed(path);
  const cells = [
    `${hours} h ${format}`,
    `${samples}`,
    (statSync(path).size / 1e6).toFixed(0),
    wallS.toFixed(2),
    cpuS.toFixed(2),
    ((1e9 * wallS) / samples).toFixed(0),
    peakMb.toFixed(0),
    hours === 24 ? `≤ ${BUDGET_S[format]} s` : '',
  ];
  rmSync(path);
  return cells;
}

/** The same ten minutes again and again, with the decimals of a recorder. */
async function write(path: string, hours: number): Promise<number> {
  const part = simulatedDay();
  const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));
  part.accMps2.forEach((value, k) => (part.accMps2[k] = rounded(value, DECIMALS.acc)));
  part.gyrRadps?.forEach((value, k, gyr) => (gyr[k] = rounded(value, DECIMALS.gyr)));
  const writer = await createRecording(path, { force: true, numbers: 'exact' });
  const sidecar = { accUnit: 'm/s2', gyrUnit: 'rad/s', placement: 'chest', mount: '+X+Y+Z', rateHz: RATE_HZ };
  const layout = { main: { hasGyroscope: true, hasFlags: false }, pelvis: undefined };
  writer.begin({ layout, sidecar, rateHz: RATE_HZ, firstS: 0 });
  const parts = Math.max(1, Math.round((hours * 3600 * RATE_HZ) / SAMPLES));
  for (let p = 0; p < parts; p++) {
    for (let i = 0; i < part.n; i++) part.tS[i] = rounded((p * SAMPLES + i) / RATE_HZ, DECIMALS.time);
    writer.blocks({ main: part, pelvis: undefined });
    await writer.flush();
  }
  await writer.close();
  return parts * SAMPLES;
}

/** @throws Error with what the program said when it failed */
function analyzed(path: string): Measured {
  const out = `${path}.out`;
  const startedMs = performance.now();
  const run = spawnSync(process.execPath, ['--import', USAGE, PROGRAM, 'analyze', path, '--out', out, '--jobs', '1'], {
    encoding: 'utf8',
  });
  const wallS = (performance.now() - startedMs) / 1000;
  rmSync(out, { recursive: true, force: true });
  const usage = /usage (\[.*\])/.exec(run.stderr)?.[1];
  if (run.status !== 0 || usage === undefined) throw new Error(`expected results of ${path}, found ${run.stderr}`);
  const [cpuUs, peakKb] = JSON.parse(usage) as [number, number];
  return { wallS, cpuS: cpuUs / 1e6, peakMb: peakKb / 1024 };
}
