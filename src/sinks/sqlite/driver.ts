/**
 * The few calls that the record needs from SQLite, over `node:sqlite` where the runtime has it, else over `libsql`.
 * Loaded lazily: a program that opens no record loads no native code.
 */
import { createRequire } from 'node:module';
import type Libsql from 'libsql';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlStatement {
  /** Number of rows changed. */
  run(...values: SqlValue[]): number;
  get(...values: SqlValue[]): SqlRow | undefined;
  all(...values: SqlValue[]): SqlRow[];
}

export interface SqlDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

export type OpenSqlDatabase = (path: string) => SqlDatabase;

/** What is used of `node:sqlite`; its types are not part of the oldest Node that is supported. */
interface NodeSqlite {
  DatabaseSync: new (
    path: string,
  ) => {
    exec(sql: string): void;
    prepare(sql: string): {
      run(...values: SqlValue[]): { changes: number | bigint };
      get(...values: SqlValue[]): unknown;
      all(...values: SqlValue[]): unknown[];
    };
    close(): void;
  };
}

function findNodeSqlite(): NodeSqlite | undefined {
  const found: unknown = process.getBuiltinModule?.('node:sqlite');
  return typeof found === 'object' && found !== null && 'DatabaseSync' in found ? (found as NodeSqlite) : undefined;
}

function openNodeSqlite(sqlite: NodeSqlite, path: string): SqlDatabase {
  const database = new sqlite.DatabaseSync(path);
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        run: (...values) => Number(statement.run(...values).changes),
        get: (...values) => statement.get(...values) as SqlRow | undefined,
        all: (...values) => statement.all(...values) as SqlRow[],
      };
    },
    close: () => database.close(),
  };
}

function openLibsql(path: string): SqlDatabase {
  const Database = createRequire(import.meta.url)('libsql') as typeof Libsql;
  const database = new Database(path);
  return {
    exec: (sql) => {
      database.exec(sql);
    },
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        run: (...values) => statement.run(...values).changes,
        // Not its own get(): that one adds a `_metadata` key to the row.
        get: (...values) => statement.all(...values)[0] as SqlRow | undefined,
        all: (...values) => statement.all(...values) as SqlRow[],
      };
    },
    close: () => {
      database.close();
    },
  };
}

/** @throws the driver's own error; `sqliteFault` puts it into words. */
export const openSqlDatabase: OpenSqlDatabase = (path) => {
  const sqlite = findNodeSqlite();
  return sqlite === undefined ? openLibsql(path) : openNodeSqlite(sqlite, path);
};
