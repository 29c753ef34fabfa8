import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMovement, parseMovementConfig } from '../../firmware-mocks/sensortagPacket.ts';
import type { DecodedItem } from '../../src/devices/define.ts';
import { findDevice } from '../../src/devices/index.ts';
import { sensortag } from '../../src/devices/sensortag.ts';
import { SENSORTAG } from '../../src/devices/sensortagPackets.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { degFromRad, gFromMps2 } from '../../src/model/units.ts';
import { runScript } from './runScript.ts';

const absent = new PlumblineError('radio/refused', 'expected a characteristic, found none of that id on the device');

function decode(bytes: Uint8Array): DecodedItem[] {
  const items: DecodedItem[] = [];
  sensortag.createDecoder()(SENSORTAG.data, bytes, (item) => items.push(item));
  return items;
}

describe('a SensorTag', () => {
  it.each([
    ['CC2650 SensorTag', []],
    ['SensorTag 2.0', []],
    [undefined, ['aa80']],
  ])('is known as %s with services %j', (name, serviceUuids) => {
    const heard = { id: '1', address: 'c0:00:00:00:00:01', companyId: undefined, rssiDbm: -60 };
    expect(findDevice({ ...heard, name, serviceUuids })).toBe(sensortag);
  });

  it('is told its period, then all axes at 8 g, and then listened to', () => {
    const { steps, result } = runScript(sensortag.start({ rateHz: 10, mtu: 23, nowMs: 0 }), ({ op }) =>
      op === 'read' ? absent : new Uint8Array(),
    );
    const told = steps.flatMap((step) => {
      if (step.op === 'wait' || step.uuid.length === 4) return [];
      return [
        `${step.op} ${step.uuid.slice(4, 8)}${step.op === 'write' ? ` ${Buffer.from(step.bytes).toString('hex')}` : ''}`,
      ];
    });
    expect(told).toEqual(['write aa83 0a', 'write aa82 7f02', 'subscribe aa81']);
    expect(result).toMatchObject({ rateHz: 10, hasGyroscope: true, epoch: '', backfillPackets: 0, identity: {} });
  });

  it('is put to sleep when it is stopped', () => {
    const { steps } = runScript(sensortag.stop(), () => new Uint8Array());
    expect(steps).toEqual([{ op: 'write', uuid: SENSORTAG.config, bytes: Uint8Array.of(0, 0) }]);
  });

  it('that refuses its configuration says so', () => {
    const refusal = new PlumblineError('radio/refused', 'expected the write to be taken, found ATT error 0x80');
    const script = sensortag.start({ rateHz: 10, mtu: 23, nowMs: 0 });
    expect(() => runScript(script, ({ op }) => (op === 'read' ? absent : refusal))).toThrow('0x80');
  });

  it('has no slower rate', () => {
    const script = sensortag.start({ rateHz: 5, mtu: 23, nowMs: 0 });
    expect(() => runScript(script, () => absent)).toThrow('expected a rate of 10 Hz, found 5 Hz');
  });
});

describe('a movement packet of a SensorTag', () => {
  const triple = (most: number): fc.Arbitrary<[number, number, number]> => {
    const value = fc.double({ min: -most, max: most, noNaN: true });
    return fc.tuple(value, value, value);
  };

  it('that was encoded from any movement decodes to it within half a count', () => {
    fc.assert(
      fc.property(triple(255.9), triple(7.99), triple(4000), (gyrDps, accG, magUt) => {
        const [item] = decode(encodeMovement(parseMovementConfig(0x027f), gyrDps, accG, magUt));
        if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
        const { n, accMps2, gyrRadps } = item.packet;
        expect(n).toBe(1);
        accG.forEach((g, i) => expect(Math.abs(gFromMps2(accMps2[i]) - g)).toBeLessThanOrEqual(0.5 / 4096 + 1e-9));
        gyrDps.forEach((dps, i) =>
          expect(Math.abs(degFromRad(gyrRadps?.[i] ?? NaN) - dps)).toBeLessThanOrEqual(0.5 / 128 + 1e-9),
        );
      }),
      { numRuns: 300, seed: 26 },
    );
  });

  it('of any bytes is one sample when it has 18 of them, else one problem', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decode(bytes).map(({ kind }) => kind)).toEqual([bytes.length === 18 ? 'imu' : 'problem']);
      }),
      { numRuns: 500, seed: 27 },
    );
  });
});
