/** A second connection to the record of a running or ended service, as a backup or a person with a database tool has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlDatabase, type SqlRow, type SqlValue } from '../../src/sinks/sqlite/driver.ts';

export function readRecord(folder: string, sql: string, ...values: SqlValue[]): SqlRow[] {
  const path = join(folder, 'plumbline.sqlite');
  if (!existsSync(path)) return [];
  const database = openSqlDatabase(path);
  try {
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA query_only = ON');
    return database.prepare(sql).all(...values);
  } finally {
    database.close();
  }
}
