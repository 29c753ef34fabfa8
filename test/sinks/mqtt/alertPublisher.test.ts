import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Alert } from '../../../src/model/alert.ts';
import type { ClinicalEvent } from '../../../src/model/event.ts';
import type { Clock, OutboundMessage } from '../../../src/model/ports.ts';
import { AlarmDesk } from '../../../src/safety/alarmDesk.ts';
import { OutboxDispatcher } from '../../../src/safety/outbox.ts';
import { MqttAlertPublisher, type MqttAlertPublisherOptions } from '../../../src/sinks/mqtt/alertPublisher.ts';
import { externalBrokerConfigSchema } from '../../../src/sinks/mqtt/config.ts';
import { messagesForAlert, messagesForClinicalEvent, mqttTopics } from '../../../src/sinks/mqtt/topics.ts';
import { scheduleWithTimers } from '../../../src/sinks/schedule.ts';
import { MemoryRecordStore } from '../../fakes/memoryRecordStore.ts';
import { QuietLogger } from '../../fakes/quietLogger.ts';
import { verdict } from '../../safety/verdicts.ts';
import { type CuttableProxy, startCuttableProxy } from '../../services/cuttableProxy.ts';
import { type Mosquitto, startMosquitto } from '../../services/mosquitto.ts';
import { Caregiver, retainedAt } from './caregiver.ts';

const topics = mqttTopics();
const clock: Clock = { nowMs: () => Date.now() };
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const event = (id: string): OutboundMessage => ({
  id,
  topic: topics.event('p1'),
  payload: JSON.stringify({ id }),
  retain: false,
  qos: 1,
});
const alertState = (kind: string, count: number): OutboundMessage => ({
  id: `${kind}:${count}`,
  topic: topics.alert('p1', kind),
  payload: JSON.stringify({ state: 'ON', count }),
  retain: true,
  qos: 1,
});

