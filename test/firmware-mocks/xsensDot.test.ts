import { describe, expect, test } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import type { XsensDot } from '../../firmware-mocks/xsensDot.ts';
import { dotUuid } from '../../firmware-mocks/xsensDotPacket.ts';
import { ConnectedWearable, type Received } from './connectedWearable.ts';

const turningLeft: { script: Movement[] } = { script: [{ do: 'turn', deg: 3600, inS: 120 }] };
const CONTROL = dotUuid('2001');
const DEVICE_CONTROL = dotUuid('1002');

function dot(options: Partial<WearableSpec> = {}, mtu = 247): { wearable: ConnectedWearable; data: Received[] } {
  const wearable = new ConnectedWearable({ kind: 'xsens-dot', motion: turningLeft, ...options }, mtu);
  return { wearable, data: wearable.subscribe(dotUuid('2003')) };
}

const stamps = (data: readonly Received[]): number[] => data.map(({ bytes }) => bytes.readUInt32LE(0));

function setRate(wearable: ConnectedWearable, rateHz: number, visit = 0x10): number {
  const value = wearable.read(DEVICE_CONTROL);
  value[0] = visit;
  value.writeUInt16LE(rateHz, 24);
  wearable.write(DEVICE_CONTROL, value.toString('hex'));
  return wearable.read(DEVICE_CONTROL).readUInt16LE(24);
}

test('it advertises a name that is not its own, and its company', () => {
  const { peripheral } = dot().wearable;
  expect([peripheral.name, peripheral.advertisedServices]).toEqual(['Xsens DOT', []]);
  expect([...(peripheral.manufacturerData ?? [])].slice(0, 2)).toEqual([0x86, 0x08]);
  expect(dot({ variant: 'movella' }).wearable.peripheral.name).toBe('Movella DOT');
});

test('device information has the address low byte first, version, serial and product code', () => {
  const { wearable } = dot({ address: 'd4:22:cd:00:63:71', serial: 'D422CD006371' });
  const info = wearable.read(dotUuid('1001'));
  expect(info).toHaveLength(34);
  expect(info.subarray(0, 9).toString('hex')).toBe('716300cd22d4020000');
  expect(info.readBigUInt64LE(20)).toBe(0xd422cd006371n);
  expect(info.subarray(28).toString()).toBe('XS-T01');
});

describe('mode 21', () => {
  test('one sample in 40 bytes: µs, m/s², deg/s, zeros', () => {
    const { wearable, data } = dot();
    wearable.write(CONTROL, '01 01 15');
    expect(wearable.read(CONTROL).toString('hex')).toBe('010115');
    wearable.run(60);
    const { bytes } = data.at(-1) as Received;
    expect(bytes).toHaveLength(40);
    expect(bytes.readFloatLE(8)).toBeCloseTo(9.81, 1);
    expect(bytes.readFloatLE(20)).toBeCloseTo(56.2, 0);
    expect([...bytes.subarray(28)]).toEqual(Array(12).fill(0));
  });

  test('stamps step by 16667 µs, and 60 come in a second', () => {
    const { wearable, data } = dot({ driftPpm: 0 });
    wearable.write(CONTROL, '01 01 15');
    wearable.run(10);
    const all = stamps(data);
    expect(Math.abs(all.length - 600)).toBeLessThanOrEqual(1);
    const steps = all.slice(1).map((stamp, i) => (stamp - all[i] + 2 ** 32) % 2 ** 32);
    expect(new Set(steps)).toEqual(new Set([16_666, 16_667]));
  });

  test('a link that was not negotiated carries the first 20 bytes', () => {
    const { wearable, data } = dot({}, 23);
    wearable.write(CONTROL, '01 01 15');
    wearable.run(1);
    expect(data[0].bytes).toHaveLength(20);
  });
});

test('mode 26 comes on the long characteristic, with a quaternion before the values', () => {
  const { wearable, data } = dot();
  const long = wearable.subscribe(dotUuid('2002'));
  wearable.write(CONTROL, '01 01 1a');
  wearable.run(1);
  expect(data).toEqual([]);
  expect(long[0].bytes).toHaveLength(63);
  const norm = Math.hypot(...[4, 8, 12, 16].map((at) => long[0].bytes.readFloatLE(at)));
  expect(norm).toBeCloseTo(1, 6);
  expect(long[0].bytes.readFloatLE(24)).toBeCloseTo(9.81, 1);
});

