import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { type PhoneMessage, VirtualPhone, type VirtualPhoneOptions } from '../../firmware-mocks/virtualPhone.ts';
import { type EnrolledPushed, PushedSession } from '../../src/app/session/pushedSession.ts';
import type { StreamGap } from '../../src/devices/imuStream.ts';
import { sensorLogger } from '../../src/devices/sensorLogger.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import type { DeviceHealth } from '../../src/model/ports.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { SteppedTime } from '../fakes/steppedTime.ts';

const ENROLLED: EnrolledPushed = {
  personId: 'p1',
  deviceId: 'sensor-logger-waist',
  device: sensorLogger,
  mode: 'ios',
};

let time: SteppedTime;
let logger: QuietLogger;
let blocks: ImuBlock[];
let gaps: StreamGap[];
let problems: string[];
let healths: DeviceHealth[];

beforeEach(() => {
  time = new SteppedTime();
  logger = new QuietLogger();
  blocks = [];
  gaps = [];
  problems = [];
  healths = [];
});

function session(enrolled: Partial<EnrolledPushed> = {}): PushedSession {
  const running = new PushedSession(
    { ...ENROLLED, ...enrolled },
    { clock: time, timers: time, logger },
    {
      onBlock: (block) => blocks.push(block),
      onGap: (gap) => gaps.push(gap),
      onHealth: (health) => healths.push(health),
      onProblem: (message) => problems.push(message),
    },
  );
  running.start();
  return running;
}

const phone = (options: Partial<VirtualPhoneOptions> = {}): Generator<PhoneMessage> =>
  new VirtualPhone({
    motion: new ScriptedMotion([{ do: 'stand', forS: 10 }], { loop: true }),
    flavour: 'ios',
    startS: 1_790_000_000,
    ...options,
  }).messages(60);

/** So many messages of 200 ms each, every one of which takes 200 ms. */
async function hear(running: PushedSession, messages: Generator<PhoneMessage>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await time.advance(200);
    running.take((messages.next().value as PhoneMessage).text, time.nowMs());
  }
}

const states = (): string[] => healths.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);

describe('a session of a wearable that sends by itself', () => {
  it('waits, streams, and tells the same of itself as any other', async () => {
    const running = session();
    await time.advance(3000);
    await hear(running, phone(), 50);
    expect(states()).toEqual(['searching', 'streaming']);
    expect(running.health()).toMatchObject({
      personId: 'p1',
      deviceId: 'sensor-logger-waist',
      kind: 'sensor-logger',
      state: 'streaming',
      samples: 1000,
      lostSamples: 0,
      repairedSamples: 0,
      reconnects: 0,
      lossPct: 0,
      batteryPct: 83,
      identity: { serial: 'F3A1C0DE-0001' },
    });
    expect(Math.abs((running.health().lastSampleMs ?? NaN) - time.nowMs())).toBeLessThan(30);
    expect(blocks.every(({ rateHz }) => rateHz === 100)).toBe(true);
    expect(problems).toEqual([]);
    await running.stop();
    expect(time.pending).toBe(0);
  });

  it('says that it is silent after five seconds, and goes on after a gap of what is missing', async () => {
    const running = session();
    const messages = phone();
    await hear(running, messages, 25);
    await time.advance(5500);
    expect(running.health()).toMatchObject({ state: 'silent', lastReason: 'no data for 5 s' });
    expect(logger.of('wearable.lost')).toHaveLength(1);
    await time.advance(60_000);
    expect(logger.of('wearable.lost')).toHaveLength(1);
    // The phone measured all the time; what it sent meanwhile is lost.
    for (let i = 0; i < 327; i++) messages.next();
    await hear(running, phone({ startS: 1_790_000_000 + 70.4, sessionId: 'second' }), 25);
    expect(states()).toEqual(['searching', 'streaming', 'silent', 'streaming']);
    expect(running.health().reconnects).toBe(1);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: 'reconnected' });
    expect(gaps[0].endS - gaps[0].startS).toBeCloseTo(65.5, 0);
    await running.stop();
  });

  it('a lost message is a gap of its samples even when nothing comes after it for a while', async () => {
    const running = session();
    const messages = phone();
    await hear(running, messages, 10);
    messages.next();
    await hear(running, messages, 1);
    // The one that overtook is held back until the missing one is given up.
    expect(running.health().samples).toBe(200);
    await time.advance(2000);
    expect(running.health()).toMatchObject({
      samples: 220,
      lostSamples: 20,
      problem: expect.stringMatching(/1 missing/) as string,
    });
    expect(gaps).toMatchObject([{ missingSamples: 20, reason: 'radioLoss' }]);
    await running.stop();
  });

  it('says what it was not set to: another rate, no gyroscope', async () => {
    const running = session({ rateHz: 50 });
    await hear(running, phone({ rateHz: 200, without: ['gyroscope'] }), 20);
    expect(problems).toEqual([
      'rate: expected about 50 Hz, found that it measures at 200 Hz',
      'gyroscope: expected its readings, found none: rotation cannot be seen',
    ]);
    await running.stop();
  });

  it('says bad messages once a minute, however many come', async () => {
    const running = session();
    for (let i = 0; i < 1000; i++) running.take(`{"messageId":${i}`, time.nowMs());
    expect(problems).toEqual([
      expect.stringMatching(/^message: expected a JSON object, found \d+ characters that are none$/),
    ]);
    await running.stop();
  });

  it('stopped, hands out what it held back and takes nothing more', async () => {
    const running = session();
    const messages = phone();
    await hear(running, messages, 10);
    messages.next();
    await hear(running, messages, 1);
    await running.stop();
    expect(running.health()).toMatchObject({ state: 'stopped', samples: 220 });
    expect(running.take((messages.next().value as PhoneMessage).text, time.nowMs())).toMatchObject({ kind: 'refused' });
    expect(running.health().samples).toBe(220);
    expect(time.pending).toBe(0);
  });
});
