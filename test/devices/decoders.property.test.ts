import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, textOf } from '../../src/devices/bytes.ts';
import { crc16 } from '../../src/devices/crc16.ts';
import type { DecodedItem, ImuPacket } from '../../src/devices/define.ts';
import { DEVICES } from '../../src/devices/index.ts';
import { movesense } from '../../src/devices/movesense.ts';
import { MOVESENSE, MOVESENSE_STREAMS } from '../../src/devices/movesensePackets.ts';
import { decodeCalibration, encodeCalibration } from '../../src/devices/plumblineCalibration.ts';
import { PLUMBLINE } from '../../src/devices/plumblineProtocol.ts';
import { plumblineReference } from '../../src/devices/plumblineReference.ts';
import { SENSORTAG } from '../../src/devices/sensortagPackets.ts';
import { THINGY52 } from '../../src/devices/thingy52Packets.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { parseMount } from '../../src/model/frames.ts';
import { mps2FromG, radFromDeg } from '../../src/model/units.ts';

const UUIDS = [...Object.values(PLUMBLINE), ...Object.values(MOVESENSE), THINGY52.raw, SENSORTAG.data, '2a19', 'ffff'];
/** Bytes that begin like the real thing go deeper than pure noise. */
const almost = fc
  .tuple(
    fc.constantFrom(
      [0x11],
      [0x12],
      [2, MOVESENSE_STREAMS.IMU6.reference],
      [2, MOVESENSE_STREAMS.IMU9.reference],
      [2, MOVESENSE_STREAMS.Acc.reference],
      [],
    ),
    fc.uint8Array({ maxLength: 250 }),
  )
  .map(([start, rest]) => Uint8Array.from([...start, ...rest]));

function decode(device: (typeof DEVICES)[number], uuid: string, bytes: Uint8Array): DecodedItem[] {
  const items: DecodedItem[] = [];
  device.createDecoder()(uuid, bytes, (item) => items.push(item));
  return items;
}

function samplesOf(device: (typeof DEVICES)[number], uuid: string, bytes: Uint8Array): ImuPacket {
  const [item] = decode(device, uuid, bytes);
  if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
  return item.packet;
}

describe('any bytes', () => {
  it('never throw, never give more samples than they can hold, and never a sample that is half missing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DEVICES), fc.constantFrom(...UUIDS), almost, (device, uuid, bytes) => {
        let samples = 0;
        for (const item of decode(device, uuid, bytes)) {
          if (item.kind !== 'imu') continue;
          const { n, accMps2, gyrRadps, flags } = item.packet;
          samples += n;
          expect([accMps2.length, gyrRadps?.length ?? 3 * n, flags.length]).toEqual([3 * n, 3 * n, n]);
          for (let i = 0; i < n; i++) {
            const all = [...accMps2.subarray(3 * i, 3 * i + 3), ...(gyrRadps?.subarray(3 * i, 3 * i + 3) ?? [])];
            expect(all.every(Number.isFinite) || all.every(Number.isNaN)).toBe(true);
          }
        }
        expect(samples * 12).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000, seed: 42 },
    );
  });

  it('of any length are read by the reader as numbers or NaN', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: -2, max: 14 }), (bytes, at) => {
        const reader = new ByteReader(bytes);
        const fits = (count: number): boolean => at >= 0 && at + count <= bytes.length;
        expect(Number.isNaN(reader.u8(at))).toBe(!fits(1));
        expect(Number.isNaN(reader.i16(at))).toBe(!fits(2));
        expect(Number.isNaN(reader.u32(at))).toBe(!fits(4));
      }),
      { seed: 1 },
    );
  });
});

