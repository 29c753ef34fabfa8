/** A web server on a free port over a scripted service, with what a test needs to talk to it. */
import { request } from 'node:http';
import { createConnection } from 'node:net';
import type { MetricDefinition } from '../../src/model/metric.ts';
import { defineMetric } from '../../src/model/metric.ts';
import type { Logger, PushEntrance } from '../../src/model/ports.ts';
import { type WebConfig, webConfigSchema } from '../../src/web/config.ts';
import type { LiveTiming } from '../../src/web/liveStream.ts';
import { createWebServer, type WebServer } from '../../src/web/server.ts';
import type { LiveEventName } from '../../src/web/wire.ts';
import { MemoryRecordStore } from '../fakes/memoryRecordStore.ts';
import { ScriptedView } from '../fakes/scriptedView.ts';

export const T0_MS = Date.UTC(2026, 0, 31, 13, 0, 0);

const METRICS: readonly MetricDefinition[] = [
  defineMetric({
    id: 'flexionDeg',
    unit: 'deg',
    description: 'Forward lean of the trunk.',
    positive: 'forward',
    reference: 'test',
    aggregate: 'mean',
    decimals: 2,
  }),
];

interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

export interface WebHarness {
  readonly view: ScriptedView;
  readonly record: MemoryRecordStore;
  readonly server: WebServer;
  readonly log: LogLine[];
  /** Moves the service's clock. */
  setNowMs(nowMs: number): void;
  get(path: string): Promise<Response>;
  post(path: string, body: string, headers?: Record<string, string>): Promise<Response>;
}

interface HarnessOptions {
  readonly config?: Partial<WebConfig>;
  readonly pageDir?: string;
  readonly timing?: LiveTiming;
  readonly nowMs?: () => number;
  readonly entrance?: PushEntrance;
}

export async function startWeb({ config, pageDir, timing, nowMs, entrance }: HarnessOptions = {}): Promise<WebHarness> {
  let fixedMs = T0_MS;
  const now = nowMs ?? ((): number => fixedMs);
  const record = new MemoryRecordStore();
  const view = new ScriptedView(record, now);
  const log: LogLine[] = [];
  const write =
    (level: string) =>
    (event: string, fields: Record<string, unknown> = {}): void => {
      log.push({ level, event, fields });
    };
  const logger: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const server = createWebServer({
    view,
    record,
    config: webConfigSchema.parse({ port: 0, ...config }),
    pageDir: pageDir ?? '/nonexistent',
    logger,
    clock: { nowMs: now },
    metrics: METRICS,
    ...(timing ? { timing } : {}),
    ...(entrance ? { entrance } : {}),
  });
  await server.start();
  const url = (path: string): URL => new URL(path, server.address);
  return {
    view,
    record,
    server,
    log,
    setNowMs: (value) => {
      fixedMs = value;
    },
    get: (path) => fetch(url(path)),
    post: (path, body, headers = {}) =>
      fetch(url(path), { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }),
  };
}

export interface SseMessage {
  readonly event: LiveEventName;
  readonly id: string | undefined;
  // The shape depends on `event`; tests assert on it.
  readonly data: Record<string, unknown>;
}

/** Reads a live stream with plain HTTP, each on its own connection. */
export class SseReader {
  readonly messages: SseMessage[] = [];
  comments = 0;
  ended = false;
  headers: Record<string, unknown> = {};
  #text = '';
  #waiters: (() => void)[] = [];
  readonly #request: ReturnType<typeof request>;

  constructor(address: string, { path = '/api/live', lastEventId }: { path?: string; lastEventId?: string } = {}) {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    this.#request = request(new URL(path, address), { agent: false, headers }, (response) => {
      this.headers = response.headers;
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#take(text));
      response.on('close', () => this.#end());
    });
    this.#request.on('error', () => this.#end());
    this.#request.end();
  }

  close(): void {
    this.#request.destroy();
  }

  ofType(event: LiveEventName): SseMessage[] {
    return this.messages.filter((message) => message.event === event);
  }

  /** @throws when the condition does not hold within 5 s. */
  async until(condition: () => boolean): Promise<void> {
    const timeout = AbortSignal.timeout(5000);
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        this.#waiters.push(resolve);
        timeout.addEventListener('abort', () => {
          reject(new Error(`did not come; last was ${JSON.stringify(this.messages.at(-1))?.slice(0, 300)}`));
        });
      });
    }
  }

  #take(text: string): void {
    this.#text += text;
    const parts = this.#text.split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) this.#parse(part);
    this.#wake();
  }

  #parse(part: string): void {
    const fields = new Map<string, string>();
    for (const line of part.split('\n')) {
      if (line.startsWith(':')) this.comments += 1;
      else fields.set(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
    }
    const event = fields.get('event') as LiveEventName | undefined;
    if (event === undefined) return;
    this.messages.push({ event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? '') });
  }

  #end(): void {
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
export function rawRequest(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      answer += part;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
