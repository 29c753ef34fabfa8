import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allVectors } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly kind: string;
}

const TESTS = new URL('..', import.meta.url);
/** Battery, heart rate and settings, and products of a MetaWear's own fusion, which its test counts. */
const NOT_SAMPLES = /-battery$|-hr$|-settings-|-fusion-/;
const samples = allVectors<Vector>().filter(({ id, kind }) => kind !== 'command' && !NOT_SAMPLES.test(id));

it.skipIf(samples.length === 0)(
  'every published packet of samples is named by exactly one test (skipped: no ../shared)',
  () => {
    const sources = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => readFileSync(new URL(path, TESTS), 'utf8'))
      .filter((source) => source.includes('vectorsOf'));
    const timesNamed = samples.map(({ id }) => [id, sources.filter((source) => source.includes(`'${id}'`)).length]);
    expect(timesNamed).toEqual(samples.map(({ id }) => [id, 1]));
  },
);
