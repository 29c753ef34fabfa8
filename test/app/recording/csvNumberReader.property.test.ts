import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvNumberReader } from '../../../src/app/recording/csvNumberReader.ts';

const RUNS = { numRuns: 300, seed: 20260101 };

interface Read {
  readonly names: string[];
  readonly rows: number[][];
  readonly lines: number[];
}

/** Reads chunks; the columns that `wanted` lets through. */
function read(chunks: readonly Buffer[], wanted: (name: string) => boolean = () => true): Read {
  const out: Read = { names: [], rows: [], lines: [] };
  const reader = new CsvNumberReader(
    (names) => {
      out.names.push(...names);
      return names.flatMap((name, i) => (wanted(name) ? [i] : []));
    },
    (row, line) => {
      out.rows.push([...row]);
      out.lines.push(line);
    },
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return out;
}

const readText = (text: string): Read => read([Buffer.from(text)]);

/** Decimals as loggers print them, and as nobody should. */
const digits = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const decimal = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ min: -100, max: 100, noNaN: true }).map((value) => value.toFixed(6)),
  fc.double({ min: -100, max: 100, noNaN: true }).map((value) => value.toPrecision(9)),
  fc.double({ min: -1e300, max: 1e300, noNaN: true }).map((value) => value.toExponential()),
  fc
    .tuple(fc.constantFrom('', '-', '+'), digits(25), fc.constantFrom('', '.'), digits(25))
    .map(([sign, whole, point, rest]) => sign + whole + point + (point ? rest : '')),
  fc.tuple(fc.constantFrom('', '-'), digits(20)).map(([sign, rest]) => `${sign}.${rest}`),
  digits(18).map((whole) => `${whole}.`),
  fc.integer().map(String),
);
const newline = fc.constantFrom('\n', '\r\n');

describe('numbers out of CSV', () => {
  it('are those of Number, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 20 }), (cells) => {
        const { rows } = readText(`${cells.map((_, i) => `c${i}`).join(',')}\n${cells.join(',')}\n`);
        rows[0].forEach((value, i) => expect(Object.is(value, Number(cells[i])), cells[i]).toBe(true));
      }),
      RUNS,
    );
  });

  it('do not depend on where the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(decimal, decimal, fc.constantFrom('', 'NaN', '1')), { maxLength: 8 }),
        newline,
        fc.boolean(),
        fc.array(fc.nat({ max: 300 }), { maxLength: 30 }),
        (cells, end, closed, cuts) => {
          const text = ['a,b,c', ...cells.map((row) => row.join(','))].join(end) + (closed ? end : '');
          const bytes = Buffer.from(text);
          const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const chunks = at.slice(1).map((to, i) => bytes.subarray(at[i], to));
          expect(read(chunks)).toEqual(readText(text));
          expect(readText(text).rows).toHaveLength(cells.length);
        },
      ),
      RUNS,
    );
  });

  it('are only read from the columns that are wanted', () => {
    const { rows } = read([Buffer.from('a,note,b\n1,"any text",2\n3,,4\n')], (name) => name !== 'note');
    expect(rows).toEqual([
      [1, NaN, 2],
      [3, NaN, 4],
    ]);
  });

  it('are missing where a cell is empty', () => {
    expect(readText('a,b,c\n,1,\n').rows).toEqual([[NaN, 1, NaN]]);
  });

  it.each(['0x1F', '0b11', '1_000', 'Infinity', '1e400', '--1', '1-2', '1.2.3', 'abc', '-', '.', '"1"', '1;2'])(
    'refuses %s with column and line',
    (cell) => {
      const found = JSON.stringify(cell);
      expect(() => readText(`a,b\n1,2\n1,${cell}\n`)).toThrow(
        `expected a number in the column b, found ${found} (line 3)`,
      );
    },
  );

  it('counts lines as an editor does, empty ones included', () => {
    expect(readText('a\n1\n\n2\n').lines).toEqual([2, 4]);
    expect(() => readText('a,b\n\n1\n')).toThrow('expected 2 cells, found 1 (line 3)');
    expect(() => readText('a,b\n1,2,3\n')).toThrow('expected 2 cells, found more (line 2)');
  });

  it('take a header with byte-order mark, quotes and spaces', () => {
    expect(readText('\uFEFF"a", b\r\n1,2\r\n').names).toEqual(['a', 'b']);
  });

  it('end where a line never ends', () => {
    const endless = Buffer.from(`a\n${'1'.repeat(70_000)}`);
    expect(() => read([endless])).toThrow('found a longer one (line 2)');
  });
});