describe('the output rate', () => {
  test.each([1, 4, 10, 12, 15, 20, 30, 60])('of %i Hz is taken and kept', (rateHz) => {
    const { wearable, data } = dot();
    expect(setRate(wearable, rateHz)).toBe(rateHz);
    wearable.write(CONTROL, '01 01 15');
    wearable.run(10);
    expect(Math.abs(data.length - 10 * rateHz)).toBeLessThanOrEqual(1);
  });

  test('stays as it was when it does not exist, when the write does not visit it, and during a measurement', () => {
    const { wearable } = dot();
    expect(setRate(wearable, 25)).toBe(60);
    expect(setRate(wearable, 30, 0x20)).toBe(60);
    wearable.write(CONTROL, '01 01 15');
    expect(setRate(wearable, 30)).toBe(60);
  });

  test('of 120 Hz is for recordings: no live measurement begins', () => {
    const { wearable } = dot();
    expect(setRate(wearable, 120)).toBe(120);
    wearable.write(CONTROL, '01 01 15');
    expect(wearable.read(CONTROL)[1]).toBe(0);
  });

  test('is refused in a value of another length', () => {
    expect(() => dot().wearable.write(DEVICE_CONTROL, '10')).toThrow('0x0d');
  });
});

test('identify is counted only when the write visits it', () => {
  const { wearable } = dot();
  wearable.write(DEVICE_CONTROL, `0001${'00'.repeat(30)}`);
  wearable.write(DEVICE_CONTROL, `0101${'00'.repeat(30)}`);
  expect((wearable.peripheral as XsensDot).identifiedCount).toBe(1);
});

describe('measuring', () => {
  test.each(['01 01 63', '01 02 15', '02 01 15'])('%s is refused', (value) => {
    expect(() => dot().wearable.write(CONTROL, value)).toThrow('0x13');
  });

  test('a start within three seconds of a stop is not heard', () => {
    const { wearable, data } = dot();
    wearable.write(CONTROL, '01 01 15');
    wearable.run(1);
    wearable.write(CONTROL, '01 00 15');
    const before = data.length;
    wearable.run(2);
    wearable.write(CONTROL, '01 01 15');
    expect(wearable.read(CONTROL)[1]).toBe(0);
    wearable.run(1.5);
    expect(data).toHaveLength(before);
    wearable.write(CONTROL, '01 01 15');
    wearable.run(1);
    expect(data.length).toBeGreaterThan(before + 50);
  });

  test('goes on after a lost link, unheard', () => {
    const { wearable, data } = dot({ dropLinkEveryS: 2 });
    wearable.write(CONTROL, '01 01 15');
    wearable.run(3);
    const before = data.length;
    wearable.connect();
    expect(wearable.read(CONTROL).toString('hex')).toBe('010115');
    wearable.run(1);
    expect(data).toHaveLength(before);
  });

  test('ends with a restart, and the stamps begin elsewhere', () => {
    const { wearable, data } = dot({ rebootEveryS: 5 });
    wearable.write(CONTROL, '01 01 15');
    wearable.run(6);
    wearable.connect();
    expect(wearable.read(CONTROL)[1]).toBe(0);
    const last = stamps(data).at(-1) as number;
    const again = wearable.subscribe(dotUuid('2003'));
    wearable.write(CONTROL, '01 01 15');
    wearable.run(1);
    expect(Math.abs(stamps(again)[0] - last)).toBeGreaterThan(1_000_000);
  });
});

test('the battery is read and notified: percent and whether it charges', () => {
  const { wearable } = dot({ batteryPct: 42 });
  const notified = wearable.subscribe(dotUuid('3001'));
  wearable.run(0.1);
  expect(wearable.read(dotUuid('3001')).toString('hex')).toBe('2a00');
  expect(notified.map(({ bytes }) => bytes.toString('hex'))).toEqual(['2a00']);
});
