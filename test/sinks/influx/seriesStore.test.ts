import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/motion/metrics.ts';
import { influxConfigSchema } from '../../../src/sinks/influx/config.ts';
import { InfluxSeriesStore } from '../../../src/sinks/influx/seriesStore.ts';
import { QuietLogger } from '../../fakes/quietLogger.ts';
import { type Influxd, startInfluxd } from '../../services/influxd.ts';
import { answer, type BrokenServer, startBrokenServer } from './brokenServer.ts';
import { second, START_MS } from './entries.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function storeAt(config: Record<string, unknown>): Promise<{ store: InfluxSeriesStore; logger: QuietLogger }> {
  const logger = new QuietLogger();
  const parsed = influxConfigSchema.parse({ writeDeadlineMs: 200, ...config });
  const store = new InfluxSeriesStore({ config: parsed, catalogue: METRICS, logger });
  await store.start();
  closing.push(() => store.stop());
  return { store, logger };
}

async function serverThat(onRequest: Parameters<typeof startBrokenServer>[0]): Promise<BrokenServer> {
  const server = await startBrokenServer(onRequest);
  closing.push(() => server.close());
  return server;
}

const noContent = answer('204 No Content', '');

describe('InfluxDB writer and a server on a bad day', () => {
  it.each<[string, Parameters<typeof startBrokenServer>[0], RegExp]>([
    ['accepts and never answers', () => undefined, /no answer within 200 ms|timed out/],
    [
      'sends headers and hangs',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123'),
      /no answer within 200 ms/,
    ],
    [
      'sends headers and cuts the connection',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123'),
      /no answer within 200 ms/,
    ],
    [
      'sends the headers of an error and hangs',
      (socket) => socket.write('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 10\r\n\r\n'),
      /no answer within 200 ms/,
    ],
    ['hangs up', (socket) => socket.destroy(), /socket hang up|ECONNRESET|no answer/],
    ['talks another language', (socket) => socket.end('SSH-2.0-OpenSSH\r\n'), /Parse Error|no answer/],
    ['is overloaded', answer('503 Service Unavailable', ''), /Service Unavailable/],
    ['answers with a proxy’s page', answer('502 Bad Gateway', '<html>\n\n</html>', 'text/html'), /Bad Gateway/],
    [
      'has a wrong password',
      answer('401 Unauthorized', '{"error":"authorization failed"}'),
      /check influx\.password|check influx\.username/,
    ],
    ['asks to slow down', answer('429 Too Many Requests', ''), /429/],
  ])(
    'a server that %s: try again later, in time, and the next write is not held up',
    async (_name, behaviour, found) => {
      const server = await serverThat(behaviour);
      const { store } = await storeAt({ url: server.url });
      const startedMs = Date.now();
      await expect(store.write([second(1)])).rejects.toMatchObject({
        code: 'influx/unavailable',
        message: expect.stringMatching(found) as string,
      });
      expect(Date.now() - startedMs).toBeLessThan(1_500);
      expect(store.state).toBe('down');
      // The client itself would now say "No host available" for up to 10 s.
      server.behave(noContent);
      await store.write([second(1)]);
      expect(server.requests()).toBe(2);
      expect(store.state).toBe('connected');
    },
  );

  it('nobody listens: the address is named', async () => {
    const { store } = await storeAt({ url: 'http://127.0.0.1:1' });
    await expect(store.write([second(1)])).rejects.toThrow(
      /expected InfluxDB at http:\/\/127\.0\.0\.1:1 .*ECONNREFUSED/,
    );
  });

  it('stop gives up a write that hangs, at once', async () => {
    const server = await serverThat((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'));
    const { store } = await storeAt({ url: server.url, writeDeadlineMs: 60_000 });
    const writing = expect(store.write([second(1)])).rejects.toThrow(/a stop of the service/);
    await store.stop();
    await writing;
  });

  it('a password never appears in a message', async () => {
    const server = await serverThat(answer('401 Unauthorized', '{"error":"authorization failed"}'));
    const { store } = await storeAt({ url: server.url, username: 'writer', password: 'very-secret' });
    const error: unknown = await store.write([second(1)]).catch((caught: unknown) => caught);
    expect(String(error)).not.toContain('very-secret');
  });
});

describe('InfluxDB writer and a real InfluxDB that says no', () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd({ databases: ['plumbline_1s', 'plumbline_long', 'kill'] });
  });
  afterAll(async () => {
    await influxd.stop();
  });
  const real = (config: Record<string, unknown> = {}): ReturnType<typeof storeAt> =>
    storeAt({ url: influxd.url, ...influxd.writer, writeDeadlineMs: 10_000, ...config });

  it.each([
    ['a wrong password', { password: 'wrong' }, /authorization failed.*influx\.password/],
    [
      'a user who may only read',
      { username: 'reader', password: 'reader-of-this-test' },
      /not authorized.*right to WRITE/,
    ],
    [
      'a database that is not there',
      { username: 'admin', password: 'admin-of-this-test', databases: { series: 'nowhere' } },
      /database not found.*create the databases/,
    ],
  ])('%s loses nothing: it is said, and tried again', async (_name, config, found) => {
    const { store } = await real(config);
    await expect(store.write([second(1)])).rejects.toMatchObject({
      code: 'influx/unavailable',
      message: expect.stringMatching(found) as string,
    });
  });

  it('a field that somebody else wrote with another type: rejected, and named', async () => {
    const { store } = await real({ databases: { series: 'kill' } });
    await influxd.query(`DROP MEASUREMENT "posture"`, { database: 'kill' });
    const credentials = Buffer.from(`${influxd.admin.username}:${influxd.admin.password}`).toString('base64');
    await fetch(`${influxd.url}/write?db=kill&precision=ms`, {
      method: 'POST',
      body: `posture,patient=x,site=chest coverage="text" ${START_MS}`,
      headers: { authorization: `Basic ${credentials}` },
    });
    await expect(store.write([second(1), second(2)])).rejects.toMatchObject({
      code: 'influx/rejected',
      message: expect.stringMatching(/field type conflict/) as string,
    });
  });

  it('points older than the database keeps are counted and do not hold up the others', async () => {
    await influxd.query('ALTER RETENTION POLICY "autogen" ON "plumbline_1s" DURATION 14d REPLICATION 1 DEFAULT');
    const { store, logger } = await real();
    const longAgoMs = START_MS - 40 * 86_400_000;
    await store.write([second(1), second(2, { tMs: longAgoMs }), second(3)]);
    expect(store.tooOldPoints).toBe(1);
    expect(logger.of('influx.tooOld')[0]?.fields).toMatchObject({ database: 'plumbline_1s', points: 1 });
    const rows = await influxd.rows('SELECT flexion_deg FROM posture', 'plumbline_1s');
    expect(rows.map(({ time }) => time)).toEqual([START_MS + 1000, START_MS + 3000]);
  });

  it('a database whose name is a keyword works', async () => {
    const { store } = await real({ databases: { long: 'kill' } });
    await store.write([second(7)]);
    expect(store.state).toBe('connected');
  });
});
