import { describe, expect, test } from 'vitest';
import { Movesense } from '../../firmware-mocks/movesense.ts';
import { GSP_COMMAND, GSP_DATA } from '../../firmware-mocks/movesensePacket.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { ConnectedWearable, EPOCH_MS, type Received } from './connectedWearable.ts';

const turningLeft: { script: Movement[] } = { script: [{ do: 'turn', deg: 3600, inS: 120 }] };

function movesense(options: Partial<WearableSpec> = {}, mtu = 161): { wearable: ConnectedWearable; data: Received[] } {
  const wearable = new ConnectedWearable({ kind: 'movesense', motion: turningLeft, ...options }, mtu);
  return { wearable, data: wearable.subscribe(GSP_DATA) };
}

const command = (wearable: ConnectedWearable, hex: string): void => {
  wearable.write(GSP_COMMAND, hex);
  wearable.run(0.008);
};
const pathHex = (path: string): string => `${Buffer.from(path).toString('hex')}00`;
const subscribe = (wearable: ConnectedWearable, ref: string, path: string): void =>
  command(wearable, `01 ${ref} ${pathHex(path)}`);
const responses = (data: readonly Received[]): string[] =>
  data.filter(({ bytes }) => bytes[0] === 1).map(({ bytes }) => bytes.toString('hex'));
const packets = (data: readonly Received[]): Buffer[] =>
  data.filter(({ bytes }) => bytes[0] === 2).map(({ bytes }) => bytes);

test('it advertises its name and the short service id only', () => {
  const { wearable } = movesense({ serial: '174630000192' });
  expect(wearable.peripheral.name).toBe('Movesense 174630000192');
  expect(wearable.peripheral.advertisedServices).toEqual(['fdf3']);
});

test('HELLO is answered without a status: protocol version and five texts', () => {
  const { wearable, data } = movesense();
  command(wearable, '00 64');
  const hello = data[0].bytes;
  expect([...hello.subarray(0, 3)]).toEqual([1, 0x64, 1]);
  expect(hello.subarray(3).toString().split('\0').slice(0, 2)).toEqual(['123456789012', 'Movesense HR2']);
});

test.each([
  ['the time is accepted', `08 05 0011223344556677`, '0105c800'],
  ['the battery level can be asked for', `04 05 ${pathHex('/System/Energy/Level')}`, '0105c80057'],
  ['anything else that is asked for is not found', `04 05 ${pathHex('/Info')}`, '01059401'],
  ['a resource that does not exist is not found', `01 05 ${pathHex('/Meas/IMU6/99')}`, '01059401'],
  ['a path without its end is refused', '01 05 2f4d', '01059001'],
  ['a reference of 0 is refused', `01 00 ${pathHex('/Meas/IMU6/52')}`, '01009001'],
  ['an unknown reference cannot be unsubscribed', '02 05', '01059401'],
  ['an unknown command is refused', '2a 05', '01059001'],
  ['a reboot is promised', '07 05 05', '0105ca00'],
])('%s', (_name, request, response) => {
  const { wearable, data } = movesense();
  command(wearable, request);
  expect(responses(data)).toEqual([response]);
});

test('the time that was set is kept', () => {
  const { wearable } = movesense();
  command(wearable, '08 05 0100000000000000');
  expect((wearable.peripheral as Movesense).utcTimeUs).toBe(1n);
});

describe('IMU6', () => {
  test('at 52 Hz: 4 samples, all accelerations in m/s², then all rates in deg/s', () => {
    const { wearable, data } = movesense();
    subscribe(wearable, '36', '/Meas/IMU6/52');
    wearable.run(60);
    expect(responses(data)).toEqual(['0136c800']);
    const packet = packets(data).at(-1) as Buffer;
    expect(packet.length).toBe(6 + 4 * 24);
    expect(packet[1]).toBe(0x36);
    for (let sample = 0; sample < 4; sample++) {
      expect(packet.readFloatLE(6 + 12 * sample + 4)).toBeCloseTo(9.81, 1);
      expect(packet.readFloatLE(6 + 48 + 12 * sample + 4)).toBeCloseTo(56.2, 0);
    }
    const steps = packet.readFloatLE(6 + 48 + 4) / 0.07;
    expect(steps).toBeCloseTo(Math.round(steps), 3);
  });

  test('time stamps are whole milliseconds of the sensor: 76 and 77 in turn, none missing', () => {
    const { wearable, data } = movesense({ driftPpm: 0 });
    subscribe(wearable, '36', '/Meas/IMU6/52');
    wearable.run(60);
    const stamps = packets(data).map((packet) => packet.readUInt32LE(2));
    const steps = stamps.slice(1).map((stamp, i) => stamp - stamps[i]);
    expect(new Set(steps)).toEqual(new Set([76, 77]));
    expect(Math.abs((stamps.at(-1) as number) - stamps[0] - (1000 * 4 * (stamps.length - 1)) / 52)).toBeLessThan(1);
  });

  test.each([
    [13, 1],
    [26, 2],
    [52, 4],
    [104, 6],
  ])('at %i Hz a packet has %i samples', (rateHz, countSamples) => {
    const { wearable, data } = movesense();
    subscribe(wearable, '36', `/Meas/IMU6/${rateHz}`);
    wearable.run(10);
    expect(packets(data).every((packet) => packet.length === 6 + 24 * countSamples)).toBe(true);
    expect(Math.abs(packets(data).length * countSamples - 10 * rateHz)).toBeLessThanOrEqual(2 * countSamples);
  });

  test('every so many packets the values are not numbers, when it is told to', () => {
    const { wearable, data } = movesense({ notFiniteEveryPackets: 5 });
    subscribe(wearable, '36', '/Meas/IMU6/52');
    wearable.run(2);
    const notFinite = packets(data).map((packet) => Number.isNaN(packet.readFloatLE(6)));
    expect(notFinite.length).toBeGreaterThan(20);
    expect(notFinite).toEqual(notFinite.map((_, i) => i % 5 === 4));
  });

  test('a link that is too narrow cuts the packet', () => {
    const { wearable, data } = movesense({}, 85);
    subscribe(wearable, '36', '/Meas/IMU6/52');
    wearable.run(1);
    expect(packets(data)[0].length).toBe(82);
  });
});

