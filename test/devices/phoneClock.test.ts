/** The clock of a phone is set while it is worn: no sample is lost by that, none is invented, and none comes earlier than the one before. */
import { describe, expect, it } from 'vitest';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { type PhoneMessage, VirtualPhone, type VirtualPhoneOptions } from '../../firmware-mocks/virtualPhone.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { PhoneRun, runPhone, START_S } from './sensorLoggerRun.ts';

const STEPS_S = [-3600, -10, -1.9, -0.5, -0.3, 0.3, 0.5, 1.9, 10, 3600];
const moving = (): ScriptedMotion => new ScriptedMotion([{ do: 'walk', forS: 8 }], { loop: true });
/** Every sample is the same. */
const lying = (): ScriptedMotion => new ScriptedMotion([{ do: 'stand', forS: 10, swayDeg: 0 }], { loop: true });
const phoneOf = (options: Partial<VirtualPhoneOptions> = {}): VirtualPhone =>
  new VirtualPhone({ motion: moving(), flavour: 'ios', startS: START_S, ...options });
const rising = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > values[i - 1]);
const setLines = (run: PhoneRun): string[] => run.problems.filter((line) => line.includes("the phone's clock was set"));

/** Of the samples of 100 Hz, each of which has come; their messages take 8 ms, and leave one period after the last sample. */
function expectTrueTimes({ tS }: PhoneRun): void {
  const errorsS = tS.map((each, i) => Math.abs(each - START_S - 0.018 - i / 100));
  expect(errorsS.reduce((most, each) => Math.max(most, each), 0)).toBeLessThan(0.002);
}

function expectOneStep(run: PhoneRun, byS: number): void {
  expect(run.stream.stats).toMatchObject({ lostSamples: 0, duplicateSamples: 0 });
  expect(rising(run.tS)).toBe(true);
  expect(run.gaps).toMatchObject([{ missingSamples: 0, reason: 'deviceRestarted' }]);
  expect(run.gaps[0].endS - run.gaps[0].startS).toBeCloseTo(0.01, 3);
  const found = `${Math.abs(byS).toFixed(1)} s ${byS < 0 ? 'earlier' : 'later'}`;
  expect(run.problems).toEqual([`time: expected it to go on, found it ${found}: the phone's clock was set`]);
}

describe.each(STEPS_S)('a phone whose clock is set by %d s', (byS) => {
  it.each([
    ['between two messages', 30, 'ios', moving],
    ['within a message', 30.07, 'ios', moving],
    ['at the first sample but one of a message', 30.01, 'iosStandardised', moving],
    ['between two messages, when nothing moves', 30, 'ios', lying],
    ['within a message, when nothing moves', 30.13, 'android', lying],
  ] as const)('%s, loses no sample, and its times go on', (_, atS, flavour, motion) => {
    const mode = flavour === 'ios' ? 'ios' : 'standard';
    const run = runPhone({ motion: motion(), flavour, clockSet: { atS, byS } }, 60, { mode });
    expect(run.stream.stats.samples).toBe(6000);
    expectOneStep(run, byS);
    expectTrueTimes(run);
  });

  it('with a rhythm for each sensor, jitter and drift, loses no sample either', () => {
    const rates = { rateHz: 77.4, gyroRateHz: 471.2, stampJitterMs: 0.05, driftPpm: 60 };
    const phone = { motion: moving(), flavour: 'android', ...rates, clockSet: { atS: 30.1, byS } } as const;
    const without = runPhone({ ...phone, clockSet: { atS: 30.1, byS: 0 } }, 60, { mode: 'standard' });
    const run = runPhone(phone, 60, { mode: 'standard', network: { jitterMs: 40 } });
    expect(run.stream.stats.lostSamples).toBe(0);
    expect(run.stream.stats.samples).toBe(without.stream.stats.samples);
    expect(run.gaps).toMatchObject([{ missingSamples: 0, reason: 'deviceRestarted' }]);
    expect(rising(run.tS)).toBe(true);
  });

  it('and whose messages are doubled and overtake each other, still gives each sample once', () => {
    // A seed with which the message of the step is not itself late: a leap that comes as late as it is long is a pause to all appearances.
    const network = { repeatRatio: 0.5, reorderRatio: 0.3, jitterMs: 60, seed: 6 };
    const run = runPhone({ motion: moving(), flavour: 'ios', clockSet: { atS: 30, byS } }, 60, {
      mode: 'ios',
      network,
    });
    expect(run.stream.stats.lostSamples).toBe(0);
    // The last messages may still be waited for.
    expect(run.stream.stats.samples).toBeGreaterThan(5900);
    expect(run.gaps.map(({ missingSamples }) => missingSamples)).toEqual([0]);
    expect(setLines(run)).toHaveLength(1);
    expect(rising(run.tS)).toBe(true);
  });

  it('goes on when a message was lost there, and counts the loss', () => {
    const run = new PhoneRun({ mode: 'ios' });
    play(
      run,
      [...phoneOf({ clockSet: { atS: 30, byS } }).messages(60)].filter((_, k) => k !== 150),
    );
    expect(run.stream.stats).toMatchObject({ samples: 5980, lostSamples: 20 });
    expect(rising(run.tS)).toBe(true);
    expect(setLines(run)).toHaveLength(1);
  });

  it('and is not sent again by a late double of a message from before', () => {
    const run = new PhoneRun({ mode: 'ios' });
    const messages = [...phoneOf({ clockSet: { atS: 30, byS } }).messages(60)];
    play(run, messages.slice(0, 155));
    play(run, [{ ...messages[148], sentS: messages[154].sentS + 0.05 }]);
    play(run, messages.slice(155));
    expect(run.stream.stats.samples).toBe(6000);
    expectOneStep(run, byS);
  });
});

