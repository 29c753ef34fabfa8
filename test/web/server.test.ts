import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/model/errors.ts';
import type { SeriesSecond } from '../../src/model/ports.ts';
import { webConfigSchema } from '../../src/web/config.ts';
import { bendAlert, bendStored, bendVerdict, sensorHealth } from '../fakes/scriptedView.ts';
import { rawRequest, startWeb, T0_MS, type WebHarness } from './webHarness.ts';

let web: WebHarness;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web.server.stop());

const bend = bendVerdict(T0_MS, 47);
const acknowledgePath = `/api/alerts/${bend.id}/acknowledge`;
const json = async (path: string): Promise<Record<string, unknown>> =>
  (await (await web.get(path)).json()) as Record<string, unknown>;

async function expectProblem(response: Response, status: number, found: RegExp): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect({ status: response.status, inBody: body['status'] }).toEqual({ status, inBody: status });
  expect(body['detail']).toMatch(/^expected .+, found .+/);
  expect(body['detail']).toMatch(found);
}

describe('what is served', () => {
  it('people come with the limits that hold for them, each with its source', async () => {
    const { items } = await json('/api/people');
    expect(items).toMatchObject([
      { id: 'anna', displayName: 'Anna', limits: [{ key: 'flexCautionDeg', value: 30 }, {}, {}] },
    ]);
  });

  it('devices come with battery and signal', async () => {
    web.view.device(sensorHealth());
    expect(await json('/api/devices')).toMatchObject({ items: [{ deviceId: 'imu-1', batteryPct: 82, rssiDbm: -58 }] });
  });

  it('the metric catalogue is listed as it is defined', async () => {
    expect(await json('/api/metrics')).toMatchObject({
      items: [{ id: 'flexionDeg', unit: 'deg', positive: 'forward' }],
    });
  });

  it('open=true leaves closed alerts out', async () => {
    web.record.write({
      alerts: [bendAlert(bend), bendAlert(bendVerdict(T0_MS - 60_000, 50), { active: false, closedMs: T0_MS })],
    });
    expect((await json('/api/alerts')).items).toHaveLength(2);
    expect((await json('/api/alerts?open=true')).items).toMatchObject([{ id: bend.id }]);
    expect((await json('/api/alerts?open=true&person=anna')).items).toHaveLength(1);
  });

  it('events are limited to the person, the range and the number asked for', async () => {
    const tS = T0_MS / 1000;
    web.record.write({
      motionEvents: [bendStored(tS + 10, 50), bendStored(tS + 100, 60), bendStored(tS + 200, 70, 4, 'bert')],
      clinicalEvents: [bend],
    });
    const all = await json('/api/events?person=anna');
    expect(all['motionEvents']).toMatchObject([{ event: { peakDeg: 60 } }, { event: { peakDeg: 50 } }]);
    expect(all['clinicalEvents']).toMatchObject([{ id: bend.id }]);
    const iso = new Date(T0_MS + 50_000).toISOString();
    expect((await json(`/api/events?from=${iso}`))['motionEvents']).toHaveLength(2);
    expect((await json(`/api/events?to=${T0_MS + 50_000}&limit=1`))['motionEvents']).toHaveLength(1);
  });

  it('a gap in a series is a null, not a line across it, and a missing value is a null', async () => {
    const second = (s: number, flexionDeg?: number): SeriesSecond => ({
      personId: 'anna',
      site: 'chest',
      tMs: T0_MS + s * 1000,
      values: flexionDeg === undefined ? {} : { flexionDeg },
      activity: 'standing',
      coverage: 1,
    });
    web.record.write({ series: [second(0, 10), second(1, 11), second(5, 12), second(6)] });
    const path = `/api/series?person=anna&site=chest&metric=flexionDeg&from=${T0_MS}&to=${T0_MS + 60_000}`;
    expect((await json(path))['points']).toEqual([
      [T0_MS, 10],
      [T0_MS + 1000, 11],
      [T0_MS + 2000, null],
      [T0_MS + 5000, 12],
      [T0_MS + 6000, null],
    ]);
  });

  it('metrics are in the Prometheus text format', async () => {
    const response = await web.get('/metrics');
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(await response.text()).toContain('plumbline_up 1');
  });

  it('healthz is 200 while all stages are well and 503 in words when one is not', async () => {
    expect((await web.get('/healthz')).status).toBe(200);
    web.view.stages = [
      { stage: 'mqtt', ok: false, detail: 'the broker does not answer; alerts wait and go out later' },
    ];
    const response = await web.get('/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ok: false, stages: [{ stage: 'mqtt', detail: /wait/ }] });
  });
});

describe('acknowledging', () => {
  beforeEach(() => web.record.write({ alerts: [bendAlert(bend)] }));

  it('says who has seen the alert; the second time changes nothing', async () => {
    const first = await web.post(acknowledgePath, '{"by":"  Kim   Lee "}');
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ id: bend.id, acknowledged: { by: 'Kim Lee', atMs: T0_MS } });
    web.setNowMs(T0_MS + 5000);
    const second = await web.post(acknowledgePath, '{"by":"Sam"}');
    expect(await second.json()).toMatchObject({ acknowledged: { by: 'Kim Lee', atMs: T0_MS } });
  });

  it.each([
    ['no JSON', '{"by":', 400, /cannot be read/],
    ['an array', '[]', 400, /\[\]/],
    ['no name', '{}', 400, /by to be a name/],
    ['a blank name', '{"by":"   "}', 400, /name/],
    ['a name of a novel', JSON.stringify({ by: 'x'.repeat(65) }), 400, /…/],
    ['a control character', '{"by":"a\\u0000b"}', 400, /name/],
    ['a number', '{"by":7}', 400, /found 7/],
    ['another key', '{"by":"Kim","admin":true}', 400, /nothing else/],
    ['prototype keys', '{"by":"Kim","__proto__":{"x":1}}', 400, /nothing else/],
    ['a huge body', JSON.stringify({ by: 'x'.repeat(20_000) }), 413, /larger/],
  ])('%s is one clear refusal', async (_name, body, status, found) => {
    await expectProblem(await web.post(acknowledgePath, body), status, found);
    expect(web.record.alert(bend.id)?.acknowledged).toBeUndefined();
  });

  it('an unknown alert is 404, an id that cannot be one is 400', async () => {
    await expectProblem(await web.post('/api/alerts/anna.EV-BEND.1/acknowledge', '{"by":"Kim"}'), 404, /EV-BEND\.1/);
    await expectProblem(await web.post('/api/alerts/%3Cb%3E/acknowledge', '{"by":"Kim"}'), 400, /<b>/);
    await expectProblem(await web.post('/api/alerts/%E0%A4%A/acknowledge', '{"by":"Kim"}'), 400, /broken/);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }],
  ])('%s is refused', async (_name, headers) => {
    await expectProblem(await web.post(acknowledgePath, '{"by":"Kim"}', headers), 403, /page itself/);
    expect(web.record.alert(bend.id)?.acknowledged).toBeUndefined();
  });

  it('the page itself may', async () => {
    const headers = { origin: web.server.address.replace(/\/$/, ''), 'sec-fetch-site': 'same-origin' };
    expect((await web.post(acknowledgePath, '{"by":"Kim"}', headers)).status).toBe(200);
  });

  it('a form of another site cannot: only JSON is taken', async () => {
    const headers = { 'content-type': 'text/plain' };
    await expectProblem(await web.post(acknowledgePath, '{"by":"Kim"}', headers), 415, /text\/plain/);
  });

  it('more than 60 changes a minute are refused, reading goes on', async () => {
    const answers = await Promise.all(Array.from({ length: 61 }, () => web.post(acknowledgePath, '{"by":"Kim"}')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    const refused = answers.find(({ status }) => status === 429);
    await expectProblem(refused as Response, 429, /60/);
    expect((await web.get('/api/alerts')).status).toBe(200);
  });
});

