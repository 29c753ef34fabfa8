/** Byte by byte against the page of the Plumbline IMU service; the expected bytes are written by hand. */
import { expect, test } from 'vitest';
import { CalibrationStore, crc16CcittFalse, factoryCalibration } from '../../firmware-mocks/plumblineCalibration.ts';
import { DEFAULT_CONFIG, encodeConfig, parseConfig } from '../../firmware-mocks/plumblineConfig.ts';
import {
  batchCapacity,
  encodeBatch,
  encodeInfo,
  encodeSingle,
  encodeStatus,
  PLUMBLINE_SERVICE,
} from '../../firmware-mocks/plumblinePacket.ts';
import { isAtRail, toRaw16 } from '../../firmware-mocks/sensorErrors.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const packed = (text: string): string => text.replaceAll(' ', '');

test('the service id is the fixed base with 0001', () => {
  expect(PLUMBLINE_SERVICE).toBe('0322000181aa478a8efb3160cf7a3ccc');
});

test('format 0x11 has its 14-byte header and 12 bytes per sample', () => {
  const bytes = encodeBatch({
    seq: 0x0201,
    firstSampleIndex: 0x0605_0403,
    tick: 0x0a09_0807,
    flags: 0b10_1001,
    accCode: 2,
    gyrCode: 4,
    raw: [1, -1, 0x1234, -32_768, 32_767, 0],
  });
  expect(hex(bytes)).toBe(packed('11 01 0102 03040506 0708090a 29 24 0100 ffff 3412 0080 ff7f 0000'));
});

test('format 0x12 fits into the smallest notification', () => {
  const bytes = encodeSingle(0x0201, 0x0605_0403, [1, 2, 3, 4, 5, 6]);
  expect(hex(bytes)).toBe(packed('12 0102 03040506 0100 0200 0300 0400 0500 0600'));
  expect(bytes.length).toBe(19);
});

test.each([
  [23, 0],
  [28, 0],
  [29, 1],
  [185, 14],
  [247, 19],
])('an MTU of %i carries %i samples', (mtu, countSamples) => {
  expect(batchCapacity(mtu - 3)).toBe(countSamples);
});

test('status is 12 bytes with signed temperature and argument', () => {
  const status = {
    kind: 4,
    flags: 9,
    tick: 0x0403_0201,
    droppedPackets: 258,
    temperatureC: -2,
    batteryPct: 99,
    arg: -3,
  };
  expect(hex(encodeStatus(status))).toBe(packed('04 09 01020304 0201 fe 63 fdff'));
});

test('info is 16 bytes: version, capabilities, rate, depth, boot, reserved', () => {
  const info = { capabilities: 0x1f, maxRateHz: 200, backfillPackets: 256, bootId: 0xddcc_bbaa };
  expect(hex(encodeInfo(info))).toBe(packed('01 00 1f000000 c800 0001 aabbccdd 0000'));
});

test('configuration is 8 bytes and reads back', () => {
  expect(hex(encodeConfig(DEFAULT_CONFIG))).toBe(packed('6400 03 04 0a 0a 00 00'));
  expect(parseConfig(encodeConfig(DEFAULT_CONFIG))).toEqual(DEFAULT_CONFIG);
});

test.each([
  ['a rate of 60 Hz', '3c00 03 04 0a 0a 00 00', 'param'],
  ['accelerometer code 4', '6400 04 04 0a 0a 00 00', 'param'],
  ['gyroscope code 5', '6400 03 05 0a 0a 00 00', 'param'],
  ['an unknown flag', '6400 03 04 0a 0a 00 02', 'param'],
  ['seven bytes', '6400 03 04 0a 0a 00', 'length'],
] as const)('configuration with %s is refused', (_name, bytes, problem) => {
  expect(parseConfig(Buffer.from(packed(bytes), 'hex'))).toBe(problem);
});

test('the checksum is CRC-16/CCITT-FALSE', () => {
  expect(crc16CcittFalse(new TextEncoder().encode('123456789'))).toBe(0x29b1);
});

test('the calibration keeps what has a right checksum and nothing else', () => {
  const store = new CalibrationStore();
  expect(hex(store.read())).toMatch(/^0100 ?ff7f000000000000/);
  const value = factoryCalibration();
  value[16] = 77;
  expect(store.write(value)).toBe(false);
  expect(store.read()[16]).toBe(0);
  new DataView(value.buffer).setUint16(22, crc16CcittFalse(value.subarray(0, 22)), true);
  expect(store.write(value)).toBe(true);
  expect(store.read()[16]).toBe(77);
});

test('the converter rounds to the nearest step and stops at its rails', () => {
  expect(toRaw16(1, 16)).toBe(2048);
  expect(toRaw16(-1.0003, 16)).toBe(-2049);
  expect(toRaw16(16, 16)).toBe(32_767);
  expect(toRaw16(-99, 16)).toBe(-32_768);
  expect([32_767, -32_768, 32_766].map(isAtRail)).toEqual([true, true, false]);
});
