/** Two virtual wearables of one person, from real noble to what is stored and judged: golden scenario GS-07. */
import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualRadio, type VirtualRadio } from '../firmware-mocks/createVirtualRadio.ts';
import type { Movement } from '../firmware-mocks/movement.ts';
import { createSimulation, type Simulation } from '../firmware-mocks/simulation.ts';
import { SharedScan } from '../src/app/session/sharedScan.ts';
import { wornSensors } from '../src/app/wornSensors.ts';
import { nextDelayMs } from '../src/ble/connection.ts';
import { NobleCentral } from '../src/ble/nobleCentral.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import type { RecordBatch, SeriesSecond } from '../src/model/ports.ts';
import type { Verdict } from '../src/model/verdict.ts';
import type { WornSensor } from '../src/wornSensor.ts';
import { MemoryRecordStore } from './fakes/memoryRecordStore.ts';
import { QuietLogger } from './fakes/quietLogger.ts';
import { SteppedTime } from './fakes/steppedTime.ts';

const STEP_MS = 10;
const PERSON = { id: 'anna', displayName: 'Anna', tier: 'T3' } as const;
const PLACES = { chest: 'Plumbline-0001', lowerBack: 'Plumbline-0002' } as const;
type Place = keyof typeof PLACES;

/** Bends every twenty seconds, because no two runs connect at the same moment of the script. */
const bends = (toDeg: number): Movement[] => [
  { do: 'stand', forS: 12 },
  { do: 'bend', toDeg, inS: 2, holdS: 4, backS: 2 },
];

class PairBench {
  readonly verdicts: Verdict[] = [];
  readonly record = new MemoryRecordStore();
  readonly #time = new SteppedTime();
  readonly #sensors: WornSensor[];
  readonly #radio: VirtualRadio;
  readonly #simulation: Simulation;
  readonly #central: NobleCentral;

  constructor(toDeg: Partial<Record<Place, number>>) {
    const time = this.#time;
    const nowMs = (): number => time.nowMs();
    const places = (Object.keys(PLACES) as Place[]).filter((place) => toDeg[place] !== undefined);
    const wearables = places.map((place) => ({
      kind: 'plumbline',
      name: PLACES[place],
      wearer: PERSON.id,
      errors: 'typical',
      motion: { script: bends(toDeg[place] ?? 0), loop: true, leverM: place === 'chest' ? 0.35 : 0.08 },
    }));
    this.#simulation = createSimulation({ wearables }, { now: nowMs, timer: false });
    this.#radio = createVirtualRadio(this.#simulation.peripherals, { advertisingIntervalMs: 4 });
    const logger = new QuietLogger();
    this.#central = new NobleCentral({ nowMs, logger, hciSocket: this.#radio.HciSocket });
    const scan = new SharedScan(this.#central, logger);
    const store = (batch: RecordBatch): void => this.record.write(batch);
    const enrolled = places.map((placement) => ({
      device: 'plumbline',
      name: PLACES[placement],
      placement,
      mount: IDENTITY_MOUNT,
    }));
    this.#sensors = wornSensors([{ ...PERSON, limits: [], wearables: enrolled }], [{ ...PERSON, overrides: [] }], {
      radio: { central: this.#central, scan, random: () => 0.5, nextDelayMs },
      clock: time,
      timers: time,
      logger,
      store,
      show: () => undefined,
      onVerdict: (_, verdict) => this.verdicts.push(verdict),
      onSecond: (second) => store({ series: [second] }),
      onLateSecond: () => undefined,
      onHealth: () => undefined,
      onBlockDone: () => undefined,
      onGap: () => undefined,
      silenceBefore: () => ({ lastDataMs: undefined, saidMs: undefined }),
      givenCalibration: () => ({ mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 }),
      savedCalibration: () => undefined,
      saveCalibration: () => undefined,
    });
  }

