/** Before all tests: real services are there on a build machine, and processes run what the sources say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureServices } from './services/findServices.ts';

export default function setup(): void {
  // The whole suite needs them all; a few tests, run by hand, look for what they need themselves.
  if (process.env['CI'] ?? process.env['npm_lifecycle_event'] === 'test') ensureServices();
  const root = fileURLToPath(new URL('..', import.meta.url));
  const run = spawnSync('node_modules/.bin/tsc', ['-p', 'src/tsconfig.json'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the program does not compile:\n${run.stdout}${run.stderr}`);
}
