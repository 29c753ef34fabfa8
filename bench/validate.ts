/**
 * `npm run validate -- [--quick] [--update-floors] [--only inclination,events] [--limit N] [--work dir] [--jobs N]`: runs the
 * scorers beside the repository, holds their figures against the committed ones and writes `docs/validation.md`.
 */
import { fileURLToPath } from 'node:url';
import { parseOptions } from './validation/options.ts';
import { validate } from './validation/validate.ts';

/** Seen from the compiled file. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

try {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (!validate({ root: ROOT, say }, parseOptions(process.argv.slice(2)))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`validate: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
