/** What clients can make the broker inside hold, with real sockets and real clients. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MqttAlertPublisher } from '../../../src/sinks/mqtt/alertPublisher.ts';
import { embeddedBrokerConfigSchema } from '../../../src/sinks/mqtt/config.ts';
import { EmbeddedBroker } from '../../../src/sinks/mqtt/embeddedBroker.ts';
import { mqttTopics } from '../../../src/sinks/mqtt/topics.ts';
import { type LogLine, QuietLogger } from '../../fakes/quietLogger.ts';
import { Caregiver, retainedAt } from './caregiver.ts';

const MIB = 1_048_576;
const topics = mqttTopics();
const RAW = topics.raw('anna', 'sensor-logger-waist');
const ACK = topics.acknowledge('anna', 'anna.x');
const TOKEN = 'token-of-anna-0123456789';
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

let broker: EmbeddedBroker;
let logger: QuietLogger;
let nowMs: number;
let samples: Uint8Array[];
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  nowMs = 1_000_000;
  logger = new QuietLogger();
  samples = [];
  broker = new EmbeddedBroker({
    config: embeddedBrokerConfigSchema.parse({ broker: 'embedded', port: 0 }),
    clock: { nowMs: () => nowMs },
    logger,
    guests: [{ topic: RAW, token: TOKEN }],
  });
  await broker.start();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await broker.stop();
});

async function connectService(): Promise<MqttAlertPublisher> {
  const service = new MqttAlertPublisher({
    config: broker.connection(),
    clock: { nowMs: () => Date.now() },
    logger,
    raw: { topics: [RAW], onMessage: (_topic, payload) => samples.push(payload) },
  });
  closing.push(() => service.stop());
  await service.start();
  await until(() => expect(service.state).toBe('connected'));
  return service;
}

async function join(login: object = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0, ...login });
  client.on('error', () => undefined);
  closing.push(() => client.endAsync(true));
  return client;
}

/** Cutting off resets what is under way: the sender may find that out by an error or by the end. */
async function openSocket(): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(broker.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  closing.push(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, closed };
}

const text = (words: string): Buffer => {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
};

/** A fixed header, MQTT 3.1.1, 2.2. */
function header(type: number, length: number): Buffer {
  const bytes = [type];
  let rest = length;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}

function connectPacket(clientId: string, password?: string): Buffer {
  const flags = password === undefined ? 0x02 : 0xc2;
  const login = password === undefined ? [] : [text('whoever'), text(password)];
  const body = Buffer.concat([text('MQTT'), Buffer.of(4, flags, 0, 0), text(clientId), ...login]);
  return Buffer.concat([header(0x10, body.length), body]);
}

function publishPacket(topic: string, payload: Buffer): Buffer {
  const name = text(topic);
  return Buffer.concat([header(0x30, name.length + payload.length), name, payload]);
}

const lines = (event: string): LogLine[] => logger.of(`mqtt.embedded.${event}`);

describe('how much of a packet', () => {
  it('a megabyte of samples from a phone with its token passes', async () => {
    await connectService();
    const phone = await join({ username: 'phone', password: TOKEN });
    await phone.publishAsync(RAW, Buffer.alloc(MIB, 0x20), { qos: 1 });
    await until(() => expect(samples.map(({ byteLength }) => byteLength)).toEqual([MIB]));
    expect(lines('cut-off')).toEqual([]);
  });

  it('a phone may send a megabyte right behind its CONNECT', async () => {
    await connectService();
    const { socket } = await openSocket();
    socket.write(Buffer.concat([connectPacket('phone', TOKEN), publishPacket(RAW, Buffer.alloc(MIB, 0x20))]));
    await until(() => expect(samples.map(({ byteLength }) => byteLength)).toEqual([MIB]));
    expect(lines('cut-off')).toEqual([]);
  });

  it('a phone may send byte by byte', async () => {
    await connectService();
    const { socket } = await openSocket();
    socket.setNoDelay(true);
    for (const byte of Buffer.concat([connectPacket('phone', TOKEN), publishPacket(RAW, Buffer.from('{"a":1}'))])) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(samples.map((bytes) => Buffer.from(bytes).toString())).toEqual(['{"a":1}']));
  });

  it('what is announced as 200 MB is cut off before it has come, also from a phone with its token', async () => {
    const { socket, closed } = await openSocket();
    socket.write(Buffer.concat([connectPacket('phone', TOKEN), header(0x30, 200_000_000)]));
    await closed;
    expect(lines('cut-off').map(({ fields }) => fields)).toMatchObject([
      { problem: 'expected a packet of at most 1100000 bytes, found one of 200000005' },
    ]);
  });

  it.each([
    ['before it has said who it is', Buffer.of()],
    ['that has no token', connectPacket('stranger')],
    ['with a wrong token', connectPacket('stranger', 'token-of-nobody-0123456789')],
  ])('a stranger %s is cut off inside a large packet', async (_, opening) => {
    const { socket, closed } = await openSocket();
    socket.write(opening);
    const large =
      opening.length === 0 ? Buffer.concat([header(0x10, 1_000_000)]) : publishPacket(ACK, Buffer.alloc(MIB));
    socket.write(large);
    const more = setInterval(() => socket.write(Buffer.alloc(16_384)), 2);
    await closed;
    clearInterval(more);
    expect(lines('cut-off')).toHaveLength(1);
    expect(lines('cut-off')[0]?.fields['problem']).toMatch(
      /^expected a packet of at most 65536 bytes, found one of \d+$/,
    );
  });

  it('a stranger may send small packets for as long as it likes', async () => {
    const service = await connectService();
    const seen: string[] = [];
    service.onAcknowledge(({ by }) => seen.push(by));
    const caregiver = await join();
    const by = JSON.stringify({ by: 'x'.repeat(60) });
    for (let i = 0; i < 1000; i++) await caregiver.publishAsync(ACK, by, { qos: 1 });
    await until(() => expect(seen).toHaveLength(1000));
    expect(lines('cut-off')).toEqual([]);
  }, 20_000);

  it('whoever is cut off again and again is logged once a minute, with how often it was not', async () => {
    const offend = async (): Promise<void> => {
      const { socket, closed } = await openSocket();
      socket.write(header(0x10, 200_000_000));
      await closed;
    };
    for (let i = 0; i < 4; i++) await offend();
    nowMs += 59_999;
    await offend();
    expect(lines('cut-off').map(({ fields }) => fields['heldBack'])).toEqual([0]);
    nowMs += 1;
    await offend();
    expect(lines('cut-off').map(({ fields }) => fields['heldBack'])).toEqual([0, 4]);
    nowMs -= 3_600_000;
    await offend();
    expect(lines('cut-off')).toHaveLength(3);
  });
});

