/** Polar's sensors without a radio: what is written to them, what is made of their answers, and of any bytes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeAnswer,
  encodeDelta,
  encodeFactor,
  encodeFrame,
  encodeRaw,
  patternOf,
  PmdFrame,
} from '../../firmware-mocks/polarPmdPacket.ts';
import type { DecodedItem, ImuPart, StreamRequest } from '../../src/devices/define.ts';
import { polarH10 } from '../../src/devices/polarH10.ts';
import { PMD, pmdFactorOf, PmdResponseCollector } from '../../src/devices/polarPmdProtocol.ts';
import { polarVerity } from '../../src/devices/polarVerity.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { mps2FromG, radFromDeg } from '../../src/model/units.ts';
import { runScript } from './runScript.ts';

const ACC = 2;
const GYRO = 5;
const timeout = new PlumblineError('radio/timeout', 'expected an answer, found none');
const request = (changes: Partial<StreamRequest> = {}): StreamRequest => ({
  rateHz: 200,
  mtu: 232,
  nowMs: 1_700_000_000_000,
  ...changes,
});

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');

type Step = Parameters<Parameters<typeof runScript>[1]>[0];

/** A sensor that offers all of the page; `statuses` of its answers in turn by command and type, 0 when none are left. */
function sensor(statuses: Readonly<Record<string, (number | Error)[]>> = {}, features = '0F 24 02') {
  return ({ op, uuid, bytes }: Step): Uint8Array | Error => {
    if (op === 'read') return uuid === PMD.control ? bytesOf(features) : new TextEncoder().encode('5.0.0');
    const [command, type] = bytes;
    const status = statuses[`${command} ${type}`]?.shift() ?? 0;
    return status instanceof Error ? status : Uint8Array.of(0xf0, command, type, status, 0);
  };
}

const requestsOf = (steps: ReturnType<typeof runScript>['steps']): string[] =>
  steps.flatMap((step) => (step.op === 'request' ? [hexOf(step.bytes)] : []));

const START_200 = '02 02 00 01 C8 00 01 01 10 00 02 01 08 00';

