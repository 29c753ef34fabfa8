/** Puts an error of either driver into the words of the product: what was expected, what was found. */
import { messageOf, PlumblineError } from '../../model/errors.ts';

/** Primary result codes, https://sqlite.org/rescode.html */
export const SqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

const WORDS: Readonly<Record<number, readonly [expected: string, found: string]>> = {
  [SqliteCode.busy]: ['to have the record to itself', 'another program is writing to it'],
  [SqliteCode.locked]: ['to have the record to itself', 'a statement is still reading it'],
  [SqliteCode.readOnly]: ['to be allowed to write to the record', 'a read-only file or folder'],
  [SqliteCode.inputOutput]: ['the disk to read and write the record', 'an input/output error'],
  [SqliteCode.corrupt]: ['an intact record', 'a damaged file; restore a copy of it'],
  [SqliteCode.full]: ['room on the disk for the record', 'a full disk'],
  [SqliteCode.cannotOpen]: [
    'to open or create the record',
    'a path that cannot be opened; check folder and permissions',
  ],
  [SqliteCode.constraint]: ['rows that fit the schema of the record', 'one that does not'],
  [SqliteCode.notADatabase]: ['a SQLite file', 'a file that is something else'],
};

function property(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
}

/** `rawCode` of libsql, `errcode` of node:sqlite; libsql hides that of a failed open in its text. */
export function sqliteCodeOf(error: unknown): number | undefined {
  for (const key of ['rawCode', 'errcode']) {
    const code = property(error, key);
    if (typeof code === 'number') return code & 0xff;
  }
  const inText = /Unable to open connection[^"]*: (\d+)"?\)?$/.exec(messageOf(error));
  return inText ? Number(inText[1]) & 0xff : undefined;
}

/** Errors that are already in words pass unchanged. `context.fault` is `constraint` where the rows are at fault, not the record. */
export function sqliteFault(path: string, doing: string, error: unknown): PlumblineError {
  if (error instanceof PlumblineError) return error;
  const sqliteCode = sqliteCodeOf(error);
  const words = sqliteCode === undefined ? undefined : WORDS[sqliteCode];
  const [expected, found] = words ?? ['the record to work', 'an error'];
  return new PlumblineError(
    'storage/failed',
    `${doing} "${path}": expected ${expected}, found ${found} (${messageOf(error)})`,
    {
      context: { path, sqliteCode, ...(sqliteCode === SqliteCode.constraint ? { fault: 'constraint' } : {}) },
      cause: error,
    },
  );
}
