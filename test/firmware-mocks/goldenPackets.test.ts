import { expect, test } from 'vitest';
import { asLines } from '../../fixtures/packets/goldenPacket.ts';
import { movesensePackets } from '../../fixtures/packets/movesensePackets.ts';
import { plumblinePackets } from '../../fixtures/packets/plumblinePackets.ts';
import { sensortagPackets } from '../../fixtures/packets/sensortagPackets.ts';
import { thingy52Packets } from '../../fixtures/packets/thingy52Packets.ts';

test.each([
  ['plumbline', plumblinePackets],
  ['movesense', movesensePackets],
  ['thingy52', thingy52Packets],
  ['sensortag-cc2650', sensortagPackets],
])('the committed golden packets of %s are what the encoders make', async (device, packets) => {
  await expect(asLines(packets())).toMatchFileSnapshot(`../../fixtures/packets/${device}.jsonl`);
});

test('ids of golden packets are unique', () => {
  const ids = [...plumblinePackets(), ...movesensePackets(), ...thingy52Packets(), ...sensortagPackets()].map(
    ({ id }) => id,
  );
  expect(new Set(ids).size).toBe(ids.length);
});