let mosquitto: Mosquitto;
let names = 0;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  mosquitto = await startMosquitto();
});
afterAll(async () => {
  await mosquitto.stop();
});
afterEach(async () => {
  mosquitto.thaw();
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Setting {
  readonly config?: Record<string, unknown>;
  readonly options?: Partial<MqttAlertPublisherOptions>;
}

function publisher({ config, options }: Setting = {}): { sink: MqttAlertPublisher; logger: QuietLogger } {
  const logger = new QuietLogger();
  const parsed = externalBrokerConfigSchema.parse({
    broker: 'external',
    url: mosquitto.url,
    clientId: `service-${names++}`,
    ...config,
  });
  const sink = new MqttAlertPublisher({ config: parsed, clock, logger, ...options });
  closing.push(() => sink.stop());
  return { sink, logger };
}

async function connected(setting?: Setting): Promise<{ sink: MqttAlertPublisher; logger: QuietLogger }> {
  const made = publisher(setting);
  await made.sink.start();
  await until(() => expect(made.sink.state).toBe('connected'));
  return made;
}

async function caregiver(url = mosquitto.url, protocolVersion: 4 | 5 = 5): Promise<Caregiver> {
  const joined = await Caregiver.join(url, { protocolVersion });
  closing.push(() => joined.leave());
  return joined;
}

async function proxy(): Promise<CuttableProxy> {
  const started = await startCuttableProxy(mosquitto.port);
  closing.push(() => started.close());
  return started;
}

describe('publisher on MQTT 5', () => {
  it('adds expiry and content type, and the JSON is the same for a 3.1.1 client', async () => {
    const [five, four] = [await caregiver(), await caregiver(mosquitto.url, 4)];
    const { sink } = await connected();
    await sink.publish({ ...event('with-extras'), expiresMs: Date.now() + 60_000 });
    await until(() => expect(four.on(topics.event('p1'))).toEqual([{ id: 'with-extras' }]));
    await until(() => expect(five.on(topics.event('p1'))).toEqual([{ id: 'with-extras' }]));
    const properties = five.received.find(({ topic }) => topic === topics.event('p1'))?.packet.properties;
    expect(properties?.contentType).toBe('application/json');
    expect(properties?.messageExpiryInterval).toBeGreaterThan(50);
    expect(properties?.messageExpiryInterval).toBeLessThanOrEqual(60);
  });

  it('a lost connection that comes back within the will delay alarms nobody', async () => {
    const link = await proxy();
    const listening = await caregiver();
    const startedMs = Date.now();
    const { sink } = await connected({ config: { url: `mqtt://127.0.0.1:${link.port}` } });
    link.cut();
    await until(() => expect(sink.state).toBe('down'));
    await until(() => expect(sink.state).toBe('connected'));
    await until(() =>
      expect(listening.on(topics.status).filter(({ t }) => Number(t ?? Infinity) >= startedMs)).toEqual([
        expect.objectContaining({ state: 'online' }),
        expect.objectContaining({ state: 'online' }),
      ]),
    );
  });

  it('a message in flight when the connection is lost is handed back', async () => {
    const link = await proxy();
    const { sink } = await connected({ config: { url: `mqtt://127.0.0.1:${link.port}` } });
    mosquitto.freeze();
    const sending = expect(sink.publish(event('in-flight'))).rejects.toMatchObject({ code: 'mqtt/unavailable' });
    link.cut();
    await sending;
    mosquitto.thaw();
    await until(() => expect(sink.state).toBe('connected'));
  });

  it('an acknowledgement that was sent while the service was away is delivered when it is back', async () => {
    const heard: string[] = [];
    const { sink } = await connected();
    sink.onAcknowledge(({ alertId }) => heard.push(alertId));
    await sink.stop();
    const listening = await caregiver();
    await listening.send(topics.acknowledge('p1', 'p1.EV-BEND.5'), '{"by":"anna"}');
    await sink.start();
    await until(() => expect(heard).toEqual(['p1.EV-BEND.5']));
  });

  it('two services with one client id: the problem names it and they do not storm the broker', async () => {
    const link = await proxy();
    const config = { url: `mqtt://127.0.0.1:${link.port}`, clientId: 'the-same' };
    const options = { random: () => 1 };
    const first = await connected({ config, options });
    const second = await connected({ config, options });
    const problems = (): string[] =>
      [first, second].flatMap(({ logger }) => logger.of('mqtt.down').map(({ fields }) => String(fields['problem'])));
    await until(() =>
      expect(problems()).toContainEqual(expect.stringMatching(/another service use mqtt\.clientId the-same/)),
    );
    await until(() => expect(link.connections()).toBeGreaterThan(4));
    // Waits of 0.25, 0.25, 0.5, 0.5, 1, 1 s … allow a handful of connections in this time; a storm makes hundreds.
    expect(link.connections()).toBeLessThan(12);
  });
});

describe('publisher and a broker in trouble', () => {
  it('a broker that accepts and never answers: publish gives up in time, and all is well when it answers again', async () => {
    const { sink, logger } = await connected({ config: { publishDeadlineMs: 200, connectTimeoutMs: 300 } });
    mosquitto.freeze();
    const startedMs = Date.now();
    await expect(sink.publish(event('frozen'))).rejects.toThrow(/no PUBACK within 200 ms/);
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    await until(() => expect(sink.state).toBe('down'));
    mosquitto.thaw();
    await until(() => expect(sink.state).toBe('connected'));
    await sink.publish(event('thawed'));
    expect(logger.of('mqtt.down').length).toBeLessThanOrEqual(3);
  });

  it('a long outage is logged once, not for each attempt', async () => {
    const attempts: number[] = [];
    const { sink, logger } = publisher({
      config: { url: 'mqtt://127.0.0.1:1' },
      options: {
        random: () => 0,
        schedule: (delayMs, run) => {
          // Waits for another attempt take no time here; deadlines are real.
          const isRetry = delayMs < 10_000 && delayMs !== 5_000;
          if (isRetry) attempts.push(delayMs);
          const timer = setTimeout(run, isRetry ? 0 : delayMs);
          return () => clearTimeout(timer);
        },
      },
    });
    await sink.start();
    await until(() => expect(attempts.length).toBeGreaterThan(8));
    await sink.stop();
    expect(logger.of('mqtt.down')).toHaveLength(1);
    expect(logger.of('mqtt.down')[0]?.fields['problem']).toMatch(
      /expected an MQTT 5 broker at mqtt:\/\/127\.0\.0\.1:1, found .*ECONNREFUSED/,
    );
    expect(attempts.slice(0, 8)).toEqual([125, 250, 500, 1000, 2000, 4000, 7500, 7500]);
  });

  it('what must stand retained is said again to a broker that forgot it', async () => {
    const states = [alertState('bend', 3), alertState('twist', 1)];
    const { sink } = await connected({ options: { retainedState: () => states } });
    await mosquitto.kill();
    await until(() => expect(sink.state).toBe('down'));
    await mosquitto.restart();
    await until(() => expect(sink.state).toBe('connected'));
    const retained = await retainedAt(mosquitto.url);
    expect(retained).toEqual(
      expect.arrayContaining(states.map(({ topic, payload }) => ({ topic, payload, retain: true }))),
    );
  });

  it('a record that cannot be read does not keep alerts from going out', async () => {
    const { sink, logger } = await connected({
      options: {
        retainedState: () => {
          throw new Error('disk');
        },
      },
    });
    await sink.publish(event('still-out'));
    expect(logger.of('mqtt.retained.unavailable')).toHaveLength(1);
  });

  it('kill -9 of the broker in the middle: every message is accepted in the end, and every state is retained', async () => {
    const outbox = new Map<string, OutboundMessage>();
    for (let i = 0; i < 200; i++) {
      const message = i % 4 === 0 ? alertState(`kind-${i}`, 1) : event(`k${i}`);
      outbox.set(message.id, message);
    }
    const states = [...outbox.values()].filter(({ retain }) => retain);
    const { sink } = await connected({ options: { retainedState: () => states.filter(({ id }) => !outbox.has(id)) } });
    let isKilled = false;
    while (outbox.size > 0) {
      const [message] = outbox.values();
      if (!message) break;
      const sending = sink.publish(message).then(
        () => true,
        () => false,
      );
      if (outbox.size === 100 && !isKilled) {
        isKilled = true;
        await mosquitto.kill();
        setTimeout(() => void mosquitto.restart(), 50);
      }
      const isAccepted = await sending;
      if (isAccepted) outbox.delete(message.id);
      else await until(() => expect(sink.state).toBe('connected'));
    }
    const retained = (await retainedAt(mosquitto.url)).map(({ topic }) => topic);
    expect(retained).toEqual(expect.arrayContaining(states.map(({ topic }) => topic)));
  });
});

describe('a caregiver after an outage', () => {
  it('sees the newest state of an alert once, and nothing that is long over', async () => {
    const link = await proxy();
    const listening = await caregiver();
    const record = new MemoryRecordStore();
    const logger = new QuietLogger();
    const kind = `outage-${Date.now()}`;
    const writer = {
      messagesForClinicalEvent: (told: ClinicalEvent) => messagesForClinicalEvent(told),
      messagesForAlert: (alert: Alert) => messagesForAlert(alert),
    };
    const desk = new AlarmDesk({ record, logger, messages: writer });
    const retainedState = (): OutboundMessage[] =>
      record.alerts({ limit: 1 }).flatMap((alert) => messagesForAlert(alert));
    const { sink } = await connected({
      config: { url: `mqtt://127.0.0.1:${link.port}` },
      options: { retainedState, random: () => 0 },
    });
    const outbox = new OutboxDispatcher({ source: desk.outbox, sink, clock, schedule: scheduleWithTimers, logger });
    outbox.start();
    closing.push(() => outbox.stop());

    mosquitto.freeze();
    link.cut();
    await until(() => expect(sink.state).toBe('down'));
    desk.onVerdict('p1', verdict('start', 0, { kind }));
    desk.onVerdict('p1', verdict('end', 0, { kind }));
    desk.acknowledge(desk.openAlerts()[0]?.id ?? '', 'anna', Date.now());
    mosquitto.thaw();
    await until(() => expect(sink.state).toBe('connected'));
    await outbox.settled();
    await sink.publish({ ...event('the-end'), topic: topics.event(kind) });
    await until(() => expect(listening.on(topics.event(kind))).toHaveLength(1));

    expect(listening.on(topics.alert('p1', kind))).toEqual([
      expect.objectContaining({ state: 'OFF', active: false, ack: expect.objectContaining({ by: 'anna' }) as unknown }),
    ]);
    expect(record.pendingMessages(10)).toEqual([]);
    expect(outbox.counts.superseded).toBe(2);
  });

  it('sees a state again that came, went and came back on one connection', async () => {
    const listening = await caregiver();
    const [first, second] = [alertState('back', 1), alertState('back', 2)];
    const { sink } = await connected({ options: { retainedState: () => [first] } });
    for (const state of [first, second, first]) await sink.publish(state);
    await until(() => expect(listening.on(first.topic).map(({ count }) => count)).toEqual([1, 2, 1]));
  });
});

describe('publisher and a broker that says no', () => {
  const files = { acl: 'user service\ntopic readwrite plumbline/v1/_svc/#\ntopic write plumbline/v1/p1/event\n' };

  it('a topic that is forbidden is rejected for good, the others go on', async () => {
    const strict = await startMosquitto({ files, lines: ['acl_file {dir}/acl'] });
    closing.push(() => strict.stop());
    const { sink } = await connected({ config: { url: strict.url, username: 'service' } });
    await expect(sink.publish(alertState('bend', 1))).rejects.toMatchObject({
      code: 'mqtt/rejected',
      message: expect.stringMatching(
        /expected the broker to accept .*state\/alert\/bend, found .*Not authorized/,
      ) as string,
    });
    await sink.publish(event('allowed'));
    expect(sink.state).toBe('connected');
  });

  it('a wrong password is named and tried again', async () => {
    const strict = await startMosquitto({ lines: ['allow_anonymous false'] });
    closing.push(() => strict.stop());
    const { sink } = publisher({ config: { url: strict.url, username: 'service', password: 'wrong' } });
    await sink.start();
    await until(() => expect(sink.problem).toMatch(/found Connection refused: (Not authorized|Bad User)/));
    expect(sink.problem).not.toContain('wrong');
    expect(sink.state).toBe('down');
  });

  it('a certificate file that is not there is named', async () => {
    const { sink } = publisher({ config: { url: 'mqtts://127.0.0.1:1', caFile: '/nowhere/ca.pem' } });
    await sink.start();
    await until(() => expect(sink.problem).toMatch(/caFile .*\/nowhere\/ca\.pem/));
  });
});

describe('publisher at the end', () => {
  it('a clean stop says offline with its time, within 1.5 s', async () => {
    const listening = await caregiver();
    const { sink } = await connected();
    const startedMs = Date.now();
    await sink.stop();
    expect(Date.now() - startedMs).toBeLessThan(1_500);
    await until(() => expect(listening.on(topics.status).at(-1)).toMatchObject({ state: 'offline' }));
    expect(listening.on(topics.status).at(-1)).toHaveProperty('t');
  });

  it('a lost MQTT 3.1.1 connection leaves the last will, retained', async () => {
    const link = await proxy();
    const listening = await caregiver();
    const url = `mqtt://127.0.0.1:${link.port}`;
    const { sink } = await connected({ config: { url, protocolVersion: 4 }, options: { random: () => 1 } });
    link.cut();
    await until(() =>
      expect(listening.on(topics.status)).toContainEqual(
        expect.objectContaining({ state: 'offline', text: expect.stringContaining('not running') as string }),
      ),
    );
    await until(() => expect(sink.state).toBe('connected'));
  });

  it('stop while connecting to nobody ends at once', async () => {
    const link = await startCuttableProxy(1);
    closing.push(() => link.close());
    const { sink } = publisher({ config: { url: `mqtt://127.0.0.1:${link.port}` } });
    await sink.start();
    const startedMs = Date.now();
    await sink.stop();
    expect(Date.now() - startedMs).toBeLessThan(500);
    expect(sink.state).toBe('stopped');
  });

  it('stop with a frozen broker ends within 1.5 s', async () => {
    const { sink } = await connected();
    mosquitto.freeze();
    const startedMs = Date.now();
    await sink.stop();
    expect(Date.now() - startedMs).toBeLessThan(1_500);
    mosquitto.thaw();
  });
});
