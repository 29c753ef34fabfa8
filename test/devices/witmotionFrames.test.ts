/** A stream of frames, cut anywhere, with damage in it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeData, encodeDate, encodeRegisters } from '../../firmware-mocks/witmotionPacket.ts';
import type { DecodedItem } from '../../src/devices/define.ts';
import { DUAL_MODE, SINGLE_MODE } from '../../src/devices/witmotionPackets.ts';
import { witmotion } from '../../src/devices/witmotion.ts';
import { gFromMps2, radFromDeg } from '../../src/model/units.ts';

const DATE_MS = Date.UTC(2026, 10, 24, 13, 59, 59, 999);
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
/** A frame whose first value is its number, so that each can be told. */
const frame = (number: number): Uint8Array =>
  encodeData({ accG: [number / 2048, 1, -0.5], gyrDps: [50, -60, 70], angleDeg: [80, -30, 100] });
const dated = (number: number): Uint8Array => joined(frame(number), encodeDate(DATE_MS + 20 * number));

interface Decoded {
  readonly numbers: number[];
  readonly problems: string[];
}

function decode(...notifications: Uint8Array[]): Decoded {
  const decoder = witmotion.createDecoder();
  const items: DecodedItem[] = [];
  for (const bytes of notifications) decoder(SINGLE_MODE.notify, bytes, (item) => items.push(item));
  const numbers = items.flatMap((item) => {
    if (item.kind !== 'imu') return [];
    const { n, accMps2 } = item.packet;
    return Array.from({ length: n }, (_, i) => Math.round(gFromMps2(accMps2[3 * i]) * 2048));
  });
  return { numbers, problems: items.flatMap((item) => (item.kind === 'problem' ? [item.message] : [])) };
}

/** Cuts a stream into notifications of the given lengths, in turn. */
function cut(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = lengths[parts.length % lengths.length];
    parts.push(stream.slice(at, at + length));
    at += length;
  }
  return parts;
}

describe('frames', () => {
  it.each([
    ['of 20 bytes', frame],
    ['of 28 bytes', dated],
  ])('%s are all found however the stream is cut, without a problem', (_what, make) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 8 }),
        (count, lengths) => {
          const numbers = Array.from({ length: count }, (_, i) => i);
          const found = decode(...cut(joined(...numbers.map(make)), lengths));
          expect(found).toEqual({ numbers, problems: [] });
        },
      ),
      { numRuns: 300, seed: 51 },
    );
  });

  it('of answers among them are passed over', () => {
    const stream = joined(frame(1), encodeRegisters(0x64, [395]), dated(2), encodeRegisters(0x03, [8]), frame(3));
    for (const length of [1, 7, 20, 33, 244]) {
      expect(decode(...cut(stream, [length]))).toEqual({ numbers: [1, 2, 3], problems: [] });
    }
  });

  it('of a clock that was never set have a date as well', () => {
    const unset = joined(frame(1), new Uint8Array(8), frame(2), new Uint8Array(8));
    expect(decode(unset)).toEqual({ numbers: [1, 2], problems: [] });
  });

  it('come together in one packet from one notification, and apart from two', () => {
    const decoder = witmotion.createDecoder();
    const counts: number[] = [];
    const emit = (item: DecodedItem): void => {
      if (item.kind === 'imu') counts.push(item.packet.n);
    };
    decoder(DUAL_MODE.notify, joined(frame(1), frame(2), frame(3)), emit);
    decoder(DUAL_MODE.notify, frame(4), emit);
    decoder('2a19', frame(5), emit);
    expect(counts).toEqual([3, 1]);
  });

  it('decode to the values that were encoded, within half a count', () => {
    const g = fc.double({ min: -15.9, max: 15.9, noNaN: true });
    const dps = fc.double({ min: -1999, max: 1999, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(g, g, g), fc.tuple(dps, dps, dps), (accG, gyrDps) => {
        const items: DecodedItem[] = [];
        const bytes = encodeData({ accG, gyrDps, angleDeg: [0, 0, 0] });
        witmotion.createDecoder()(SINGLE_MODE.notify, bytes, (item) => items.push(item));
        const [item] = items;
        if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
        const { accMps2, gyrRadps, flags } = item.packet;
        for (let axis = 0; axis < 3; axis++) {
          expect(Math.abs(gFromMps2(accMps2[axis]) - accG[axis])).toBeLessThanOrEqual(8.001 / 32_768);
          const half = radFromDeg(1000.1 / 32_768);
          expect(Math.abs((gyrRadps?.[axis] ?? NaN) - radFromDeg(gyrDps[axis]))).toBeLessThanOrEqual(half);
        }
        expect([...flags]).toEqual([0]);
      }),
      { numRuns: 300, seed: 52 },
    );
  });
});

