import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRaw } from '../../firmware-mocks/thingy52Packet.ts';
import type { DecodedItem } from '../../src/devices/define.ts';
import { findDevice } from '../../src/devices/index.ts';
import { thingy52 } from '../../src/devices/thingy52.ts';
import { THINGY52 } from '../../src/devices/thingy52Packets.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { degFromRad, gFromMps2 } from '../../src/model/units.ts';
import { runScript } from './runScript.ts';

const absent = new PlumblineError('radio/refused', 'expected a characteristic, found none of that id on the device');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** Pedometer 500 ms, temperature 1000 ms, compass 250 ms, 10 Hz, wake on motion. */
const CONFIG_10_HZ = bytesOf('f401 e803 fa00 0a00 01');

interface Fake {
  config: Uint8Array | Error;
  readonly keeps?: (written: Uint8Array) => Uint8Array;
}

function start(fake: Fake, rateHz = 100): { steps: string[]; rateHz: number } {
  const { steps, result } = runScript(
    thingy52.start({ rateHz, mtu: 23, nowMs: 1_700_000_000_000 }),
    ({ op, uuid, bytes }) => {
      if (uuid !== THINGY52.motionConfig) return absent;
      if (op === 'write') fake.config = fake.keeps?.(bytes) ?? bytes;
      return fake.config;
    },
  );
  const told = steps.flatMap((step) => {
    if (step.op === 'wait' || step.uuid.length === 4) return [];
    return [`${step.op} ${step.uuid.slice(4, 8)}${step.op === 'write' ? ` ${hex(step.bytes)}` : ''}`];
  });
  return { steps: told, rateHz: result.rateHz };
}

function decode(bytes: Uint8Array): DecodedItem[] {
  const items: DecodedItem[] = [];
  thingy52.createDecoder()(THINGY52.raw, bytes, (item) => items.push(item));
  return items;
}

describe('a Thingy:52', () => {
  it('is known by its name or by its configuration service', () => {
    const heard = { id: '1', address: 'c0:00:00:00:00:01', companyId: undefined, rssiDbm: -60 };
    expect(findDevice({ ...heard, name: 'Thingy', serviceUuids: [] })).toBe(thingy52);
    expect(findDevice({ ...heard, name: 'Hall', serviceUuids: [THINGY52.configuration] })).toBe(thingy52);
    expect(findDevice({ ...heard, name: 'Something', serviceUuids: [] })).toBeUndefined();
  });

  it('gets its rate changed and nothing else, is asked what it made of it, and starts with the subscription', () => {
    expect(start({ config: CONFIG_10_HZ })).toEqual({
      steps: ['read 0401', 'write 0401 f401e803fa00640001', 'read 0401', 'subscribe 0406'],
      rateHz: 100,
    });
  });

  it('is not written to when it has the rate already: its flash wears out', () => {
    const { steps } = start({ config: bytesOf('f401 e803 fa00 c800 01') }, 200);
    expect(steps).toEqual(['read 0401', 'subscribe 0406']);
  });

  it('is believed when it keeps another rate than the one it was told', () => {
    expect(start({ config: CONFIG_10_HZ, keeps: () => bytesOf('f401 e803 fa00 3200 01') }).rateHz).toBe(50);
  });

  it.each([
    ['a rate that cannot be', { config: CONFIG_10_HZ, keeps: () => bytesOf('f401 e803 fa00 ffff 01') }],
    ['half a configuration', { config: bytesOf('f401 e803') }],
  ])('is refused with %s', (_what, fake) => {
    expect(() => start(fake)).toThrow(/motion configuration: expected .*, found /);
  });

  it('that refuses the rate says so', () => {
    const refusal = new PlumblineError('radio/refused', 'expected the write to be taken, found ATT error 0x03');
    expect(() => start({ config: CONFIG_10_HZ, keeps: () => refusal as never })).toThrow('0x03');
  });

  it('is told the highest of its rates that is not above the wish', () => {
    expect(start({ config: CONFIG_10_HZ }, 150).rateHz).toBe(100);
    expect(() => start({ config: CONFIG_10_HZ }, 20)).toThrow('expected a rate of at least 50 Hz, found 20 Hz');
  });

  it('tells who it is and how full its battery is, where it has these services', () => {
    const texts: Record<string, string> = { '2a24': 'Thingy:52', '2a26': '2.2.0\0' };
    const { result } = runScript(thingy52.start({ rateHz: 50, mtu: 23, nowMs: 0 }), ({ uuid }) =>
      uuid === THINGY52.motionConfig
        ? bytesOf('f401 e803 fa00 3200 01')
        : texts[uuid]
          ? Buffer.from(texts[uuid])
          : absent,
    );
    expect(result.identity).toEqual({ model: 'Thingy:52', firmware: '2.2.0' });
    const script = thingy52.readStatus?.();
    expect(script && runScript(script, () => Uint8Array.of(42)).result).toEqual({ batteryPct: 42 });
  });

  it('needs no goodbye: it sleeps when the link is let go', () => {
    expect(runScript(thingy52.stop(), () => absent).steps).toEqual([]);
  });
});

describe('a raw packet of a Thingy:52', () => {
  const force = fc.double({ min: -31, max: 31, noNaN: true });
  const rate = fc.double({ min: -1023, max: 1022, noNaN: true });
  const field = fc.double({ min: -2000, max: 2000, noNaN: true });

  it('that was encoded from any movement decodes to it within one count', () => {
    fc.assert(
      fc.property(
        fc.tuple(force, force, force),
        fc.tuple(rate, rate, rate),
        fc.tuple(field, field, field),
        (forceG, gyrDps, magUt) => {
          const [item] = decode(encodeRaw(forceG, gyrDps, magUt));
          if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
          const { n, tick, accMps2, gyrRadps } = item.packet;
          expect({ n, tick }).toEqual({ n: 1, tick: undefined });
          forceG.forEach((g, i) => expect(Math.abs(gFromMps2(accMps2[i]) - g)).toBeLessThan(1 / 1024 + 1e-9));
          gyrDps.forEach((dps, i) =>
            expect(Math.abs(degFromRad(gyrRadps?.[i] ?? NaN) - dps)).toBeLessThan(1 / 32 + 1e-9),
          );
        },
      ),
      { numRuns: 300, seed: 52 },
    );
  });

  it('of any bytes is one sample when it has 18 of them, else one problem', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decode(bytes).map(({ kind }) => kind)).toEqual([bytes.length === 18 ? 'imu' : 'problem']);
      }),
      { numRuns: 500, seed: 53 },
    );
  });
});