function play(run: PhoneRun, messages: readonly PhoneMessage[]): void {
  for (const { sentS, text } of messages) run.push(text, (START_S + sentS + 0.008) * 1000);
}

interface Sent {
  readonly messageId: number;
  readonly payload: readonly { readonly time: number }[];
}

/** With the readings of the message before from `fromS` of its time on, once more in front. */
function withOverlap(messages: readonly PhoneMessage[], at: number, fromS: number): PhoneMessage {
  const [before, own] = [at - 1, at].map((k) => JSON.parse(messages[k].text) as Sent);
  const again = before.payload.filter(({ time }) => time >= (START_S + fromS) * 1e9);
  return { ...messages[at], text: JSON.stringify({ ...own, payload: [...again, ...own.payload] }) };
}

describe('what is no clock that was set', () => {
  it('a batch that begins with the end of the one before: each sample comes once', () => {
    const messages = [...phoneOf().messages(60)];
    const run = new PhoneRun({ mode: 'ios' });
    play(
      run,
      messages.map((one, k) => (k % 50 === 49 ? withOverlap(messages, k, 0.2 * k - 0.1) : one)),
    );
    expect(run.stream.stats).toMatchObject({ samples: 6000, lostSamples: 0 });
    expect(run.problems).toEqual([]);
    expect(run.gaps).toEqual([]);
    expectTrueTimes(run);
  });

  it('a whole batch that is sent once more under the next number', () => {
    const messages = [...phoneOf().messages(60)];
    const renumbered = messages.map(({ sentS, text }, k) => {
      const message = JSON.parse(text) as Sent;
      return { sentS, text: JSON.stringify({ ...message, messageId: k + Number(k > 150) }) };
    });
    const again = {
      sentS: 30.25,
      text: JSON.stringify({ ...(JSON.parse(messages[150].text) as Sent), messageId: 151 }),
    };
    const run = new PhoneRun({ mode: 'ios' });
    play(run, [...renumbered.slice(0, 151), again, ...renumbered.slice(151)]);
    expect(run.stream.stats).toMatchObject({ samples: 6000, lostSamples: 0 });
    expect(run.problems).toEqual([]);
  });

  it('readings out of order within a message', () => {
    const run = new PhoneRun({ mode: 'ios' });
    const messages = [...phoneOf().messages(60)].map((one, k) => {
      const message = JSON.parse(one.text) as Sent;
      const payload =
        k % 2 ? message.payload.toReversed() : [...message.payload.slice(30), ...message.payload.slice(0, 30)];
      return { ...one, text: JSON.stringify({ ...message, payload }) };
    });
    play(run, messages);
    expect(run.stream.stats).toMatchObject({ samples: 6000, lostSamples: 0 });
    expect(run.problems).toEqual([]);
  });

  it('an app that was paused: its samples are missing, and that is said', () => {
    const isSilentAt = (tS: number): boolean => tS >= 30 && tS < 31.5;
    const run = runPhone({ motion: moving(), flavour: 'ios', isSilentAt }, 60, {
      mode: 'ios',
      network: { jitterMs: 30 },
    });
    expect(run.stream.stats).toMatchObject({ samples: 5850, lostSamples: 150 });
    expect(run.gaps).toMatchObject([{ missingSamples: 150, reason: 'radioLoss' }]);
    expect(setLines(run)).toEqual([]);
  });

  it('a stalled network, whose messages come late and all at once', () => {
    const run = new PhoneRun({ mode: 'ios' });
    const messages = [...phoneOf().messages(60)];
    play(
      run,
      messages.map((one) => ({ ...one, sentS: one.sentS > 30 && one.sentS < 33 ? 33 : one.sentS })),
    );
    expect(run.stream.stats).toMatchObject({ samples: 6000, lostSamples: 0 });
    expect(run.gaps).toEqual([]);
    expect(run.problems).toEqual([]);
    expect(rising(run.tS)).toBe(true);
  });
});

it('a clock that is set twice, there and back, leaves no trace but what is said', () => {
  const run = new PhoneRun({ mode: 'ios' });
  const [there, straight] = [phoneOf({ clockSet: { atS: 20, byS: -1.9 } }), phoneOf()];
  play(run, [...there.messages(40)].slice(0, 150));
  play(run, [...straight.messages(60)].slice(150));
  expect(run.stream.stats).toMatchObject({ samples: 6000, lostSamples: 0 });
  expect(run.gaps.map(({ missingSamples }) => missingSamples)).toEqual([0, 0]);
  expect(setLines(run)).toHaveLength(2);
  expectTrueTimes(run);
  expect(run.blocks.filter(({ flags }) => flags.some((flag) => flag & SampleFlag.afterGap))).toHaveLength(2);
});