describe('starting an H10', () => {
  it('subscribes to the control point before the data, and asks for 8 g byte for byte as the page has it', () => {
    const { steps, result } = runScript(polarH10.start(request()), sensor());
    const subscribed = steps.flatMap((step) => (step.op === 'subscribe' ? [step.uuid] : []));
    expect(subscribed).toEqual([PMD.control, PMD.data, '2a19']);
    expect(requestsOf(steps)).toEqual([START_200]);
    expect(steps.findIndex(({ op }) => op === 'request')).toBeGreaterThan(
      steps.findLastIndex(({ op }) => op === 'subscribe'),
    );
    expect(result).toMatchObject({ rateHz: 200, hasGyroscope: false, epoch: '', identity: { firmware: '5.0.0' } });
  });

  it.each([
    [25, '19'],
    [50, '32'],
    [100, '64'],
  ])('asks for %i Hz', (rateHz, hex) => {
    const { steps } = runScript(polarH10.start(request({ rateHz })), sensor());
    expect(requestsOf(steps)).toEqual([START_200.replace('C8', hex)]);
  });

  it('takes the next lower rate, and refuses when there is none', () => {
    expect(runScript(polarH10.start(request({ rateHz: 130 })), sensor()).result.rateHz).toBe(100);
    expect(() => runScript(polarH10.start(request({ rateHz: 20 })), sensor())).toThrow(
      'expected a rate of at least 25 Hz, found 20 Hz',
    );
  });

  it('stops and starts a stream that an earlier link has left running', () => {
    const { steps } = runScript(polarH10.start(request()), sensor({ '2 2': [6] }));
    expect(requestsOf(steps)).toEqual([START_200, '03 02', START_200]);
  });

  it('says in words why it was refused', () => {
    const refusal = (status: number) => () => runScript(polarH10.start(request()), sensor({ '2 2': [status] }));
    expect(refusal(13)).toThrow(
      'start of acceleration: expected status 0, found that it is in the charger (status 13)',
    );
    expect(refusal(8)).toThrow('found that the rate is not offered (status 8)');
    expect(refusal(200)).toThrow('found a status that is not known (status 200)');
    expect(() => runScript(polarH10.start(request()), sensor({ '2 2': [6, 6] }))).toThrow('in this state already');
  });

  it('gives up when nothing answers', () => {
    expect(() => runScript(polarH10.start(request()), sensor({ '2 2': [timeout] }))).toThrow(timeout.message);
  });

  it('refuses a link that is too narrow, and a sensor without acceleration', () => {
    expect(() => runScript(polarH10.start(request({ mtu: 69 })), sensor())).toThrow(
      'expected an MTU of at least 70 for a Polar H10, found 69',
    );
    expect(() => runScript(polarH10.start(request()), sensor({}, '0F 01 00'))).toThrow(
      'expected a Polar H10 to offer acceleration, found that it does not',
    );
  });

  it.each([0x05, 0x0f])('a link that has to be paired (ATT error %i) is explained', (attError) => {
    const refused = new PlumblineError('radio/refused', 'expected a read, found ATT error', { context: { attError } });
    const wantsPairing = (step: Step): Uint8Array | Error =>
      step.op === 'read' && step.uuid === PMD.control ? refused : sensor()(step);
    expect(() => runScript(polarH10.start(request()), wantsPairing)).toThrow(
      'found: expected a read, found ATT error; pair it once with bluetoothctl',
    );
    expect(() => runScript(polarH10.start(request()), wantsPairing)).toThrow(
      expect.objectContaining({ code: 'device/refused' }),
    );
  });

  it('waits for the last frame of an answer that comes in several', () => {
    const { steps } = runScript(polarH10.start(request()), sensor());
    const ask = steps.findLast((step) => step.op === 'request');
    expect(ask?.isReply(bytesOf('F0 02 02 00 01 05 01 00'))).toBe(false);
    expect(ask?.isReply(bytesOf('02 00 00'))).toBe(false);
    expect(ask?.isReply(bytesOf('F0 03 02 00 00'))).toBe(false);
    expect(ask?.isReply(bytesOf('F0 02 02 00 00 00 80 3F'))).toBe(true);
  });

  it('is stopped by STOP, answered or not', () => {
    for (const status of [0, 6, timeout]) {
      const { steps } = runScript(polarH10.stop(), sensor({ '3 2': [status] }));
      expect(requestsOf(steps)).toEqual(['03 02']);
    }
  });
});

describe('starting a Verity Sense', () => {
  const startAcc = '02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03';
  const startGyro = '02 05 00 01 34 00 01 01 10 00 02 01 D0 07 04 01 03';

  it('in its standard mode stops what runs, leaves SDK mode, and asks for 52 Hz as the page has it', () => {
    const { steps, result } = runScript(
      polarVerity.start(request({ rateHz: 52 })),
      sensor({ '3 2': [6], '3 5': [6], '3 9': [6] }),
    );
    expect(requestsOf(steps)).toEqual(['03 02', '03 05', '03 09', startAcc, startGyro]);
    expect(result).toMatchObject({ rateHz: 52, hasGyroscope: true });
  });

  it('without an SDK mode leaves it alone', () => {
    const { steps } = runScript(polarVerity.start(request({ rateHz: 52 })), sensor({}, '0F 24 00'));
    expect(requestsOf(steps)).toEqual(['03 02', '03 05', startAcc, startGyro]);
  });

  it('in SDK mode switches it on while nothing streams, and asks for 16 g', () => {
    const { steps, result } = runScript(
      polarVerity.start(request({ rateHz: 208, mode: 'sdk' })),
      sensor({ '2 9': [6] }),
    );
    expect(requestsOf(steps)).toEqual([
      '03 02',
      '03 05',
      '02 09',
      '02 02 00 01 D0 00 01 01 10 00 02 01 10 00 04 01 03',
      '02 05 00 01 D0 00 01 01 10 00 02 01 D0 07 04 01 03',
    ]);
    expect(result.rateHz).toBe(208);
  });

  it('that has no SDK mode says so', () => {
    expect(() => runScript(polarVerity.start(request({ rateHz: 104, mode: 'sdk' })), sensor({ '2 9': [3] }))).toThrow(
      'SDK mode: expected status 0, found that this is not supported (status 3)',
    );
  });

  it('in its standard mode streams at 52 Hz whatever more was wished', () => {
    expect(runScript(polarVerity.start(request({ rateHz: 104 })), sensor()).result.rateHz).toBe(52);
    expect(() => runScript(polarVerity.start(request({ rateHz: 26 })), sensor())).toThrow('at least 52 Hz');
  });

  it('is stopped with both streams before its mode', () => {
    const { steps } = runScript(polarVerity.stop(), sensor({ '3 2': [timeout], '3 5': [timeout], '3 9': [timeout] }));
    expect(requestsOf(steps)).toEqual(['03 02', '03 05', '03 09']);
  });
});

