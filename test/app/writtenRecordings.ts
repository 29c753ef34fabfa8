/** Recordings as a user has them, a CSV with its sidecar, and the compiled `plumbline analyze` over them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import { sensedBlock } from '../motion/trunkRun.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export const SIDECAR = { accUnit: 'm/s2', gyrUnit: 'rad/s', placement: 'chest', mount: '+X+Y+Z' } as const;
export const COLUMNS = ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z'] as const;

/** Stands, bends twice (50° and 75°), walks. 22.4 s. */
export const TWO_BENDS: readonly Movement[] = [
  { do: 'stand', forS: 5 },
  { do: 'bend', toDeg: 50, inS: 1.2, holdS: 1, backS: 1.2 },
  { do: 'stand', forS: 2 },
  { do: 'bend', toDeg: 75, inS: 1.2, holdS: 1.6, backS: 1.2 },
  { do: 'walk', forS: 6 },
  { do: 'stand', forS: 2 },
];

/** Rows `[t_s, acc x y z, gyr x y z]` of a movement, SI units. */
export function rowsOf(movements: readonly Movement[], rateHz = 50, startS = 0): number[][] {
  const motion = new ScriptedMotion(movements);
  const block = sensedBlock(motion, { rateHz, durationS: motion.durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 3 });
  return Array.from(block.tS, (tS, i) => [
    startS + tS,
    ...block.accMps2.subarray(3 * i, 3 * i + 3),
    ...block.gyrRadps.subarray(3 * i, 3 * i + 3),
  ]);
}

/** NaN is an empty cell. */
export function csvOf(rows: readonly (readonly number[])[], columns: readonly string[] = ['t_s', ...COLUMNS]): string {
  const cell = (value: number, c: number): string => (Number.isNaN(value) ? '' : value.toFixed(c === 0 ? 4 : 6));
  return [columns.join(','), ...rows.map((row) => row.map(cell).join(',')), ''].join('\n');
}

/** Writes `name` (x.csv or x.csv.gz) and its sidecar, which is left out when `null`. */
export function write(folder: string, name: string, text: string, sidecar: object | null = SIDECAR): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  if (sidecar) writeFileSync(join(folder, name.replace(/\.csv(\.gz)?$/i, '.json')), JSON.stringify(sidecar));
  return path;
}

export interface Analysed {
  readonly code: number | null;
  readonly stdout: string;
  /** Lines. */
  readonly stderr: readonly string[];
}

export function analyze(args: readonly string[], nodeArgs: readonly string[] = []): Analysed {
  const run = spawnSync(process.execPath, [...nodeArgs, PROGRAM, 'analyze', ...args], { encoding: 'utf8' });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr.split('\n').filter((line) => line !== '') };
}

export function readJson(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(...path), 'utf8'));
}

/** A CSV that we wrote: header and cells as numbers, NaN where empty. */
export function readTable(...path: readonly string[]): { header: string[]; rows: number[][] } {
  const [header, ...lines] = readFileSync(join(...path), 'utf8')
    .trimEnd()
    .split('\n');
  const rows = lines.map((line) => line.split(',').map((cell) => (cell === '' ? NaN : Number(cell))));
  return { header: header.split(','), rows };
}
