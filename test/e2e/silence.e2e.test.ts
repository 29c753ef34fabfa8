/** A wearable that nobody hears, against the whole service; its timers run a thousand times as fast. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { parseConfig } from '../../src/config.ts';
import { parseMount } from '../../src/model/frames.ts';
import { Service } from '../../src/service.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { Caregiver } from '../sinks/mqtt/caregiver.ts';
import { httpSender, LivePhone } from './livePhone.ts';
import { temporaryFolder } from './plumblineProcess.ts';

const SPEED = 1000;
const TOKEN = 'anna-phone-token-0123456789';
const MOUNT = '+Z+Y-X';
const ALERT = 'plumbline/v1/anna/state/alert/no-data';
const PATIENCE = { timeout: 15_000, interval: 20 };

const folder = temporaryFolder();
let service: Service;
let caregiver: Caregiver;
let phone: LivePhone | undefined;

async function startService(): Promise<void> {
  const wearable = { device: 'sensor-logger', token: TOKEN, placement: 'chest', mount: MOUNT, mode: 'ios' };
  const config = parseConfig(
    {
      people: [{ id: 'anna', tier: 'T2', wearables: [wearable] }],
      radio: { adapter: 'none' },
      web: { port: 0 },
      mqtt: { broker: 'embedded', port: 0 },
      storage: { file: join(folder.path, 'plumbline.sqlite') },
    },
    'the test',
  );
  service = new Service({
    config,
    logger: new QuietLogger(),
    pageDir: fileURLToPath(new URL('../../dist/page', import.meta.url)),
    radio: { adapter: undefined, speed: SPEED },
  });
  await service.start();
  caregiver = await Caregiver.join(service.brokerAddress);
}

beforeAll(startService);
afterAll(async () => {
  phone?.stop();
  await caregiver?.leave();
  await service?.stop();
  folder.remove();
});

it('is an alert that goes on when the service is started anew, for nobody has been heard meanwhile', async () => {
  await expect.poll(() => caregiver.on(ALERT).at(0), PATIENCE).toMatchObject({ state: 'ON', active: true });
  const [{ alert_id: alertId }] = caregiver.on(ALERT);
  await caregiver.leave();
  await service.stop();
  await startService();
  await expect
    .poll(() => caregiver.on(ALERT).at(0), PATIENCE)
    .toMatchObject({ state: 'ON', active: true, alert_id: alertId });
  expect(caregiver.on(ALERT).every(({ active }) => active)).toBe(true);
}, 60_000);

it('is an alert that stays for caregivers who come later, until data have come and somebody has seen it', async () => {
  await expect
    .poll(() => caregiver.on(ALERT).at(0), PATIENCE)
    .toMatchObject({
      state: 'ON',
      active: true,
      severity: 'medium',
      event_type: 'EV-NODATA',
      text: 'We have lost your sensor. Is your phone near you?',
      because: expect.stringContaining('Falls cannot be seen') as string,
    });
  const newcomer = await Caregiver.join(service.brokerAddress);
  await expect
    .poll(() => newcomer.messages().find(({ topic, retain }) => retain && topic === ALERT)?.payload, PATIENCE)
    .toContain('"state":"ON"');
  await newcomer.leave();

  phone = new LivePhone({
    motion: new ScriptedMotion([{ do: 'stand', forS: 10 }], { loop: true }),
    mount: parseMount(MOUNT),
    flavour: 'ios',
    rateHz: 100,
    deviceId: 'phone-of-anna',
    sessionId: 'walk-1',
    durationS: 20,
    send: httpSender(service.address.replace(/\/$/, ''), 'anna/sensor-logger-chest', TOKEN),
  });
  await expect.poll(() => caregiver.on(ALERT).some((said) => said['active'] === false), PATIENCE).toBe(true);
  const [{ alert_id: alertId }] = caregiver.on(ALERT);
  await caregiver.send(`plumbline/v1/anna/ack/${String(alertId)}`, '{"by":"daughter"}');
  await expect.poll(() => caregiver.on(ALERT).at(-1)?.['state'], PATIENCE).toBe('OFF');
}, 60_000);