  get bends(): Verdict[] {
    return this.verdicts.filter(({ ruleId, phase }) => ruleId === 'EV-BEND' && phase === 'start');
  }

  get seconds(): SeriesSecond[] {
    return this.record.series({ personId: PERSON.id, site: 'chest', fromMs: 0, toMs: Infinity });
  }

  async start(): Promise<void> {
    await this.#central.start();
    for (const sensor of this.#sensors) sensor.start();
    await this.until(() => this.#sensors.every(({ health }) => health.state === 'streaming'), 'both streams');
  }

  async run(forS: number): Promise<void> {
    const untilMs = this.#time.nowMs() + forS * 1000;
    while (this.#time.nowMs() < untilMs) {
      await this.#time.advance(STEP_MS);
      this.#simulation.poll();
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      const isBusy = this.#radio.scanning || this.#sensors.some(({ health }) => health.state === 'connecting');
      if (isBusy) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    for (let passedS = 0; !condition(); passedS++) {
      if (passedS > 120) throw new Error(`expected ${what} within two minutes, found it still missing`);
      await this.run(1);
    }
  }

  /** The second wearable is out of reach from now on. */
  async loseWaist(): Promise<void> {
    const { address } = this.#simulation.peripherals[1];
    this.#radio.setPeerFaults(address, { vanished: true });
    this.#radio.drop(address);
    await this.run(1);
  }

  async stop(): Promise<void> {
    const isOver = Promise.all(this.#sensors.map((sensor) => sensor.stop())).then(() => true);
    while (!(await Promise.race([isOver, this.run(0.05).then(() => false)])));
    await this.#central.stop();
  }
}

const benches: PairBench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.stop();
});

async function worn(toDeg: Partial<Record<Place, number>>): Promise<PairBench> {
  const bench = new PairBench(toDeg);
  benches.push(bench);
  await bench.start();
  return bench;
}

describe('GS-07: a hip hinge, pelvis 60°, thorax 62°, of somebody with fracture tier T3', () => {
  it('a: with chest and lower back worn it raises nothing', { timeout: 60_000 }, async () => {
    const bench = await worn({ chest: 62, lowerBack: 60 });
    await bench.run(50);
    expect(bench.bends).toEqual([]);
    const deep = bench.seconds.filter(({ values }) => (values.flexionDeg ?? 0) > 55);
    expect(deep.length).toBeGreaterThan(4);
    for (const { values } of deep) expect(Math.abs(values.spinalFlexionDeg ?? NaN)).toBeLessThan(5);
    const [event] = bench.record
      .motionEvents({ personId: 'anna' })
      .filter(({ event: { type } }) => type === 'forwardBend');
    expect(event).toMatchObject({ site: 'chest', event: { pattern: 'hinge', source: 'thorax' } });
  });

  it('a, until the lower back is lost: from then on the chest judges', { timeout: 60_000 }, async () => {
    const bench = await worn({ chest: 62, lowerBack: 60 });
    await bench.run(25);
    expect(bench.bends).toEqual([]);
    await bench.loseWaist();
    await bench.run(25);
    expect(bench.bends[0].values).toMatchObject({ source: 'one sensor' });
    expect(bench.seconds.at(-1)?.values).not.toHaveProperty('spinalFlexionDeg');
  });

  it('b: from the chest alone it is EV-BEND', { timeout: 60_000 }, async () => {
    const bench = await worn({ chest: 62 });
    await bench.until(() => bench.bends.length > 0, 'a bend');
    expect(bench.bends[0].values).toMatchObject({ source: 'one sensor', limitDeg: 30 });
  });

  it('a rounded back is EV-BEND by the spine’s limit', { timeout: 60_000 }, async () => {
    const bench = await worn({ chest: 40, lowerBack: 5 });
    await bench.until(() => bench.bends.length > 0, 'a bend');
    expect(bench.bends[0].values).toMatchObject({ source: 'two sensors', limitDeg: 20 });
  });
});
