/** Whatever comes from the network: no throw, no invented or half sample, no memory without end, and the stream goes on afterwards. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { VirtualPhone } from '../../firmware-mocks/virtualPhone.ts';
import { readSensorLoggerMessage } from '../../src/devices/sensorLoggerMessage.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { PhoneRun, runPhone, START_S } from './sensorLoggerRun.ts';

const NAMES = [
  'accelerometer',
  'gravity',
  'totalacceleration',
  'gyroscope',
  'accelerometeruncalibrated',
  'location',
  '__proto__',
];
const NOW_NS = START_S * 1e9;

const time = fc.oneof(
  fc.integer({ min: 0, max: 3_000_000_000 }).map((ns) => NOW_NS + ns),
  fc.integer({ min: 0, max: 2_000_000_000 }).map((ns) => String(BigInt(NOW_NS) + BigInt(ns))),
  fc.constantFrom(0, -1, 2 ** 60, 2 ** 63, 1e300, null, 'soon', true, [], '99999999999999999999', NOW_NS + 9e17),
);
const value = fc.oneof(
  fc.double({ min: -30, max: 30, noNaN: true }),
  fc.constantFrom(1e308, -1e308, 5000, null, 'NaN', '9.81', [], {}, true),
);
const values = fc.oneof(
  fc.record({ x: value, y: value, z: value }, { requiredKeys: [] }),
  fc.constantFrom(null, 7, 'xyz', [1, 2, 3], { __proto__: { x: 1, y: 2, z: 3 } }),
);
const reading = fc.oneof(
  fc.record({ name: fc.constantFrom(...NAMES), time, values, accuracy: fc.integer() }, { requiredKeys: ['name'] }),
  fc.anything(),
);
const message = fc.record({
  messageId: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-1, 1.5, 2 ** 53, '7', null)),
  sessionId: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b') }, { weight: 1, arbitrary: fc.anything() }),
  deviceId: fc.oneof({ weight: 9, arbitrary: fc.constant('phone') }, { weight: 1, arbitrary: fc.anything() }),
  payload: fc.oneof(
    { weight: 9, arbitrary: fc.array(reading, { maxLength: 60 }) },
    { weight: 1, arbitrary: fc.anything() },
  ),
});

const textOf = (json: unknown): string => {
  try {
    return JSON.stringify(json, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? 'undefined';
  } catch {
    return '{';
  }
};
const anyText = fc.oneof(
  { weight: 6, arbitrary: message.map(textOf) },
  { weight: 1, arbitrary: fc.string({ maxLength: 80 }) },
  { weight: 1, arbitrary: fc.json() },
);

describe('any messages', () => {
  it('never throw, never give a sample that is half missing or impossible without a flag, and time never runs back', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 40 }), fc.constantFrom('ios', 'standard'), (texts, mode) => {
        const run = new PhoneRun({ mode });
        texts.forEach((text, i) => run.push(text, START_S * 1000 + 200 * i));
        for (const { n, accMps2, gyrRadps, flags, tS } of run.blocks) {
          for (let i = 0; i < n; i++) {
            const acc = [...accMps2.subarray(3 * i, 3 * i + 3)];
            const all = [...acc, ...(gyrRadps?.subarray(3 * i, 3 * i + 3) ?? [])];
            expect(all.every(Number.isFinite) || all.every(Number.isNaN)).toBe(true);
            if (acc.some((each) => Math.abs(each) > 200)) expect(flags[i] & SampleFlag.implausible).not.toBe(0);
            expect(Number.isFinite(tS[i])).toBe(true);
          }
        }
        for (const line of run.problems) expect(line).toMatch(/expected .*found /);
      }),
      { numRuns: 600, seed: 11 },
    );
  });

  it('before and between do not keep a good phone from being heard', () => {
    const phone = new VirtualPhone({
      motion: new ScriptedMotion([{ do: 'stand', forS: 10 }], { loop: true }),
      flavour: 'ios',
      startS: START_S,
      deviceId: 'good',
    });
    const good = [...phone.messages(6)];
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 20 }), (texts) => {
        const run = new PhoneRun({ mode: 'ios', senderId: 'good' });
        good.forEach(({ sentS, text }, i) => {
          run.push(texts[i % texts.length], (START_S + sentS) * 1000);
          run.push(text, (START_S + sentS + 0.008) * 1000);
        });
        expect(run.stream.stats).toMatchObject({ samples: 600, lostSamples: 0 });
      }),
      { numRuns: 100, seed: 12 },
    );
  });
});

describe('any network', () => {
  it('gives each sample once or says that it is lost', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e6 }),
          lossRatio: fc.double({ min: 0, max: 0.3, noNaN: true }),
          repeatRatio: fc.double({ min: 0, max: 0.5, noNaN: true }),
          reorderRatio: fc.double({ min: 0, max: 0.5, noNaN: true }),
          jitterMs: fc.double({ min: 0, max: 80, noNaN: true }),
        }),
        (network) => {
          const motion = new ScriptedMotion([{ do: 'stand', forS: 5 }], { loop: true });
          const run = runPhone({ motion, flavour: 'ios' }, 20, { mode: 'ios', network });
          const { samples, lostSamples } = run.stream.stats;
          expect(samples % 20).toBe(0);
          expect(lostSamples % 20).toBe(0);
          expect(samples + lostSamples).toBeLessThanOrEqual(2000);
          expect(run.gaps.reduce((sum, { missingSamples }) => sum + missingSamples, 0)).toBe(lostSamples);
          const { tS } = run;
          expect(tS.every((each, i) => i === 0 || each > tS[i - 1])).toBe(true);
        },
      ),
      { numRuns: 25, seed: 13 },
    );
  });
});

describe('one message', () => {
  const reading1 = { name: 'gyroscope', time: NOW_NS, values: { x: 1, y: 2, z: 3 } };
  const textWith = (more: object): string =>
    JSON.stringify({ messageId: 0, sessionId: 's', deviceId: 'd', payload: [reading1], ...more });

  it.each([
    ['too long', 'x'.repeat(1_000_001), /at most 1000000 characters/],
    ['nested without end', '['.repeat(200_000), /a JSON object/],
    ['no JSON', '{"messageId":', /a JSON object/],
    ['a list', '[]', /a JSON object/],
    ['without readings', textWith({ payload: { length: 3 } }), /a list "payload"/],
    ['of more readings than a phone makes', textWith({ payload: Array(8193).fill(0) }), /at most 8192 readings/],
    ['of a nameless phone', textWith({ deviceId: '' }), /"deviceId"/],
    ['of a phone with a strange name', textWith({ deviceId: 'a\nb' }), /"deviceId"/],
    ['without session', textWith({ sessionId: 7 }), /"sessionId"/],
    ['with half a number', textWith({ messageId: 0.5 }), /"messageId"/],
  ])('%s is refused in words', (_, text, expected) => {
    const read = readSensorLoggerMessage(text);
    expect(read.kind === 'bad' && read.expected).toMatch(expected);
  });

  it('keys of the language itself are keys like others', () => {
    const text =
      '{"messageId":0,"sessionId":"s","deviceId":"d","payload":[{"name":"gyroscope","time":1790000000000000000,' +
      '"__proto__":{"values":{"x":1,"y":2,"z":3}}},{"__proto__":{"name":"gyroscope"},"constructor":1}]}';
    const read = readSensorLoggerMessage(text);
    expect(read).toMatchObject({
      kind: 'message',
      message: { problem: expect.stringMatching(/found 2 of 2/) as string },
    });
    expect(read.kind === 'message' && read.message.readings.size).toBe(0);
    expect(Object.hasOwn(Object.prototype, 'values')).toBe(false);
  });

  it('one damaged time in it does not move the clock', () => {
    const good = Array.from({ length: 20 }, (_, i) => ({ ...reading1, time: NOW_NS + 1e7 * i }));
    const read = readSensorLoggerMessage(textWith({ payload: [...good, { ...reading1, time: NOW_NS + 3.6e12 }] }));
    expect(read).toMatchObject({ kind: 'message', message: { newestUs: START_S * 1e6 + 190_000 } });
    expect(read.kind === 'message' && read.message.problem).toMatch(/expected times within 120 s, found 1 of 21/);
  });

  it('a time as text is the same time', () => {
    const [number, text] = [NOW_NS + 5e8, `${NOW_NS + 5e8}`].map((each) =>
      readSensorLoggerMessage(textWith({ payload: [{ ...reading1, time: each }] })),
    );
    expect(text).toEqual(number);
  });
});
