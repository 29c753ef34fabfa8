/** Samples of wearables that publish by themselves, at the broker inside and at Mosquitto. */
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MqttAlertPublisher } from '../../../src/sinks/mqtt/alertPublisher.ts';
import {
  embeddedBrokerConfigSchema,
  type ExternalBrokerConfig,
  externalBrokerConfigSchema,
} from '../../../src/sinks/mqtt/config.ts';
import { EmbeddedBroker } from '../../../src/sinks/mqtt/embeddedBroker.ts';
import { mqttTopics } from '../../../src/sinks/mqtt/topics.ts';
import { QuietLogger } from '../../fakes/quietLogger.ts';
import { type Mosquitto, startMosquitto } from '../../services/mosquitto.ts';
import { Caregiver } from './caregiver.ts';

const topics = mqttTopics();
const OF_ANNA = topics.raw('anna', 'sensor-logger-waist');
const OF_BERTA = topics.raw('berta', 'sensor-logger-waist');
const TOKENS = { anna: 'token-of-anna-0123456789', berta: 'token-of-berta-0123456789' };
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Heard {
  readonly logger: QuietLogger;
  readonly messages: string[];
}

async function service(config: ExternalBrokerConfig, listenTo: readonly string[]): Promise<Heard> {
  const logger = new QuietLogger();
  const messages: string[] = [];
  const sink = new MqttAlertPublisher({
    config,
    clock: { nowMs: () => Date.now() },
    logger,
    raw: {
      topics: listenTo,
      onMessage: (topic, payload) => messages.push(`${topic} ${new TextDecoder().decode(payload)}`),
    },
  });
  closing.push(() => sink.stop());
  await sink.start();
  await until(() => expect(sink.state).toBe('connected'));
  return { logger, messages };
}

async function phone(url: string, login: object = {}): Promise<MqttClient & { readonly left: Promise<void> }> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...login });
  client.on('error', () => undefined);
  closing.push(() => client.endAsync(true));
  return Object.assign(client, { left: new Promise<void>((resolve) => client.once('close', () => resolve())) });
}

describe('the broker inside', () => {
  async function open(): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker({
      config: embeddedBrokerConfigSchema.parse({ broker: 'embedded', port: 0 }),
      clock: { nowMs: () => Date.now() },
      logger: new QuietLogger(),
      guests: [
        { topic: OF_ANNA, token: TOKENS.anna },
        { topic: OF_BERTA, token: TOKENS.berta },
      ],
    });
    await broker.start();
    closing.push(() => broker.stop());
    return broker;
  }

  it('lets a phone with its token publish to its own topic, and only the service hears it', async () => {
    const broker = await open();
    const { messages } = await service(broker.connection(), [OF_ANNA, OF_BERTA]);
    const caregiver = await Caregiver.join(broker.url);
    closing.push(() => caregiver.leave());
    const anna = await phone(broker.url, { username: 'whoever', password: TOKENS.anna });
    await anna.publishAsync(OF_ANNA, '{"messageId":1}');
    await until(() => expect(messages).toEqual([`${OF_ANNA} {"messageId":1}`]));
    await anna.publishAsync(topics.acknowledge('anna', 'anna.x'), '{}');
    await until(() =>
      expect(caregiver.messages().map(({ topic }) => topic)).toContain(topics.acknowledge('anna', 'anna.x')),
    );
    expect(caregiver.messages().map(({ topic }) => topic)).not.toContain(OF_ANNA);
  });

  it.each([
    ['with no token', {}, OF_ANNA],
    ['with a wrong token', { username: 'anna', password: 'token-of-nobody-0123456789' }, OF_ANNA],
    ['with another’s token', { username: 'anna', password: TOKENS.berta }, OF_ANNA],
    [
      'on the topic of a person who wears none',
      { username: 'x', password: TOKENS.anna },
      topics.raw('dora', 'sensor-logger-waist'),
    ],
    ['with an alert instead of samples', { username: 'x', password: TOKENS.anna }, topics.alert('anna', 'fall')],
  ])('throws a phone %s out', async (_, login, topic) => {
    const broker = await open();
    const { messages } = await service(broker.connection(), [OF_ANNA, OF_BERTA]);
    const stranger = await phone(broker.url, login);
    stranger.publish(topic, '{"messageId":1}');
    await stranger.left;
    const berta = await phone(broker.url, { username: 'b', password: TOKENS.berta });
    await berta.publishAsync(OF_BERTA, '{"messageId":2}');
    await until(() => expect(messages).toEqual([`${OF_BERTA} {"messageId":2}`]));
  });
});

describe('Mosquitto', () => {
  let mosquitto: Mosquitto;
  beforeAll(async () => {
    mosquitto = await startMosquitto();
  });
  afterAll(async () => {
    await mosquitto.stop();
  });

  const configOf = (clientId: string, more: object = {}): ExternalBrokerConfig =>
    externalBrokerConfigSchema.parse({ broker: 'external', url: mosquitto.url, clientId, ...more });

  it.each([5, 4])('brings a phone’s messages, with MQTT version %d', async (protocolVersion) => {
    const { messages } = await service(configOf(`raw-${protocolVersion}`, { protocolVersion }), [OF_ANNA]);
    const anna = await phone(mosquitto.url);
    await anna.publishAsync(OF_ANNA, '{"messageId":1}');
    await anna.publishAsync(OF_BERTA, '{"messageId":2}');
    await anna.publishAsync(OF_ANNA, '{"messageId":3}');
    await until(() => expect(messages).toEqual([`${OF_ANNA} {"messageId":1}`, `${OF_ANNA} {"messageId":3}`]));
  });

  it('old samples are not taken: neither what it retains, nor what came while the service was away', async () => {
    const anna = await phone(mosquitto.url);
    await anna.publishAsync(OF_ANNA, '{"messageId":1}', { retain: true });
    const { messages: before } = await service(configOf('away'), [OF_ANNA]);
    for (const close of closing.splice(1)) await close();
    await anna.publishAsync(OF_ANNA, '{"messageId":2}', { qos: 1 });
    const { messages } = await service(configOf('away'), [OF_ANNA]);
    await anna.publishAsync(OF_ANNA, '{"messageId":3}');
    await until(() => expect(messages).toEqual([`${OF_ANNA} {"messageId":3}`]));
    expect(before).toEqual([]);
    await anna.publishAsync(OF_ANNA, '', { retain: true });
  });

  it('a phone that is enrolled no more is not heard, and not taken for a bad acknowledgement', async () => {
    await service(configOf('changed'), [OF_ANNA, OF_BERTA]);
    for (const close of closing.splice(0)) await close();
    const { messages, logger } = await service(configOf('changed'), [OF_BERTA]);
    const both = await phone(mosquitto.url);
    await both.publishAsync(OF_ANNA, '{"messageId":1}');
    await both.publishAsync(OF_BERTA, '{"messageId":2}');
    await until(() => expect(messages).toEqual([`${OF_BERTA} {"messageId":2}`]));
    expect(logger.of('mqtt.acknowledge.rejected')).toEqual([]);
  });

  it('an empty payload is a message of no use, and no harm', async () => {
    const { messages } = await service(configOf('empty'), [OF_ANNA]);
    const anna = await phone(mosquitto.url);
    await anna.publishAsync(OF_ANNA, '');
    await until(() => expect(messages).toEqual([`${OF_ANNA} `]));
  });
});
