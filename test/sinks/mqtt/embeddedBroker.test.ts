import { connect, type Socket } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MqttAlertPublisher } from '../../../src/sinks/mqtt/alertPublisher.ts';
import { embeddedBrokerConfigSchema } from '../../../src/sinks/mqtt/config.ts';
import { EmbeddedBroker } from '../../../src/sinks/mqtt/embeddedBroker.ts';
import { mqttTopics } from '../../../src/sinks/mqtt/topics.ts';
import { QuietLogger } from '../../fakes/quietLogger.ts';
import { Caregiver } from './caregiver.ts';

const topics = mqttTopics();
const clock = { nowMs: () => Date.now() };
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

describe('embedded broker', () => {
  let broker: EmbeddedBroker;
  let logger: QuietLogger;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    logger = new QuietLogger();
    const config = embeddedBrokerConfigSchema.parse({ broker: 'embedded', port: 0 });
    broker = new EmbeddedBroker({ config, clock, logger });
    await broker.start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await broker.stop();
  });

  const connectService = async (): Promise<MqttAlertPublisher> => {
    const sink = new MqttAlertPublisher({ config: broker.connection(), clock, logger });
    closing.push(() => sink.stop());
    await sink.start();
    await until(() => expect(sink.state).toBe('connected'));
    return sink;
  };
  const join = async (options = {}): Promise<Caregiver> => {
    const caregiver = await Caregiver.join(broker.url, options);
    closing.push(() => caregiver.leave());
    return caregiver;
  };
  const portOf = (url: string): number => Number(new URL(url).port);

  it('listens on the loopback interface only, unless told otherwise', () => {
    expect(embeddedBrokerConfigSchema.parse({ broker: 'embedded' }).host).toBe('127.0.0.1');
    expect(broker.url).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
  });

  it('a port in use is one clear line, and the first broker goes on', async () => {
    const config = embeddedBrokerConfigSchema.parse({ broker: 'embedded', port: portOf(broker.url) });
    const second = new EmbeddedBroker({ config, clock, logger });
    await expect(second.start()).rejects.toMatchObject({
      code: 'mqtt/unavailable',
      message: expect.stringMatching(
        /^embedded broker: expected 127\.0\.0\.1:\d+ to be free, found another program there; set another mqtt\.port/,
      ) as string,
    });
    await second.stop();
    await join();
  });

  it.each([
    ['an alert state', topics.alert('p1', 'fall')],
    ['an event', topics.event('p1')],
    ['the status', topics.status],
    ['another tree', 'homeassistant/x'],
    ['the broker’s own topics', '$SYS/x'],
    ['a wildcard', 'plumbline/v1/+/ack/#'],
  ])('nobody but the service may publish %s', async (_name, topic) => {
    const listening = await join();
    const service = await connectService();
    const liar = await mqtt.connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });
    liar.on('error', () => undefined);
    const thrownOut = new Promise<void>((resolve) => liar.once('close', resolve));
    liar.publish(topic, '{"state":"OFF"}', { qos: 1, retain: true }, () => undefined);
    await thrownOut;
    await service.publish({ id: 'x', topic: topics.event('p1'), payload: '{"id":"x"}', retain: false, qos: 1 });
    // The service's own word that it is online may come in between.
    const heard = (): string[] => listening.messages().map(({ payload }) => payload);
    await until(() => expect(heard().filter((payload) => !payload.includes('"online"'))).toEqual(['{"id":"x"}']));
    await liar.endAsync(true);
  });

  it('nobody can throw the service out by taking its name, or guess its password', async () => {
    const service = await connectService();
    const take = (options: object): Promise<unknown> =>
      mqtt.connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0, ...options });
    const { clientId, username } = broker.connection();
    await expect(take({ clientId })).rejects.toThrow(/Not authorized/);
    await expect(take({ clientId, username, password: 'guess' })).rejects.toThrow(/Not authorized/);
    await expect(take({ clientId, username })).rejects.toThrow(/Not authorized/);
    expect(service.state).toBe('connected');
  });

  it('an MQTT 5 client is told which version it needs', async () => {
    const config = { ...broker.connection(), protocolVersion: 5 as const };
    const sink = new MqttAlertPublisher({ config, clock, logger });
    closing.push(() => sink.stop());
    await sink.start();
    await until(() => expect(sink.problem).toMatch(/expected an MQTT 5 broker .* set mqtt\.protocolVersion: 4/));
  });

  it('garbage instead of MQTT ends that connection only', async () => {
    const service = await connectService();
    const socket = connect(portOf(broker.url), '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(20)));
    await ended;
    expect(service.state).toBe('connected');
  });

  it('a client that no longer reads does not hold up the others for long', async () => {
    const service = await connectService();
    const frozen = await freezeListener(portOf(broker.url));
    const listening = await join();
    const payload = JSON.stringify({ text: 'x'.repeat(100_000) });
    for (let i = 0; i < 300; i++) {
      await service.publish({ id: `e${i}`, topic: topics.event('p1'), payload, retain: false, qos: 1 });
    }
    await until(() => expect(listening.on(topics.event('p1'))).toHaveLength(300));
    frozen.destroy();
  });

  it('stop ends within a second, with clients that read and one that does not', async () => {
    const listening = await join();
    const frozen = await freezeListener(portOf(broker.url));
    const cutOff = new Promise<void>((resolve) => listening.client.once('close', resolve));
    const startedMs = Date.now();
    await broker.stop();
    expect(Date.now() - startedMs).toBeLessThan(1_000);
    await cutOff;
    await expect(mqtt.connectAsync(broker.url, { reconnectPeriod: 0, protocolVersion: 4 })).rejects.toThrow();
    frozen.destroy();
  });

  it('after a restart nothing is left of the messages, as documented', async () => {
    const service = await connectService();
    await service.publish({
      id: 's',
      topic: topics.alert('p1', 'bend'),
      payload: '{"state":"ON"}',
      retain: true,
      qos: 1,
    });
    await service.stop();
    await broker.stop();
    await broker.start();
    const listening = await join();
    await listening.send(topics.acknowledge('p1', 'p1.x'), '{"by":"a"}');
    await until(() =>
      expect(listening.messages().map(({ topic }) => topic)).toEqual([topics.acknowledge('p1', 'p1.x')]),
    );
  });
});

/** Subscribes to everything by hand, then never reads again. */
async function freezeListener(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  // MQTT 3.1.1: CONNECT (clean session, id "frozen"), SUBSCRIBE "#" with QoS 0.
  socket.write(
    Buffer.from([0x10, 18, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 6, 0x66, 0x72, 0x6f, 0x7a, 0x65, 0x6e]),
  );
  socket.write(Buffer.from([0x82, 6, 0, 1, 0, 1, 0x23, 0]));
  let bytes = 0;
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      // CONNACK is 4 bytes, SUBACK 5.
      if (bytes >= 9) resolve();
    });
  });
  socket.pause();
  return socket;
}
