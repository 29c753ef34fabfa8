/** Phones as wearables, against the whole program: a bend on the phone is a bend on the page, an alert, and a row of the record. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { parseMount } from '../../src/model/frames.ts';
import type { DeviceHealth } from '../../src/model/ports.ts';
import { type Mosquitto, startMosquitto } from '../services/mosquitto.ts';
import { Caregiver } from '../sinks/mqtt/caregiver.ts';
import { LivePage } from './livePage.ts';
import { httpSender, LivePhone, mqttSender } from './livePhone.ts';
import { PlumblineProcess, temporaryFolder } from './plumblineProcess.ts';
import { readRecord } from './recordReader.ts';

const PATIENCE = { timeout: 25_000, interval: 20 };
/** On a strap over the breastbone, screen outward and upright. */
const MOUNT = '+Z+Y-X';
const TOKENS = { anna: 'anna-phone-token-0123456789', berta: 'berta-phone-token-9876543210' } as const;

const BENDS: readonly Movement[] = [
  { do: 'stand', forS: 1 },
  { do: 'bend', toDeg: 60, inS: 1.5, holdS: 1.2, backS: 1.5 },
];
const STANDS: readonly Movement[] = [{ do: 'stand', forS: 10 }];

const wearing = (id: 'anna' | 'berta', mode: string, more = {}): Record<string, unknown> => ({
  id,
  tier: 'T2',
  wearables: [{ device: 'sensor-logger', token: TOKENS[id], placement: 'chest', mount: MOUNT, mode, ...more }],
});

const phone = { mount: parseMount(MOUNT), stampJitterMs: 0.05, driftPpm: 30, durationS: 40 } as const;
const looping = (script: readonly Movement[]): ScriptedMotion => new ScriptedMotion(script, { loop: true });

async function healthOf(service: PlumblineProcess, personId: string): Promise<DeviceHealth | undefined> {
  const { items } = (await service.get('/api/devices')) as { items: DeviceHealth[] };
  return items.find((health) => health.personId === personId);
}

