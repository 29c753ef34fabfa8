/**
 * `npm run bench -- motion [--quick]`: nanoseconds per sample of each stage between a notification's bytes and a verdict, for short
 * and long blocks; then many streams in turn, and the memory of one.
 */
import { blocksOf, RATE_HZ, SAMPLES, simulatedDay } from './samples.ts';
import { operatorStages, radioStages, type Stage, wholeStages } from './stages.ts';
import { memoryLines, streamLines } from './streams.ts';
import { bestNsPerSample, machineLines, tableLines } from './timing.ts';

const BLOCK_SAMPLES = [1, 10, 100];
/** Budgets of the whole, ns per sample in blocks of 10. */
const BUDGET_NS: Readonly<Record<string, number>> = {
  'orientation (Vqf)': 150,
  'whole motion core, causal': 250,
  'whole motion core, with settled': 290,
};

function measured(stages: readonly Stage[]): Map<string, number> {
  return new Map(
    stages.map(({ name, pass, overhead }) => {
      const overheadNs = overhead ? bestNsPerSample(SAMPLES, overhead) : 0;
      return [name, bestNsPerSample(SAMPLES, pass) - overheadNs];
    }),
  );
}

const day = simulatedDay();
// First, before anything has made what streams share.
const memory = memoryLines(blocksOf(day, 10));
const columns = BLOCK_SAMPLES.map((blockSamples) => {
  const blocks = blocksOf(day, blockSamples);
  return measured([...radioStages(blocks), ...operatorStages(blocks), ...wholeStages(blocks)]);
});
const names = [...columns[0].keys()];
const rows = names.map((name) => [
  name,
  ...columns.map((column) => (column.get(name) ?? NaN).toFixed(0)),
  name in BUDGET_NS ? `≤ ${BUDGET_NS[name]}` : '',
]);
const lines = [
  ...machineLines(),
  `input     ${SAMPLES} samples of a simulated day, ${RATE_HZ} Hz, chest, LSM6DSO-class noise; best of several passes`,
  '',
  ...tableLines([['ns per sample', ...BLOCK_SAMPLES.map((n) => `blocks of ${n}`), 'budget (blocks of 10)'], ...rows]),
];
process.stdout.write(`${lines.join('\n')}\n\n${[...streamLines(blocksOf(day, 10)), ...memory].join('\n')}\n`);
