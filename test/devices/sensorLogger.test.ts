import { describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { VirtualPhone, type VirtualPhoneOptions } from '../../firmware-mocks/virtualPhone.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { PhoneRun, runPhone, START_S } from './sensorLoggerRun.ts';

const SCRIPT: readonly Movement[] = [
  { do: 'stand', forS: 4 },
  { do: 'bend', toDeg: 60, inS: 1.5, holdS: 1, backS: 1.5 },
  { do: 'walk', forS: 8 },
];
const moving = (): ScriptedMotion => new ScriptedMotion(SCRIPT, { loop: true });
const standing = (): ScriptedMotion => new ScriptedMotion([{ do: 'stand', forS: 10, swayDeg: 0 }], { loop: true });

interface Deviation {
  readonly accRmsMps2: number;
  readonly gyrRmsRadps: number;
}

/** Of what came out, at the times it came out with, from what was played; the messages take 8 ms. */
function deviationOf(run: PhoneRun): Deviation {
  const truth = moving();
  const out = new Float64Array(6);
  const acc = run.values('accMps2');
  const gyr = run.values('gyrRadps');
  let accSquares = 0;
  let gyrSquares = 0;
  let count = 0;
  run.tS.forEach((tS, i) => {
    // The first seconds, in which the clock is still being learned, are not judged.
    if (tS - START_S < 20) return;
    truth.sampleInto(tS - START_S - 0.008, 1e-3, out);
    count++;
    for (let axis = 0; axis < 3; axis++) {
      accSquares += (acc[3 * i + axis] - out[axis]) ** 2;
      gyrSquares += (gyr[3 * i + axis] - out[3 + axis]) ** 2;
    }
  });
  expect(count).toBeGreaterThan(1000);
  return { accRmsMps2: Math.sqrt(accSquares / count), gyrRmsRadps: Math.sqrt(gyrSquares / count) };
}

const rising = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > values[i - 1]);

describe('a phone', () => {
  it.each([
    ['an iPhone as it is', 'ios', 'ios', 100.4, 100.4],
    ['an iPhone with standardised units', 'iosStandardised', 'standard', 99.3, 99.3],
    ['an Android phone with a rhythm for each sensor', 'android', 'standard', 77.4, 471.2],
    ['a fast Android phone with a slower gyroscope', 'android', 'standard', 208.9, 104],
    ['a slow one', 'android', 'standard', 50.2, 50.2],
  ] as const)(
    '%s gives what was played, whole, at its own rate and in time',
    (_, flavour, mode, rateHz, gyroRateHz) => {
      const phone = { motion: moving(), flavour, rateHz, gyroRateHz, stampJitterMs: 0.03, driftPpm: 40 };
      const run = runPhone(phone, 60, { mode });
      expect(run.starts).toHaveLength(1);
      expect(run.starts[0].rateHz).toBeCloseTo(rateHz, 0);
      expect(run.starts[0].gyroRateHz).toBeCloseTo(gyroRateHz, -1);
      expect(run.stream.stats).toMatchObject({ lostSamples: 0, duplicateSamples: 0, timeQuality: 'good' });
      // The last message may still wait for the rotation after its last sample.
      expect(run.stream.stats.samples).toBeGreaterThan(59.7 * rateHz);
      expect(run.stream.stats.clockResidualMs).toBeLessThan(15);
      expect(run.gaps).toEqual([]);
      expect(run.problems).toEqual([]);
      expect(rising(run.tS)).toBe(true);
      const { accRmsMps2, gyrRmsRadps } = deviationOf(run);
      // A step has 1.4 m/s²; half a sample period late would be 0.05.
      expect(accRmsMps2).toBeLessThan(0.12);
      expect(gyrRmsRadps).toBeLessThan(0.03);
    },
  );

  it('flat on its back reads +9.81 out of the screen, whichever kind it is', () => {
    for (const [flavour, mode] of [
      ['ios', 'ios'],
      ['iosStandardised', 'standard'],
      ['android', 'standard'],
    ] as const) {
      // Upright is the segment's Y: the phone's z lies along it.
      const mount = [0, 1, 0, 0, 0, 1, 1, 0, 0] as const;
      const { blocks } = runPhone({ motion: standing(), flavour, mount }, 3, { mode });
      [0, 0, 9.80665].forEach((value, axis) => expect(blocks[0].accMps2[axis]).toBeCloseTo(value, 3));
    }
  });

  it('of the wrong mode is upside down, and an Android phone in mode ios is refused because it says what it is', () => {
    const wrong = runPhone({ motion: standing(), flavour: 'ios' }, 3, { mode: 'standard' });
    expect(wrong.blocks[0].accMps2[1]).toBeCloseTo(-9.81, 1);
    const contradiction = runPhone({ motion: standing(), flavour: 'android' }, 3, { mode: 'ios' });
    expect(contradiction.blocks).toEqual([]);
    expect(contradiction.problems[0]).toMatch(/expected ios of an iPhone, found an Android phone/);
  });

  it('without its gravity is of use only with raw values, which an iPhone gives in g and with the other sign', () => {
    const without = { motion: standing(), flavour: 'ios', without: ['gravity'] } as const;
    const alone = runPhone(without, 3, { mode: 'ios' });
    expect(alone.blocks).toEqual([]);
    expect(alone.problems[0]).toMatch(/expected "totalacceleration", or "gravity" beside "accelerometer"/);
    const raw = runPhone({ ...without, uncalibrated: true }, 3, { mode: 'ios' });
    expect(raw.blocks[0].accMps2[1]).toBeCloseTo(9.81, 1);
    expect(raw.problems).toEqual([]);
  });

  it('without a gyroscope is a stream of acceleration alone', () => {
    const run = runPhone({ motion: standing(), flavour: 'ios', without: ['gyroscope'] }, 4, { mode: 'ios' });
    expect(run.starts).toMatchObject([{ hasGyroscope: false, rateHz: 100 }]);
    expect(run.blocks[0].gyrRadps).toBeUndefined();
    expect(run.stream.stats).toMatchObject({ samples: 400, lostSamples: 0 });
  });

  it('tells its battery', () => {
    const run = runPhone({ motion: standing(), flavour: 'ios' }, 1, { mode: 'ios' });
    expect(run.statuses[0]).toEqual({ batteryPct: 83, charging: false });
  });
});

