import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { SqliteRecordStore } from '../../src/sinks/sqlite/sqliteRecordStore.ts';
import { MemoryRecordStore } from '../fakes/memoryRecordStore.ts';
import { recordStoreContract } from './recordStore.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

recordStoreContract('in memory', () => {
  const store = new MemoryRecordStore();
  return { store, reopened: () => store };
});

recordStoreContract('SQLite', () => {
  const path = join(folder, `${++files}.sqlite`);
  return { store: new SqliteRecordStore(path), reopened: () => new SqliteRecordStore(path) };
});
