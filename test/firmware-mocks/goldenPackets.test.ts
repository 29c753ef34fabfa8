import { expect, test } from 'vitest';
import { asLines } from '../../fixtures/packets/goldenPacket.ts';
import { movesensePackets } from '../../fixtures/packets/movesensePackets.ts';
import { plumblinePackets } from '../../fixtures/packets/plumblinePackets.ts';
import { sensorLoggerMessages } from '../../fixtures/packets/sensorLoggerMessages.ts';

test.each([
  ['plumbline', plumblinePackets],
  ['movesense', movesensePackets],
])('the committed golden packets of %s are what the encoders make', async (device, packets) => {
  await expect(asLines(packets())).toMatchFileSnapshot(`../../fixtures/packets/${device}.jsonl`);
});

test('the committed golden messages of sensor-logger are what the virtual phone sends', async () => {
  const lines = sensorLoggerMessages().map((message) => `${JSON.stringify(message)}\n`);
  await expect(lines.join('')).toMatchFileSnapshot('../../fixtures/packets/sensor-logger.jsonl');
});

test('ids of golden packets are unique', () => {
  const ids = [...plumblinePackets(), ...movesensePackets(), ...sensorLoggerMessages()].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
