/** One private instance of a service: started by us, killed by us, restarted on the same port and files. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FoundService } from './findServices.ts';

export function makeServiceDir(name: string): string {
  return mkdtempSync(join(tmpdir(), `plumbline-${name}-`));
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A test run that ends early leaves nothing running. */
const running = new Set<ServiceProcess>();
process.once('exit', () => {
  for (const instance of running) instance.killNow();
});

export class ServiceProcess {
  readonly dir: string;
  readonly #name: string;
  readonly #service: FoundService;
  readonly #arguments: readonly string[];
  readonly #isReady: () => Promise<boolean>;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(options: {
    name: string;
    service: FoundService;
    /** Arguments of the executable; paths in `dir` are the same inside a container. */
    arguments: readonly string[];
    /** Holds configuration and data; removed by `stop`. */
    dir: string;
    isReady: () => Promise<boolean>;
  }) {
    this.dir = options.dir;
    this.#name = options.name;
    this.#service = options.service;
    this.#arguments = options.arguments;
    this.#isReady = options.isReady;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What the service has printed since its last start. */
  get output(): string {
    return this.#output;
  }

  /** @throws Error with what the service printed, when it ends or is not ready within 20 s. */
  async start(): Promise<void> {
    this.#output = '';
    const [command = '', ...rest] = this.#command();
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(this);
    child.once('exit', () => running.delete(this));
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => keep(Buffer.from(error.message)));
    const deadlineMs = Date.now() + 20_000;
    while (!(await this.#isReady())) {
      if (hasEnded(child) || Date.now() > deadlineMs) {
        await this.kill();
        throw new Error(`expected ${this.#name} to start, found:\n${this.#output}`);
      }
      await wait(20);
    }
  }

  /** kill -9: nothing is flushed, nothing is said. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  killNow(): void {
    this.#signal('SIGKILL');
  }

  /** Stops the process in its tracks: connections stay open and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it and removes its files. */
  async stop(): Promise<void> {
    this.thaw();
    await this.#end('SIGTERM');
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    this.#signal(signal);
    const impatient = setTimeout(() => this.#signal('SIGKILL'), 3_000);
    await ended;
    clearTimeout(impatient);
  }

  #signal(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    if (this.#service.kind === 'executable') child.kill(signal);
    else spawnSync('docker', ['kill', '--signal', signal, this.#container]);
  }

  get #container(): string {
    return this.dir.split('/').at(-1) ?? this.#name;
  }

  #command(): string[] {
    if (this.#service.kind === 'executable') return [this.#service.path, ...this.#arguments];
    const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
    const run = ['docker', 'run', '--rm', '--network', 'host', '--user', user, '--name', this.#container];
    return [...run, '-v', `${this.dir}:${this.dir}`, this.#service.image, this.#name, ...this.#arguments];
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Starts it on fresh ports; another process may take a free port before the service does, then once more. */
export async function startOnFreePorts<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch {
    return attempt();
  }
}
