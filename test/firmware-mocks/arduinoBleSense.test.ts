import { expect, test } from 'vitest';
import { ArduinoBleSense } from '../../firmware-mocks/arduinoBleSense.ts';
import { arduinoUuid } from '../../firmware-mocks/arduinoBleSensePacket.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { ConnectedWearable } from './connectedWearable.ts';

const ACCELERATION = arduinoUuid('3001');
const GYROSCOPE = arduinoUuid('3002');
const turningLeft: { script: Movement[] } = { script: [{ do: 'turn', deg: 3600, inS: 120 }] };

const arduino = (options: Partial<WearableSpec> = {}): ConnectedWearable =>
  new ConnectedWearable({ kind: 'arduino-blesense', motion: turningLeft, address: 'c0:50:00:00:1a:2b', ...options });

test('it advertises its service, and a name with the end of its address', () => {
  const { peripheral } = arduino();
  expect([peripheral.name, peripheral.advertisedServices]).toEqual(['BLESense-1A2B', [arduinoUuid('0000')]]);
});

test.each([
  ['rev1', 119],
  ['rev2', 104],
])('a %s sends acceleration in g and rotation in deg/s, %d times a second each', (variant, rateHz) => {
  const wearable = arduino({ variant });
  const acc = wearable.subscribe(ACCELERATION);
  const gyr = wearable.subscribe(GYROSCOPE);
  wearable.run(60);
  expect(Math.abs(acc.length - 60 * rateHz)).toBeLessThanOrEqual(2);
  expect(gyr).toHaveLength(acc.length);
  const [a, g] = [acc, gyr].map((data) => data[data.length - 1].bytes);
  expect([a.length, g.length]).toEqual([12, 12]);
  expect(a.readFloatLE(4)).toBeCloseTo(1, 2);
  expect(g.readFloatLE(4)).toBeCloseTo(56.2, 0);
});

test('it sends only what is subscribed to, and nothing after the link was lost', () => {
  const wearable = arduino();
  const acc = wearable.subscribe(ACCELERATION);
  wearable.run(1);
  expect(acc.length).toBeGreaterThan(100);
  wearable.disconnect();
  wearable.connect();
  const gyr = wearable.subscribe(GYROSCOPE);
  const before = acc.length;
  wearable.run(1);
  expect(acc).toHaveLength(before);
  expect(gyr.length).toBeGreaterThan(100);
});

test('acceleration beyond ±4 g is held at the rail', () => {
  const wearable = arduino({ errors: { accBiasMps2: [100, 0, 0] } });
  const acc = wearable.subscribe(ACCELERATION);
  wearable.run(0.5);
  expect(acc[3].bytes.readFloatLE(0)).toBeCloseTo(4, 3);
});

test('its version can be read', () => {
  expect(arduino().read(arduinoUuid('1001')).readUInt32LE(0)).toBe(1);
});

test('only with its motor it has the Immediate Alert service', () => {
  const services = (options: Partial<WearableSpec>): string[] =>
    arduino(options).peripheral.services.map(({ uuid }) => uuid);
  expect(services({})).not.toContain('1802');
  expect(services({ variant: 'alert' })).toContain('1802');
  const wearable = arduino({ variant: 'alert' });
  wearable.write('2a06', '02');
  wearable.write('2a06', '00');
  const { peripheral } = wearable;
  expect(peripheral instanceof ArduinoBleSense && peripheral.alertLevels).toEqual([2, 0]);
});