/** A pause of the app, which goes on counting its messages, and the clock set while it lasts. */
function runPaused(pauseS: number, byS: number, delayS: (tS: number) => number = () => 0.008): PhoneRun {
  const isSilentAt = (tS: number): boolean => tS >= 30 && tS < 30 + pauseS;
  const phone = phoneOf({ isSilentAt, ...(byS === 0 ? {} : { clockSet: { atS: 30 + pauseS / 2, byS } }) });
  const run = new PhoneRun({ mode: 'ios' });
  let messageId = 0;
  for (const { sentS, text } of phone.messages(90 + pauseS)) {
    const message = JSON.parse(text) as Sent;
    if (message.payload.length === 0) continue;
    run.push(JSON.stringify({ ...message, messageId: messageId++ }), (START_S + sentS + delayS(sentS)) * 1000);
  }
  return run;
}

describe('an app that is paused while its clock is set', () => {
  it.each([
    [50, 60],
    [1, 1.5],
    [50, -60],
    [20, -30],
    [20, -10],
    [50, 20],
  ])('for %d s, by %d s: what it has not measured is missing, and times are true', (pauseS, byS) => {
    const run = runPaused(pauseS, byS);
    expect(run.stream.stats).toMatchObject({ samples: 9000, lostSamples: 100 * pauseS });
    expect(run.gaps.map(({ missingSamples }) => missingSamples)).toEqual([100 * pauseS]);
    expect(setLines(run)).toHaveLength(1);
    const [gap] = run.gaps;
    expect(gap.endS - gap.startS).toBeCloseTo(pauseS, 1);
    expect(Math.abs((run.tS.at(-1) ?? NaN) - START_S - 90 - pauseS)).toBeLessThan(0.02);
  });

  it.each([
    ['a network that is slow at first', 0.4, (tS: number) => (tS < 30 ? 0.6 : 0.02)],
    ['a much slower one', 1, (tS: number) => (tS < 30 ? 1.2 : 0.02)],
    ['one that becomes slower', 2, (tS: number) => (tS < 30 ? 0.02 : 0.4)],
    ['one message that is late', 2, (tS: number) => (tS > 32 && tS < 32.3 ? 0.7 : 0.02)],
  ])('or was not, with %s', (_, pauseS, delayS) => {
    const run = runPaused(pauseS, 0, delayS);
    expect(run.stream.stats).toMatchObject({ samples: 9000, lostSamples: 100 * pauseS });
    expect(setLines(run)).toEqual([]);
  });
});

it('a clock that is corrected by little, again and again, costs nothing', () => {
  const run = new PhoneRun({ mode: 'ios' });
  let byS = 0;
  [...phoneOf().messages(300)].forEach(({ sentS, text }, k) => {
    if (k > 0 && k % 75 === 0) byS += k % 150 === 0 ? 0.08 : -0.08;
    const message = JSON.parse(text) as Sent;
    const payload = message.payload.map((reading) => ({ ...reading, time: reading.time + byS * 1e9 }));
    run.push(JSON.stringify({ ...message, payload }), (START_S + sentS + 0.008) * 1000);
  });
  expect(run.stream.stats).toMatchObject({ samples: 30_000, lostSamples: 0 });
  expect(run.gaps.every(({ missingSamples }) => missingSamples === 0)).toBe(true);
  expectTrueTimes(run);
});

it('a step that shows first in a message without acceleration is one step', () => {
  const run = new PhoneRun({ mode: 'ios' });
  [...phoneOf({ clockSet: { atS: 30, byS: -10 } }).messages(60)].forEach(({ sentS, text }, k) => {
    const message = JSON.parse(text) as { payload: readonly { readonly name: string }[] };
    const payload = message.payload.filter(({ name }) => k !== 150 || name === 'gyroscope');
    run.push(JSON.stringify({ ...message, payload }), (START_S + sentS + 0.008) * 1000);
  });
  expect(setLines(run)).toHaveLength(1);
  expect(run.stream.stats.samples + run.stream.stats.lostSamples).toBe(6000);
  expect(run.stream.stats.lostSamples).toBeLessThanOrEqual(20);
});

describe('a recording that is started anew', () => {
  it.each([-3600, 3600, -600])(
    'after the clock was set by %d s in the one before is heard from its first sample on',
    (byS) => {
      const run = new PhoneRun({ mode: 'ios' });
      run.play(phoneOf({ clockSet: { atS: 30, byS } }), 60);
      const second = phoneOf({ sessionId: 'another', startS: START_S + 70 + byS });
      for (const { sentS, text } of second.messages(60)) run.push(text, (START_S + 70 + sentS) * 1000 + 8);
      expect(run.stream.stats).toMatchObject({ samples: 12_000, duplicateSamples: 0 });
      expect(rising(run.tS)).toBe(true);
      expect(run.gaps.map(({ reason }) => reason)).toEqual(['deviceRestarted', 'reconnected']);
    },
  );
});
