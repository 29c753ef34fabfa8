import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedItem, GattScript, GattStep, ImuPart } from '../../src/devices/define.ts';
import { metamotion } from '../../src/devices/metamotion.ts';
import { createMetamotionDecoder, METAMOTION } from '../../src/devices/metamotionPackets.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { mps2FromG, radFromDeg } from '../../src/model/units.ts';
import { runScript } from './runScript.ts';

const REFUSED = new PlumblineError('radio/refused', 'expected characteristic, found none');
const TIMEOUT = new PlumblineError('radio/timeout', 'expected an answer, found none');
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

interface Modules {
  /** Answers to `03 80` and `13 80`. */
  readonly acc: string;
  readonly gyr: string;
}
const BMI160: Modules = { acc: '03 80 01 01', gyr: '13 80 00 01' };
const BMI270: Modules = { acc: '03 80 04 02', gyr: '13 80 01 01' };

const answersOf =
  ({ acc, gyr }: Modules) =>
  (step: { op: string; uuid: string; bytes: Uint8Array }): Uint8Array | Error => {
    if (step.op === 'read') return step.uuid === '2a26' ? bytesOf('312e352e30') : REFUSED;
    if (step.op === 'write') return new Uint8Array();
    if (step.bytes[0] === 0x03) return bytesOf(acc);
    return step.bytes[0] === 0x13 ? bytesOf(gyr) : bytesOf('11 8c 63 34 10');
  };

/** Everything that goes to the board, in order: writes and reads in hexadecimal, and when notifications are switched on. */
const sentIn = (steps: readonly GattStep[]): string[] =>
  steps.flatMap((step) => {
    if (step.op === 'subscribe') return [`notify ${step.uuid.slice(4, 8)}`];
    return step.op === 'write' || step.op === 'request' ? [hexOf(step.bytes)] : [];
  });

function* nothing(): GattScript<undefined> {}

const start = (changes: { rateHz?: number; mode?: string } = {}) =>
  metamotion.start({ rateHz: 100, mtu: 23, nowMs: 0, ...changes });

describe('starting a MetaMotion', () => {
  it('with a BMI160: off, module info, configuration, packed data, enable, power', () => {
    const { steps, result } = runScript(start(), answersOf(BMI160));
    expect(sentIn(steps)).toEqual([
      '030100',
      '130100',
      'notify 9006',
      '0380',
      '1380',
      '0303280c',
      '13032800',
      '031c01',
      '130701',
      '03020100',
      '13020100',
      '030101',
      '130101',
    ]);
    expect(result).toEqual({
      rateHz: 100,
      hasGyroscope: true,
      epoch: '',
      backfillPackets: 0,
      identity: { firmware: '1.5.0' },
    });
  });

  it('with a BMI270: its own registers, filter and range', () => {
    const { steps } = runScript(start(), answersOf(BMI270));
    expect(sentIn(steps).slice(5)).toEqual([
      '0303a803',
      '13032800',
      '030501',
      '130501',
      '03020100',
      '13020100',
      '030101',
      '130101',
    ]);
  });

  it.each([
    [25, '0303260c', '13032600'],
    [50, '0303270c', '13032700'],
    [100, '0303280c', '13032800'],
    [200, '0303290c', '13032900'],
  ])('at %d Hz configures both sensors alike', (rateHz, acc, gyr) => {
    const { steps, result } = runScript(start({ rateHz }), answersOf(BMI160));
    expect(sentIn(steps).slice(5, 7)).toEqual([acc, gyr]);
    expect(result.rateHz).toBe(rateHz);
  });

  it('takes the next lower rate, and refuses one below the lowest', () => {
    expect(runScript(start({ rateHz: 120 }), answersOf(BMI160)).result.rateHz).toBe(100);
    expect(() => runScript(start({ rateHz: 10 }), answersOf(BMI160))).toThrow(
      'expected a rate of at least 25 Hz, found 10 Hz',
    );
  });

  it.each([
    ['BMI160', { acc: '03 80 01 00', gyr: '13 80 00 00' }, ['030401', '130501']],
    ['BMI270', { acc: '03 80 04 00', gyr: '13 80 01 00' }, ['030401', '130401']],
    ['BMI160 of which one module is older', { acc: '03 80 01 01', gyr: '13 80 00 00' }, ['030401', '130501']],
  ])('asks for single samples where the firmware of a %s cannot pack', (_chip, modules, subscribed) => {
    const { steps } = runScript(start(), answersOf(modules));
    expect(sentIn(steps).slice(7, 9)).toEqual(subscribed);
  });

  it('for acceleration alone leaves the gyroscope off', () => {
    const { steps, result } = runScript(start({ mode: 'acc' }), answersOf(BMI160));
    expect(sentIn(steps).slice(5)).toEqual(['0303280c', '031c01', '03020100', '030101']);
    expect(result.hasGyroscope).toBe(false);
  });

  it('streams acceleration alone from a board without a gyroscope', () => {
    const { steps, result } = runScript(start(), answersOf({ ...BMI160, gyr: '13 80' }));
    expect(sentIn(steps).slice(5)).toEqual(['0303280c', '031c01', '03020100', '030101']);
    expect(result.hasGyroscope).toBe(false);
  });

  it.each([
    ['another chip', '03 80 03 01', 'found 3: 03 80 03 01'],
    ['none', '03 80', 'found none: 03 80'],
  ])('refuses a board whose accelerometer is %s, in words', (_what, acc, found) => {
    const run = (): unknown => runScript(start(), answersOf({ ...BMI160, acc }));
    expect(run).toThrow(`accelerometer: expected implementation 1 (BMI160) or 4 (BMI270), ${found}`);
    expect(run).toThrow(expect.objectContaining({ code: 'device/refused' }));
  });

  it('asks again when an answer is lost, and gives up when it is lost twice', () => {
    let asked = 0;
    const lossy = (step: Parameters<ReturnType<typeof answersOf>>[0]): Uint8Array | Error =>
      step.op === 'request' && ++asked === 1 ? TIMEOUT : answersOf(BMI160)(step);
    expect(sentIn(runScript(start(), lossy).steps).slice(3, 6)).toEqual(['0380', '0380', '1380']);
    expect(() => runScript(start(), (step) => (step.op === 'request' ? TIMEOUT : answersOf(BMI160)(step)))).toThrow(
      'expected an answer, found none',
    );
  });

  it('takes only the answer to its own question', () => {
    const { steps } = runScript(start(), answersOf(BMI160));
    const [acc] = steps.filter((step) => step.op === 'request');
    expect(acc.isReply(bytesOf('03 80 01 01'))).toBe(true);
    expect(acc.isReply(bytesOf('13 80 00 01'))).toBe(false);
    expect(acc.isReply(bytesOf('03 1c 00 00'))).toBe(false);
  });
});

