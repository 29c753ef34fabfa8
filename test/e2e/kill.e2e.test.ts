/** Each process of the running system is killed in turn: what was raised is told, what was not measured is not invented. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { startInfluxd } from '../services/influxd.ts';
import { startMosquitto } from '../services/mosquitto.ts';
import { Caregiver } from '../sinks/mqtt/caregiver.ts';
import { bendingWearer, PERSON_ID } from './bendingWearer.ts';
import { PlumblineProcess, temporaryFolder } from './plumblineProcess.ts';
import { readRecord } from './recordReader.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const EVENTS = `plumbline/v1/${PERSON_ID}/event`;
const ALERT = `plumbline/v1/${PERSON_ID}/state/alert/bend`;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function newFolder(): string {
  const folder = temporaryFolder();
  closing.push(() => folder.remove());
  return folder.path;
}

async function startService(folder: string, sections: Record<string, unknown>): Promise<PlumblineProcess> {
  const service = await PlumblineProcess.start(folder, { ...bendingWearer(), ...sections });
  closing.push(async () => {
    service.signal('SIGKILL');
    await service.ended;
  });
  return service;
}

async function startBroker() {
  const mosquitto = await startMosquitto({ persistent: true });
  closing.push(() => mosquitto.stop());
  return { mosquitto, mqtt: { broker: 'external', url: mosquitto.url, publishDeadlineMs: 1000 } };
}

/** Its session stays at the broker, so that nothing passes it by while it is away. */
async function joinAt(url: string): Promise<Caregiver> {
  const caregiver = await Caregiver.join(url, { clean: false, clientId: 'caregiver' });
  closing.push(() => caregiver.leave());
  return caregiver;
}

const raisedIn = (folder: string): string[] =>
  readRecord(folder, 'SELECT id FROM clinical_event ORDER BY position').map(({ id }) => String(id));
const untold = (folder: string): number =>
  Number(readRecord(folder, 'SELECT count(*) AS n FROM outbox WHERE sent_ms IS NULL')[0]?.n ?? 0);
const toldBy = (caregiver: Caregiver): string[] => caregiver.on(EVENTS).map(({ id }) => String(id));

describe('kill -9 of the service', () => {
  it('between raising and publishing: each alert goes out once after the restart, and stays until it is seen', async () => {
    const { mosquitto, mqtt } = await startBroker();
    const folder = newFolder();
    const random = seededRandom(7);
    await mosquitto.kill();
    for (let round = 0; round < 3; round++) {
      const before = raisedIn(folder).length;
      const service = await startService(folder, { mqtt });
      await expect.poll(() => raisedIn(folder).length, PATIENCE).toBeGreaterThan(before);
      await wait(400 * random());
      await service.killService();
    }
    const raised = raisedIn(folder);
    expect(untold(folder)).toBeGreaterThanOrEqual(raised.length);

    await mosquitto.restart();
    const caregiver = await joinAt(mosquitto.url);
    const service = await startService(folder, { mqtt });
    await expect.poll(() => raised.filter((id) => !toldBy(caregiver).includes(id)), PATIENCE).toEqual([]);
    const firstId = raised.find((id) => id.includes('.EV-BEND.'));
    // The state follows the event.
    const standing = { state: 'ON', alert_id: firstId, ack: null };
    await expect.poll(() => caregiver.on(ALERT).at(-1), PATIENCE).toMatchObject(standing);
    expect((await service.interrupt()).code).toBe(0);
    const told = toldBy(caregiver);
    expect(told).toHaveLength(new Set(told).size);
    expect(new Set(told)).toEqual(new Set(raisedIn(folder)));
  }, 90_000);

  it('while publishing: nothing is lost, and what comes twice has the same id', async () => {
    const { mosquitto, mqtt } = await startBroker();
    const caregiver = await joinAt(mosquitto.url);
    const folder = newFolder();
    const random = seededRandom(11);
    const rounds = 3;
    for (let round = 0; round < rounds; round++) {
      const before = toldBy(caregiver).length;
      const service = await startService(folder, { mqtt });
      await expect.poll(() => toldBy(caregiver).length + raisedIn(folder).length, PATIENCE).toBeGreaterThan(2 * before);
      await wait(30 * random());
      await service.killService();
    }
    const service = await startService(folder, { mqtt });
    await expect.poll(() => untold(folder), PATIENCE).toBe(0);
    expect((await service.interrupt()).code).toBe(0);
    const told = toldBy(caregiver);
    expect(new Set(told)).toEqual(new Set(raisedIn(folder)));
    expect(told.length - new Set(told).size).toBeLessThanOrEqual(rounds);
  }, 90_000);

  it('while the broker hangs: the alert goes out after both are back, twice at most and with one id', async () => {
    const { mosquitto, mqtt } = await startBroker();
    const caregiver = await joinAt(mosquitto.url);
    const folder = newFolder();
    const service = await startService(folder, { mqtt });
    await expect.poll(() => toldBy(caregiver).length, PATIENCE).toBeGreaterThan(0);
    mosquitto.freeze();
    const before = raisedIn(folder).length;
    await expect.poll(() => raisedIn(folder).length, PATIENCE).toBeGreaterThan(before);
    await service.killService();
    mosquitto.thaw();

    const next = await startService(folder, { mqtt });
    await expect.poll(() => untold(folder), PATIENCE).toBe(0);
    expect((await next.interrupt()).code).toBe(0);
    const counts = new Map<string, number>();
    for (const id of toldBy(caregiver)) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(new Set(counts.keys())).toEqual(new Set(raisedIn(folder)));
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(2);
  }, 60_000);
});

