import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventRing } from '../../src/web/eventRing.ts';
import type { TrailView } from '../../src/web/wire.ts';
import { bendAlert, bendStored, bendVerdict, sensorHealth } from '../fakes/scriptedView.ts';
import { SseReader, startWeb, T0_MS, type WebHarness } from './webHarness.ts';

const T0_S = T0_MS / 1000;
let web: WebHarness;
const readers: SseReader[] = [];
const open = (options?: { path?: string; lastEventId?: string }): SseReader => {
  const reader = new SseReader(web.server.address, options);
  readers.push(reader);
  return reader;
};
async function opened(options?: { path?: string; lastEventId?: string }): Promise<SseReader> {
  const reader = open(options);
  await reader.until(() => reader.messages.length > 0);
  return reader;
}

beforeEach(async () => {
  web = await startWeb({ timing: { flushMs: 20, beatMs: 60 } });
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await web.server.stop();
});

describe('the live stream', () => {
  it('begins with everything that the page shows', async () => {
    web.view.device(sensorHealth());
    web.view.angles(12);
    web.view.motionEvent(bendStored(T0_S, 50));
    web.view.clinicalEvent(bendVerdict(T0_MS, 47));
    web.view.alert(bendAlert(bendVerdict(T0_MS, 47)));
    web.view.alert(bendAlert(bendVerdict(T0_MS - 5000, 47), { closedMs: T0_MS }));
    const page = await opened();
    expect(page.messages[0]).toMatchObject({
      event: 'snapshot',
      data: {
        serverMs: T0_MS,
        resumed: false,
        people: [{ id: 'anna' }],
        devices: [{ deviceId: 'imu-1' }],
        angles: [{ flexionDeg: 12 }],
        motionEvents: [{ event: { peakDeg: 50 } }],
        clinicalEvents: [{ ruleId: 'EV-BEND' }],
        openAlerts: [{ id: `anna.EV-BEND.${T0_MS}` }],
      },
    });
    expect(page.headers).toMatchObject({ 'x-accel-buffering': 'no', 'cache-control': 'no-store' });
    expect(page.headers['content-type']).toMatch(/^text\/event-stream/);
  });

  it('sends an event and its alert in the order in which they happened, once to each page', async () => {
    const pages = await Promise.all([opened(), opened()]);
    const verdict = bendVerdict(T0_MS, 47);
    web.view.clinicalEvent(verdict);
    web.view.alert(bendAlert(verdict));
    web.view.motionEvent(bendStored(T0_S, 50));
    for (const page of pages) {
      await page.until(() => page.ofType('motionEvent').length > 0);
      const names = page.messages.filter(({ id }) => id !== undefined).map(({ event }) => event);
      expect(names).toEqual(['snapshot', 'clinicalEvent', 'alert', 'motionEvent']);
    }
  });

  it('of many angles the latest goes out, at most once per flush', async () => {
    const page = await opened();
    for (let i = 0; i < 500; i++) web.view.angles(i / 10);
    await page.until(() => page.ofType('angles').length > 0);
    await page.until(() => page.ofType('beat').length > 0);
    expect(page.ofType('angles').map(({ data }) => data['flexionDeg'])).toEqual([49.9]);
  });

  it('device, people and stage changes arrive without being asked for', async () => {
    const page = await opened();
    web.view.device(sensorHealth({ state: 'silent' }));
    web.view.stages = [{ stage: 'mqtt', ok: false, detail: 'down' }];
    web.view.peopleList = [{ id: 'bert', displayName: 'Bert', tier: 'T1', limits: [] }];
    await page.until(() => page.ofType('people').length > 0);
    expect(page.ofType('device')[0]?.data).toMatchObject({ state: 'silent' });
    expect(page.ofType('stages')[0]?.data).toMatchObject([{ detail: 'down' }]);
  });

  it('a page that opens late has the last minute, no more, as five points a second', async () => {
    for (let i = 0; i <= 1000; i++) web.view.angles(i / 20, { tMs: T0_MS + i * 100 });
    const page = await opened();
    const trails = page.messages[0]?.data['trails'] as TrailView[] | undefined;
    const trail = trails?.[0];
    expect(trail?.afterMs).toHaveLength(311);
    expect((trail?.startMs ?? 0) + (trail?.afterMs.at(-1) ?? 0)).toBe(T0_MS + 100_000);
    expect(trail?.flexionDeg.at(-1)).toBe(50);
  });

  it('beats in silence, as a comment for proxies and as an event for the page', async () => {
    const page = await opened();
    await page.until(() => page.ofType('beat').length >= 2);
    expect(page.comments).toBeGreaterThanOrEqual(2);
  });

  it('?person= keeps everybody else out, in the snapshot and after it', async () => {
    web.view.motionEvent(bendStored(T0_S, 50, 4, 'bert'));
    const page = await opened({ path: '/api/live?person=anna' });
    web.view.angles(5, { personId: 'bert' });
    web.view.clinicalEvent(bendVerdict(T0_MS, 50, 'bert'));
    web.view.clinicalEvent(bendVerdict(T0_MS, 47));
    await page.until(() => page.ofType('clinicalEvent').length > 0);
    await page.until(() => page.ofType('beat').length > 0);
    expect(JSON.stringify(page.messages)).not.toContain('bert');
  });

  it('a page that comes back gets what it missed, in order, once', async () => {
    const first = await opened();
    web.view.clinicalEvent(bendVerdict(T0_MS, 47));
    await first.until(() => first.ofType('clinicalEvent').length === 1);
    const lastEventId = first.messages.at(-1)?.id as string;
    first.close();
    web.view.clinicalEvent(bendVerdict(T0_MS + 10_000, 48));
    web.view.motionEvent(bendStored(T0_S + 10, 50));
    const again = await opened({ lastEventId });
    await again.until(() => again.ofType('motionEvent').length === 1);
    expect(again.messages[0]?.data['resumed']).toBe(true);
    expect(again.ofType('clinicalEvent').map(({ data }) => data['startMs'])).toEqual([T0_MS + 10_000]);
    const byQuery = await opened({ path: `/api/live?lastEventId=${lastEventId}` });
    await byQuery.until(() => byQuery.ofType('motionEvent').length === 1);
  });

  it.each(['nonsense', '0-0', 'zzz-5', '-1', '9'.repeat(60)])(
    'an id %s that this service never gave out gets a plain snapshot',
    async (lastEventId) => {
      const page = await opened({ lastEventId });
      expect(page.messages[0]).toMatchObject({ event: 'snapshot', data: { resumed: false } });
    },
  );

  it('200 pages get every event', async () => {
    const pages = await Promise.all(Array.from({ length: 200 }, () => opened()));
    for (let i = 0; i < 50; i++) {
      web.view.clinicalEvent(bendVerdict(T0_MS + i, 47));
      web.view.angles(i);
    }
    for (const page of pages) {
      await page.until(() => page.ofType('clinicalEvent').length === 50 && page.ofType('angles').length > 0);
    }
  });

  it('a page that does not read is dropped, the others go on', async () => {
    const page = await opened();
    const { hostname, port } = new URL(web.server.address);
    const frozen = createConnection({ host: hostname, port: Number(port) });
    frozen.write(`GET /api/live HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    frozen.pause();
    const isDropped = (): boolean => web.log.some(({ event }) => event === 'web.page-dropped');
    const filler = 'x'.repeat(50_000);
    let sent = 0;
    // The kernel holds some megabytes before the service notices.
    while (!isDropped() && sent < 2000) {
      web.view.clinicalEvent({ ...bendVerdict(T0_MS + sent, 47), because: filler });
      sent += 1;
      await new Promise(setImmediate);
    }
    expect(isDropped()).toBe(true);
    await page.until(() => page.ofType('clinicalEvent').length === sent);
    frozen.destroy();
  });

  it('stopping ends all streams at once and leaves nothing subscribed', async () => {
    const page = await opened();
    const beganMs = performance.now();
    await web.server.stop();
    await page.until(() => page.ended);
    expect(performance.now() - beganMs).toBeLessThan(1500);
    expect(web.view.subscribers).toBe(0);
  });
});

describe('the ring of missed messages', () => {
  const chunk = (id: string): string => `chunk ${id}`;

  it('gives what came after an id, and nothing when it can no longer be complete', () => {
    const ring = new EventRing('e', 3);
    expect(ring.after('e-0')).toEqual([]);
    for (let i = 0; i < 5; i++) ring.push('anna', chunk);
    expect(ring.after('e-5')).toEqual([]);
    expect(ring.after('e-2')).toEqual(['chunk e-3', 'chunk e-4', 'chunk e-5']);
    expect(ring.after('e-1')).toBeUndefined();
    expect(ring.after('e-6')).toBeUndefined();
    expect(ring.after('f-5')).toBeUndefined();
  });
});