it.each([
  ['BMI160', BMI160, ['031c00', '130700']],
  ['BMI270', BMI270, ['030500', '130500']],
])('stopping a %s: power, enable, subscriptions, so that it can sleep', (_chip, modules, unsubscribed) => {
  const { steps } = runScript(metamotion.stop(), answersOf(modules));
  expect(sentIn(steps)).toEqual(['030100', '130100', '03020001', '13020001', '0380', '1380', ...unsubscribed]);
});

it('stopping a board that does not answer any more has switched its sensors off before', () => {
  const sent: string[] = [];
  const mute = (step: { op: string; bytes: Uint8Array }): Uint8Array | Error => {
    sent.push(hexOf(step.bytes));
    return step.op === 'request' ? TIMEOUT : new Uint8Array();
  };
  expect(() => runScript(metamotion.stop(), mute)).toThrow('expected an answer');
  expect(sent.slice(0, 4)).toEqual(['030100', '130100', '03020001', '13020001']);
});

describe('a cue of a MetaMotion', () => {
  const cue = (changes: object = {}) =>
    metamotion.haptic?.({ intensityPct: 100, onMs: 300, offMs: 200, repeats: 1, ...changes }) ?? nothing();

  it('is a pulse of the motor for each repeat, with the pause between them', () => {
    const { steps } = runScript(cue({ repeats: 3 }), () => new Uint8Array());
    expect(steps.map((step) => (step.op === 'write' ? hexOf(step.bytes) : step.op === 'wait' && step.ms))).toEqual([
      '0801f82c0100',
      500,
      '0801f82c0100',
      500,
      '0801f82c0100',
    ]);
  });

  it.each([
    [{ intensityPct: 50 }, '08017c2c0100'],
    [{ intensityPct: 0 }, '0801002c0100'],
    [{ intensityPct: 250 }, '0801f82c0100'],
    [{ onMs: 100_000 }, '0801f8ffff00'],
    [{ onMs: 99.6 }, '0801f8640000'],
  ])('%j is %s', (changes, hex) => {
    const { steps } = runScript(cue(changes), () => new Uint8Array());
    expect(sentIn(steps)).toEqual([hex]);
  });
});

