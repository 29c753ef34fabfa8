/** Nothing is allocated per sample: at 100 Hz and a thousand wearers one boxed number per sample is 1.6 MB of garbage a second. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** A boxed double is 16 bytes in V8; the summary of a second, 100 samples, is about 5 bytes per sample. */
const MOST_BYTES_PER_SAMPLE = 12;

/** In a process of its own, on the built code: the test runner's own wrapping of modules makes V8 box numbers. */
function bytesPerSample(part: string): number {
  const child = fileURLToPath(new URL('heapChild.mjs', import.meta.url));
  return Number(
    execFileSync(process.execPath, ['--min-semi-space-size=64', '--max-semi-space-size=64', child, part], {
      encoding: 'utf8',
    }),
  );
}

describe('the heap', () => {
  it('does not grow with the samples of the orientation filter', () => {
    expect(bytesPerSample('orientation')).toBeLessThan(1);
  });

  it.each(['core', 'settled'])('does not grow with the samples of the motion core: %s', (part) => {
    expect(bytesPerSample(part)).toBeLessThan(MOST_BYTES_PER_SAMPLE);
  });

  it('would be seen to grow if one number per sample were boxed', () => {
    expect(bytesPerSample('boxing')).toBeGreaterThan(MOST_BYTES_PER_SAMPLE);
  });
});
