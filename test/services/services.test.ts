import { afterAll, describe, expect, it } from 'vitest';
import { findExecutable } from './findServices.ts';
import { type Influxd, startInfluxd } from './influxd.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

describe('private services for tests', () => {
  const running: (Influxd | Mosquitto)[] = [];
  afterAll(async () => {
    await Promise.all(running.map((service) => service.stop()));
  });

  it('an executable that is nowhere is not found', () => {
    expect(findExecutable('no-such-service-anywhere')).toBeUndefined();
    expect(findExecutable('sh')).toMatch(/\/sh$/);
  });

  it('InfluxDB gives each user only its role, and keeps its points over kill -9', async () => {
    const influxd = await startInfluxd({ databases: ['some_db'] });
    running.push(influxd);
    const write = (user: { username: string; password: string }, line: string): Promise<Response> =>
      fetch(`${influxd.url}/write?db=some_db&precision=ms`, {
        method: 'POST',
        body: line,
        headers: { authorization: `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}` },
      });
    expect((await write(influxd.writer, 'm,patient=p1 v=1 1700000000000')).status).toBe(204);
    expect((await write(influxd.reader, 'm,patient=p1 v=2 1700000001000')).status).toBe(403);
    const asWriter = influxd.query('SELECT v FROM m', { database: 'some_db', user: influxd.writer });
    await expect(asWriter).rejects.toThrow(/not authorized/);
    await influxd.restart();
    expect(await influxd.rows('SELECT v FROM m GROUP BY *', 'some_db')).toEqual([
      { patient: 'p1', time: 1_700_000_000_000, v: 1 },
    ]);
  });

  it('stop ends the process', async () => {
    const mosquitto = await startMosquitto();
    const { pid = 0 } = mosquitto;
    expect(process.kill(pid, 0)).toBe(true);
    await mosquitto.stop();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