describe('the scale of compressed frames', () => {
  const frame = (type: number): Uint8Array =>
    encodeFrame({ type, lastNs: 1000n, frameType: PmdFrame.compressed0 }, encodeDelta([100, 200, 300], 2, 8));

  function valuesAfter(...control: Uint8Array[]): (number[] | string)[] {
    const decode = polarVerity.createDecoder();
    const found: (number[] | string)[] = [];
    const emit = (item: DecodedItem): void => {
      if (item.kind === 'part') found.push([...item.part.values]);
      if (item.kind === 'problem') found.push(item.message);
    };
    for (const bytes of control) decode(PMD.control, bytes, emit);
    decode(PMD.data, frame(ACC), emit);
    return found;
  }

  it('is that of the latest START of their own stream', () => {
    const [values] = valuesAfter(
      encodeAnswer(2, ACC, 0, encodeFactor(0.5)),
      encodeAnswer(2, ACC, 0, encodeFactor(0.25)),
      encodeAnswer(2, GYRO, 0, encodeFactor(8)),
    );
    expect(values).toEqual([mps2FromG(25), mps2FromG(50), mps2FromG(75)]);
  });

  it('may stand in the second frame of the answer, behind other settings', () => {
    const settings = Uint8Array.of(0, 2, 52, 0, 104, 0, ...encodeFactor(0.5));
    const [values] = valuesAfter(
      encodeAnswer(2, ACC, 0, settings.subarray(0, 7), 1),
      encodeAnswer(2, ACC, 0, settings.subarray(7)),
    );
    expect(values).toEqual([mps2FromG(50), mps2FromG(100), mps2FromG(150)]);
  });

  it.each([
    ['an answer without it', encodeAnswer(2, ACC, 0)],
    ['an answer whose last frame is missing', encodeAnswer(2, ACC, 0, encodeFactor(0.5), 1)],
    ['a refusal', Uint8Array.of(0xf0, 2, ACC, 8, 0, ...encodeFactor(0.5))],
    ['the answer to another command', encodeAnswer(1, ACC, 0, encodeFactor(0.5))],
    ['a scale of nothing', encodeAnswer(2, ACC, 0, encodeFactor(0))],
    ['a scale that is not a number', encodeAnswer(2, ACC, 0, encodeFactor(Number.NaN))],
  ])('is not known after %s', (_what, control) => {
    expect(valuesAfter(control)).toEqual([expect.stringContaining('to state the scale of these frames, found none')]);
  });

  it('belongs to one link', () => {
    polarVerity.createDecoder()(PMD.control, encodeAnswer(2, ACC, 0, encodeFactor(0.5)), () => undefined);
    expect(valuesAfter()).toEqual([expect.stringContaining('found none')]);
  });

  it('is also its range: ±16 g of SDK mode are not cut off at 8 g', () => {
    const decode = polarVerity.createDecoder();
    decode(PMD.control, encodeAnswer(2, ACC, 0, encodeFactor(16 / 32_768)), () => undefined);
    const flags: number[] = [];
    const content = encodeDelta([20_000, 0, 0, 32_767, 0, 0], 2, 8);
    decode(PMD.data, encodeFrame({ type: ACC, lastNs: 0n, frameType: PmdFrame.compressed0 }, content), (item) => {
      if (item.kind === 'part') flags.push(...item.part.flags);
    });
    expect(flags).toEqual([0, SampleFlag.accClipped]);
  });
});

