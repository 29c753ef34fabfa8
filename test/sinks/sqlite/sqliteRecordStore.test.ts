import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { PlumblineError } from '../../../src/model/errors.ts';
import type { SeriesSecond } from '../../../src/model/ports.ts';
import { openSqlDatabase } from '../../../src/sinks/sqlite/driver.ts';
import { SqliteRecordStore } from '../../../src/sinks/sqlite/sqliteRecordStore.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-sqlite-'));
let files = 0;
const newPath = (): string => join(folder, `${++files}.sqlite`);

const opened: SqliteRecordStore[] = [];
const children: ChildProcess[] = [];
function open(path: string, openDatabase = openSqlDatabase): SqliteRecordStore {
  const store = new SqliteRecordStore(path, openDatabase);
  opened.push(store);
  store.open();
  return store;
}
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const store of opened.splice(0)) store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function faultOf(work: () => unknown): PlumblineError {
  try {
    work();
  } catch (error) {
    return error as PlumblineError;
  }
  throw new Error('expected a fault, found none');
}

const second = (n: number): SeriesSecond => ({
  personId: 'ada',
  site: 'chest',
  tMs: n * 1000,
  values: { flexionDeg: n },
  activity: 'standing',
  coverage: 1,
});
const secondsIn = (store: SqliteRecordStore): number => store.journalAfter(0, 100_000).length;

