/** Each option of a virtual wearable does what it says, no more and no less, and the same at every run. */
import { describe, expect, test } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { ConnectedWearable, EPOCH_MS, type Received } from './connectedWearable.ts';

const standing: { script: Movement[]; loop: boolean } = {
  script: [{ do: 'stand', forS: 36_000, swayDeg: 0 }],
  loop: true,
};

interface Stream {
  readonly wearable: ConnectedWearable;
  readonly data: Received[];
}

function streaming(options: Partial<WearableSpec>, forS: number, stepMs = 4): Stream {
  const wearable = new ConnectedWearable({ motion: standing, ...options });
  const data = wearable.subscribe('0005');
  wearable.control('01 01 03');
  wearable.run(forS, stepMs);
  return { wearable, data };
}

const seqOf = ({ bytes }: Received): number => bytes.readUInt16LE(2);
const indexOf = ({ bytes }: Received): number => bytes.readUInt32LE(4);
const tickOf = ({ bytes }: Received): number => bytes.readUInt32LE(8);
const hexOf = (data: readonly Received[]): string[] => data.map(({ bytes }) => bytes.toString('hex'));
/** Host time at which the last sample of a packet of ten at 100 Hz was taken, for a clock without drift. */
const readyMs = (one: Received, startMs: number): number => startMs + 10 * (indexOf(one) + 9);

describe('clock', () => {
  test('without drift it delivers 1000 samples in 10 s', () => {
    const { data } = streaming({}, 10);
    expect(indexOf(data.at(-1) as Received) + 10).toBe(1000);
  });

  test.each([200, -200])('a drift of %i ppm shows in the number of samples and in the ticks', (driftPpm) => {
    const { wearable, data } = streaming({ driftPpm }, 1000, 50);
    const last = data.at(-1) as Received;
    const elapsedS = (wearable.nowMs - EPOCH_MS) / 1000;
    expect(Math.abs(indexOf(last) + 10 - elapsedS * 100 * (1 + driftPpm * 1e-6))).toBeLessThan(12);
    const ticks = (tickOf(last) - tickOf(data[0])) >>> 0;
    expect(Math.abs(ticks / 32_768 - indexOf(last) / 100)).toBeLessThan(1e-4);
  });

  test('clocks of different wearables begin at different ticks', () => {
    const first = streaming({ seed: 1 }, 1).data[0];
    const second = streaming({ seed: 2 }, 1).data[0];
    expect(Math.abs(tickOf(first) - tickOf(second))).toBeGreaterThan(32_768);
  });

  test('a host clock that runs fast gets everything, in bursts', () => {
    const slow = streaming({ errors: 'typical' }, 60, 4);
    const fast = streaming({ errors: 'typical' }, 60, 500);
    const count = Math.min(slow.data.length, fast.data.length);
    expect(count).toBeGreaterThan(595);
    expect(hexOf(fast.data).slice(0, count)).toEqual(hexOf(slow.data).slice(0, count));
  });

  test('a host that slept for a day is not flooded: the memory overflowed and says so', () => {
    const { wearable, data } = streaming({}, 1);
    const before = data.length;
    wearable.run(86_400, 86_400_000);
    expect(data.length - before).toBeLessThan(6100);
    expect(data.slice(before).filter(({ bytes }) => (bytes[12] & 16) !== 0)).toHaveLength(1);
    expect(indexOf(data.at(-1) as Received)).toBeGreaterThan(8_640_000);
  });
});