describe('holes and doubles', () => {
  const phone = { motion: moving(), flavour: 'ios', driftPpm: -60, stampJitterMs: 0.05 } as const;

  it('every sample is released or lost, and each gap says how many and where', () => {
    const run = runPhone(phone, 120, {
      mode: 'ios',
      network: { lossRatio: 0.08, repeatRatio: 0.1, reorderRatio: 0.1, jitterMs: 40, seed: 3 },
    });
    const { samples, lostSamples } = run.stream.stats;
    // Whole messages of 20 samples; the last ones may still be waited for.
    expect(lostSamples % 20).toBe(0);
    expect(lostSamples).toBeGreaterThan(300);
    expect(12_000 - samples - lostSamples).toBeLessThanOrEqual(80);
    expect(run.gaps.reduce((sum, { missingSamples }) => sum + missingSamples, 0)).toBe(lostSamples);
    for (const { startS, endS, missingSamples, reason } of run.gaps) {
      expect(reason).toBe('radioLoss');
      expect(endS - startS).toBeCloseTo((missingSamples + 1) / 100, 1);
    }
    expect(rising(run.tS)).toBe(true);
    expect(run.problems.every((line) => /^messageId: expected the next one, found \d+ missing$/.test(line))).toBe(true);
    expect(run.stream.stats.timeQuality).toBe('good');
  });

  it('a hole within a message is a gap of exactly its samples', () => {
    const isSilentAt = (tS: number): boolean => tS > 10.045 && tS < 10.075;
    const run = runPhone({ ...phone, isSilentAt }, 20, { mode: 'ios' });
    expect(run.gaps).toMatchObject([{ missingSamples: 3, reason: 'radioLoss' }]);
    expect(run.gaps[0].endS - run.gaps[0].startS).toBeCloseTo(0.04, 3);
    expect(run.stream.stats).toMatchObject({ samples: 1997, lostSamples: 3 });
  });

  it('a phone that is silent for a minute goes on after a gap of a minute', () => {
    const isSilentAt = (tS: number): boolean => tS > 30 && tS < 90;
    const run = runPhone({ ...phone, isSilentAt }, 120, { mode: 'ios' });
    expect(run.gaps).toHaveLength(1);
    expect(run.gaps[0].endS - run.gaps[0].startS).toBeCloseTo(60, 0);
    expect(run.stream.stats.samples + run.stream.stats.lostSamples).toBe(12_000);
    expect(run.blocks.filter(({ flags }) => (flags[0] & SampleFlag.afterGap) !== 0)).toHaveLength(1);
  });

  it('the same messages twice are the same samples once', () => {
    const once = runPhone(phone, 10, { mode: 'ios' });
    const twice = runPhone(phone, 10, { mode: 'ios', network: { repeatRatio: 1 } });
    expect(twice.tS).toEqual(once.tS);
    expect(twice.values('accMps2')).toEqual(once.values('accMps2'));
  });
});

