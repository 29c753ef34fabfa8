import { describe, expect, test } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import type { Witmotion } from '../../firmware-mocks/witmotion.ts';
import { WITMOTION_DUAL, WITMOTION_SINGLE } from '../../firmware-mocks/witmotionPacket.ts';
import { centivoltsOf } from '../../firmware-mocks/witmotionRegisters.ts';
import { ConnectedWearable, EPOCH_MS, type Received } from './connectedWearable.ts';

const turningLeft: { script: Movement[] } = { script: [{ do: 'turn', deg: 3600, inS: 120 }] };

function witmotion(options: Partial<WearableSpec> = {}, mtu = 247): { wearable: ConnectedWearable; data: Received[] } {
  const wearable = new ConnectedWearable({ kind: 'witmotion', motion: turningLeft, ...options }, mtu);
  const isDual = options.variant?.includes('dual') === true;
  return { wearable, data: wearable.subscribe((isDual ? WITMOTION_DUAL : WITMOTION_SINGLE).notify) };
}

const command = (wearable: ConnectedWearable, hex: string): void => {
  wearable.write(WITMOTION_SINGLE.write, hex);
  wearable.run(0.1);
};
/** Unlock, change, save, with the waits of the page. */
function setRegister(wearable: ConnectedWearable, register: string, value: string): void {
  command(wearable, 'ff aa 69 88 b5');
  command(wearable, `ff aa ${register} ${value} 00`);
  command(wearable, 'ff aa 00 00 00');
}
const answers = (data: readonly Received[]): string[] =>
  data.filter(({ bytes }) => bytes[1] === 0x71).map(({ bytes }) => bytes.toString('hex'));
const frames = (data: readonly Received[]): Buffer[] =>
  data.filter(({ bytes }) => bytes[1] === 0x61).map(({ bytes }) => bytes);

test('it streams at 10 Hz as soon as somebody listens: 20 bytes, g and deg/s of full scale', () => {
  const { wearable, data } = witmotion();
  wearable.run(60);
  expect(Math.abs(data.length - 600)).toBeLessThanOrEqual(1);
  const { bytes } = data.at(-1) as Received;
  expect(bytes).toHaveLength(20);
  expect(bytes.subarray(0, 2).toString('hex')).toBe('5561');
  expect((bytes.readInt16LE(4) * 16) / 32_768).toBeCloseTo(1, 1);
  expect((bytes.readInt16LE(10) * 2000) / 32_768).toBeCloseTo(56.2, 0);
});

test('it advertises a name with WT in it, and no service', () => {
  const { peripheral } = witmotion().wearable;
  expect([peripheral.name, peripheral.advertisedServices]).toEqual(['WT901BLE68', []]);
});

describe('registers', () => {
  test.each([
    ['06', 10],
    ['07', 20],
    ['08', 50],
    ['09', 100],
    ['0b', 200],
  ])('rate code %s is %i Hz', (code, rateHz) => {
    const { wearable, data } = witmotion();
    setRegister(wearable, '03', code);
    const before = data.length;
    wearable.run(10);
    expect(Math.abs(data.length - before - 10 * rateHz)).toBeLessThanOrEqual(1);
  });

  test('are read with the seven behind them, among the data', () => {
    const { wearable, data } = witmotion();
    command(wearable, 'ff aa 27 03 00');
    expect(answers(data)).toEqual([`55710300 0600${'0000'.repeat(7)}`.replaceAll(' ', '')]);
    expect(frames(data).length).toBeGreaterThan(0);
  });

  test('stay as they are while they are locked, when the value does not exist, and when it comes too soon', () => {
    const { wearable } = witmotion();
    const { registers } = wearable.peripheral as Witmotion;
    command(wearable, 'ff aa 03 08 00');
    expect(registers.rateHz).toBe(10);
    setRegister(wearable, '03', '0a');
    expect(registers.rateHz).toBe(10);
    wearable.write(WITMOTION_SINGLE.write, 'ff aa 69 88 b5');
    wearable.write(WITMOTION_SINGLE.write, 'ff aa 03 08 00');
    expect(registers.rateHz).toBe(10);
  });

  test('survive a restart when they were saved', () => {
    const { wearable } = witmotion({ rebootEveryS: 5 });
    const { registers } = wearable.peripheral as Witmotion;
    setRegister(wearable, '03', '08');
    command(wearable, 'ff aa 69 88 b5');
    command(wearable, 'ff aa 03 09 00');
    expect(registers.rateHz).toBe(100);
    wearable.run(5);
    expect([registers.rateHz, registers.saves]).toEqual([50, 1]);
  });

  test('tell the battery in hundredths of a volt', () => {
    const { wearable, data } = witmotion({ batteryPct: 50 });
    command(wearable, 'ff aa 27 64 00');
    expect(Buffer.from(answers(data)[0], 'hex').readUInt16LE(4)).toBe(382);
    expect([0, 5, 87, 100].map(centivoltsOf)).toEqual([340, 350, 395, 399]);
  });

  test.each(['ff aa 27', 'fe aa 27 03 00', 'ff ab 27 03 00', ''])('"%s" is ignored', (hex) => {
    const { wearable, data } = witmotion();
    command(wearable, hex);
    expect(answers(data)).toEqual([]);
  });
});

describe('notifications', () => {
  test('of the dated variant have the sensor’s clock behind the frame', () => {
    const { wearable, data } = witmotion({ variant: 'dated' });
    wearable.run(1);
    expect(data[0].bytes).toHaveLength(28);
    const at = new Date(EPOCH_MS);
    const expected = [at.getUTCFullYear() - 2000, at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours()];
    expect([...data[0].bytes.subarray(20, 24)]).toEqual(expected);
    expect(data[1].bytes.readUInt16LE(26) - data[0].bytes.readUInt16LE(26)).toBe(100);
  });

  test('are as long as they are told to be, and the stream is the same', () => {
    const whole = witmotion();
    const chopped = witmotion({ notificationBytes: 33 });
    for (const { wearable } of [whole, chopped]) wearable.run(5);
    expect(new Set(chopped.data.map(({ bytes }) => bytes.length))).toEqual(new Set([33]));
    const stream = Buffer.concat(chopped.data.map(({ bytes }) => bytes));
    expect(stream).toEqual(Buffer.concat(whole.data.map(({ bytes }) => bytes)).subarray(0, stream.length));
  });

  test('are cut by a link that carries 20 bytes', () => {
    const { wearable, data } = witmotion({ variant: 'dated' }, 23);
    wearable.run(1);
    expect(data.slice(0, 4).map(({ bytes }) => bytes.length)).toEqual([20, 8, 20, 8]);
  });

  test('of a dual-mode model come from its own service', () => {
    const { wearable, data } = witmotion({ variant: 'dual-dated' });
    expect(wearable.peripheral.services.map(({ uuid }) => uuid)).toEqual([WITMOTION_DUAL.service]);
    wearable.run(1);
    expect(data[0].bytes).toHaveLength(28);
  });

  test('end with the link', () => {
    const { wearable, data } = witmotion({ dropLinkEveryS: 2 });
    wearable.run(3);
    wearable.connect();
    wearable.run(1);
    expect((data.at(-1) as Received).atMs).toBeLessThanOrEqual(EPOCH_MS + 2000);
  });
});
