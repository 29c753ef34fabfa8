/** A worn sensor in the running service, from real noble on the virtual controller to what is stored, shown and judged. */
import { afterEach, describe, expect, it } from 'vitest';
import { SharedScan } from '../src/app/session/sharedScan.ts';
import { createVirtualRadio, type VirtualRadio } from '../firmware-mocks/createVirtualRadio.ts';
import type { Movement } from '../firmware-mocks/movement.ts';
import { createSimulation, type Simulation } from '../firmware-mocks/simulation.ts';
import { nextDelayMs } from '../src/ble/connection.ts';
import { NobleCentral } from '../src/ble/nobleCentral.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import type { LiveMessage, RecordBatch, SeriesSecond, StoredMotionEvent } from '../src/model/ports.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { WornSensor } from '../src/wornSensor.ts';
import { MemoryRecordStore } from './fakes/memoryRecordStore.ts';
import { QuietLogger } from './fakes/quietLogger.ts';
import { SteppedTime } from './fakes/steppedTime.ts';

const STEP_MS = 10;
const NAME = 'Plumbline-0001';
/** Bent to 60° from second 30 to 40: far beyond the limit, for far too long. */
const SCRIPT: readonly Movement[] = [
  { do: 'stand', forS: 28 },
  { do: 'bend', toDeg: 60, inS: 2, holdS: 10, backS: 2 },
  // Longer than anybody is away here: a wearer whose script is over sends nothing.
  { do: 'stand', forS: 6000 },
];

class WornBench {
  readonly time = new SteppedTime();
  readonly record = new MemoryRecordStore();
  readonly verdicts: Verdict[] = [];
  readonly shown: LiveMessage[] = [];
  readonly lateSeconds: SeriesSecond[] = [];
  readonly sensor: WornSensor;
  readonly #radio: VirtualRadio;
  readonly #simulation: Simulation;
  readonly #central: NobleCentral;