describe('what changes on the way', () => {
  const at = (options: Partial<VirtualPhoneOptions>): VirtualPhone =>
    new VirtualPhone({ motion: standing(), flavour: 'ios', startS: START_S, ...options });
  const feed = (run: PhoneRun, phone: VirtualPhone, fromS: number, durationS: number): void => {
    for (const { sentS, text } of phone.messages(durationS)) run.push(text, (START_S + fromS + sentS + 0.008) * 1000);
  };

  it('a new recording is a new stream after a gap, and a straggler of the old one is not mixed in', () => {
    const run = new PhoneRun({ mode: 'ios' });
    feed(run, at({ sessionId: 'one' }), 0, 10);
    const old = [...at({ sessionId: 'one' }).messages(10)];
    feed(run, at({ sessionId: 'two', startS: START_S + 14 }), 14, 10);
    const before = run.stream.stats.samples;
    run.push(old[40].text, (START_S + 25) * 1000);
    expect(run.starts.map(({ epoch }) => epoch)).toEqual(['one', 'two']);
    expect(run.gaps).toMatchObject([{ reason: 'reconnected' }]);
    expect(run.gaps[0].endS - run.gaps[0].startS).toBeCloseTo(4, 1);
    expect(run.stream.stats.samples).toBe(before);
    expect(rising(run.tS)).toBe(true);
  });

  it('another rate in the middle is another stream, not an endless loss', () => {
    const run = new PhoneRun({ mode: 'ios' });
    feed(run, at({ sessionId: 'one', rateHz: 200 }), 0, 10);
    const slow = [...at({ sessionId: 'one', rateHz: 61, startS: START_S + 10 }).messages(20)];
    for (const { sentS, text } of slow) {
      const message = { ...(JSON.parse(text) as { messageId: number }) };
      run.push(
        JSON.stringify({ ...message, messageId: message.messageId + 50 }),
        (START_S + 10 + sentS + 0.008) * 1000,
      );
    }
    expect(run.starts[0].rateHz).toBeCloseTo(200, 0);
    expect(run.starts.at(-1)?.rateHz).toBeCloseTo(61, 0);
    expect(run.starts.length).toBeLessThanOrEqual(4);
    expect(run.stream.stats.lastSampleS).toBeCloseTo(START_S + 30, 0);
    expect(rising(run.tS)).toBe(true);
  });

  it('a phone whose clock is set back by an hour goes on at the time of the service', () => {
    const run = new PhoneRun({ mode: 'ios' });
    feed(run, at({ sessionId: 'one' }), 0, 10);
    const later = [...at({ sessionId: 'one', startS: START_S + 10 - 3600 }).messages(10)];
    for (const { sentS, text } of later) {
      const message = { ...(JSON.parse(text) as { messageId: number }) };
      run.push(
        JSON.stringify({ ...message, messageId: message.messageId + 50 }),
        (START_S + 10 + sentS + 0.008) * 1000,
      );
    }
    expect(run.problems).toEqual([expect.stringMatching(/expected it to go on, found it 3600.0 s earlier/)]);
    expect(run.starts).toHaveLength(2);
    expect(run.stream.stats.lastSampleS).toBeCloseTo(START_S + 20, 0);
    expect(rising(run.tS)).toBe(true);
  });

  it('a second phone with the same token is turned away, and so is another one than the enrolled', () => {
    const run = new PhoneRun({ mode: 'ios' });
    feed(run, at({ deviceId: 'mine' }), 0, 5);
    const before = run.stream.stats.samples;
    const [{ text }] = [...at({ deviceId: 'hers', sessionId: 'x' }).messages(1)];
    expect(run.push(text, (START_S + 6) * 1000)).toMatchObject({ kind: 'refused', because: 'sender' });
    expect(run.stream.stats.samples).toBe(before);
    const enrolled = new PhoneRun({ mode: 'ios', senderId: 'hers' });
    expect(enrolled.push([...at({ deviceId: 'mine' }).messages(1)][0].text, START_S * 1000)).toMatchObject({
      because: 'sender',
      found: 'deviceId mine',
    });
  });

  it('the app’s test is answered and is no sample', () => {
    const run = new PhoneRun();
    for (const test of [at({}).testMessage(), '{"name":"test"}', '{"payload":[]}']) {
      expect(run.push(test, START_S * 1000)).toEqual({ kind: 'test' });
    }
    expect(run.problems).toEqual([]);
  });
});

it.each([
  [1, []],
  [3, [expect.stringMatching(/^batch: expected at most 2 s in a message, found 3\.0 s; set a shorter batch period/)]],
])('a batch of %d s of readings in a message', (batchS, expected) => {
  const run = runPhone({ motion: moving(), flavour: 'ios', batchS }, 9, { mode: 'ios' });
  expect([...new Set(run.problems)]).toEqual(expected);
});
