import { describe, expect, test } from 'vitest';
import { Thingy52 } from '../../firmware-mocks/thingy52.ts';
import { TMS_CONFIG, TMS_RAW } from '../../firmware-mocks/thingy52Packet.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { ConnectedWearable } from './connectedWearable.ts';

const thingy = (options: Partial<WearableSpec> = {}): ConnectedWearable =>
  new ConnectedWearable({ kind: 'thingy52', motion: { script: [{ do: 'stand', forS: 600 }] }, ...options });
const firmware = ({ peripheral }: ConnectedWearable): Thingy52 => peripheral as Thingy52;

test('it advertises its configuration service', () => {
  expect(thingy().peripheral.advertisedServices).toEqual(['ef6801009b3549339b1052ffa9740042']);
});

test('as it comes from the factory it sends ten times a second', () => {
  const wearable = thingy();
  expect(wearable.read(TMS_CONFIG).toString('hex')).toBe('f401f401f4010a0001');
  const data = wearable.subscribe(TMS_RAW);
  wearable.run(10);
  expect(Math.abs(data.length - 100)).toBeLessThanOrEqual(1);
  expect(data.every(({ bytes }) => bytes.length === 18)).toBe(true);
});

test.each([50, 100, 200])('told %i Hz it sends so often, and still when it is connected again', (rateHz) => {
  const wearable = thingy();
  wearable.write(TMS_CONFIG, `f401f401f401${rateHz.toString(16).padStart(2, '0')}0001`);
  const data = wearable.subscribe(TMS_RAW);
  wearable.run(5);
  expect(Math.abs(data.length - 5 * rateHz)).toBeLessThanOrEqual(1);
  expect(firmware(wearable).flashWrites).toBe(1);
  wearable.disconnect();
  wearable.connect();
  expect(wearable.read(TMS_CONFIG).readUInt16LE(6)).toBe(rateHz);
});

describe('its configuration', () => {
  test.each([
    ['one byte short', 'f401f401f4016400'],
    ['one byte long', 'f401f401f401640001ff'],
    ['4 Hz', 'f401f401f401040001'],
    ['201 Hz', 'f401f401f401c90001'],
    ['a compass every 2 s', 'f401f401d007640001'],
    ['a pedometer every 50 ms', '3200f401f401640001'],
    ['another way of waking', 'f401f401f401640002'],
  ])('is refused: %s', (_what, value) => {
    const wearable = thingy();
    expect(() => wearable.write(TMS_CONFIG, value)).toThrow('0x03');
    expect(firmware(wearable).flashWrites).toBe(0);
  });
});

test('standing upright it reads minus one g along the axis that points up', () => {
  const wearable = thingy();
  const data = wearable.subscribe(TMS_RAW);
  wearable.run(2);
  const last = data.at(-1)?.bytes;
  expect((last?.readInt16LE(2) ?? NaN) / 1024).toBeCloseTo(-1, 1);
});

test('bending forward turns it to the left-hand side of its Z axis: acceleration and rate belong together', () => {
  const wearable = thingy({ motion: { script: [{ do: 'bend', toDeg: 60, inS: 4, holdS: 60, backS: 1 }] } });
  wearable.write(TMS_CONFIG, 'f401f401f401640001');
  const data = wearable.subscribe(TMS_RAW);
  wearable.run(6);
  const turnedDeg = data.reduce((sum, { bytes }) => sum + bytes.readInt16LE(10) / 32 / 100, 0);
  expect(Math.abs(turnedDeg + 60)).toBeLessThan(2);
  const last = data.at(-1)?.bytes;
  // Gravity now pulls toward anterior, +X, and still down the trunk, −Y.
  expect((last?.readInt16LE(0) ?? NaN) / 1024).toBeCloseTo(Math.sin(Math.PI / 3), 1);
  expect((last?.readInt16LE(2) ?? NaN) / 1024).toBeCloseTo(-Math.cos(Math.PI / 3), 1);
});

test('it sleeps without a subscriber, and when the link is gone', () => {
  const wearable = thingy();
  expect(firmware(wearable).isMeasuring).toBe(false);
  wearable.subscribe(TMS_RAW);
  expect(firmware(wearable).isMeasuring).toBe(true);
  wearable.disconnect();
  expect(firmware(wearable).isMeasuring).toBe(false);
});