function partOf(device: typeof polarH10, bytes: Uint8Array, factor?: number): ImuPart {
  const parts: ImuPart[] = [];
  const decode = device.createDecoder();
  if (factor !== undefined) decode(PMD.control, encodeAnswer(2, bytes[0], 0, encodeFactor(factor)), () => undefined);
  decode(PMD.data, bytes, (item) => {
    if (item.kind !== 'part') throw new Error(`expected a part, found ${JSON.stringify(item)}`);
    parts.push(item.part);
  });
  return parts[0];
}

describe('a frame that was encoded by the page', () => {
  const raw = fc.integer({ min: -32_768, max: 32_767 });
  const rows = (value: fc.Arbitrary<number>, maxLength: number) =>
    fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength }).map((found) => found.flat());

  it.each([1, 2, 3] as const)('raw with %i bytes decodes to the same milli-g', (bytesEach) => {
    const most = 2 ** (8 * bytesEach - 1);
    fc.assert(
      fc.property(rows(fc.integer({ min: -most, max: most - 1 }), 36), (values) => {
        const frameType = bytesEach - 1;
        const part = partOf(polarH10, encodeFrame({ type: ACC, lastNs: 0n, frameType }, encodeRaw(values, bytesEach)));
        expect([...part.values]).toEqual(values.map((value) => mps2FromG(value / 1000)));
      }),
      { numRuns: 100, seed: 21 },
    );
  });

  it('compressed decodes to the same counts, whatever the blocks', () => {
    fc.assert(
      fc.property(rows(raw, 60), fc.integer({ min: 1, max: 255 }), (values, samplesPerBlock) => {
        const content = encodeDelta(values, 2, samplesPerBlock);
        const header = { lastNs: 0n, frameType: PmdFrame.compressed0 };
        const acc = partOf(polarVerity, encodeFrame({ type: ACC, ...header }, content), 8 / 32_768);
        const gyr = partOf(polarVerity, encodeFrame({ type: GYRO, ...header }, content), 2000 / 32_768);
        values.forEach((value, i) => {
          expect(acc.values[i]).toBeCloseTo(mps2FromG((8 * value) / 32_768), 9);
          expect(gyr.values[i]).toBeCloseTo(radFromDeg((2000 * value) / 32_768), 9);
        });
      }),
      { numRuns: 100, seed: 22 },
    );
  });

  it('compressed as floats decodes to the same floats', () => {
    const float = fc.float({ min: -2000, max: 2000, noNaN: true });
    fc.assert(
      fc.property(rows(float, 30), fc.integer({ min: 1, max: 40 }), (values, samplesPerBlock) => {
        const content = encodeDelta(values.map(patternOf), 4, samplesPerBlock);
        const bytes = encodeFrame({ type: GYRO, lastNs: 0n, frameType: PmdFrame.compressed1 }, content);
        const { values: found } = partOf(polarVerity, bytes);
        values.forEach((value, i) => expect(found[i]).toBeCloseTo(radFromDeg(value), 12));
      }),
      { numRuns: 100, seed: 23 },
    );
  });

  it('keeps every microsecond of its stamp, beyond what a double of nanoseconds can', () => {
    const lastNs = 1_234_567_890_123_456_789n;
    const bytes = encodeFrame({ type: ACC, lastNs, frameType: PmdFrame.raw16 }, encodeRaw([0, 0, 1000], 2));
    expect(partOf(polarH10, bytes).tick).toBe(1_234_567_890_123_456);
  });
});