  constructor({ withRules = true, memoryPackets = 4096 } = {}) {
    const { time } = this;
    const nowMs = (): number => time.nowMs();
    const wearable = { kind: 'plumbline', name: NAME, errors: 'none', motion: { script: SCRIPT }, memoryPackets };
    this.#simulation = createSimulation({ wearables: [wearable] }, { now: nowMs, timer: false });
    this.#radio = createVirtualRadio(this.#simulation.peripherals, { advertisingIntervalMs: 4 });
    const logger = new QuietLogger();
    this.#central = new NobleCentral({ nowMs, logger, hciSocket: this.#radio.HciSocket });
    const scan = new SharedScan(this.#central, logger);
    const store = (batch: RecordBatch): void => this.record.write(batch);
    this.sensor = new WornSensor(
      { id: 'anna', displayName: 'Anna', tier: 'T2', overrides: [] },
      { device: 'plumbline', name: NAME, placement: 'chest', mount: IDENTITY_MOUNT },
      withRules,
      {
        radio: { central: this.#central, scan, random: () => 0.5, nextDelayMs },
        clock: time,
        timers: time,
        logger,
        store,
        show: (message) => this.shown.push(message),
        onVerdict: (_, verdict) => this.verdicts.push(verdict),
        onSecond: (second) => store({ series: [second] }),
        onLateSecond: (second) => {
          this.lateSeconds.push(second);
          store({ series: [second] });
        },
        onHealth: () => undefined,
        onBlockDone: () => undefined,
        onGap: () => undefined,
        silenceBefore: () => ({ lastDataMs: undefined, saidMs: undefined }),
        givenCalibration: () => ({ mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 }),
        savedCalibration: () => undefined,
        saveCalibration: () => undefined,
      },
    );
  }

  async start(): Promise<void> {
    this.sensor.expect();
    await this.#central.start();
    this.sensor.start();
  }

  /** As `run`, for hours in which nothing is sent. */
  async wait(forS: number): Promise<void> {
    for (let passedS = 0; passedS < forS; passedS++) {
      await this.time.advance(1000);
      this.#simulation.poll();
    }
  }

  /** Lets simulated time pass; noble's own timers know only this computer's. */
  async run(forS: number): Promise<void> {
    const untilMs = this.time.nowMs() + forS * 1000;
    while (this.time.nowMs() < untilMs) {
      await this.time.advance(STEP_MS);
      this.#simulation.poll();
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      const isBusy = this.#radio.scanning || this.sensor.health.state === 'connecting';
      if (isBusy) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    for (let passedS = 0; !condition(); passedS++) {
      if (passedS > 120) throw new Error(`expected ${what} within two minutes, found it still missing`);
      await this.run(1);
    }
  }

  async outOfRange(forS: number): Promise<void> {
    await this.vanish();
    await this.run(forS);
    this.comeBack();
  }

  async vanish(): Promise<void> {
    const { address } = this.#simulation.peripherals[0];
    this.#radio.setPeerFaults(address, { vanished: true });
    this.#radio.drop(address);
    await this.run(1);
  }

  comeBack(): void {
    this.#radio.setPeerFaults(this.#simulation.peripherals[0].address, {});
  }

  async stop(): Promise<void> {
    const isOver = this.sensor.stop().then(() => true);
    while (!(await Promise.race([isOver, this.run(0.05).then(() => false)])));
    await this.#central.stop();
  }

  get seconds(): SeriesSecond[] {
    return this.record.series({ personId: 'anna', site: 'chest', fromMs: 0, toMs: Infinity });
  }

  get events(): StoredMotionEvent[] {
    return this.record.motionEvents({ personId: 'anna' });
  }
}

const benches: WornBench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.stop();
});

/** Streams for twenty seconds, is away for forty with the bend in them, and is listened to for a while afterwards. */
async function away(options: ConstructorParameters<typeof WornBench>[0] = {}): Promise<WornBench> {
  const bench = new WornBench(options);
  benches.push(bench);
  await bench.start();
  await bench.until(() => bench.seconds.length >= 20, 'twenty seconds');
  await bench.outOfRange(40);
  await bench.until(() => bench.lateSeconds.length > 0, 'seconds of the gap');
  await bench.run(5);
  return bench;
}

describe('what a wearable remembers of forty seconds out of range', () => {
  it('is in the record: every second once, the bend, and the gap that was stated', { timeout: 60_000 }, async () => {
    const bench = await away();
    const { seconds, lateSeconds, events } = bench;
    expect(lateSeconds.length).toBeGreaterThan(35);
    expect(lateSeconds.every(({ coverage }) => coverage > 0.98)).toBe(true);
    const times = seconds.map(({ tMs }) => tMs / 1000);
    expect(times).toEqual(times.map((_, i) => times[0] + i));
    expect(Math.max(...lateSeconds.map(({ values }) => values['flexionMaxDeg'] ?? 0))).toBeCloseTo(60, 0);
    const gaps = events.filter(({ event }) => event.type === 'gap');
    expect(gaps).toHaveLength(1);
    expect(gaps[0].event['missingSamples']).toBeGreaterThan(3800);
    const { startS, endS } = gaps[0].event;
    const bends = events.filter(({ event }) => event.type === 'forwardBend');
    expect(bends).toHaveLength(1);
    expect(bends[0].event.startS).toBeGreaterThan(startS);
    expect(bends[0].event.endS).toBeLessThan(endS);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it('is neither judged nor shown', { timeout: 60_000 }, async () => {
    const bench = await away();
    expect(bench.verdicts).toEqual([]);
    const shownTypes = bench.shown.flatMap((message) =>
      message.type === 'motionEvent' ? [message.stored.event.type] : [],
    );
    expect(shownTypes).toContain('gap');
    expect(shownTypes).not.toContain('forwardBend');
    const gap = bench.events.find(({ event }) => event.type === 'gap')?.event;
    const anglesWithin = bench.shown.filter(
      (message) =>
        message.type === 'angles' &&
        message.tMs > 1000 * (gap?.startS ?? NaN) &&
        message.tMs < 1000 * (gap?.endS ?? NaN),
    );
    expect(anglesWithin).toEqual([]);
  });

  it('the same bend is judged when it is seen live', { timeout: 60_000 }, async () => {
    const bench = new WornBench();
    benches.push(bench);
    await bench.start();
    await bench.until(() => bench.seconds.length >= 45, '45 seconds');
    expect(bench.verdicts.length).toBeGreaterThan(0);
  });

  it('as far as its memory reaches; the rest stays missing', { timeout: 60_000 }, async () => {
    const bench = await away({ memoryPackets: 200 });
    expect(bench.lateSeconds.length).toBeGreaterThan(10);
    expect(bench.lateSeconds.length).toBeLessThan(21);
    expect(bench.events.filter(({ event }) => event.type === 'gap')).toHaveLength(1);
  });

  it('of a second sensor, which the rules do not read, only the seconds', { timeout: 60_000 }, async () => {
    const bench = await away({ withRules: false });
    expect(bench.lateSeconds.length).toBeGreaterThan(35);
    expect(bench.events.map(({ event }) => event.type)).toEqual(['gap']);
  });
});

describe('a phone whose values cannot be used', () => {
  it('raises EV-NODATA although its messages come, and says why', async () => {
    const time = new SteppedTime();
    const verdicts: Verdict[] = [];
    const quiet = (): undefined => undefined;
    const sensor = new WornSensor(
      { id: 'anna', displayName: 'Anna', tier: 'T2', overrides: [] },
      { device: 'sensor-logger', placement: 'waist', mount: IDENTITY_MOUNT, mode: 'standard' },
      true,
      {
        radio: undefined,
        clock: time,
        timers: time,
        logger: new QuietLogger(),
        store: quiet,
        show: quiet,
        onVerdict: (_, verdict) => verdicts.push(verdict),
        onSecond: quiet,
        onLateSecond: quiet,
        onHealth: quiet,
        onBlockDone: quiet,
        onGap: quiet,
        silenceBefore: () => ({ lastDataMs: undefined, saidMs: undefined }),
        givenCalibration: quiet,
        savedCalibration: quiet,
        saveCalibration: quiet,
      },
    );
    const startS = 1_790_000_000;
    let messageId = 0;
    const say = async (forS: number, mps2: number): Promise<void> => {
      for (const untilId = messageId + forS; messageId < untilId; messageId++) {
        await time.advance(1000);
        const payload = Array.from({ length: 50 }, (_, i) => ({
          name: 'totalacceleration',
          time: (startS + messageId + i / 50) * 1e9,
          values: { x: mps2, y: 0, z: i / 100 },
        }));
        sensor.take(JSON.stringify({ messageId, sessionId: 'a', deviceId: 'phone', payload }), time.nowMs());
      }
    };
    sensor.expect();
    sensor.start();
    await say(20, 9.81);
    const goodMs = time.nowMs();
    await say(1790, 500);
    expect(verdicts).toEqual([]);
    await say(20, 500);
    expect(sensor.health.state).toBe('streaming');
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start']);
    expect(verdicts[0]).toMatchObject({ ruleId: 'EV-NODATA', values: { silentMin: 30, stage: 'values' } });
    expect(Math.abs(verdicts[0].startS - goodMs / 1000)).toBeLessThanOrEqual(10);
    await say(5, 9.81);
    expect(verdicts.map(({ ruleId, phase }) => `${ruleId} ${phase}`)).toEqual(['EV-NODATA start', 'EV-NODATA end']);
    await sensor.stop();
  });
});

describe('a sensor that is no longer heard', () => {
  const spoken = ({ verdicts }: WornBench): string[] => verdicts.map(({ ruleId, phase }) => `${ruleId} ${phase}`);

  it('raises EV-NODATA after half an hour, which is over when it is heard again', { timeout: 60_000 }, async () => {
    const bench = new WornBench();
    benches.push(bench);
    await bench.start();
    await bench.until(() => bench.seconds.length >= 5, 'five seconds');
    const lastS = (bench.sensor.health.lastSampleMs ?? NaN) / 1000;
    await bench.vanish();
    await bench.wait(1700);
    expect(spoken(bench)).toEqual([]);
    await bench.wait(130);
    expect(spoken(bench)).toEqual(['EV-NODATA start']);
    expect(bench.verdicts[0].values).toEqual({ silentMin: 30, stage: 'range' });
    expect(Math.abs(bench.verdicts[0].startS - lastS)).toBeLessThan(2);
    bench.comeBack();
    await bench.until(() => bench.verdicts.length > 1, 'the end of the alert');
    expect(spoken(bench).slice(0, 2)).toEqual(['EV-NODATA start', 'EV-NODATA end']);
  });

  it('is missed also while there is no radio at all', async () => {
    const bench = new WornBench();
    benches.push(bench);
    bench.sensor.expect();
    await bench.wait(1810);
    expect(spoken(bench)).toEqual(['EV-NODATA start']);
    expect(bench.verdicts[0].values).toMatchObject({ stage: 'radio' });
  });

  it('is of the sensor that the rules read: another one raises nothing', async () => {
    const bench = new WornBench({ withRules: false });
    benches.push(bench);
    bench.sensor.expect();
    await bench.wait(3600);
    expect(bench.verdicts).toEqual([]);
  });
});