describe('damage', () => {
  const NOISE = Uint8Array.of(0xff, 0xee, 0xdd, 0xcc, 0xbb);

  it('between notifications costs nothing but the damage, and is told once', () => {
    expect(decode(frame(1), NOISE, frame(2), frame(3))).toEqual({
      numbers: [1, 2, 3],
      problems: ['data: expected frames of 55 61 or 55 71, found 5 bytes: ff ee dd cc bb'],
    });
  });

  it('that goes on is told once, and told again when it comes back', () => {
    const { numbers, problems } = decode(frame(1), NOISE, NOISE, NOISE, frame(2), NOISE, frame(3));
    expect(numbers).toEqual([1, 2, 3]);
    expect(problems).toHaveLength(2);
  });

  it('before a frame makes the frame wait until the next one confirms it', () => {
    const first = joined(NOISE, frame(1));
    expect(decode(first).numbers).toEqual([]);
    expect(decode(first, frame(2)).numbers).toEqual([1, 2]);
    expect(decode(joined(NOISE, frame(1), frame(2))).numbers).toEqual([1, 2]);
    expect(decode(joined(NOISE, dated(1))).numbers).toEqual([1]);
  });

  it('behind a frame in the same notification takes the frame with it', () => {
    expect(decode(joined(frame(1), NOISE), frame(2))).toMatchObject({ numbers: [2], problems: [expect.any(String)] });
  });

  it.each([1, 2, 5, 11, 15, 19])('a frame of which only %i bytes came is not completed from the next one', (length) => {
    const { numbers, problems } = decode(frame(1), frame(2).subarray(0, length), frame(3), frame(4));
    expect(numbers).toEqual([1, 3, 4]);
    expect(problems).toHaveLength(1);
  });

  it.each([1, 5, 13, 19])('a frame whose first %i bytes were lost is left out', (length) => {
    const { numbers, problems } = decode(frame(1), frame(2).subarray(length), frame(3), frame(4));
    expect(numbers).toEqual([1, 3, 4]);
    expect(problems).toHaveLength(1);
  });

  it('in a stream that is cut without regard to frames is over with the next whole frame', () => {
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    const notifications = cut(joined(...numbers.map(frame)), [33]);
    const { numbers: found, problems } = decode(...notifications.filter((_, i) => i !== 6));
    expect(found.every((number, i) => number === numbers[number] && (i === 0 || number > found[i - 1]))).toBe(true);
    expect(found.length).toBeGreaterThanOrEqual(27);
    expect(problems).toHaveLength(1);
  });

  it('a header in the data of a frame does not begin another', () => {
    const tricky = frame(1);
    tricky.set([0x55, 0x61], 8);
    for (const length of [1, 3, 8, 9, 33]) {
      expect(decode(...cut(joined(tricky, frame(2)), [length]))).toEqual({ numbers: [1, 2], problems: [] });
    }
  });

  it('of any kind never throws, and never gives more samples than there are bytes for', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 40 }).map((rest) => joined(Uint8Array.of(0x55, 0x61), rest)),
      fc.nat(100).map(frame),
      fc.nat(100).map(dated),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (notifications) => {
        const { numbers, problems } = decode(...notifications);
        const bytes = notifications.reduce((total, { length }) => total + length, 0);
        expect(numbers.length * 20).toBeLessThanOrEqual(bytes);
        expect(problems.length).toBeLessThanOrEqual(notifications.length + numbers.length);
        expect(numbers.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 1000, seed: 53 },
    );
  });

  it('that is pure noise is taken for a sample less than once in ten thousand bytes', () => {
    const { numbers } = decode(...cut(noise(200_000), [20]));
    expect(numbers.length).toBeLessThan(20);
  });
});

/** The same on every run: a linear congruential generator (Numerical Recipes). */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
