/** What may come in at the broker inside, with real sockets and real clients. */
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACK, OpenBroker, RAW, TOKEN, until } from './openBroker.ts';
import { connectPacket, header, publishPacket } from './rawPackets.ts';

const MIB = 1_048_576;

let broker: OpenBroker;
beforeEach(async () => {
  broker = await OpenBroker.start();
});
afterEach(() => broker.stop());

describe('how much of a packet', () => {
  it('a megabyte of samples from a phone with its token passes', async () => {
    await broker.connectService();
    const phone = await broker.join({ username: 'phone', password: TOKEN });
    await phone.publishAsync(RAW, Buffer.alloc(MIB, 0x20), { qos: 1 });
    await until(() => expect(broker.samples.map(({ byteLength }) => byteLength)).toEqual([MIB]));
    expect(broker.lines('cut-off')).toEqual([]);
  });

  it('a phone may send a megabyte right behind its CONNECT', async () => {
    await broker.connectService();
    const { socket } = await broker.openSocket();
    socket.write(Buffer.concat([connectPacket('phone', TOKEN), publishPacket(RAW, Buffer.alloc(MIB, 0x20))]));
    await until(() => expect(broker.samples.map(({ byteLength }) => byteLength)).toEqual([MIB]));
    expect(broker.lines('cut-off')).toEqual([]);
  });

  it('a phone may send byte by byte', async () => {
    await broker.connectService();
    const { socket } = await broker.openSocket();
    socket.setNoDelay(true);
    for (const byte of Buffer.concat([connectPacket('phone', TOKEN), publishPacket(RAW, Buffer.from('{"a":1}'))])) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(broker.samples.map((bytes) => Buffer.from(bytes).toString())).toEqual(['{"a":1}']));
  });

  it('what is announced as 200 MB is cut off before it has come, also from a phone with its token', async () => {
    const { socket, closed } = await broker.openSocket();
    socket.write(Buffer.concat([connectPacket('phone', TOKEN), header(0x30, 200_000_000)]));
    await closed;
    expect(broker.lines('cut-off').map(({ fields }) => fields)).toMatchObject([
      { problem: 'expected a packet of at most 1100000 bytes, found one of 200000005' },
    ]);
  });

  it.each([
    ['before it has said who it is', Buffer.of()],
    ['that has no token', connectPacket('stranger')],
    ['with a wrong token', connectPacket('stranger', 'token-of-nobody-0123456789')],
  ])('a stranger %s is cut off inside a large packet', async (_, opening) => {
    const { socket, closed } = await broker.openSocket();
    socket.write(opening);
    const large =
      opening.length === 0 ? Buffer.concat([header(0x10, 1_000_000)]) : publishPacket(ACK, Buffer.alloc(MIB));
    socket.write(large);
    const more = setInterval(() => socket.write(Buffer.alloc(16_384)), 2);
    await closed;
    clearInterval(more);
    expect(broker.lines('cut-off')).toHaveLength(1);
    expect(broker.lines('cut-off')[0]?.fields['problem']).toMatch(
      /^expected a packet of at most 65536 bytes, found one of \d+$/,
    );
  });

  it('a stranger may send small packets for as long as it likes', async () => {
    await broker.connectService();
    const caregiver = await broker.join();
    const by = JSON.stringify({ by: 'x'.repeat(60) });
    for (let i = 0; i < 1000; i++) await caregiver.publishAsync(ACK, by, { qos: 1 });
    await until(() => expect(broker.seenBy).toHaveLength(1000));
    expect(broker.lines('cut-off')).toEqual([]);
  }, 20_000);

  it('whoever is cut off again and again is logged once a minute, with how often it was not', async () => {
    const offend = async (): Promise<void> => {
      const { socket, closed } = await broker.openSocket();
      socket.write(header(0x10, 200_000_000));
      await closed;
    };
    for (let i = 0; i < 4; i++) await offend();
    broker.nowMs += 59_999;
    await offend();
    expect(broker.lines('cut-off').map(({ fields }) => fields['heldBack'])).toEqual([0]);
    broker.nowMs += 1;
    await offend();
    expect(broker.lines('cut-off').map(({ fields }) => fields['heldBack'])).toEqual([0, 4]);
    broker.nowMs -= 3_600_000;
    await offend();
    expect(broker.lines('cut-off')).toHaveLength(3);
  });
});

