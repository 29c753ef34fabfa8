/** The compiled program as a user runs it: a process group of its own, as in a terminal, with what it prints. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export interface LogLine {
  readonly level: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Configuration without fixed ports, so that many can run at once; everything in `folder`. */
export function configIn(folder: string, sections: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    web: { port: 0 },
    mqtt: { broker: 'embedded', port: 0 },
    storage: { file: join(folder, 'plumbline.sqlite') },
    ...sections,
  };
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}

/** A test run that ends early leaves nothing running. */
const running = new Set<PlumblineProcess>();
process.once('exit', () => {
  for (const one of running) one.signal('SIGKILL');
});

export class PlumblineProcess {
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;

  /** @param args of the command line; `config` is written to a file and passed with `--config` */
  constructor(args: readonly string[], { config, folder }: { config?: Record<string, unknown>; folder: string }) {
    const more: string[] = [];
    if (config) {
      const file = join(folder, `config-${crypto.randomUUID()}.yaml`);
      writeFileSync(file, JSON.stringify(config));
      more.push('--config', file);
    }
    this.#child = spawn(process.execPath, [PROGRAM, ...args, ...more], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PLUMBLINE_CONFIG: undefined },
    });
    running.add(this);
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** Runs `plumbline start` until its addresses are printed. @throws Error with what it printed instead. */
  static async start(folder: string, sections: Record<string, unknown> = {}): Promise<PlumblineProcess> {
    const started = new PlumblineProcess(['start'], { config: configIn(folder, sections), folder });
    await started.listening();
    return started;
  }

  async listening(): Promise<void> {
    await vi.waitFor(
      () => {
        if (!this.stdout.includes('Plumbline is running')) {
          throw new Error(`expected the service to start, found:\n${this.stdout}${this.stderr}`);
        }
      },
      { timeout: 15_000, interval: 10 },
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** `http://127.0.0.1:8480` */
  get page(): string {
    return this.#printed(/Page: (http:\S+?)\/?\s/);
  }

  get broker(): string {
    return this.#printed(/Alerts: (mqtt:\S+)/);
  }

  get radioPid(): number | undefined {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
    const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line));
    const row = rows.find((match) => Number(match?.[2]) === this.pid && match?.[3].includes('radioChild'));
    return row ? Number(row[1]) : undefined;
  }

  /** Structured log lines, oldest first. */
  get log(): LogLine[] {
    return this.stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  logged(event: string): LogLine[] {
    return this.log.filter((line) => line.event === event);
  }

  /** To the whole process group, as a terminal does. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has ended by itself.
    }
  }

  /** kill -9 of the service alone, as the kernel does when memory is short. */
  async killService(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Ctrl-C. @returns how it ended, and after how long */
  async interrupt(): Promise<Ended & { readonly afterMs: number }> {
    const startedMs = performance.now();
    this.signal('SIGINT');
    const ended = await this.ended;
    return { ...ended, afterMs: performance.now() - startedMs };
  }

  async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.page}${path}`, { signal: AbortSignal.timeout(10_000) });
    return response.json();
  }

  async acknowledge(alertId: string, by: string): Promise<Response> {
    return fetch(`${this.page}/api/alerts/${encodeURIComponent(alertId)}/acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by }),
      signal: AbortSignal.timeout(10_000),
    });
  }

  #printed(pattern: RegExp): string {
    const found = pattern.exec(this.stdout)?.[1];
    if (found === undefined) throw new Error(`expected ${pattern.source}, found:\n${this.stdout}`);
    return found;
  }
}