describe('bad requests', () => {
  it.each([
    ['/api/nothing', 404, /GET \/nothing|GET \/api\/nothing/],
    ['/api/events?person=nobody', 404, /nobody/],
    ['/api/events?person=../../etc', 400, /person/],
    ['/api/events?limit=0', 400, /1 to 1000/],
    ['/api/events?limit=1&limit=2', 400, /1 to 1000/],
    ['/api/events?from=yesterday', 400, /ISO 8601/],
    ['/api/events?from=2000&to=1000', 400, /before/],
    ['/api/alerts?open=maybe', 400, /true or false/],
    ['/api/series?person=anna', 400, /site/],
    ['/api/series?person=anna&site=chest&metric=%27;drop&from=0&to=1000', 404, /flexionDeg/],
    ['/api/series?person=anna&site=chest&metric=flexionDeg&from=0&to=86400001', 400, /24 h/],
    ['/api/live?person=nobody', 404, /nobody/],
    ['/../../etc/passwd', 404, /known address/],
    ['/%2e%2e/%2e%2e/etc/passwd', 404, /known address/],
    ['/', 503, /npm run build/],
  ])('%s is one clear refusal', async (path, status, found) => {
    await expectProblem(await web.get(path), status, found);
  });

  it.each([
    ['a foreign name (DNS rebinding)', 'Host: evil.example\r\n', '421'],
    ['an address that is not ours', 'Host: 192.168.1.7\r\n', '421'],
    ['a Host that is none', 'Host: a b/c\r\n', '4'],
  ])('%s is turned away', async (_name, host, status) => {
    const answer = await rawRequest(web.server.address, `GET /api/people HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
    expect(answer).not.toContain('Anna');
  });

  it('bytes that are no HTTP end that connection only', async () => {
    expect(await rawRequest(web.server.address, '\u0000\u0001garbage\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
    expect((await web.get('/api/people')).status).toBe(200);
  });

  it('a record that cannot be written is 503 and one log line, without its inside', async () => {
    web.record.write({ alerts: [bendAlert(bend)] });
    web.record.fault = new PlumblineError('storage/failed', 'expected room on /secret/path, found the disk full');
    const response = await web.post(acknowledgePath, '{"by":"Kim"}');
    const body = await response.clone().text();
    await expectProblem(response, 503, /record/);
    expect(body).not.toContain('/secret');
    expect(web.log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('a fault of our own is 500 without its inside, and the server lives on', async () => {
    web.view.metricsText = () => Promise.reject(new Error('inner detail'));
    const response = await web.get('/metrics');
    const body = await response.clone().text();
    await expectProblem(response, 500, /log/);
    expect(body).not.toContain('inner detail');
    expect((await web.get('/healthz')).status).toBe(200);
  });
});

describe('headers and addresses', () => {
  it('the policy allows own scripts and styles only, and nothing says which software answers', async () => {
    const { headers } = await web.get('/api/people');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('listens on the loopback address unless told otherwise', () => {
    expect(webConfigSchema.parse({}).host).toBe('127.0.0.1');
    expect(web.server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it('an allowed further name may be used', async () => {
    const other = await startWeb({ config: { allowedHosts: ['Plumbline.example.org'] } });
    try {
      const ask = 'GET /api/people HTTP/1.1\r\nHost: plumbline.example.org:443\r\nConnection: close\r\n\r\n';
      expect(await rawRequest(other.server.address, ask)).toMatch(/^HTTP\/1.1 200/);
    } finally {
      await other.server.stop();
    }
  });

  it('a port in use is one clear error that names it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      await expect(startWeb({ config: { port } })).rejects.toMatchObject({
        code: 'web/port-in-use',
        message: expect.stringMatching(new RegExp(`expected port ${port} .* found it in use`)),
      });
    } finally {
      taken.close();
    }
  });

  it('an address of another machine is one clear error', async () => {
    await expect(startWeb({ config: { host: '192.0.2.1' } })).rejects.toMatchObject({
      code: 'config/invalid',
      message: expect.stringMatching(/expected an address of this machine/),
    });
  });

  it.each([[{ port: 70_000 }], [{ port: '80' }], [{ hosts: [] }], [{ allowedHosts: ['http://x'] }]])(
    'configuration %j is refused',
    (config) => {
      expect(webConfigSchema.safeParse(config).success).toBe(false);
    },
  );
});
