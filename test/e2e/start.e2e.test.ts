/** `plumbline start` as it is after the installation: one simulated wearer, everything needed inside. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caregiver } from '../sinks/mqtt/caregiver.ts';
import { LivePage } from './livePage.ts';
import { configIn, PlumblineProcess, temporaryFolder } from './plumblineProcess.ts';
import { readRecord } from './recordReader.ts';

const PATIENCE = { timeout: 20_000, interval: 10 };

describe('plumbline start', () => {
  const folder = temporaryFolder();
  let service: PlumblineProcess;
  let page: LivePage;
  let caregiver: Caregiver;

  beforeAll(async () => {
    service = await PlumblineProcess.start(folder.path);
    page = await LivePage.open(service.page);
    caregiver = await Caregiver.join(service.broker);
  });
  afterAll(async () => {
    page?.close();
    await caregiver?.leave();
    service?.signal('SIGKILL');
    await service?.ended;
    folder.remove();
  });

  it('prints the address of a page that is there', async () => {
    expect(service.stdout).toMatch(/Page: http:\/\/127\.0\.0\.1:\d+\//);
    const html = await (await fetch(service.page)).text();
    expect(html).toMatch(/<title>.*Plumbline.*<\/title>/);
  });

  it('shows an angle that moves', async () => {
    await expect.poll(() => spreadDeg(page), PATIENCE).toBeGreaterThan(5);
  });

  it('tells page, broker and record of the same bend, with the same id, within a second', async () => {
    const seen = { page: NaN, broker: NaN, record: NaN };
    let id = '';
    await expect
      .poll(() => {
        const onPage = page.of('clinicalEvent').find(({ data }) => data.ruleId === 'EV-BEND');
        id = onPage?.data.id ?? '';
        const inRecord = readRecord(folder.path, 'SELECT id FROM clinical_event WHERE rule_id = ?', 'EV-BEND');
        if (Number.isNaN(seen.record) && inRecord.length > 0) seen.record = Date.now();
        const onBroker = caregiver.on('plumbline/v1/demo-anna/event').some((event) => event['id'] === id);
        if (Number.isNaN(seen.broker) && onBroker) seen.broker = Date.now();
        if (onPage) seen.page = onPage.atMs;
        return Object.values(seen).every(Number.isFinite);
      }, PATIENCE)
      .toBe(true);

    const [stored] = readRecord(folder.path, 'SELECT * FROM clinical_event WHERE rule_id = ?', 'EV-BEND');
    expect(stored?.id).toBe(id);
    const [told] = caregiver.on('plumbline/v1/demo-anna/event');
    const [{ data: shown }] = page.of('clinicalEvent');
    expect(told).toMatchObject({ id, event_type: 'EV-BEND', t: shown.decidedMs, text: shown.text });
    const times = [...Object.values(seen), shown.decidedMs];
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1000);
    expect(Number(shown.values['peakDeg'])).toBeGreaterThan(45);
  });

  it('keeps the alert until it is acknowledged and over, then says so in the retained state', async () => {
    await expect.poll(() => page.of('alert').some(({ data }) => !data.active), PATIENCE).toBe(true);
    const topic = 'plumbline/v1/demo-anna/state/alert/bend';
    // The page may hear of it a moment before the broker does.
    await expect
      .poll(() => caregiver.on(topic).at(-1), PATIENCE)
      .toMatchObject({ state: 'ON', active: false, ack: null });

    const [{ data: alert }] = page.of('alert');
    const response = await service.acknowledge(alert.id, 'daughter');
    expect(response.status).toBe(200);
    await expect
      .poll(() => caregiver.on(topic).at(-1), PATIENCE)
      .toMatchObject({ state: 'OFF', alert_id: alert.id, ack: { by: 'daughter' } });
    const newcomer = await Caregiver.join(service.broker);
    await expect.poll(() => newcomer.on(topic), PATIENCE).toMatchObject([{ state: 'OFF', alert_id: alert.id }]);
    await newcomer.leave();
    const [stored] = readRecord(folder.path, 'SELECT ack_by, closed_ms FROM alert WHERE id = ?', alert.id);
    expect(stored).toMatchObject({ ack_by: 'daughter', closed_ms: expect.any(Number) });
  });

  it('is in good health, and logs nothing that nobody needs to know', async () => {
    expect(await service.get('/healthz')).toMatchObject({ ok: true });
    expect(service.stderr).toBe('');
  });

  it('is the only one on its record: a second service says so in one line and ends', async () => {
    const second = new PlumblineProcess(['start'], { config: configIn(folder.path), folder: folder.path });
    expect((await second.ended).code).toBe(1);
    expect(second.stderr.trim().split('\n')).toEqual([
      `plumbline: expected to be the only service on "${folder.path}/plumbline.sqlite", found process ${service.pid} using it`,
    ]);
    expect(await service.get('/healthz')).toMatchObject({ ok: true });
  });

  it('ends at Ctrl-C with code 0 within 2 s, and takes its radio process with it', async () => {
    const { radioPid } = service;
    expect(radioPid).toBeGreaterThan(0);
    const { code, afterMs } = await service.interrupt();
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(2000);
    expect(service.stderr).toBe('');
    expect(() => process.kill(radioPid ?? 0, 0)).toThrow('ESRCH');
  });
});

function spreadDeg(page: LivePage): number {
  const angles = page.of('angles').map(({ data }) => data.flexionDeg);
  return Math.max(...angles) - Math.min(...angles);
}

describe('a port that another program has', () => {
  const folder = temporaryFolder();
  const squatter = createServer();
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      squatter.listen(0, '127.0.0.1', resolve);
    });
    const address = squatter.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(async () => {
    await new Promise((resolve) => squatter.close(resolve));
    folder.remove();
  });

  it.each([
    ['page', () => ({ web: { port } }), /expected port \d+ on 127\.0\.0\.1 to be free for the page, found it in use/],
    [
      'broker',
      () => ({ mqtt: { broker: 'embedded', port } }),
      /expected 127\.0\.0\.1:\d+ to be free, found another program/,
    ],
  ])('is named in one line when the %s wants it', async (_, sections, line) => {
    const config = configIn(folder.path, sections());
    const refused = new PlumblineProcess(['start'], { config, folder: folder.path });
    expect((await refused.ended).code).toBe(1);
    expect(refused.stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
    expect(refused.stdout).toBe('');
  });
});
