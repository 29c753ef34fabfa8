/** Whatever bytes there are: never a crash, never a wrong number, always one clear word. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createMcapRecording } from '../../../src/app/recording/mcapRecordingFile.ts';
import { seriesLength, SeriesForm, unpackSeries } from '../../../src/app/recording/numberSeries.ts';
import { imuSamples } from '../../../src/app/recording/imuMessage.ts';
import { emptyBlock } from '../../../src/model/block.ts';
import { PlumblineError } from '../../../src/model/errors.ts';
import { temporaryFolder } from '../../e2e/plumblineProcess.ts';
import { MAGIC } from './mcapSpec.ts';
import { readWhole, type WholeRecording, writeSeconds } from './recordedSamples.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const path = join(folder.path, 'damaged.mcap');

/** The recording, or the one message that refuses it. @throws whatever else there is */
async function read(bytes: Uint8Array, part = {}): Promise<WholeRecording | string> {
  writeFileSync(path, bytes);
  try {
    return await readWhole(path, part);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    expect(error.code).toBe('recording/invalid');
    return error.message;
  }
}

describe('an MCAP recording', () => {
  it('of arbitrary bytes, with the magic or without, is refused in one line', async () => {
    const anything = fc.uint8Array({ maxLength: 400 });
    const property = fc.asyncProperty(anything, fc.boolean(), fc.boolean(), async (bytes, hasMagic, hasEnd) => {
      const parts = [hasMagic ? MAGIC : [], bytes, hasEnd ? MAGIC : []].map((part) => Buffer.from(part));
      const found = await read(Buffer.concat(parts));
      expect(found).toMatch(/expected [^\n]*, found [^\n]*$/);
    });
    await fc.assert(property, { numRuns: 300, seed: 5 });
  });

  it.each([true, false])('with flipped bits never gives another number (closed: %s)', async (isClosed) => {
    const good = join(folder.path, 'good.mcap');
    await writeSeconds(good, 4, isClosed);
    const bytes = readFileSync(good);
    const whole = await readWhole(good);
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    const property = fc.asyncProperty(flips, fc.boolean(), async (damage, isPart) => {
      const damaged = Buffer.from(bytes);
      for (const [at, bits] of damage) damaged[at] ^= bits;
      const found = await read(damaged, isPart ? { fromS: 1, toS: 3 } : {});
      if (typeof found === 'string') {
        expect(found).toMatch(/expected|sidecar|found/);
        expect(found).not.toMatch(/\n/);
        return;
      }
      // What is read is a beginning of what was written; less than that only with a word about it.
      const wanted = isPart ? whole.timesS.filter((tS) => tS >= 1 && tS < 3) : whole.timesS;
      expect(wanted.slice(0, found.timesS.length)).toEqual(found.timesS);
      const firstRow = isPart ? whole.timesS.indexOf(wanted[0]) : 0;
      expect(found.rows).toEqual(whole.rows.slice(firstRow, firstRow + found.rows.length));
      if (found.timesS.length < wanted.length) expect(found.end.cut).toMatch(/expected the end mark/);
      expect(found.sidecar).toEqual(whole.sidecar);
    });
    await fc.assert(property, { numRuns: 400, seed: 6 });
  });
});

describe('numbers of a recording', () => {
  const number = fc.oneof(
    fc.double({ noDefaultInfinity: true }),
    fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((whole) => whole / 1e5),
    fc.integer({ min: 1_700_000_000_000_000, max: 1_900_000_000_000_000 }).map((whole) => whole / 1e6),
    fc.constantFrom(NaN, 0, -0, 1e-300, Number.MAX_VALUE, 2 ** 53, 0.1 + 0.2),
  );
  // -0 and 0 are one number.
  const same = (values: Iterable<number>): number[] => Array.from(values, (value) => value + 0);

  it('come back as they were, bit for bit', () => {
    const form = new SeriesForm();
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 50 }), (values) => {
        const series = form.of(Float64Array.from(values));
        const { t_s: packed } = imuSamples.decode(
          imuSamples.encode({ t_s: series, flags: new Uint8Array(0), rate_hz: 1 }),
        );
        expect(seriesLength(packed)).toBe(values.length);
        const into = new Float64Array(values.length);
        unpackSeries(packed, values.length, { into, at: 0, stride: 1, scale: 1 });
        expect(same(into)).toEqual(same(values));
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  it('of decimals take two or three bytes each', () => {
    const decimals = Float64Array.from({ length: 1000 }, (_, i) => Math.round(1e5 * Math.sin(i / 50)) / 1e5);
    expect(new SeriesForm().of(decimals)).toMatchObject({ divisor: 1e5, real: new Float64Array(0) });
  });

  it('survive a whole file, however they are cut into blocks', async () => {
    const file = join(folder.path, 'numbers.mcap');
    const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), number, fc.nat(255)), {
      minLength: 1,
      maxLength: 12,
    });
    const property = fc.asyncProperty(cuts, async (blocks) => {
      const writer = await createMcapRecording(file, { force: true });
      const layout = { main: { hasGyroscope: true, hasFlags: true }, pelvis: undefined };
      writer.begin({ layout, sidecar: { accUnit: 'g', gyrUnit: 'deg/s', placement: 'waist' }, rateHz: 100, firstS: 0 });
      const expected: number[][] = [];
      for (const [n, value, flags] of blocks) {
        const main = emptyBlock(n, 100, true);
        for (let i = 0; i < n; i++) {
          main.tS[i] = expected.length / 100;
          main.accMps2.set([value, value / 3, i], 3 * i);
          main.gyrRadps?.set([i, NaN, value], 3 * i);
          main.flags[i] = flags;
          expected.push([value, value / 3, i, i, NaN, value, flags]);
        }
        writer.blocks({ main, pelvis: undefined });
      }
      await writer.close();
      const { rows } = await readWhole(file);
      expect(rows.map(same)).toEqual(expected.map(same));
    });
    await fc.assert(property, { numRuns: 60, seed: 8 });
  });
});
