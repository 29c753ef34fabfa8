import { expect, test } from 'vitest';
import { arduinoBleSensePackets } from '../../fixtures/packets/arduinoBleSensePackets.ts';
import { asLines } from '../../fixtures/packets/goldenPacket.ts';
import { metamotionPackets } from '../../fixtures/packets/metamotionPackets.ts';
import { movesensePackets } from '../../fixtures/packets/movesensePackets.ts';
import { plumblinePackets } from '../../fixtures/packets/plumblinePackets.ts';

const KINDS = [
  ['plumbline', plumblinePackets],
  ['movesense', movesensePackets],
  ['metamotion', metamotionPackets],
  ['arduino-blesense', arduinoBleSensePackets],
] as const;

test.each(KINDS)('the committed golden packets of %s are what the encoders make', async (device, packets) => {
  await expect(asLines(packets())).toMatchFileSnapshot(`../../fixtures/packets/${device}.jsonl`);
});

test('ids of golden packets are unique', () => {
  const ids = KINDS.flatMap(([, packets]) => packets()).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