it('kill -9 of the radio process: data come again within 10 s, the gap is recorded and stays empty', async () => {
  const folder = newFolder();
  const service = await startService(folder, {});
  await expect.poll(() => raisedIn(folder).length, PATIENCE).toBeGreaterThan(0);
  const [alertId] = raisedIn(folder);
  const killedPid = service.radioPid;
  expect(killedPid).toBeGreaterThan(0);

  process.kill(killedPid ?? 0, 'SIGKILL');
  const killedMs = Date.now();
  const gaps = () => readRecord(folder, `SELECT * FROM motion_event WHERE type = 'gap'`);
  await expect.poll(() => gaps().length, PATIENCE).toBe(1);
  expect(Date.now() - killedMs).toBeLessThan(10_000);
  expect(service.radioPid).not.toBe(killedPid);
  const devices = (await service.get('/api/devices')) as { items: { state: string; reconnects: number }[] };
  expect(devices.items).toMatchObject([{ state: 'streaming', reconnects: 1 }]);

  const [gap] = gaps();
  const [startMs, endMs] = [Number(gap.start_ms), Number(gap.end_ms)];
  expect(Math.abs(startMs - killedMs)).toBeLessThan(500);
  expect(endMs - startMs).toBeGreaterThan(500);
  // Two seconds after the gap are in the record: what is missing before them will not come any more.
  const laterSeconds = () => readRecord(folder, 'SELECT t_ms FROM series WHERE t_ms > ?', endMs + 1000).length;
  await expect.poll(laterSeconds, PATIENCE).toBeGreaterThan(1);
  expect(coveredMsWithin(folder, startMs, endMs)).toBeLessThan(100);

  const alerts = (await service.get('/api/alerts?open=true')) as { items: { id: string }[] };
  expect(alerts.items.map(({ id }) => id)).toEqual([alertId]);
  expect(service.logged('radio.process-ended')).toHaveLength(1);
  expect((await service.interrupt()).code).toBe(0);
}, 60_000);

/** How much of the span the stored seconds claim to cover at least, whatever of a second lies outside being covered first. */
function coveredMsWithin(folder: string, startMs: number, endMs: number): number {
  const seconds = readRecord(
    folder,
    'SELECT t_ms, coverage FROM series WHERE t_ms > ? AND t_ms < ?',
    startMs - 1000,
    endMs,
  );
  return seconds.reduce((sum, { t_ms, coverage }) => {
    const insideMs = Math.min(endMs, Number(t_ms) + 1000) - Math.max(startMs, Number(t_ms));
    return sum + Math.max(0, Number(coverage) * 1000 - (1000 - insideMs));
  }, 0);
}

it('kill -9 of broker and InfluxDB: the service goes on, and both are caught up without loss', async () => {
  const { mosquitto, mqtt } = await startBroker();
  const caregiver = await joinAt(mosquitto.url);
  const influxd = await startInfluxd();
  closing.push(() => influxd.stop());
  const folder = newFolder();
  const influx = { url: influxd.url, ...influxd.writer, writeDeadlineMs: 2000 };
  const service = await startService(folder, { mqtt, influx });
  const postureRows = async () => (await influxd.rows('SELECT coverage FROM posture', 'plumbline_1s')).length;
  const storedRows = () => Number(readRecord(folder, 'SELECT count(*) AS n FROM series')[0].n);
  await expect.poll(() => toldBy(caregiver).length, PATIENCE).toBeGreaterThan(0);
  await expect.poll(postureRows, PATIENCE).toBeGreaterThan(0);

  await Promise.all([mosquitto.kill(), influxd.kill()]);
  const before = raisedIn(folder).length;
  await expect.poll(() => raisedIn(folder).length, PATIENCE).toBeGreaterThan(before + 1);
  const health = (await service.get('/healthz')) as { stages: { stage: string; ok: boolean; detail: string }[] };
  expect(health.stages.filter(({ ok }) => !ok).map(({ stage }) => stage)).toEqual(['mqtt', 'influx']);
  await Promise.all([mosquitto.restart(), influxd.restart()]);

  const raised = raisedIn(folder);
  await expect.poll(() => raised.filter((id) => !toldBy(caregiver).includes(id)), PATIENCE).toEqual([]);
  const seconds = storedRows();
  await expect.poll(postureRows, PATIENCE).toBeGreaterThanOrEqual(seconds);
  expect((await service.interrupt()).code).toBe(0);
  expect(await postureRows()).toBe(storedRows());
  expect(new Set(toldBy(caregiver))).toEqual(new Set(raisedIn(folder)));
  const clinical = await influxd.rows(`SELECT id FROM event WHERE layer = 'clinical'`, 'plumbline_long');
  expect(new Set(clinical.map(({ id }) => id))).toEqual(new Set(raisedIn(folder)));
  // Once for each trouble, not for each attempt.
  expect(service.logged('mqtt.down').length).toBeLessThanOrEqual(2);
  expect(service.logged('influx.down').length).toBeLessThanOrEqual(2);
}, 90_000);
