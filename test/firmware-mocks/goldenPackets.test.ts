import { expect, test } from 'vitest';
import { arduinoBleSensePackets } from '../../fixtures/packets/arduinoBleSensePackets.ts';
import { asLines, type GoldenPacket } from '../../fixtures/packets/goldenPacket.ts';
import { metamotionPackets } from '../../fixtures/packets/metamotionPackets.ts';
import { movesensePackets } from '../../fixtures/packets/movesensePackets.ts';
import { plumblinePackets } from '../../fixtures/packets/plumblinePackets.ts';
import { polarH10Packets, polarVerityPackets } from '../../fixtures/packets/polarPackets.ts';
import { sensorLoggerMessages } from '../../fixtures/packets/sensorLoggerMessages.ts';
import { sensortagPackets } from '../../fixtures/packets/sensortagPackets.ts';
import { thingy52Packets } from '../../fixtures/packets/thingy52Packets.ts';
import { witmotionPackets } from '../../fixtures/packets/witmotionPackets.ts';
import { xsensDotPackets } from '../../fixtures/packets/xsensDotPackets.ts';

const MAKERS: readonly (readonly [device: string, packets: () => GoldenPacket[]])[] = [
  ['plumbline', plumblinePackets],
  ['movesense', movesensePackets],
  ['polar-h10', polarH10Packets],
  ['polar-verity', polarVerityPackets],
  ['xsens-dot', xsensDotPackets],
  ['witmotion', witmotionPackets],
  ['metamotion', metamotionPackets],
  ['arduino-blesense', arduinoBleSensePackets],
  ['thingy52', thingy52Packets],
  ['sensortag-cc2650', sensortagPackets],
];

test.each(MAKERS)('the committed golden packets of %s are what the encoders make', async (device, packets) => {
  await expect(asLines(packets())).toMatchFileSnapshot(`../../fixtures/packets/${device}.jsonl`);
});

test('the committed golden messages of sensor-logger are what the virtual phone sends', async () => {
  const lines = sensorLoggerMessages().map((message) => `${JSON.stringify(message)}\n`);
  await expect(lines.join('')).toMatchFileSnapshot('../../fixtures/packets/sensor-logger.jsonl');
});

test('ids of golden packets are unique', () => {
  const ids = [...MAKERS.map(([, packets]) => packets()), sensorLoggerMessages()].flat().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
