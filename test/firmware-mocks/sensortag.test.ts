import { expect, test } from 'vitest';
import { Sensortag } from '../../firmware-mocks/sensortag.ts';
import { MOVEMENT_CONFIG, MOVEMENT_DATA, MOVEMENT_PERIOD } from '../../firmware-mocks/sensortagPacket.ts';
import { ConnectedWearable } from './connectedWearable.ts';

const tag = (): ConnectedWearable =>
  new ConnectedWearable({ kind: 'sensortag-cc2650', motion: { script: [{ do: 'turn', deg: 3600, inS: 120 }] } });
const firmware = ({ peripheral }: ConnectedWearable): Sensortag => peripheral as Sensortag;

test('it advertises the short id of its movement service', () => {
  expect(tag().peripheral.advertisedServices).toEqual(['aa80']);
});

test('it says nothing until an axis is switched on', () => {
  const wearable = tag();
  const data = wearable.subscribe(MOVEMENT_DATA);
  wearable.run(5);
  expect(data).toEqual([]);
  wearable.write(MOVEMENT_CONFIG, '7f02');
  wearable.run(5.5);
  expect(data).toHaveLength(6);
});

test('at period 10 it sends ten times a second: gyroscope, then acceleration in steps of 1/4096 g', () => {
  const wearable = tag();
  wearable.write(MOVEMENT_PERIOD, '0a');
  wearable.write(MOVEMENT_CONFIG, '7f02');
  const data = wearable.subscribe(MOVEMENT_DATA);
  wearable.run(60);
  expect(Math.abs(data.length - 600)).toBeLessThanOrEqual(1);
  const bytes = data.at(-1)?.bytes;
  expect(bytes).toHaveLength(18);
  // 3600° in 2 minutes, at its quickest half the way.
  expect((bytes?.readInt16LE(2) ?? NaN) / 128).toBeCloseTo(56.2, 0);
  expect((bytes?.readInt16LE(8) ?? NaN) / 4096).toBeCloseTo(1, 2);
});

test.each([
  ['7f00', 2],
  ['7f01', 4],
  ['7f02', 8],
  ['7f03', 16],
])('told %s it measures up to %i g', (config, rangeG) => {
  const wearable = tag();
  wearable.write(MOVEMENT_CONFIG, config);
  const data = wearable.subscribe(MOVEMENT_DATA);
  wearable.run(2);
  expect((data.at(-1)?.bytes.readInt16LE(8) ?? NaN) / 32_768).toBeCloseTo(1 / rangeG, 2);
});

test('axes that are off read 0', () => {
  const wearable = tag();
  // Gyroscope Y and accelerometer X only.
  wearable.write(MOVEMENT_CONFIG, '2202');
  const data = wearable.subscribe(MOVEMENT_DATA);
  wearable.run(60);
  const bytes = data.at(-1)?.bytes;
  expect([0, 4, 8, 10].map((at) => bytes?.readInt16LE(at))).toEqual([0, 0, 0, 0]);
  expect(bytes?.readInt16LE(2)).toBeGreaterThan(1000);
});

test.each([
  ['a period below 100 ms', MOVEMENT_PERIOD, '09'],
  ['a period of two bytes', MOVEMENT_PERIOD, '0a00'],
  ['half a configuration', MOVEMENT_CONFIG, '7f'],
])('%s is refused', (_what, uuid, value) => {
  expect(() => tag().write(uuid, value)).toThrow('ATT error');
});

test('it sleeps when it is told to, and when the link is gone', () => {
  const wearable = tag();
  wearable.subscribe(MOVEMENT_DATA);
  wearable.write(MOVEMENT_CONFIG, '7f02');
  expect(firmware(wearable).isMeasuring).toBe(true);
  wearable.write(MOVEMENT_CONFIG, '0000');
  expect(firmware(wearable).isMeasuring).toBe(false);
  wearable.write(MOVEMENT_CONFIG, '7f02');
  wearable.disconnect();
  expect(firmware(wearable).isMeasuring).toBe(false);
  expect(wearable.read(MOVEMENT_CONFIG).toString('hex')).toBe('0000');
});
