/**
 * Numbers out of CSV bytes, chunk by chunk, without making a string of each cell.
 *
 * A decimal of up to 15 digits is exact: its digits as an integer, divided by a power of ten that a double holds exactly
 * (Clinger 1990, "How to read floating point numbers accurately", the fast path). Everything else goes through `Number`.
 */
import { PlumblineError } from '../../model/errors.ts';

const NEWLINE = 10;
const RETURN = 13;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const MAX_LINE_BYTES = 1 << 16;

export type RowListener = (row: Float64Array, line: number) => void | 'stop';

export class CsvNumberReader {
  readonly #onHeader: (names: string[]) => readonly number[];
  readonly #onRow: RowListener;
  #rest: Buffer = Buffer.alloc(0);
  #line = 0;
  #header: string[] = [];
  #wanted = new Uint8Array(0);
  #row = new Float64Array(0);

  /**
   * @param onHeader gets the column names, answers with the columns to read; the rest of a row stays NaN
   * @param onRow the row is working memory, valid during the call; line numbers start at 1 with the header
   */
  constructor(onHeader: (names: string[]) => readonly number[], onRow: RowListener) {
    this.#onHeader = onHeader;
    this.#onRow = onRow;
  }

  /** The last line that was read. */
  get line(): number {
    return this.#line;
  }

  /** @throws PlumblineError `recording/invalid` with the line */
  push(chunk: Buffer): void | 'stop' {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) break;
      if (this.#take(bytes, from, end) === 'stop') return 'stop';
      from = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(from));
    if (this.#rest.length > MAX_LINE_BYTES) {
      throw new PlumblineError(
        'recording/invalid',
        `expected lines of at most ${MAX_LINE_BYTES} bytes, found a longer one (line ${this.#line + 1})`,
      );
    }
    return undefined;
  }

  /** A last line without newline. */
  end(): void | 'stop' {
    if (this.#rest.length === 0) return undefined;
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return this.#take(rest, 0, rest.length);
  }

  #take(bytes: Buffer, from: number, newline: number): void | 'stop' {
    const to = newline > from && bytes[newline - 1] === RETURN ? newline - 1 : newline;
    this.#line++;
    if (this.#line === 1) {
      this.#begin(bytes.toString('utf8', from, to));
      return undefined;
    }
    if (to === from) return undefined;
    this.#parse(bytes, from, to);
    return this.#onRow(this.#row, this.#line);
  }

  #begin(text: string): void {
    this.#header = text
      .replace(/^\uFEFF/, '')
      .split(',')
      .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
    const twice = this.#header.find((name, i) => name && this.#header.indexOf(name) !== i);
    if (twice)
      throw new PlumblineError('recording/invalid', `expected each column once, found ${twice} twice (line 1)`);
    this.#row = new Float64Array(this.#header.length).fill(NaN);
    this.#wanted = new Uint8Array(this.#header.length);
    for (const column of this.#onHeader(this.#header)) this.#wanted[column] = 1;
  }

  #parse(bytes: Buffer, from: number, to: number): void {
    const columns = this.#header.length;
    let start = from;
    for (let column = 0; column < columns; column++) {
      if (start > to) this.#fail(`${columns} cells`, `${column}`);
      let end = start;
      if (!this.#wanted[column]) {
        while (end < to && bytes[end] !== COMMA) end++;
        start = end + 1;
        continue;
      }
      let negative = false;
      if (bytes[end] === MINUS) {
        negative = true;
        end++;
      }
      let digits = 0;
      let mantissa = 0;
      let decimals = -1;
      let plain = true;
      for (; end < to; end++) {
        const c = bytes[end];
        if (c >= ZERO && c <= 57) {
          mantissa = mantissa * 10 + (c - ZERO);
          digits++;
          if (decimals >= 0) decimals++;
        } else if (c === COMMA) break;
        else if (c === POINT && decimals < 0) decimals = 0;
        else plain = false;
      }
      if (plain && digits > 0 && digits <= 15) {
        const value = decimals > 0 ? mantissa / POWERS_OF_TEN[decimals] : mantissa;
        this.#row[column] = negative ? -value : value;
      } else this.#row[column] = this.#slow(bytes, start, end, column);
      start = end + 1;
    }
    if (start <= to) this.#fail(`${columns} cells`, 'more');
  }

  #slow(bytes: Buffer, start: number, end: number, column: number): number {
    const text = bytes.toString('utf8', start, end).trim();
    if (text === '' || text === 'NaN' || text === 'nan') return NaN;
    // `Number` alone would also read 0x1F and its like.
    const value = DECIMAL.test(text) ? Number(text) : NaN;
    if (!Number.isFinite(value))
      this.#fail(`a number in the column ${this.#header[column]}`, JSON.stringify(text.slice(0, 40)));
    return value;
  }

  #fail(expected: string, found: string): never {
    throw new PlumblineError('recording/invalid', `expected ${expected}, found ${found} (line ${this.#line})`);
  }
}
