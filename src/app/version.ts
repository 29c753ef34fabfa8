import { readFileSync } from 'node:fs';

/** The package's version; `package.json` lies above both the source and the compiled folder. */
export const VERSION = readVersion();

function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // one folder higher
    }
  }
  return 'unknown';
}