it('reads its battery by its own register', () => {
  const { steps, result } = runScript(metamotion.readStatus?.() ?? nothing(), answersOf(BMI160));
  expect(sentIn(steps)).toEqual(['118c']);
  expect(result).toEqual({ batteryPct: 99 });
});

it.each([
  [{ name: 'MetaWear', serviceUuids: [] }, true],
  [{ name: undefined, serviceUuids: [METAMOTION.service] }, true],
  [{ name: 'MetaWear 2', serviceUuids: [] }, false],
  [{ name: undefined, serviceUuids: ['180f'] }, false],
])('%j is one of them: %s', (heard, isOne) => {
  const advertisement = { id: 'x', address: 'x', companyId: undefined, rssiDbm: -50, ...heard };
  expect(metamotion.matches(advertisement)).toBe(isOne);
});

describe('packets', () => {
  const decode = (bytes: Uint8Array, ranges?: Parameters<typeof createMetamotionDecoder>[0]): DecodedItem[] => {
    const items: DecodedItem[] = [];
    createMetamotionDecoder(ranges)(METAMOTION.notification, bytes, (item) => items.push(item));
    return items;
  };
  const partOf = ([item]: readonly DecodedItem[]): ImuPart => {
    if (item?.kind !== 'part') throw new Error(`expected a part, found ${JSON.stringify(item)}`);
    return item.part;
  };

  it('hold the counts of the page within nothing, for all registers and ranges', () => {
    const register = fc.constantFrom(
      ['03', '04', 1],
      ['03', '1c', 3],
      ['03', '05', 3],
      ['13', '05', 1],
      ['13', '05', 3],
      ['13', '07', 3],
      ['13', '04', 1],
    ) as fc.Arbitrary<[string, string, number]>;
    const accG = fc.constantFrom(2, 4, 8, 16);
    const gyrDps = fc.constantFrom(125, 250, 500, 1000, 2000);
    const raw = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(register, accG, gyrDps, raw, ([module, number, n], accRange, gyrRange, counts) => {
        const bytes = Buffer.alloc(2 + 6 * n);
        bytes.write(module + number, 'hex');
        for (let i = 0; i < 3 * n; i++) bytes.writeInt16LE(counts[i], 2 + 2 * i);
        const part = partOf(decode(bytes, { accG: accRange, gyrDps: gyrRange }));
        expect([part.quantity, part.n, part.tick]).toEqual([module === '03' ? 'acc' : 'gyr', n, undefined]);
        for (let i = 0; i < 3 * n; i++) {
          // 16.4 counts per deg/s at 2000 deg/s, twice as many for each half of the range.
          const expected =
            module === '03'
              ? mps2FromG((counts[i] * accRange) / 32_768)
              : radFromDeg(counts[i] / ((16.4 * 2000) / gyrRange));
          expect(part.values[i]).toBeCloseTo(expected, 9);
        }
        const clip = module === '03' ? SampleFlag.accClipped : SampleFlag.gyrClipped;
        for (let sample = 0; sample < n; sample++) {
          const isAtRail = counts.slice(3 * sample, 3 * sample + 3).some((count) => count > 32_766 || count < -32_767);
          expect(part.flags[sample]).toBe(isAtRail ? clip : 0);
        }
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it('of any bytes never throw, and never give more samples than the bytes hold', () => {
    const almost = fc
      .tuple(
        fc.constantFrom([0x03, 0x1c], [0x03, 0x05], [0x13, 0x05], [0x13, 0x07], [0x11, 0x8c], [0x03, 0x80], []),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([begin, rest]) => Uint8Array.from([...begin, ...rest]));
    fc.assert(
      fc.property(almost, (bytes) => {
        const items = decode(bytes);
        expect(items.length).toBeLessThanOrEqual(1);
        for (const item of items) if (item.kind === 'part') expect(6 * item.part.n + 2).toBe(bytes.length);
      }),
      { seed: 22, numRuns: 1000 },
    );
  });

  it('that answer a read are left to the script that asked', () => {
    expect(decode(bytesOf('03 80 01 01'))).toEqual([]);
    expect(decode(bytesOf('13 83 28 00'))).toEqual([]);
  });

  it('of another characteristic are ignored', () => {
    const items: DecodedItem[] = [];
    createMetamotionDecoder()('2a19', Uint8Array.of(80), (item) => items.push(item));
    expect(items).toEqual([]);
  });
});