describe('a packet that was encoded by the page', () => {
  const raw = fc.integer({ min: -32_767, max: 32_766 });
  const ranges = fc.record({ acc: fc.integer({ min: 0, max: 3 }), gyr: fc.integer({ min: 0, max: 4 }) });

  it('of format 0x11 decodes to the same physical values within one count', () => {
    fc.assert(
      fc.property(
        ranges,
        fc.array(fc.tuple(raw, raw, raw, raw, raw, raw), { minLength: 1, maxLength: 19 }),
        (range, rows) => {
          // Written from the page's sentence, in physical units and back: value = count × range / 32768.
          const bytes = new DataView(new ArrayBuffer(14 + 12 * rows.length));
          bytes.setUint8(0, 0x11);
          bytes.setUint8(1, rows.length);
          bytes.setUint8(13, range.acc * 16 + range.gyr);
          rows.flat().forEach((count, i) => bytes.setInt16(14 + 2 * i, count, true));
          const packet = samplesOf(plumblineReference, PLUMBLINE.imuData, new Uint8Array(bytes.buffer));
          const accG = 2 * 2 ** range.acc;
          const gyrDps = 125 * 2 ** range.gyr;
          rows.forEach((row, i) => {
            for (let axis = 0; axis < 3; axis++) {
              expect(packet.accMps2[3 * i + axis]).toBeCloseTo((row[axis] * mps2FromG(accG)) / 32_768, 9);
              expect(packet.gyrRadps?.[3 * i + axis]).toBeCloseTo((row[axis + 3] * radFromDeg(gyrDps)) / 32_768, 9);
            }
          });
          expect([...packet.flags].every((flag) => flag === 0)).toBe(true);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  it.each([
    ['IMU6', 2],
    ['IMU9', 3],
    ['Acc', 1],
  ] as const)(
    'of Movesense %s decodes to the same floats, one quantity of all samples after the other',
    (name, count) => {
      const float = fc.float({ min: -150, max: 150, noNaN: true });
      const row = fc.array(float, { minLength: 3 * count, maxLength: 3 * count });
      fc.assert(
        fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
          const n = rows.length;
          const bytes = new DataView(new ArrayBuffer(6 + 12 * count * n));
          bytes.setUint8(0, 2);
          bytes.setUint8(1, MOVESENSE_STREAMS[name].reference);
          bytes.setUint32(2, 123_456, true);
          // Acceleration, rotation, magnetic field.
          rows.forEach((values, i) => {
            values.forEach((value, at) => {
              const quantity = Math.floor(at / 3);
              bytes.setFloat32(6 + 12 * (quantity * n + i) + 4 * (at % 3), value, true);
            });
          });
          const { n: found, accMps2, gyrRadps } = samplesOf(movesense, MOVESENSE.data, new Uint8Array(bytes.buffer));
          expect([found, accMps2.length, gyrRadps?.length]).toEqual([n, 3 * n, count === 1 ? undefined : 3 * n]);
          rows.forEach((values, i) => {
            for (let axis = 0; axis < 3; axis++) {
              expect(accMps2[3 * i + axis]).toBe(values[axis]);
              if (gyrRadps) expect(gyrRadps[3 * i + axis]).toBeCloseTo(radFromDeg(values[axis + 3]), 12);
            }
          });
        }),
        { numRuns: 300, seed: 8 },
      );
    },
  );

  it('of the calibration store survives the way there and back, for every mount', () => {
    const axis = fc.constantFrom('+Z-Y+X', '+X+Y+Z', '-X-Y+Z', '-X+Y-Z', '+X-Y-Z', '+Y+Z+X', '-Z+Y+X', '+Z-X-Y');
    const mps2 = fc.double({ min: -15, max: 15, noNaN: true });
    fc.assert(
      fc.property(
        axis,
        fc.tuple(mps2, mps2, mps2),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (text, upright, savedS) => {
          const mount = parseMount(text);
          const found = decodeCalibration(encodeCalibration({ mount, uprightMps2: upright, savedS }));
          expect(found?.savedS).toBe(savedS);
          mount.forEach((value, i) => expect(found?.mount[i]).toBeCloseTo(value, 3));
          upright.forEach((value, i) => expect(found?.uprightMps2[i]).toBeCloseTo(value, 2));
        },
      ),
      { numRuns: 200, seed: 9 },
    );
  });
});

describe('edges', () => {
  it('a sample at the rail is flagged even when the packet does not say so', () => {
    const bytes = new ByteWriter().u8(0x11).u8(2).u16(0).u32(0).u32(0).u8(0).u8(0x34);
    for (const count of [32_767, 0, 0, 0, 0, -32_768, 0, 0, 0, 0, 0, 0]) bytes.i16(count);
    const { flags } = samplesOf(plumblineReference, PLUMBLINE.imuData, bytes.done());
    expect([...flags]).toEqual([SampleFlag.accClipped | SampleFlag.gyrClipped, 0]);
  });

  it('a value that no range of the chip can give is flagged as implausible', () => {
    const bytes = new DataView(new ArrayBuffer(30));
    bytes.setUint8(0, 2);
    bytes.setUint8(1, MOVESENSE_STREAMS.IMU6.reference);
    bytes.setFloat32(6, 500, true);
    const { flags } = samplesOf(movesense, MOVESENSE.data, new Uint8Array(bytes.buffer));
    expect(flags[0] & SampleFlag.implausible).not.toBe(0);
  });

  it('the checksum has its published check value', () => {
    expect(crc16(new ByteWriter().ascii('123456789').done())).toBe(0x29b1);
  });

  it('a damaged stored calibration is refused, and one that was never saved is none', () => {
    const saved = encodeCalibration({ mount: parseMount('+X+Y+Z'), uprightMps2: [0, 9.81, 0], savedS: 1_700_000_000 });
    const damaged = saved.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
    expect(() => decodeCalibration(damaged)).toThrow(/expected checksum \d+, found \d+/);
    expect(() => decodeCalibration(saved.subarray(0, 20))).toThrow(/expected 24 bytes, found 20/);
    expect(decodeCalibration(new Uint8Array(24))).toBeUndefined();
  });

  it('text with trailing NULs is stripped, and strange bytes do no harm', () => {
    expect(textOf(Uint8Array.of(0x31, 0x2e, 0x32, 0, 0))).toBe('1.2');
    expect(textOf(Uint8Array.of(0x41, 0x07, 0xff))).toBe('A??');
  });

  it('numbers that do not fit their field are our own mistake', () => {
    expect(() => new ByteWriter().u8(256)).toThrow(/expected an integer from 0 to 255, found 256/);
    expect([...new ByteWriter().u64(1_700_000_000_123_456).done()]).toEqual([
      ...new Uint8Array(new BigUint64Array([1_700_000_000_123_456n]).buffer),
    ]);
  });
});
