/** How long the program takes from its start to the first sample that has gone through everything, with one simulated wearer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @throws Error with what the program printed instead of its address. */
export async function firstSampleMs(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  const config = join(folder, 'config.yaml');
  const storage = { file: join(folder, 'bench.sqlite') };
  writeFileSync(config, JSON.stringify({ web: { port: 0 }, mqtt: { broker: 'embedded', port: 0 }, storage }));
  const program = fileURLToPath(new URL('../src/main.js', import.meta.url));
  const startedMs = performance.now();
  const child = spawn(process.execPath, [program, 'start', '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const page = /Page: (\S+)/.exec(printed.toString())?.[1];
    if (page === undefined) throw new Error(`expected the page's address, found ${printed.toString()}`);
    await firstAngle(page);
    return performance.now() - startedMs;
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstAngle(page: string): Promise<void> {
  const { body } = await fetch(new URL('/api/live', page));
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('\nevent: angles\n')) return;
  }
}