describe('link', () => {
  test('a loss of 5 % loses 5 % of the packets for good, seeded, and leaves the rest in order', () => {
    const { data } = streaming({ lossRatio: 0.05, seed: 7 }, 200);
    const lost = 2000 - data.length;
    expect(lost).toBeGreaterThan(65);
    expect(lost).toBeLessThan(135);
    for (let i = 1; i < data.length; i++) expect(seqOf(data[i])).toBeGreaterThan(seqOf(data[i - 1]));
    expect(data.every((one) => indexOf(one) === 10 * seqOf(one))).toBe(true);
    const again = hexOf(streaming({ lossRatio: 0.05, seed: 7 }, 20).data);
    expect(again).toEqual(hexOf(data).slice(0, again.length));
    expect(hexOf(streaming({ lossRatio: 0.05, seed: 8 }, 20).data)).not.toEqual(again);
  });

  test('without loss and jitter a packet arrives when it is full', () => {
    const { data } = streaming({}, 20);
    for (const one of data) {
      const delayMs = one.atMs - readyMs(one, EPOCH_MS);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(8);
    }
  });

  test('a jitter of 60 ms delays by up to 60 ms, in order, and loses nothing', () => {
    const { data } = streaming({ jitterMs: 60 }, 60);
    const delaysMs = data.map((one) => one.atMs - readyMs(one, EPOCH_MS));
    expect(Math.min(...delaysMs)).toBeLessThan(10);
    expect(Math.max(...delaysMs)).toBeGreaterThan(50);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(68);
    expect(data.map(seqOf)).toEqual(data.map((_, i) => i));
  });

  test('the link drops after the time asked for, and again after the next connection', () => {
    const { wearable, data } = streaming({ dropLinkEveryS: 5 }, 8);
    expect(wearable.isConnected).toBe(false);
    expect(wearable.dropReasons).toEqual([8]);
    expect((data.at(-1) as Received).atMs - EPOCH_MS).toBeLessThanOrEqual(5000);
    wearable.connect();
    const after = wearable.subscribe('0005');
    wearable.subscribe('0003');
    wearable.control('01 01 03');
    wearable.run(6);
    expect(wearable.dropReasons).toEqual([8, 8]);
    // Its session has gone on.
    expect(indexOf(after[0])).toBeGreaterThanOrEqual(800);
    const old = streaming({ dropLinkEveryS: 5, variant: 'sessionEndsWithLink' }, 8);
    old.wearable.connect();
    const anew = old.wearable.subscribe('0005');
    old.wearable.subscribe('0003');
    old.wearable.control('01 01 03');
    old.wearable.run(1);
    expect(indexOf(anew[0])).toBe(0);
  });

  test('what nobody is subscribed to is counted as dropped', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    wearable.control('01 01 03');
    wearable.run(1.05);
    expect(wearable.read('0006').readUInt16LE(6)).toBe(10);
  });
});

describe('device', () => {
  test('after a reboot it has another boot id, other ticks, and marks the first packet', () => {
    const { wearable } = streaming({ rebootEveryS: 5 }, 4);
    const boot = wearable.read('0002').readUInt32LE(10);
    wearable.run(2);
    expect(wearable.isConnected).toBe(false);
    wearable.connect();
    expect(wearable.read('0002').readUInt32LE(10)).not.toBe(boot);
    expect(wearable.read('0006')[1] & 8).toBe(8);
    const data = wearable.subscribe('0005');
    wearable.subscribe('0003');
    wearable.control('01 01 03');
    wearable.run(0.5);
    expect(data.map(({ bytes }) => bytes[12] & 32)).toEqual([32, 0, 0, 0, 0]);
    expect(wearable.read('0006')[1] & 8).toBe(0);
  });

  test('an overflow of its memory skips samples but no packet number, and is flagged', () => {
    const { wearable, data } = streaming({ overrunEveryS: 3 }, 10);
    const marked = data.filter(({ bytes }) => (bytes[12] & 16) !== 0);
    expect(marked).toHaveLength(3);
    expect(data.map(seqOf)).toEqual(data.map((_, i) => i));
    for (const one of marked) {
      const before = data[seqOf(one) - 1];
      expect(indexOf(one) - indexOf(before) - before.bytes[1]).toBe(25);
    }
    expect(wearable.read('0006')[1] & 4).toBe(4);
  });

  test('nonsense comes beside the data and takes nothing away', () => {
    const { data } = streaming({ nonsenseEveryS: 1 }, 10);
    const isGood = (bytes: Uint8Array): boolean => bytes[0] === 0x11 && bytes.length === 14 + 12 * bytes[1];
    const good = data.filter(({ bytes }) => isGood(bytes));
    expect(data.length - good.length).toBeGreaterThanOrEqual(9);
    expect(good.map(seqOf)).toEqual(good.map((_, i) => i));
  });

  test('the motion goes on while nobody is connected', () => {
    const script: Movement[] = [
      { do: 'stand', forS: 5, swayDeg: 0 },
      { do: 'bend', toDeg: 90, inS: 1, holdS: 100, backS: 1 },
    ];
    const { wearable } = streaming({ motion: { script } }, 1);
    wearable.disconnect();
    wearable.run(10);
    wearable.connect();
    const data = wearable.subscribe('0005');
    wearable.subscribe('0003');
    wearable.control('01 01 03');
    wearable.run(1);
    expect(data[0].bytes.readInt16LE(14)).toBe(-2048);
  });

  test('a script that does not repeat ends: the last samples come, then nothing, and it is told once', () => {
    const script: Movement[] = [{ do: 'stand', forS: 1.23, swayDeg: 0 }];
    const { wearable, data } = streaming({ motion: { script } }, 10);
    expect(data.reduce((sum, { bytes }) => sum + bytes[1], 0)).toBe(124);
    expect(wearable.endedAtMs).toBeLessThan(EPOCH_MS + 1300);
    expect(wearable.isConnected).toBe(true);
  });
});
