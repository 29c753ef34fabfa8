import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamGap } from '../../src/devices/imuStream.ts';
import { PLUMBLINE } from '../../src/devices/plumblineProtocol.ts';
import { plumblineReference } from '../../src/devices/plumblineReference.ts';
import { type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { DeviceHealth } from '../../src/model/ports.ts';
import { SharedScan } from '../../src/app/session/sharedScan.ts';
import { type EnrolledWearable, WearableSession } from '../../src/app/session/wearableSession.ts';
import { SteppedTime } from '../fakes/steppedTime.ts';
import { MemoryCentral } from '../fakes/memoryCentral.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { FakePlumbline } from './fakePlumbline.ts';

const ENROLLED: EnrolledWearable = {
  personId: 'p1',
  deviceId: 'chest-1',
  device: plumblineReference,
  name: 'Plumbline-0001',
};

let time: SteppedTime;
let central: MemoryCentral;
let logger: QuietLogger;
let blocks: ImuBlock[];
let gaps: StreamGap[];
let problems: string[];
let healths: DeviceHealth[];
let delays: number[];

beforeEach(() => {
  time = new SteppedTime();
  central = new MemoryCentral(time);
  logger = new QuietLogger();
  blocks = [];
  gaps = [];
  problems = [];
  healths = [];
  delays = [];
});

function session(wearable: Partial<EnrolledWearable> = {}): WearableSession {
  return new WearableSession(
    { ...ENROLLED, ...wearable },
    {
      central,
      scan: new SharedScan(central, logger),
      clock: time,
      timers: time,
      logger,
      random: () => 0.5,
      nextDelayMs: (attempt) => {
        delays.push(attempt);
        return 1000 * 2 ** (attempt - 1);
      },
    },
    {
      onBlock: (block) => blocks.push(block),
      onGap: (gap) => gaps.push(gap),
      onHealth: (health) => healths.push(health),
      onProblem: (message) => problems.push(message),
    },
  );
}

/** Time passes; the peers advertise, and those that stream send ten samples every 100 ms. */
async function live(durationMs: number, ...peers: FakePlumbline[]): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
    central.advertise();
    await time.advance(100);
    for (const peer of peers) if (peer.isStreaming) peer.send();
  }
}