describe('edges', () => {
  const flagsOf = (milliG: number[]): number[] => [
    ...partOf(polarH10, encodeFrame({ type: ACC, lastNs: 0n, frameType: PmdFrame.raw16 }, encodeRaw(milliG, 2))).flags,
  ];

  it('acceleration at the rail is clipped, beyond what the chip can reach it is implausible', () => {
    const { accClipped, implausible } = SampleFlag;
    expect(flagsOf([7900, 0, 0, 0, 7995, 0, 0, 0, -8188, 0, 9000, 0])).toEqual([
      0,
      accClipped,
      accClipped,
      accClipped | implausible,
    ]);
  });

  it('rotation as floats beyond 2300 deg/s is implausible', () => {
    const content = encodeDelta([100, 0, 0, 2000, 0, 0, 2500, 0, 0].map(patternOf), 4, 8);
    const bytes = encodeFrame({ type: GYRO, lastNs: 0n, frameType: PmdFrame.compressed1 }, content);
    const { gyrClipped, implausible } = SampleFlag;
    expect([...partOf(polarVerity, bytes).flags]).toEqual([0, gyrClipped, gyrClipped | implausible]);
  });

  it('streams that are not ours may stop unnoticed', () => {
    const items: DecodedItem[] = [];
    polarH10.createDecoder()(PMD.control, Uint8Array.of(1, 0, 1), (item) => items.push(item));
    expect(items).toEqual([]);
  });

  it('an answer that never ends is not kept for ever', () => {
    const collector = new PmdResponseCollector();
    const more = Uint8Array.of(0xf0, 2, ACC, 0, 1, ...new Uint8Array(200));
    for (let i = 0; i < 1000; i++) expect(collector.push(more)).toBeUndefined();
    expect(collector.push(encodeAnswer(2, ACC, 0))?.parameters.length).toBeLessThan(2048);
  });

  it('settings of unknown size end the search for the scale', () => {
    expect(pmdFactorOf(Uint8Array.of(99, 1, ...encodeFactor(0.5)))).toBeUndefined();
    expect(pmdFactorOf(Uint8Array.of(4, 1, 3, ...encodeFactor(0.5)))).toBe(0.5);
    expect(pmdFactorOf(Uint8Array.of(5, 1, 0))).toBeUndefined();
  });
});

describe('any bytes', () => {
  const almost = fc
    .tuple(
      fc.constantFrom([], [ACC], [GYRO]),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      fc.constantFrom([], [0], [1], [2], [0x80], [0x81]),
      fc.uint8Array({ maxLength: 230 }),
    )
    .map(([type, stamp, frameType, rest]) => Uint8Array.from([...type, ...stamp, ...frameType, ...rest]));
  const controls = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 30 }).map((rest) => Uint8Array.from([0xf0, 2, ACC, 0, ...rest])),
  );

  it('never throw, never give more samples than they can hold, and never a sample that is half missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(polarH10, polarVerity),
        fc.array(controls, { maxLength: 3 }),
        almost,
        (device, before, bytes) => {
          const decode = device.createDecoder();
          for (const control of before) decode(PMD.control, control, () => undefined);
          let samples = 0;
          decode(PMD.data, bytes, (item) => {
            if (item.kind !== 'part') return;
            const { n, values, flags } = item.part;
            samples += n;
            expect([values.length, flags.length]).toEqual([3 * n, n]);
            for (let i = 0; i < n; i++) {
              const all = [...values.subarray(3 * i, 3 * i + 3)];
              expect(all.every(Number.isFinite) || all.every(Number.isNaN)).toBe(true);
            }
          });
          // A difference takes one bit for each axis at the least.
          expect(3 * samples).toBeLessThanOrEqual(8 * bytes.length);
        },
      ),
      { numRuns: 1500, seed: 24 },
    );
  });
});
