import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { SqliteRecordStore } from '../../src/sinks/sqlite/sqliteRecordStore.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs until `lines` lines were said, then kill -9; returns all that was said. */
async function runAndKill(path: string, firstS: number, lines: number): Promise<string[]> {
  const script = fileURLToPath(new URL('raisingChild.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, path, String(firstS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  expect((await exited)[1]).toBe('SIGKILL');
  return said;
}

it('kill -9 at any moment loses no alarm that was raised and publishes each once, but for the one under way', async () => {
  const path = join(folder, 'record.sqlite');
  const raised = new Set<string>();
  const published: string[] = [];
  const kills = [5, 60, 2, 33, 140, 18];
  for (const [round, lines] of kills.entries()) {
    for (const line of await runAndKill(path, 1000 * (round + 1), lines)) {
      const [what, id = ''] = line.split(' ');
      if (what === 'raised') raised.add(id);
      else published.push(id);
    }
  }
  const record = new SqliteRecordStore(path);
  record.open();
  const stored = new Set(record.clinicalEvents({}).map(({ id }) => id));
  const waiting = record.pendingMessages(100_000).map(({ id }) => id);
  expect(record.damage()).toEqual([]);
  record.close();

  for (const id of raised) expect(stored).toContain(id);
  const told = new Set([...published, ...waiting]);
  for (const id of stored) expect(told).toContain(id);
  for (const id of published) expect(stored).toContain(id);
  // Only what was published but not yet marked at the kill can come again, with the same id.
  expect(published.length - new Set(published).size).toBeLessThanOrEqual(kills.length);
  expect(published.length).toBeGreaterThan(10);
});
