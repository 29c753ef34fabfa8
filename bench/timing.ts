/** Time per sample, and the heading that says where and how it was measured. */
import { availableParallelism, cpus, loadavg } from 'node:os';

/** `--quick`: whether it runs at all, and about how fast. */
const isQuick = process.argv.includes('--quick');
const WARM_UP_PASSES = isQuick ? 2 : 5;
const PASSES = isQuick ? 2 : 25;

/** Nanoseconds per sample of the fastest of some passes over the same samples: the one with the least foreign work in it. */
export function bestNsPerSample(samples: number, pass: () => void): number {
  for (let i = 0; i < WARM_UP_PASSES; i++) pass();
  let bestNs = Infinity;
  for (let i = 0; i < PASSES; i++) {
    const startNs = process.hrtime.bigint();
    pass();
    bestNs = Math.min(bestNs, Number(process.hrtime.bigint() - startNs));
  }
  return bestNs / samples;
}

export function machineLines(): string[] {
  const script = process.argv[1]?.replace(`${process.cwd()}/`, '') ?? '';
  return [
    `command   node ${[script, ...process.argv.slice(2)].join(' ')}`,
    `machine   ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(2)}`,
    `runtime   Node ${process.versions.node}, V8 ${process.versions.v8}`,
  ];
}

/** Rows of cells as lines of text: the first column to the left, the others to the right. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd(),
  );
}
