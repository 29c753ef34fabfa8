import { expect, test } from 'vitest';
import { asLines } from '../../fixtures/packets/goldenPacket.ts';
import { movesensePackets } from '../../fixtures/packets/movesensePackets.ts';
import { plumblinePackets } from '../../fixtures/packets/plumblinePackets.ts';
import { witmotionPackets } from '../../fixtures/packets/witmotionPackets.ts';
import { xsensDotPackets } from '../../fixtures/packets/xsensDotPackets.ts';

test.each([
  ['plumbline', plumblinePackets],
  ['movesense', movesensePackets],
  ['xsens-dot', xsensDotPackets],
  ['witmotion', witmotionPackets],
])('the committed golden packets of %s are what the encoders make', async (device, packets) => {
  await expect(asLines(packets())).toMatchFileSnapshot(`../../fixtures/packets/${device}.jsonl`);
});

test('ids of golden packets are unique', () => {
  const ids = [...plumblinePackets(), ...movesensePackets(), ...xsensDotPackets(), ...witmotionPackets()].map(
    ({ id }) => id,
  );
  expect(new Set(ids).size).toBe(ids.length);
});
