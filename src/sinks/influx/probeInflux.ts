/**
 * Can the service write to this InfluxDB? For `plumbline doctor`. Asks with a batch of no points: the server looks at database,
 * user and right before it looks at the points, and nothing is stored.
 */
import { messageOf } from '../../model/errors.ts';
import type { InfluxConfig } from './config.ts';

export type DatabaseState = 'writable' | 'missing' | 'wrongPassword' | 'noRight' | 'unclear';

export interface InfluxProbe {
  /** What answered, such as `InfluxDB 1.8.10`; absent: nothing did. */
  readonly server?: string;
  /** Why nothing answered. */
  readonly problem?: string;
  readonly databases: readonly { readonly name: string; readonly state: DatabaseState; readonly answer: string }[];
}

const STATES: Readonly<Record<number, DatabaseState>> = {
  200: 'writable',
  204: 'writable',
  // Version 2 and 3 complain about missing points after everything else was right.
  400: 'writable',
  401: 'wrongPassword',
  403: 'noRight',
  404: 'missing',
};
const LONGEST_ANSWER = 200;

/** Never throws for what a server, or none, may answer. */
export async function probeInflux(config: InfluxConfig): Promise<InfluxProbe> {
  const { url, databases, writeDeadlineMs } = config;
  const ask = (path: string, init: RequestInit): Promise<Response> =>
    fetch(new URL(path, `${url.replace(/\/$/, '')}/`), { ...init, signal: AbortSignal.timeout(writeDeadlineMs) });
  try {
    const ping = await ask('ping', { method: 'GET' });
    const version = versionOf(ping.headers, await ping.text());
    if (version === undefined) {
      return { problem: `something else there (status ${ping.status} to a ping, without a version)`, databases: [] };
    }
    const states = [];
    for (const name of new Set(Object.values(databases))) {
      const answer = await ask(`write?db=${encodeURIComponent(name)}&precision=ms`, {
        method: 'POST',
        headers: authorization(config),
        body: '',
      });
      states.push({ name, state: STATES[answer.status] ?? ('unclear' as const), answer: await wordsOf(answer) });
    }
    return { server: `InfluxDB ${version}`, databases: states };
  } catch (error) {
    return { problem: reasonOf(error), databases: [] };
  }
}

/** In a header, with version 3 in the body too. */
function versionOf(headers: Headers, body: string): string | undefined {
  return headers.get('x-influxdb-version') ?? /"version"\s*:\s*"([\w.-]{1,40})"/.exec(body)?.[1];
}

function authorization({ username, password }: InfluxConfig): Record<string, string> {
  if (username === undefined && password === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}` };
}

async function wordsOf(answer: Response): Promise<string> {
  const words = (await answer.text()).replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_ANSWER);
  return `status ${answer.status}${words === '' ? '' : ` ${words}`}`;
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return cause instanceof Error ? cause.message || code : messageOf(error);
}
