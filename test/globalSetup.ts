/** Tests that start processes run the compiled program: compile it once, so that it is never older than its source. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function setup(): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const run = spawnSync('node_modules/.bin/tsc', ['-p', 'src/tsconfig.json'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the program does not compile:\n${run.stdout}${run.stderr}`);
}