describe('how many connections', () => {
  it('of 101 strangers the one that has been silent longest goes; the service and a phone with its token stay', async () => {
    const service = await broker.connectService();
    const strangers: MqttClient[] = [];
    for (let i = 0; i < 100; i++) strangers.push(await broker.join());
    await strangers[0].publishAsync(ACK, '{"by":"x"}', { qos: 1 });
    await broker.join();
    await broker.join();
    await until(() => expect(strangers.map(({ connected }) => connected).indexOf(true)).toBe(0));
    await until(() => expect(strangers.filter(({ connected }) => !connected)).toEqual(strangers.slice(1, 3)));
    expect(broker.lines('full').map(({ fields }) => fields)).toEqual([
      { standing: 'stranger', problem: 'expected at most 100 connections, found one more', heldBack: 0 },
    ]);
    await service.stop();
    await broker.connectService();
    const phone = await broker.join({ username: 'phone', password: TOKEN });
    await phone.publishAsync(RAW, '{}', { qos: 1 });
    await until(() => expect(broker.samples).toHaveLength(1));
  }, 20_000);

  it('an address that takes all places for strangers keeps no caregiver out who calls from another, nor throws one out', async () => {
    const caregiver = await broker.joinFrom('127.0.0.2');
    const crowd: MqttClient[] = [];
    for (let i = 0; i < 120; i++) crowd.push(await broker.join({ keepalive: 0 }));
    const second = await broker.joinFrom('127.0.0.2');
    await until(() => expect(crowd.filter(({ connected }) => connected)).toHaveLength(98));
    await caregiver.publishAsync(ACK, '{"by":"x"}', { qos: 1 });
    await second.publishAsync(ACK, '{"by":"y"}', { qos: 1 });
  }, 20_000);

  it('nobody throws a phone or a caregiver out by saying that it is them, nor hears who is there', async () => {
    await broker.connectService();
    const phone = await broker.join({ username: 'phone', password: TOKEN, clientId: 'annas-phone' });
    const listening = await broker.joinCaregiver({ clientId: 'daughter' });
    const spy = await broker.join();
    const heard: string[] = [];
    spy.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    await spy.subscribeAsync('$SYS/#');
    await spy.subscribeAsync('#');
    for (const clientId of ['annas-phone', 'daughter']) await broker.join({ clientId });
    await phone.publishAsync(RAW, '{}', { qos: 1 });
    await until(() => expect(broker.samples).toHaveLength(1));
    await spy.publishAsync(ACK, '{"by":"spy"}', { qos: 1 });
    await until(() => expect(listening.on(ACK)).toEqual([{ by: 'spy' }]));
    await until(() => expect(heard.filter((line) => line.startsWith(ACK))).toHaveLength(1));
    expect(heard.filter((line) => line.startsWith('$SYS'))).toEqual([]);
    expect([phone.connected, spy.connected]).toEqual([true, true]);
  });

  it('a caregiver who listens keeps the place, however silent, among a crowd that does not', async () => {
    const listening = await broker.joinCaregiver();
    for (let i = 0; i < 120; i++) await broker.join({ keepalive: 0 });
    const other = await broker.join();
    await other.publishAsync(ACK, '{"by":"x"}', { qos: 1 });
    await until(() => expect(listening.on(ACK)).toEqual([{ by: 'x' }]));
  }, 20_000);

  it('a place that was left is free', async () => {
    const strangers: MqttClient[] = [];
    for (let i = 0; i < 100; i++) strangers.push(await broker.join());
    await strangers[50]?.endAsync(true);
    await until(() => broker.join());
  }, 20_000);

  it('a crowd that says nothing keeps nobody out: the one silent longest makes room', async () => {
    const crowd = [];
    for (let i = 0; i < 150; i++) crowd.push(await broker.openSocket());
    await Promise.all(crowd.slice(0, 50).map(({ closed }) => closed));
    expect(crowd[149]?.socket.destroyed).toBe(false);
    expect(broker.lines('full').map(({ fields }) => fields['standing'])).toEqual(['unknown']);
    await broker.connectService();
    await broker.join();
  });
});
