/** `npm run bench -- [motion] [ble] [endToEnd] [analyzeDay] [options]`: each benchmark in a process of its own; without a name all of them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BENCHMARKS: readonly string[] = ['motion', 'ble', 'endToEnd', 'analyzeDay'];

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = named.filter((name) => !BENCHMARKS.includes(name));

if (unknown.length > 0) {
  process.stderr.write(`bench: expected ${BENCHMARKS.join(' or ')}, found ${unknown.join(' ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of named.length > 0 ? named : BENCHMARKS) {
    process.stdout.write(`\n=== ${name}\n`);
    const script = fileURLToPath(new URL(`${name}.js`, import.meta.url));
    const { status } = spawnSync(process.execPath, [script, ...options], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
