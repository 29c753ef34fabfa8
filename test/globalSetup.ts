/** Before all tests: real services are there on a build machine, and processes run what the sources say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureServices } from './services/findServices.ts';

export default function setup(): void {
  // Elsewhere the first test that needs a service looks for it, so that a few tests can be run without any.
  if (process.env['CI']) ensureServices();
  const root = fileURLToPath(new URL('..', import.meta.url));
  const run = spawnSync('node_modules/.bin/tsc', ['-p', 'src/tsconfig.json'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the program does not compile:\n${run.stdout}${run.stderr}`);
}
