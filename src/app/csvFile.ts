/** A CSV file written row by row, with memory that does not grow. */
import { closeSync, openSync, writeSync } from 'node:fs';

const FLUSH_CHARACTERS = 1 << 18;

export class CsvFile {
  readonly #file: number;
  #text: string;

  constructor(path: string, columns: readonly string[]) {
    this.#file = openSync(path, 'w');
    this.#text = `${columns.join(',')}\n`;
  }

  /** NaN becomes an empty cell. */
  row(tS: number, values: Float64Array, decimals: number): void {
    let line = tS.toFixed(6);
    for (let c = 0; c < values.length; c++) line += Number.isNaN(values[c]) ? ',' : `,${values[c].toFixed(decimals)}`;
    this.#text += `${line}\n`;
    if (this.#text.length >= FLUSH_CHARACTERS) this.#flush();
  }

  /** Everything is on its way to the disk. */
  finish(): void {
    this.#flush();
  }

  close(): void {
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text);
    // A write may take less than it was given.
    for (let from = 0; from < bytes.length; ) from += writeSync(this.#file, bytes, from);
    this.#text = '';
  }
}