/** A process that writes until it is killed; `lines` is what it has said. */
function startWriting(path: string, first: number): { child: ChildProcess; lines: AsyncIterator<string> } {
  const script = fileURLToPath(new URL('writingChild.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe('the record on the disk', () => {
  it('creates its folder', () => {
    const path = join(folder, 'a', 'b', 'record.sqlite');
    open(path).write({ series: [second(1)] });
    expect(statSync(path).isFile()).toBe(true);
  });

  it('is one complete file after close', () => {
    const path = newPath();
    const store = open(path);
    store.write({ series: [second(1)] });
    store.close();
    const copyPath = newPath();
    writeFileSync(copyPath, readFileSync(path));
    expect(secondsIn(open(copyPath))).toBe(1);
  });

  it('writes durably: write-ahead log, full synchronisation, strict tables', () => {
    const statements: string[] = [];
    const path = newPath();
    open(path, (file) => {
      const database = openSqlDatabase(file);
      if (file !== path) return database;
      return {
        ...database,
        exec: (sql) => {
          statements.push(sql);
          database.exec(sql);
        },
      };
    });
    expect(statements.join('\n')).toContain('synchronous = FULL');
    const reader = openSqlDatabase(path);
    expect(reader.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal');
    const tables = reader
      .prepare(`SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'`)
      .all();
    const loose = tables.filter(({ name, strict }) => strict !== 1 && !String(name).startsWith('sqlite_'));
    expect(loose).toEqual([]);
    reader.close();
  });

  it('never fails on opening and closing twice', () => {
    const store = open(newPath());
    store.open();
    store.close();
    store.close();
    store.open();
    expect(secondsIn(store)).toBe(0);
  });
});

describe('a second service on the same record', () => {
  it('is told which file and which process', () => {
    const path = newPath();
    open(path);
    const fault = faultOf(() => open(path));
    expect(fault.code).toBe('storage/locked');
    expect(fault.message).toBe(`expected to be the only service on "${path}", found process ${process.pid} using it`);
  });

  it('gets the record once the first has closed it', () => {
    const path = newPath();
    open(path).close();
    expect(secondsIn(open(path))).toBe(0);
  });

  it('is refused while another process has it, and gets it when that one is killed', async () => {
    const path = newPath();
    const { child, lines } = startWriting(path, 1);
    expect((await lines.next()).value).toBe('open');
    const fault = faultOf(() => open(path));
    expect(fault.code).toBe('storage/locked');
    expect(fault.message).toContain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(open(path).damage()).toEqual([]);
  });
});

describe('kill -9', () => {
  it('loses nothing that was confirmed and leaves no half batch, again and again', async () => {
    const path = newPath();
    let next = 1;
    for (const killAfter of [1, 7, 40, 3, 90, 25]) {
      const { child, lines } = startWriting(path, next);
      await lines.next();
      const stopAt = next + killAfter;
      let confirmed = next - 1;
      for (;;) {
        const { value, done } = await lines.next();
        if (done) break;
        confirmed = Number(value);
        if (confirmed === stopAt) child.kill('SIGKILL');
      }
      expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
      expect(confirmed).toBeGreaterThanOrEqual(stopAt);

      const store = open(path);
      expect(store.damage()).toEqual([]);
      const events = store.clinicalEvents({}).map(({ id }) => id);
      const expected = Array.from({ length: events.length }, (_, i) => `ada.EV-BEND.${events.length - i}`);
      expect(events).toEqual(expected);
      expect(events.length).toBeGreaterThanOrEqual(confirmed);
      expect(store.alerts({}).map(({ id }) => id)).toEqual(expected);
      expect(store.pendingMessages(10_000).map(({ id }) => id)).toEqual(expected.toReversed());
      const positions = store.journalAfter(0, 100_000).map(({ position }) => position);
      expect(positions).toEqual(Array.from({ length: 2 * events.length }, (_, i) => i + 1));
      next = events.length + 1;
      store.close();
    }
  });
});

describe('a record that cannot be used says what was expected and what was found', () => {
  it('a file of another kind', () => {
    const path = newPath();
    writeFileSync(path, 'this is a shopping list, not a record\n'.repeat(100));
    const fault = faultOf(() => open(path));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain(`opening "${path}": expected a SQLite file, found a file that is something else`);
  });

  const filled = (): string => {
    const path = newPath();
    const store = open(path);
    store.write({ series: Array.from({ length: 3000 }, (_, n) => second(n)) });
    store.close();
    return path;
  };

  it('a file that was cut off', () => {
    const path = filled();
    truncateSync(path, 16 * 4096);
    const fault = faultOf(() => open(path));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain('expected an intact record, found a damaged file');
  });

  it('a file with rubbish in the middle', () => {
    const path = filled();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, 4096 * 30, 4096 * 60));
    const damaged = open(path);
    const fault = faultOf(() => damaged.series({ personId: 'ada', site: 'chest', fromMs: 0, toMs: 1e9 }));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain('expected an intact record, found a damaged file');
    expect(damaged.damage().length).toBeGreaterThan(0);
  });

  it('a folder in its place', () => {
    const path = newPath();
    mkdirSync(path);
    const fault = faultOf(() => open(path));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain('expected to open or create the record');
  });

  it('a folder that cannot be made', () => {
    const file = newPath();
    writeFileSync(file, '');
    const fault = faultOf(() => open(join(file, 'record.sqlite')));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain('expected');
  });

  it('a record of a newer version', () => {
    const path = newPath();
    open(path).close();
    const database = openSqlDatabase(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const fault = faultOf(() => open(path));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain('found schema 99; use a newer version of the program');
  });

  it('a full disk: the batch is refused as a whole, and the record goes on when there is room again', () => {
    const path = newPath();
    let limit = (pages: number): void => expect.fail(`no database yet for ${pages} pages`);
    const store = open(path, (file) => {
      const database = openSqlDatabase(file);
      if (file === path) limit = (pages) => void database.prepare(`PRAGMA max_page_count = ${pages}`).all();
      return database;
    });
    store.write({ series: [second(1)] });
    limit(1);
    const many = Array.from({ length: 5000 }, (_, n) => second(n + 2));
    const fault = faultOf(() => store.write({ series: many }));
    expect(fault.code).toBe('storage/failed');
    expect(fault.message).toContain('expected room on the disk for the record, found a full disk');
    expect(secondsIn(store)).toBe(1);
    limit(1_000_000);
    store.write({ series: many });
    expect(secondsIn(store)).toBe(5001);
    expect(store.damage()).toEqual([]);
  });
});

describe('messages that were sent', () => {
  it('are forgotten after a month, pending ones never', () => {
    const path = newPath();
    const store = open(path);
    const message = (id: string) => ({ id, topic: 't', payload: '{}', retain: false, qos: 1 as const });
    const dayMs = 24 * 3600 * 1000;
    store.write({ outbox: [message('old'), message('pending')] });
    store.markSent('old', 0);
    for (let n = 0; n < 500; n++) store.markSent('unknown', 31 * dayMs);
    store.write({ outbox: [message('old')] });
    expect(store.pendingMessages(10).map(({ id }) => id)).toEqual(['pending', 'old']);
  });
});
