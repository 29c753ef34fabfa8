import { describe, expect, it } from 'vitest';
import { PacketRepair } from '../../src/devices/packetRepair.ts';

const WRAP = 65_536;

function repairOf(memoryPackets = 1200) {
  const requests: [number, number][] = [];
  const repair = new PacketRepair(WRAP, memoryPackets, (first, count) => requests.push([first, count]));
  return { repair, requests };
}

describe('asking for lost packets', () => {
  it('asks in portions, with a bounded number under way', () => {
    const { repair, requests } = repairOf();
    repair.live(65_500);
    repair.released(65_500);
    repair.live(100);
    repair.poll(0);
    // 135 are missing, over the wrap of the counter.
    expect(requests).toEqual([
      [65_501, 32],
      [65_533, 32],
    ]);
    repair.poll(100);
    expect(requests).toHaveLength(2);
    for (let i = 0; i < 32; i++) expect(repair.take((65_501 + i) % WRAP)).toBe(true);
    repair.poll(200);
    expect(requests.slice(2)).toEqual([[29, 32]]);
  });

  it('asks again at once for a packet that a later one has overtaken, else when its time is over', () => {
    const { repair, requests } = repairOf();
    repair.live(0);
    repair.released(0);
    repair.live(4);
    repair.poll(0);
    expect(requests).toEqual([[1, 3]]);
    expect(repair.take(1)).toBe(true);
    expect(repair.take(3)).toBe(true);
    repair.poll(100);
    expect(requests.slice(1)).toEqual([[2, 1]]);
    expect(repair.dueMs).toBe(300);
    repair.poll(299);
    expect(requests).toHaveLength(2);
    repair.poll(300);
    expect(requests.slice(2)).toEqual([[2, 1]]);
  });

  it('asks first for what the live stream waits for, and for the rest with less haste', () => {
    const { repair, requests } = repairOf();
    repair.live(0);
    repair.live(101);
    // The hole was given up.
    repair.released(101);
    repair.live(103);
    repair.poll(0);
    expect(requests).toEqual([[102, 1]]);
    repair.take(102);
    repair.released(103);
    repair.poll(100);
    expect(requests.slice(1)).toEqual([[1, 16]]);
  });

  it('gives up a packet that never comes', () => {
    const { repair, requests } = repairOf();
    repair.live(0);
    repair.live(2);
    for (let nowMs = 0; nowMs < 10_000; nowMs += 100) repair.poll(nowMs);
    expect(requests).toHaveLength(8);
    expect(repair.dueMs).toBeUndefined();
    expect(repair.take(1)).toBe(false);
  });

  it('asks neither for what the device has overwritten nor for what it says it has not got', () => {
    const { repair, requests } = repairOf(10);
    repair.live(0);
    repair.live(50);
    repair.poll(0);
    expect(requests).toEqual([[40, 10]]);
    repair.notStored(40, 10);
    repair.poll(5000);
    expect(requests).toHaveLength(1);
  });

  it('begins anew on a new link, and does not take what it did not ask for', () => {
    const { repair, requests } = repairOf();
    repair.live(10);
    repair.live(13);
    repair.poll(0);
    repair.restart();
    repair.poll(1);
    expect(requests).toEqual([
      [11, 2],
      [11, 2],
    ]);
    expect(repair.take(9)).toBe(false);
    expect(repair.take(13)).toBe(false);
    expect(repair.take(11)).toBe(true);
    expect(repair.take(11)).toBe(false);
  });
});