describe('how many connections', () => {
  it('stranger 101 is refused; the service and a phone with its token still come in', async () => {
    const service = await connectService();
    for (let i = 0; i < 100; i++) await join();
    await expect(join()).rejects.toThrow(/Server unavailable/);
    await expect(join()).rejects.toThrow(/Server unavailable/);
    expect(lines('full').map(({ fields }) => fields)).toEqual([
      { standing: 'stranger', problem: 'expected at most 100 connections, found one more', heldBack: 0 },
    ]);
    await service.stop();
    await connectService();
    const phone = await join({ username: 'phone', password: TOKEN });
    await phone.publishAsync(RAW, '{}', { qos: 1 });
    await until(() => expect(samples).toHaveLength(1));
  }, 20_000);

  it('a place that was left is free', async () => {
    const strangers: MqttClient[] = [];
    for (let i = 0; i < 100; i++) strangers.push(await join());
    await strangers[50]?.endAsync(true);
    await until(() => join());
  }, 20_000);

  it('a crowd that says nothing keeps nobody out: the one silent longest makes room', async () => {
    const crowd = [];
    for (let i = 0; i < 150; i++) crowd.push(await openSocket());
    await Promise.all(crowd.slice(0, 50).map(({ closed }) => closed));
    expect(crowd[149]?.socket.destroyed).toBe(false);
    expect(lines('full').map(({ fields }) => fields['standing'])).toEqual(['unknown']);
    await connectService();
    await join();
  });
});

describe('what is left behind', () => {
  it.each([
    ['a stranger', {}],
    ['a phone', { username: 'phone', password: TOKEN }],
  ])('nothing that %s wants retained', async (_, login) => {
    const listening = await Caregiver.join(broker.url);
    closing.push(() => listening.leave());
    const client = await join(login);
    await client.publishAsync(ACK, '{"by":"x"}', { qos: 1, retain: true });
    await until(() => expect(listening.messages().map(({ topic }) => topic)).toContain(ACK));
    expect(await retainedAt(broker.url)).toEqual([]);
  });

  it('no retained last will of a stranger', async () => {
    const listening = await Caregiver.join(broker.url);
    closing.push(() => listening.leave());
    const client = await join({ will: { topic: ACK, payload: Buffer.from('{"by":"x"}'), qos: 1, retain: true } });
    client.stream.destroy();
    await until(() => expect(listening.messages().map(({ topic }) => topic)).toContain(ACK));
    expect(await retainedAt(broker.url)).toEqual([]);
  });

  it('no session of anybody but the service', async () => {
    const clean = { clean: false, clientId: 'caregiver' };
    const first = await Caregiver.join(broker.url, clean);
    await first.leave();
    const sender = await join();
    await sender.publishAsync(ACK, '{"by":"x"}', { qos: 1 });
    const again = await Caregiver.join(broker.url, clean);
    closing.push(() => again.leave());
    await sender.publishAsync(ACK, '{"by":"y"}', { qos: 1 });
    await until(() => expect(again.on(ACK)).toContainEqual({ by: 'y' }));
    expect(again.on(ACK)).toEqual([{ by: 'y' }]);
  });

  it('the service finds what was said to it while it was away', async () => {
    const service = await connectService();
    await service.stop();
    const caregiver = await join();
    await caregiver.publishAsync(ACK, '{"by":"x"}', { qos: 1 });
    const seen: string[] = [];
    const back = new MqttAlertPublisher({ config: broker.connection(), clock: { nowMs: () => Date.now() }, logger });
    closing.push(() => back.stop());
    back.onAcknowledge(({ by }) => seen.push(by));
    await back.start();
    await until(() => expect(seen).toEqual(['x']));
  });

  it('sixteen messages of QoS 2 that are begun and never finished, and no more', async () => {
    const { socket, closed } = await openSocket();
    socket.write(connectPacket('stranger'));
    for (let id = 1; id <= 17; id++) {
      const body = Buffer.concat([text(ACK), Buffer.of(0, id), Buffer.from('{}')]);
      socket.write(Buffer.concat([header(0x34, body.length), body]));
    }
    await closed;
  });

  it('a hundred subscriptions of one client, and no more', async () => {
    const caregiver = await join();
    for (let i = 0; i < 100; i++) await caregiver.subscribeAsync(`plumbline/v1/p${i}/#`);
    await expect(caregiver.subscribeAsync('plumbline/v1/p100/#')).rejects.toThrow(/Subscribe error/);
    await caregiver.subscribeAsync('plumbline/v1/p0/#');
    await caregiver.unsubscribeAsync('plumbline/v1/p0/#');
    await caregiver.subscribeAsync('plumbline/v1/p100/#');
  });
});
