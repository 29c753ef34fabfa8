/** The vendor's own test vectors, read from beside the repository: frames, settings and commands of Polar's PMD service. */
import { describe, expect, it } from 'vitest';
import { encodeAnswer, encodeFactor } from '../../../firmware-mocks/polarPmdPacket.ts';
import type { ImuPart } from '../../../src/devices/define.ts';
import { polarH10 } from '../../../src/devices/polarH10.ts';
import { PMD } from '../../../src/devices/polarPmdProtocol.ts';
import { polarVerity } from '../../../src/devices/polarVerity.ts';
import { degFromRad, gFromMps2 } from '../../../src/model/units.ts';
import { runScript } from '../runScript.ts';
import { vectorsOf } from './vectorsOf.ts';

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly hex: string;
  readonly factor?: number;
  readonly expected: {
    readonly timestamp_ns_last_sample?: number;
    readonly samples?: number[][];
    readonly samples_raw?: number[][];
    readonly first_mG?: number[];
    readonly second_mG?: number[];
    readonly RANGE?: number[];
  };
}

const vectors = vectorsOf<Vector>('polar');
const frames = vectors.filter(({ expected }) => expected.samples ?? expected.samples_raw);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

function decode({ hex, factor }: Vector): ImuPart {
  const bytes = bytesOf(hex);
  const parts: ImuPart[] = [];
  const decoder = polarVerity.createDecoder();
  if (factor !== undefined) {
    decoder(PMD.control, encodeAnswer(2, bytes[0], 0, encodeFactor(factor)), () => undefined);
  }
  decoder(PMD.data, bytes, (item) => {
    if (item.kind === 'part') parts.push(item.part);
  });
  expect(parts).toHaveLength(1);
  return parts[0];
}

/** Milli-g or deg/s. */
const inVendorUnits = ({ quantity, values }: ImuPart): number[] =>
  Array.from(values, (value) => (quantity === 'acc' ? 1000 * gFromMps2(value) : degFromRad(value)));

describe.skipIf(vectors.length === 0)('vectors of the vendor (skipped: no ../shared)', () => {
  it('are all there', () => {
    expect(vectors.map(({ id }) => id).sort()).toEqual([
      'polar-acc-compressed-type0',
      'polar-acc-compressed-type1',
      'polar-gyro-compressed-type0',
      'polar-gyro-compressed-type1-float',
      'polar-h10-acc-raw-type1',
      'polar-h10-start-acc-200hz-8g',
      'polar-pmd-settings-gyro',
    ]);
    expect(frames).toHaveLength(5);
  });

  it.each(frames.map((vector) => [vector.id, vector] as const))(
    'frame %s reads as the vendor reads it',
    (_id, vector) => {
      const part = decode(vector);
      const { samples, samples_raw, first_mG, second_mG, timestamp_ns_last_sample: lastNs } = vector.expected;
      expect(part.n).toBe((samples ?? samples_raw)?.length);
      const found = inVendorUnits(part);
      samples?.flat().forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
      // The vendor cuts off the fractions of milli-g, we keep them.
      samples_raw?.flat().forEach((raw, i) => expect(found[i]).toBeCloseTo(raw * 1000 * (vector.factor ?? NaN), 2));
      first_mG?.forEach((value, i) => expect(Math.trunc(found[i])).toBe(value));
      second_mG?.forEach((value, i) => expect(Math.trunc(found[3 + i])).toBe(value));
      if (lastNs !== undefined) expect(part.tick).toBe(Number(BigInt(lastNs) / 1000n));
    },
  );

  it('the command that starts an H10 at 200 Hz is what our script writes', () => {
    const vector = vectors.find(({ id }) => id === 'polar-h10-start-acc-200hz-8g');
    const { steps } = runScript(polarH10.start({ rateHz: 200, mtu: 232, nowMs: 0 }), ({ op, bytes }) =>
      op === 'read' ? Uint8Array.of(0x0f, 0x05, 0) : Uint8Array.of(0xf0, bytes[0], bytes[1], 0, 0),
    );
    const written = steps.flatMap((step) => (step.op === 'request' ? [Buffer.from(step.bytes).toString('hex')] : []));
    expect(written).toEqual([vector?.hex]);
  });

  it('the range that our script asks of a gyroscope is one of those that it lists', () => {
    const ranges = vectors.find(({ id }) => id === 'polar-pmd-settings-gyro')?.expected.RANGE;
    const { steps } = runScript(polarVerity.start({ rateHz: 52, mtu: 232, nowMs: 0 }), ({ op, bytes }) =>
      op === 'read' ? Uint8Array.of(0x0f, 0x24, 0) : Uint8Array.of(0xf0, bytes[0], bytes[1], 0, 0),
    );
    const start = steps.findLast((step) => step.op === 'request');
    expect(ranges).toContain(Buffer.from(start?.bytes ?? []).readUInt16LE(12));
  });
});
