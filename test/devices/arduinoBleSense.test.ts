import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arduinoBleSense } from '../../src/devices/arduinoBleSense.ts';
import { ARDUINO, decodeArduinoBleSense } from '../../src/devices/arduinoBleSensePackets.ts';
import type { DecodedItem } from '../../src/devices/define.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { mps2FromG, radFromDeg } from '../../src/model/units.ts';
import { runScript } from './runScript.ts';
import { vectorsOf } from './sharedVectors/vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly hex: string;
  readonly expected: { readonly acc_g: number[] };
}

const vectors = vectorsOf<Vector>('arduino-blesense');

function decode(uuid: string, bytes: Uint8Array): DecodedItem[] {
  const items: DecodedItem[] = [];
  decodeArduinoBleSense(uuid, bytes, (item) => items.push(item));
  return items;
}

/** Three little-endian floats, as the page says. */
function bytesOf(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(12);
  values.forEach((value, axis) => bytes.writeFloatLE(value, 4 * axis));
  return new Uint8Array(bytes);
}

it('starting subscribes to acceleration and then to rotation, and asks for nothing else', () => {
  const refused = new PlumblineError('radio/refused', 'expected characteristic, found none');
  const { steps, result } = runScript(arduinoBleSense.start({ rateHz: 110, mtu: 247, nowMs: 0 }), () => refused);
  expect(steps.flatMap((step) => (step.op === 'subscribe' ? [step.uuid] : []))).toEqual([
    ARDUINO.acceleration,
    ARDUINO.gyroscope,
  ]);
  expect(steps.some(({ op }) => op === 'write' || op === 'request')).toBe(false);
  expect(result).toEqual({ rateHz: 110, hasGyroscope: true, epoch: '', backfillPackets: 0, identity: {} });
});

it('stopping needs no command: the sketch stops with the subscription', () => {
  expect(runScript(arduinoBleSense.stop(), () => new Uint8Array()).steps).toEqual([]);
});

it('does not judge falls, and no spectra of sway', () => {
  expect(arduinoBleSense.capabilities).toEqual({ falls: false, sway: 'timeDomain', haptic: false });
});

it.each([
  [{ name: 'BLESense-1A2B', serviceUuids: [] }, true],
  [{ name: undefined, serviceUuids: [ARDUINO.service] }, true],
  [{ name: 'Arduino', serviceUuids: [] }, false],
])('%j is one of them: %s', (heard, isOne) => {
  const advertisement = { id: 'x', address: 'x', companyId: undefined, rssiDbm: -50, ...heard };
  expect(arduinoBleSense.matches(advertisement)).toBe(isOne);
});

describe('packets', () => {
  it.each([
    ['acc', ARDUINO.acceleration, mps2FromG, 3.9],
    ['gyr', ARDUINO.gyroscope, radFromDeg, 1990],
  ] as const)('of %s hold the floats of the page', (quantity, uuid, unit, most) => {
    const float = fc.float({ min: -Math.fround(most), max: Math.fround(most), noNaN: true });
    fc.assert(
      fc.property(fc.tuple(float, float, float), (values) => {
        const [item] = decode(uuid, bytesOf(values));
        if (item?.kind !== 'part') throw new Error(`expected a part, found ${JSON.stringify(item)}`);
        const { part } = item;
        expect([part.quantity, part.n, part.tick, part.flags[0]]).toEqual([quantity, 1, undefined, 0]);
        values.forEach((value, axis) => expect(part.values[axis]).toBeCloseTo(unit(value), 12));
      }),
      { seed: 31 },
    );
  });

  it.each([
    ['at the range of Arduino’s library', ARDUINO.acceleration, [3.9998, 0, 0], SampleFlag.accClipped],
    ['beyond it, so the sketch has another range', ARDUINO.acceleration, [-5, 0, 0], 0],
    ['at the widest range of the chips', ARDUINO.acceleration, [0, -16, 0], SampleFlag.accClipped],
    ['beyond every range', ARDUINO.acceleration, [0, 0, 17], SampleFlag.accClipped | SampleFlag.implausible],
    ['at the end of the gyroscope', ARDUINO.gyroscope, [0, -2000, 0], SampleFlag.gyrClipped],
    ['beyond it', ARDUINO.gyroscope, [0, 1e9, 0], SampleFlag.gyrClipped | SampleFlag.implausible],
  ])('%s are flagged', (_where, uuid, values, flags) => {
    expect(decode(uuid, bytesOf(values))).toEqual([
      { kind: 'part', part: expect.objectContaining({ flags: Uint8Array.of(flags) }) },
    ]);
  });

  it('with a number that is none are missing as a whole, keep their place, and are told once', () => {
    const items = decode(ARDUINO.gyroscope, bytesOf([1, NaN, 2]));
    expect(items.map(({ kind }) => kind)).toEqual(['problem', 'part']);
    expect(items[1]).toMatchObject({ part: { n: 1, values: Float64Array.of(NaN, NaN, NaN) } });
  });

  it('of any bytes never throw, and give at most one sample', () => {
    const uuid = fc.constantFrom(...Object.values(ARDUINO), '2a19');
    fc.assert(
      fc.property(uuid, fc.uint8Array({ maxLength: 30 }), (characteristic, bytes) => {
        const parts = decode(characteristic, bytes).filter(({ kind }) => kind === 'part');
        expect(parts.length).toBeLessThanOrEqual(bytes.length === 12 ? 1 : 0);
      }),
      { seed: 32, numRuns: 500 },
    );
  });
});

it.skipIf(vectors.length === 0)('the published layout example reads as stated (skipped: no ../shared)', () => {
  expect(vectors.map(({ id }) => id)).toEqual(['arduino-blesense-acc']);
  for (const { hex, expected } of vectors) {
    expect(decode(ARDUINO.acceleration, Uint8Array.from(Buffer.from(hex, 'hex')))).toEqual([
      { kind: 'part', part: expect.objectContaining({ values: Float64Array.from(expected.acc_g, mps2FromG) }) },
    ]);
  }
});
