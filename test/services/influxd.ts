/** A private InfluxDB 1.x on free loopback ports, with authentication on and one user for each role. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findService } from './findServices.ts';
import { freePort, makeServiceDir, ServiceProcess, startOnFreePorts } from './serviceProcess.ts';

interface InfluxUser {
  readonly username: string;
  readonly password: string;
}

interface InfluxSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | boolean | null)[])[];
}

export interface Influxd {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number | undefined;
  readonly databases: readonly string[];
  readonly admin: InfluxUser;
  /** May write the databases, not read them. */
  readonly writer: InfluxUser;
  /** May read the databases, not write them. */
  readonly reader: InfluxUser;
  /** InfluxQL, times in ms. @throws Error with InfluxDB's own words. */
  query(influxQl: string, options?: { database?: string; user?: InfluxUser }): Promise<InfluxSeries[]>;
  /** The rows of all series as objects, tags included. */
  rows(influxQl: string, database: string): Promise<Record<string, string | number | boolean | null>[]>;
  /** kill -9. */
  kill(): Promise<void>;
  /** On the same ports with the same files. */
  restart(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export interface InfluxdOptions {
  /** Created, with WRITE and READ granted. */
  readonly databases?: readonly string[];
}

const ADMIN: InfluxUser = { username: 'admin', password: 'admin-of-this-test' };
const WRITER: InfluxUser = { username: 'writer', password: 'writer-of-this-test' };
const READER: InfluxUser = { username: 'reader', password: 'reader-of-this-test' };

export async function startInfluxd(options: InfluxdOptions = {}): Promise<Influxd> {
  const databases = options.databases ?? ['plumbline_1s', 'plumbline_long'];
  const service = findService('influxd');
  return startOnFreePorts(async () => {
    const host = '127.0.0.1';
    const port = await freePort();
    const url = `http://${host}:${port}`;
    const dir = makeServiceDir('influxd');
    writeFileSync(join(dir, 'influxdb.conf'), configuration(dir, host, port, await freePort()));
    const instance = new ServiceProcess({
      name: 'influxd',
      service,
      arguments: ['-config', join(dir, 'influxdb.conf')],
      dir,
      isReady: () => answersPing(url),
    });
    await instance.start();
    await createUsers(url, databases);
    const query: Influxd['query'] = (influxQl, { database, user = ADMIN } = {}) =>
      queryInflux(url, influxQl, database, user);
    return {
      host,
      port,
      url,
      get pid() {
        return instance.pid;
      },
      databases,
      admin: ADMIN,
      writer: WRITER,
      reader: READER,
      query,
      rows: async (influxQl, database) => rowsOf(await query(influxQl, { database })),
      kill: () => instance.kill(),
      restart: async () => {
        await instance.kill();
        await instance.start();
      },
      freeze: () => instance.freeze(),
      thaw: () => instance.thaw(),
      stop: () => instance.stop(),
    };
  });
}

/** With authentication on, the first statement of a new InfluxDB must create its administrator. */
async function createUsers(url: string, databases: readonly string[]): Promise<void> {
  const create = ({ username, password }: InfluxUser): string =>
    `CREATE USER "${username}" WITH PASSWORD '${password}'`;
  await queryInflux(url, `${create(ADMIN)} WITH ALL PRIVILEGES`, undefined, undefined);
  const statements = [create(WRITER), create(READER)];
  for (const database of databases) {
    statements.push(`CREATE DATABASE "${database}"`);
    statements.push(`GRANT WRITE ON "${database}" TO "${WRITER.username}"`);
    statements.push(`GRANT READ ON "${database}" TO "${READER.username}"`);
  }
  await queryInflux(url, statements.join('; '), undefined, ADMIN);
}

interface InfluxAnswer {
  readonly error?: string;
  readonly results?: readonly { readonly error?: string; readonly series?: readonly InfluxSeries[] }[];
}

async function queryInflux(
  url: string,
  influxQl: string,
  database: string | undefined,
  user: InfluxUser | undefined,
): Promise<InfluxSeries[]> {
  const body = new URLSearchParams({ q: influxQl, epoch: 'ms', ...(database ? { db: database } : {}) });
  const credentials = user && Buffer.from(`${user.username}:${user.password}`).toString('base64');
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    body,
    headers: credentials ? { authorization: `Basic ${credentials}` } : {},
    signal: AbortSignal.timeout(15_000),
  });
  const answer = (await response.json()) as InfluxAnswer;
  const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new Error(`InfluxDB: ${error} (${influxQl})`);
  return (answer.results ?? []).flatMap((result) => result.series ?? []);
}

function rowsOf(series: readonly InfluxSeries[]): Record<string, string | number | boolean | null>[] {
  return series.flatMap((one) =>
    one.values.map((row) => ({
      ...one.tags,
      ...Object.fromEntries(one.columns.map((column, index) => [column, row[index] ?? null])),
    })),
  );
}

async function answersPing(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1_000) });
    return response.status === 204;
  } catch {
    return false;
  }
}

function configuration(dir: string, host: string, port: number, rpcPort: number): string {
  return `
reporting-disabled = true
bind-address = "${host}:${rpcPort}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  index-version = "tsi1"
  max-values-per-tag = 100000
  query-log-enabled = false
[monitor]
  store-enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "${host}:${port}"
  auth-enabled = true
  log-enabled = false
  pprof-enabled = false
[logging]
  level = "warn"
`;
}