describe('a wearable session', () => {
  it('finds, connects, starts and streams, in order and with rising times', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(5000, peer);
    expect(healths.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1])).toEqual([
      'searching',
      'connecting',
      'streaming',
    ]);
    expect(blocks.length).toBeGreaterThan(20);
    const tS = blocks.flatMap((block) => [...block.tS]);
    expect(tS.every((t, i) => i === 0 || t > tS[i - 1])).toBe(true);
    expect(blocks[0].accMps2[1]).toBeCloseTo(9.80665, 6);
    expect(running.health()).toMatchObject({ state: 'streaming', lostSamples: 0, batteryPct: 77, rssiDbm: -60 });
    expect(running.health().lastSampleMs).toBeCloseTo(time.nowMs(), -2);
    expect(gaps).toEqual([]);
    expect(problems).toEqual([]);
    expect(central.isScanning).toBe(false);
    await running.stop();
  });

  it('says what its stream is good enough to show, and how sure its times are', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    expect(running.health()).toMatchObject({ sees: { falls: true, sway: 'full', rotation: true } });
    expect(running.health()).not.toHaveProperty('timeQuality');
    running.start();
    await live(5000, peer);
    expect(running.health()).toMatchObject({ timeQuality: 'settling', sees: { falls: true } });
    await live(40_000, peer);
    expect(running.health().timeQuality).toBe('good');
    expect(running.health()).not.toHaveProperty('problem');
    await running.stop();
    expect(running.health()).not.toHaveProperty('timeQuality');
  });

  it('knows before it has begun what it is asked for: acceleration alone shows no rotation, 25 Hz no falls', () => {
    expect(session({ mode: 'acc' }).health().sees).toEqual({ falls: true, sway: 'full', rotation: false });
    expect(session({ rateHz: 25 }).health().sees).toEqual({ falls: false, sway: 'full', rotation: true });
    expect(session({ rateHz: 25 }).health()).not.toHaveProperty('problem');
  });

  it('says as long as it lasts that falls cannot be seen at the rate that was asked for', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session({ rateHz: 25 });
    running.start();
    await live(5000, peer);
    const blind = 'falls cannot be seen at this rate: expected at least 50 Hz, found 25 Hz';
    expect(running.health()).toMatchObject({ sees: { falls: false }, problem: blind });
    expect(problems).toEqual([blind]);
    await live(90_000, peer);
    expect(running.health().problem).toBe(blind);
    await running.stop();
  });

  it.each([
    ['are part of the stream', undefined],
    ['are left out where the device sent them at another rate', true],
  ] as const)('samples from before the end of the start script %s', async (_what, discardsEarlier) => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const device: typeof plumblineReference = {
      ...plumblineReference,
      *start(request) {
        const started = yield* plumblineReference.start(request);
        yield { op: 'wait', ms: 1000 };
        return discardsEarlier ? { ...started, discardsEarlier } : started;
      },
    };
    const running = session({ device });
    running.start();
    await live(5000, peer);
    const missing = peer.index - blocks.reduce((total, { n }) => total + n, 0);
    if (discardsEarlier) expect(Math.abs(missing - 100)).toBeLessThanOrEqual(20);
    else expect(missing).toBe(0);
    expect(gaps).toEqual([]);
    await running.stop();
  });

  it('tells the wearable to stop and lets go of it when it is stopped', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    const before = blocks.length;
    const stopped = running.stop();
    await time.advance(0);
    await stopped;
    // What still came while it was told to stop belongs to no stream.
    expect(blocks).toHaveLength(before);
    expect(peer.requests.at(-1)).toBe(2);
    expect(peer.isStreaming).toBe(false);
    expect(running.health().state).toBe('stopped');
    expect(time.pending).toBe(0);
  });

  it('is stopped within 2 s even when the wearable answers nothing', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    peer.isMute = true;
    let isStopped = false;
    void running.stop().then(() => {
      isStopped = true;
      return undefined;
    });
    await time.advance(2000);
    expect(isStopped).toBe(true);
  });

  it('is stopped at once while a connect hangs', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    central.isMute = true;
    const running = session();
    running.start();
    await live(3000);
    expect(running.health().state).toBe('connecting');
    await running.stop();
    expect(running.health().state).toBe('stopped');
  });

  it('repairs a lost packet from the memory of the device', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    peer.losesNext = 2;
    await live(1000, peer);
    expect(running.health()).toMatchObject({ lostSamples: 0, repairedSamples: 20, lossPct: 0 });
    expect(gaps).toEqual([]);
    expect(blocks.filter(({ flags }) => (flags[0] & SampleFlag.backfilled) !== 0)).toHaveLength(2);
    const tS = blocks.flatMap((block) => [...block.tS]);
    expect(tS.every((t, i) => i === 0 || t > tS[i - 1])).toBe(true);
    await running.stop();
  });

  it('states a gap when the device cannot send again, and invents nothing', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    const before = blocks.reduce((total, { n }) => total + n, 0);
    peer.losesNext = 1;
    await live(100, peer);
    peer.sent.clear();
    await live(1000, peer);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ missingSamples: 10, reason: 'radioLoss' });
    expect(gaps[0].endS - gaps[0].startS).toBeCloseTo(0.11, 2);
    expect(running.health().lostSamples).toBe(10);
    const after = blocks.reduce((total, { n }) => total + n, 0);
    expect(after - before).toBe(peer.index - before - 10);
    expect(blocks.filter(({ flags }) => (flags[0] & SampleFlag.afterGap) !== 0)).toHaveLength(1);
    await running.stop();
  });

  it('comes back after the link is lost, with a gap that says so', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(12_000, peer);
    central.drop(peer.advertisement.id, 'supervision timeout (0x08)');
    await live(5000, peer);
    expect(running.health()).toMatchObject({
      state: 'streaming',
      reconnects: 1,
      lastReason: 'supervision timeout (0x08)',
    });
    expect(gaps).toHaveLength(1);
    expect(gaps[0].reason).toBe('reconnected');
    const gapS = gaps[0].endS - gaps[0].startS;
    expect(gapS).toBeGreaterThan(1);
    expect(gaps[0].missingSamples).toBe(Math.round(gapS * 100) - 1);
    const tS = blocks.flatMap((block) => [...block.tS]);
    expect(tS.every((t, i) => i === 0 || t > tS[i - 1])).toBe(true);
    await running.stop();
  });

  it('comes back without a gap to a wearable that has kept its session', async () => {
    const peer = new FakePlumbline(time);
    peer.keepsSession = true;
    central.add(peer);
    const running = session();
    running.start();
    await live(12_000, peer);
    central.drop(peer.advertisement.id, 'supervision timeout (0x08)');
    await live(8000, peer);
    expect(running.health()).toMatchObject({ state: 'streaming', reconnects: 1, lostSamples: 0 });
    expect(running.health().repairedSamples).toBeGreaterThan(100);
    expect(gaps).toEqual([]);
    const tS = blocks.flatMap((block) => [...block.tS]);
    expect(tS.every((t, i) => i === 0 || (t > tS[i - 1] && t - tS[i - 1] < 0.02))).toBe(true);
    expect(tS).toHaveLength(peer.index);
    await running.stop();
  });

  it('ends a session that runs otherwise than it wishes, and starts its own', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    peer.busyUntilStop = true;
    const running = session();
    running.start();
    await live(4000, peer);
    expect(running.health().state).toBe('streaming');
    expect(peer.requests).toContain(2);
    expect(problems).toEqual([]);
    await running.stop();
  });

  it('never gives up, waits longer each time, and starts from the shortest wait after a good link', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    central.connectErrors = Array.from(
      { length: 4 },
      () => new PlumblineError('radio/timeout', 'expected an answer, found none'),
    );
    const running = session();
    running.start();
    await live(60_000, peer);
    expect(delays).toEqual([1, 2, 3, 4]);
    expect(running.health().state).toBe('streaming');
    central.drop(peer.advertisement.id, 'gone');
    await live(5000, peer);
    expect(delays).toEqual([1, 2, 3, 4, 1]);
    // The same reason four times is one line.
    expect(logger.of('wearable.lost').map(({ fields }) => fields['reason'])).toEqual([
      'expected an answer, found none',
      'gone',
    ]);
    await running.stop();
  });

  it('tries at once when the radio comes back', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    central.setState('restarting');
    const running = session();
    running.start();
    await live(20_000, peer);
    expect(running.health()).toMatchObject({ state: 'searching' });
    expect(running.health().lastReason).toContain('expected the adapter powered on, found restarting');
    central.setState('poweredOn');
    await live(2500, peer);
    expect(running.health().state).toBe('streaming');
    await running.stop();
  });

  it('stops and starts a device that has fallen silent', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    peer.isStreaming = false;
    await live(7000, peer);
    const states = healths.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
    expect(states.slice(-3)).toEqual(['streaming', 'silent', 'streaming']);
    expect(running.health()).toMatchObject({ state: 'streaming', reconnects: 0 });
    expect(gaps.map(({ reason }) => reason)).toEqual(['reconnected']);
    expect(peer.requests.filter((op) => op === 2)).toHaveLength(1);
    await running.stop();
  });

  it('is never said to stream while it sends nothing, however often it is started', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    for (let i = 0; i < 600; i++) {
      peer.isStreaming = false;
      await live(100);
    }
    expect(peer.requests.filter((op) => op === 1).length).toBeGreaterThan(3);
    expect(healths.map(({ state }) => state)).not.toContain('streaming');
    // A link without data is not a good one: each attempt waits longer than the one before.
    expect(delays).toEqual(delays.map((_, i) => i + 1));
    await running.stop();
  });

  it('a sensor that has hung and repeats one packet is silent, restarted, and let go', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    const [stuck] = [...peer.sent.values()].slice(-1);
    const released = running.health().samples;
    healths.length = 0;
    for (let i = 0; i < 300; i++) {
      peer.isStreaming = false;
      await live(100);
      peer.notifyRaw(PLUMBLINE.imuData, stuck);
    }
    const states = healths.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
    expect(states.slice(0, 4)).toEqual(['streaming', 'silent', 'searching', 'connecting']);
    expect(states.slice(1)).not.toContain('streaming');
    expect(running.health()).toMatchObject({ lastReason: expect.stringContaining('no data for 5 s') as string });
    // Nor is the same packet the first of a new stream.
    expect(running.health().samples).toBe(released);
    await running.stop();
  });

  it('reconnects when stop and start did not help', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    for (let i = 0; i < 160; i++) {
      peer.isStreaming = false;
      await live(100);
    }
    expect(running.health().reconnects).toBeGreaterThanOrEqual(1);
    expect(running.health().lastReason).toContain('no data for 5 s');
    await running.stop();
  });

  it('names both of two wearables with one name and takes neither', async () => {
    const one = new FakePlumbline(time);
    const other = new FakePlumbline(time, { address: 'c0:00:00:00:00:02' });
    central.add(one);
    central.add(other);
    const running = session();
    running.start();
    await live(30_000, one, other);
    expect(central.connects).toEqual([]);
    expect(problems).toEqual([
      'expected one wearable named "Plumbline-0001", found 2: c0:00:00:00:00:01 and c0:00:00:00:00:02; state the address of the right one in the configuration',
    ]);
    expect(running.health()).toMatchObject({ state: 'searching', problem: problems[0] });
    central.remove(other);
    await live(13_000, one);
    expect(central.connects).toEqual(['c0:00:00:00:00:01']);
    await running.stop();
  });

  it('takes the one whose address is configured, whatever it is called', async () => {
    const one = new FakePlumbline(time);
    const other = new FakePlumbline(time, { address: 'c0:00:00:00:00:02' });
    central.add(one);
    central.add(other);
    const running = session({ address: 'C0:00:00:00:00:02' });
    running.start();
    await live(3000, one, other);
    expect(central.connects).toEqual(['c0:00:00:00:00:02']);
    expect(problems).toEqual([]);
    await running.stop();
  });

  it('says why a device refuses to start, once a minute', async () => {
    const peer = new FakePlumbline(time);
    peer.refusals.set(1, 5);
    central.add(peer);
    const running = session();
    running.start();
    await live(30_000, peer);
    expect(problems).toEqual(['start: expected the device to accept, found status 5 (MTU too small)']);
    await running.stop();
  });

  it('asks a busy device again, and gives in when it stays busy', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    peer.busyNext = 4;
    const running = session();
    running.start();
    await live(3000, peer);
    expect(running.health().state).toBe('streaming');
    peer.busyNext = 5;
    const refused = expect(running.carryOut((device) => device.identify?.())).rejects.toMatchObject({
      code: 'device/refused',
      message: 'identify: expected the device to accept, found status 4 (busy)',
    });
    await live(1000, peer);
    await refused;
    await running.stop();
  });

  it('counts bad packets in one line and streams on', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(3000, peer);
    for (let length = 20; length < 60; length++) peer.notifyRaw(PLUMBLINE.imuData, new Uint8Array(length).fill(0x11));
    await live(1000, peer);
    expect(problems).toEqual(['IMU data 0x11: expected 218 bytes for 17 samples, found 20 bytes']);
    expect(running.health()).toMatchObject({ state: 'streaming', lostSamples: 0 });
    await running.stop();
  });

  it('reports a wrong range or unit found at rest', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(2000);
    for (let i = 0; i < 80; i++) {
      peer.send({ counts: 1024 });
      await time.advance(100);
    }
    expect(problems).toEqual(['acceleration: expected about 9.8 m/s² at rest, found 4.90 m/s²: range or unit wrong?']);
    await running.stop();
  });

  it('synchronises the clock every minute', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    running.start();
    await live(185_000, peer);
    expect(peer.requests.filter((op) => op === 4)).toHaveLength(8 * 4);
    expect(running.health().clockResidualMs).toBeLessThan(2);
    await running.stop();
  });

  it('plays a cue on the live link, and says so when there is none', async () => {
    const peer = new FakePlumbline(time);
    central.add(peer);
    const running = session();
    const identify = () => running.carryOut((device) => device.identify?.());
    await expect(identify()).rejects.toMatchObject({ code: 'radio/closed' });
    running.start();
    await live(3000, peer);
    await identify();
    expect(peer.requests.at(-1)).toBe(7);
    await expect(running.carryOut(() => undefined)).rejects.toMatchObject({ code: 'device/refused' });
    await running.stop();
  });
});