describe('two phones, one by HTTP and one by the broker inside', () => {
  const folder = temporaryFolder();
  let service: PlumblineProcess;
  let page: LivePage;
  let caregiver: Caregiver;
  let sender: Awaited<ReturnType<typeof mqttSender>>;
  const phones: LivePhone[] = [];

  beforeAll(async () => {
    service = await PlumblineProcess.start(folder.path, {
      people: [wearing('anna', 'ios'), wearing('berta', 'standard')],
      radio: { adapter: 'none' },
      log: { level: 'info' },
    });
    page = await LivePage.open(service.page);
    caregiver = await Caregiver.join(service.broker);
    sender = await mqttSender(service.broker, 'plumbline/v1/berta/raw/sensor-logger-chest', {
      username: 'berta',
      password: TOKENS.berta,
    });
    phones.push(
      new LivePhone({
        ...phone,
        motion: looping(BENDS),
        flavour: 'ios',
        rateHz: 100.4,
        deviceId: 'phone-of-anna',
        sessionId: 'walk-1',
        network: { lossRatio: 0.05, repeatRatio: 0.05, reorderRatio: 0.05, jitterMs: 20 },
        send: httpSender(service.page, 'anna/sensor-logger-chest', TOKENS.anna),
      }),
      new LivePhone({
        ...phone,
        motion: looping(STANDS),
        flavour: 'android',
        rateHz: 77.4,
        gyroRateHz: 230,
        deviceId: 'phone-of-berta',
        sessionId: 'walk-2',
        send: (text) => sender.send(text),
      }),
    );
  });
  afterAll(async () => {
    for (const one of phones) one.stop();
    page?.close();
    await sender?.leave();
    await caregiver?.leave();
    service?.signal('SIGKILL');
    await service?.ended;
    folder.remove();
  });

  it('a bend of the phone is a forwardBend of its wearer on the page, at the time of the service', async () => {
    await expect
      .poll(() => page.of('motionEvent').some(({ data }) => data.event.type === 'forwardBend'), PATIENCE)
      .toBe(true);
    const bend = page.of('motionEvent').find(({ data }) => data.event.type === 'forwardBend');
    expect(bend?.data).toMatchObject({ personId: 'anna', site: 'chest' });
    const { event } = bend?.data ?? {};
    expect(event && 'peakDeg' in event ? event.peakDeg : NaN).toBeGreaterThan(50);
    expect(Math.abs((event?.endS ?? NaN) - Date.now() / 1000)).toBeLessThan(20);
  });

  it('becomes the same alert on page, broker and record, and nobody else’s', async () => {
    await expect.poll(() => page.of('alert').length, PATIENCE).toBeGreaterThan(0);
    const [{ data: alert }] = page.of('alert');
    expect(alert).toMatchObject({ personId: 'anna', ruleId: 'EV-BEND' });
    await expect
      .poll(() => caregiver.on('plumbline/v1/anna/state/alert/bend').at(0), PATIENCE)
      .toMatchObject({ state: 'ON', alert_id: alert.id });
    expect(readRecord(folder.path, 'SELECT person_id FROM alert WHERE id = ?', alert.id)).toEqual([
      { person_id: 'anna' },
    ]);
    const others = page.of('motionEvent').filter(({ data }) => data.personId === 'berta');
    expect(others.filter(({ data }) => data.event.type !== 'gap')).toEqual([]);
  });

  it('the other one stands, in her own angles', async () => {
    await expect.poll(() => page.of('angles').some(({ data }) => data.personId === 'berta'), PATIENCE).toBe(true);
    const flexions = page.of('angles').filter(({ data }) => data.personId === 'berta');
    expect(Math.max(...flexions.map(({ data }) => Math.abs(data.flexionDeg)))).toBeLessThan(10);
  });

  it('what the network lost is a gap with its number of samples, and the times are good', async () => {
    await expect.poll(async () => (await healthOf(service, 'anna'))?.clockResidualMs, PATIENCE).toBeLessThan(20);
    const anna = await healthOf(service, 'anna');
    const berta = await healthOf(service, 'berta');
    expect(anna).toMatchObject({ state: 'streaming', kind: 'sensor-logger', batteryPct: 83 });
    expect(berta).toMatchObject({ state: 'streaming', lostSamples: 0 });
    expect(anna?.lostSamples).toBeGreaterThan(0);
    const gaps = page.of('motionEvent').filter(({ data }) => data.personId === 'anna' && data.event.type === 'gap');
    const missing = gaps.map(({ data }) => Number(data.event['missingSamples']));
    expect(missing.reduce((sum, count) => sum + count, 0)).toBe(anna?.lostSamples);
  });

  it('no token is ever printed', () => {
    expect(service.logged('wearable.started').length).toBeGreaterThanOrEqual(2);
    expect(service.stdout + service.stderr).not.toMatch(/phone-token/);
  });
});

describe('a phone by your own broker', () => {
  const folder = temporaryFolder();
  let mosquitto: Mosquitto;
  let service: PlumblineProcess;
  let sender: Awaited<ReturnType<typeof mqttSender>>;
  let live: LivePhone;

  beforeAll(async () => {
    mosquitto = await startMosquitto();
    service = await PlumblineProcess.start(folder.path, {
      people: [wearing('anna', 'standard', { token: undefined, deviceId: 'phone-of-anna' })],
      radio: { adapter: 'none' },
      mqtt: { broker: 'external', url: mosquitto.url },
    });
    sender = await mqttSender(mosquitto.url, 'plumbline/v1/anna/raw/sensor-logger-chest');
    live = new LivePhone({
      ...phone,
      motion: looping(BENDS),
      flavour: 'iosStandardised',
      deviceId: 'phone-of-anna',
      send: (text) => sender.send(text),
    });
  });
  afterAll(async () => {
    live?.stop();
    await sender?.leave();
    service?.signal('SIGKILL');
    await service?.ended;
    await mosquitto?.stop();
    folder.remove();
  });

  it('is heard as any other wearable', async () => {
    const caregiver = await Caregiver.join(mosquitto.url);
    await expect
      .poll(() => caregiver.on('plumbline/v1/anna/state/alert/bend').at(0), PATIENCE)
      .toMatchObject({ state: 'ON', event_type: 'EV-BEND' });
    await caregiver.leave();
    expect(await healthOf(service, 'anna')).toMatchObject({ state: 'streaming', lostSamples: 0 });
  });

  it('and another phone on its topic is not', async () => {
    const stranger = JSON.stringify({ messageId: 0, sessionId: 's', deviceId: 'phone-of-berta', payload: [{}] });
    await sender.send(stranger);
    await expect
      .poll(async () => (await healthOf(service, 'anna'))?.problem, PATIENCE)
      .toMatch(/expected the phone that is enrolled here .*, found another one/);
  });
});