test('Acc, Gyro, Magn and IMU9 carry their arrays only', () => {
  const { wearable, data } = movesense({ motion: { script: [{ do: 'stand', forS: 100 }] } });
  subscribe(wearable, '01', '/Meas/Acc/52');
  subscribe(wearable, '02', '/Meas/Gyro/52');
  subscribe(wearable, '03', '/Meas/Magn/13');
  subscribe(wearable, '04', '/Meas/IMU9/52');
  wearable.run(2);
  const lengths = [1, 2, 3, 4].map((ref) => packets(data).find((packet) => packet[1] === ref)?.length);
  expect(lengths).toEqual([54, 54, 18, 150]);
  const field = packets(data).find((packet) => packet[1] === 3) as Buffer;
  expect(Math.hypot(field.readFloatLE(6), field.readFloatLE(10), field.readFloatLE(14))).toBeCloseTo(48.3, 0);
  expect(field.readFloatLE(10)).toBeCloseTo(-44, 0);
});

test('a fifth subscription is answered by 507 with its bytes swapped; one more of the same is not counted', () => {
  const { wearable, data } = movesense();
  for (const ref of ['01', '02', '03', '04', '04', '05']) subscribe(wearable, ref, '/Meas/IMU6/13');
  expect(responses(data).slice(-2)).toEqual(['0104c800', '010501fb']);
  subscribe(wearable, '04', '/Meas/IMU6/26');
  expect(responses(data).at(-1)).toBe('01049901');
});

test('UNSUBSCRIBE ends the data', () => {
  const { wearable, data } = movesense();
  subscribe(wearable, '36', '/Meas/IMU6/52');
  wearable.run(1);
  command(wearable, '02 36');
  const before = packets(data).length;
  wearable.run(1);
  expect(before).toBeGreaterThan(10);
  expect(packets(data)).toHaveLength(before);
});

test('all subscriptions are gone after a lost link', () => {
  const { wearable, data } = movesense({ dropLinkEveryS: 2 });
  subscribe(wearable, '36', '/Meas/IMU6/52');
  wearable.run(3);
  expect(wearable.isConnected).toBe(false);
  expect((data.at(-1) as Received).atMs).toBeLessThanOrEqual(EPOCH_MS + 2000);
  wearable.connect();
  const after = wearable.subscribe(GSP_DATA);
  wearable.run(1);
  expect(after).toEqual([]);
});

test('with its acknowledgements lost, the first data come instead', () => {
  const { wearable, data } = movesense({ skipsAcknowledgements: true });
  subscribe(wearable, '36', '/Meas/IMU6/52');
  wearable.run(1);
  expect(responses(data)).toEqual([]);
  expect(packets(data).length).toBeGreaterThan(10);
});

test.each([
  ['service', true, '0105c80057'],
  ['gspOnly', false, '0105c80057'],
  ['silent', false, '0105f701'],
])('of variant %s: battery service %s, energy level %s', (variant, hasService, answer) => {
  const { wearable, data } = movesense({ variant });
  expect(wearable.peripheral.services.some(({ uuid }) => uuid === '180f')).toBe(hasService);
  command(wearable, `04 05 ${pathHex('/System/Energy/Level')}`);
  expect(responses(data)).toEqual([answer]);
});

test('a variant that does not exist is refused', () => {
  expect(() => movesense({ variant: 'gold' })).toThrow('expected variant service, gspOnly, silent, found gold');
});
