import { describe, expect, test } from 'vitest';
import { Metamotion } from '../../firmware-mocks/metamotion.ts';
import { METAWEAR_COMMAND, METAWEAR_NOTIFY, METAWEAR_SERVICE } from '../../firmware-mocks/metamotionPacket.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { ConnectedWearable, type Received } from './connectedWearable.ts';

const turningLeft: { script: Movement[] } = { script: [{ do: 'turn', deg: 3600, inS: 120 }] };

function metamotion(options: Partial<WearableSpec> = {}, mtu = 23): { wearable: ConnectedWearable; data: Received[] } {
  const wearable = new ConnectedWearable({ kind: 'metamotion', motion: turningLeft, ...options }, mtu);
  return { wearable, data: wearable.subscribe(METAWEAR_NOTIFY) };
}

const board = ({ peripheral }: ConnectedWearable): Metamotion => {
  if (!(peripheral instanceof Metamotion)) throw new Error('expected a MetaMotion');
  return peripheral;
};

const command = (wearable: ConnectedWearable, ...lines: string[]): void => {
  for (const line of lines) wearable.write(METAWEAR_COMMAND, line);
  wearable.run(0.008);
};
const withHeader = (data: readonly Received[], header: string): Buffer[] =>
  data.map(({ bytes }) => bytes).filter((bytes) => bytes.toString('hex').startsWith(header));

const START_BMI160 = ['03032808', '13032800', '031c01', '130701', '03020100', '13020100', '030101', '130101'];
const START_BMI270 = ['0303a802', '13032800', '030501', '130501', '03020100', '13020100', '030101', '130101'];

test('it advertises its name and service', () => {
  const { peripheral } = metamotion().wearable;
  expect([peripheral.name, peripheral.advertisedServices]).toEqual(['MetaWear', [METAWEAR_SERVICE]]);
});

test.each([
  ['bmi160', '03800101', '13800001'],
  ['bmi270', '03800401', '13800101'],
  ['bmi160-plain', '03800100', '13800000'],
  ['no-gyroscope', '03800101', '1380'],
])('a board of variant %s says which chips it has', (variant, acc, gyr) => {
  const { wearable, data } = metamotion({ variant });
  command(wearable, '0380', '1380', '1580');
  expect(data.map(({ bytes }) => bytes.toString('hex'))).toEqual([acc, gyr, '1580']);
});

test('the battery is read by its register: percent, then millivolts', () => {
  const { wearable, data } = metamotion({ batteryPct: 63 });
  command(wearable, '118c');
  expect(data[0].bytes.toString('hex')).toBe('118c3f3410');
});

describe.each([
  ['bmi160', START_BMI160, '031c', '1307'],
  ['bmi270', START_BMI270, '0305', '1305'],
])('a %s', (variant, start, accHeader, gyrHeader) => {
  test('streams three samples in a packet, acceleration and rotation in turns', () => {
    const { wearable, data } = metamotion({ variant });
    command(wearable, ...start);
    wearable.run(60);
    const acc = withHeader(data, accHeader);
    const gyr = withHeader(data, gyrHeader);
    expect(Math.abs(acc.length - 2000)).toBeLessThanOrEqual(1);
    expect(gyr).toHaveLength(acc.length);
    expect(data.every(({ bytes }, i) => bytes[0] === (i % 2 === 0 ? 0x03 : 0x13))).toBe(true);
    const last = acc[acc.length - 1];
    expect(last).toHaveLength(20);
    // One g along y at ±8 g; 56.2 deg/s about y in the middle of the turn, at ±2000 deg/s.
    expect(last.readInt16LE(4) / 4096).toBeCloseTo(1, 2);
    expect(gyr[gyr.length - 1].readInt16LE(4) / 16.4).toBeCloseTo(56.2, 0);
  });

  test('measures only what is on, enabled and asked for', () => {
    for (const missing of start.slice(2)) {
      const { wearable, data } = metamotion({ variant });
      command(wearable, ...start.filter((line) => line !== missing));
      wearable.run(1);
      const [header, other] = missing.startsWith('03') ? [accHeader, gyrHeader] : [gyrHeader, accHeader];
      expect(withHeader(data, header)).toHaveLength(0);
      expect(withHeader(data, other).length).toBeGreaterThan(20);
    }
  });
});

test.each([
  ['03032608', 25],
  ['03032708', 50],
  ['03032908', 200],
])('acceleration configured by %s alone comes at %d Hz', (config, rateHz) => {
  const { wearable, data } = metamotion();
  command(wearable, config, '030401', '03020100', '030101');
  wearable.run(4);
  expect(Math.abs(withHeader(data, '0304').length - 4 * rateHz)).toBeLessThanOrEqual(2);
});

test.each([
  ['03', 16_384],
  ['05', 8192],
  ['08', 4096],
  ['0c', 2048],
])('range %s of a BMI160 gives %d counts per g', (range, counts) => {
  const { wearable, data } = metamotion({ motion: { script: [{ do: 'stand', forS: 100 }] } });
  command(wearable, `030328${range}`, '030401', '03020100', '030101');
  wearable.run(1);
  expect(withHeader(data, '0304')[5].readInt16LE(4) / counts).toBeCloseTo(1, 2);
});

test('what it does not know it ignores: another filter, range, register, or too few bytes', () => {
  const { wearable, data } = metamotion();
  command(wearable, '0303a803', '03032844', '03', '037701', '030401', '03020100', '030101');
  wearable.run(1);
  expect(withHeader(data, '0304').length).toBeGreaterThan(95);
  // Still ±2 g, as after power-on.
  expect(withHeader(data, '0304')[5].readInt16LE(4) / 16_384).toBeCloseTo(1, 2);
});

test('it cannot pack with old firmware', () => {
  const { wearable, data } = metamotion({ variant: 'bmi160-plain' });
  command(wearable, '031c01', '03020100', '030101');
  wearable.run(1);
  expect(data).toEqual([]);
});

test('stopped in reverse it is silent, and its sensors are off', () => {
  const { wearable, data } = metamotion();
  command(wearable, ...START_BMI160);
  wearable.run(1);
  command(wearable, '030100', '130100', '03020001', '13020001', '031c00', '130700');
  const before = data.length;
  wearable.run(1);
  expect(before).toBeGreaterThan(60);
  expect(data).toHaveLength(before);
  expect(board(wearable).poweredSensors).toEqual([]);
});

test('a lost link leaves its sensors on, and data come again with the next subscription', () => {
  const { wearable } = metamotion();
  command(wearable, ...START_BMI160);
  wearable.run(1);
  wearable.disconnect();
  wearable.run(5);
  expect(board(wearable).poweredSensors).toEqual(['acc', 'gyr']);
  wearable.connect();
  const again = wearable.subscribe(METAWEAR_NOTIFY);
  wearable.run(1);
  expect(again.length).toBeGreaterThan(60);
});

test('pulses of the motor and the buzzer are felt', () => {
  const { wearable } = metamotion();
  command(wearable, '0801f8881300', '08017ff40101');
  expect(board(wearable).pulses).toEqual([
    { duty: 248, ms: 5000, isMotor: true },
    { duty: 127, ms: 500, isMotor: false },
  ]);
});
