/** What clients leave behind at the broker inside. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Caregiver, retainedAt } from './caregiver.ts';
import { ACK, OpenBroker, TOKEN, until } from './openBroker.ts';
import { connectPacket, header, text } from './rawPackets.ts';

let broker: OpenBroker;
beforeEach(async () => {
  broker = await OpenBroker.start();
});
afterEach(() => broker.stop());

it.each([
  ['a stranger', {}],
  ['a phone', { username: 'phone', password: TOKEN }],
])('nothing that %s wants retained', async (_, login) => {
  const listening = await broker.joinCaregiver();
  const client = await broker.join(login);
  await client.publishAsync(ACK, '{"by":"x"}', { qos: 1, retain: true });
  await until(() => expect(listening.messages().map(({ topic }) => topic)).toContain(ACK));
  expect(await retainedAt(broker.url)).toEqual([]);
});

it('no retained last will of a stranger', async () => {
  const listening = await broker.joinCaregiver();
  const client = await broker.join({ will: { topic: ACK, payload: Buffer.from('{"by":"x"}'), qos: 1, retain: true } });
  client.stream.destroy();
  await until(() => expect(listening.messages().map(({ topic }) => topic)).toContain(ACK));
  expect(await retainedAt(broker.url)).toEqual([]);
});

it('no session of anybody but the service', async () => {
  const clean = { clean: false, clientId: 'caregiver' };
  const first = await Caregiver.join(broker.url, clean);
  await first.leave();
  const sender = await broker.join();
  await sender.publishAsync(ACK, '{"by":"x"}', { qos: 1 });
  const again = await broker.joinCaregiver(clean);
  await sender.publishAsync(ACK, '{"by":"y"}', { qos: 1 });
  await until(() => expect(again.on(ACK)).toContainEqual({ by: 'y' }));
  expect(again.on(ACK)).toEqual([{ by: 'y' }]);
});

it('the service finds what was said to it while it was away', async () => {
  const service = await broker.connectService();
  await service.stop();
  const caregiver = await broker.join();
  await caregiver.publishAsync(ACK, '{"by":"x"}', { qos: 1 });
  await broker.connectService();
  await until(() => expect(broker.seenBy).toEqual(['x']));
});

it('sixteen messages of QoS 2 that are begun and never finished, and no more', async () => {
  const { socket, closed } = await broker.openSocket();
  socket.write(connectPacket('stranger'));
  for (let id = 1; id <= 17; id++) {
    const body = Buffer.concat([text(ACK), Buffer.of(0, id), Buffer.from('{}')]);
    socket.write(Buffer.concat([header(0x34, body.length), body]));
  }
  await closed;
});

it('a hundred subscriptions of one client, and no more', async () => {
  const caregiver = await broker.join();
  for (let i = 0; i < 100; i++) await caregiver.subscribeAsync(`plumbline/v1/p${i}/#`);
  await expect(caregiver.subscribeAsync('plumbline/v1/p100/#')).rejects.toThrow(/Subscribe error/);
  await caregiver.subscribeAsync('plumbline/v1/p0/#');
  await caregiver.unsubscribeAsync('plumbline/v1/p0/#');
  await caregiver.subscribeAsync('plumbline/v1/p100/#');
});
