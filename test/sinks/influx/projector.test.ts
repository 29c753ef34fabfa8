import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEntry, RecordBatch } from '../../../src/model/ports.ts';
import { METRICS } from '../../../src/motion/metrics.ts';
import { influxConfigSchema } from '../../../src/sinks/influx/config.ts';
import { InfluxProjector, type InfluxProjectorOptions } from '../../../src/sinks/influx/projector.ts';
import { InfluxSeriesStore } from '../../../src/sinks/influx/seriesStore.ts';
import { MemoryRecordStore } from '../../fakes/memoryRecordStore.ts';
import { MemorySeriesStore } from '../../fakes/memorySeriesStore.ts';
import { QuietLogger } from '../../fakes/quietLogger.ts';
import { type Influxd, startInfluxd } from '../../services/influxd.ts';
import { startBrokenServer } from './brokenServer.ts';
import { clinicalEvent, health, motionEvent, second, START_MS } from './entries.ts';

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 15_000, interval: 10 });
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** As the service would have written it: the record gives the positions. */
function batchOf(entries: readonly JournalEntry[]): RecordBatch {
  return {
    series: entries.flatMap((entry) => (entry.kind === 'series' ? [entry.second] : [])),
    motionEvents: entries.flatMap((entry) => (entry.kind === 'motionEvent' ? [entry.stored] : [])),
    clinicalEvents: entries.flatMap((entry) => (entry.kind === 'clinicalEvent' ? [entry.event] : [])),
    health: entries.flatMap((entry) => (entry.kind === 'health' ? [{ tMs: entry.tMs, health: entry.health }] : [])),
  };
}

describe('projector from the record to a time-series database', () => {
  let record: MemoryRecordStore;
  let store: MemorySeriesStore;
  let logger: QuietLogger;
  let nowMs: number;
  let waits: { readonly delayMs: number; readonly run: () => void }[];

  beforeEach(() => {
    record = new MemoryRecordStore();
    store = new MemorySeriesStore(METRICS);
    logger = new QuietLogger();
    nowMs = START_MS;
    waits = [];
  });

  function projector(options: Partial<InfluxProjectorOptions> = {}): InfluxProjector {
    const made = new InfluxProjector({
      record,
      store,
      logger,
      clock: { nowMs: () => nowMs },
      random: () => 1,
      schedule: (delayMs, run) => {
        waits.push({ delayMs, run });
        return () => undefined;
      },
      ...options,
    });
    closing.push(() => made.stop());
    return made;
  }
  /** Lets the next wait be over, and waits for what it does. */
  const passTime = async (): Promise<number> => {
    const count = waits.length;
    const wait = waits.at(-1);
    nowMs += wait?.delayMs ?? 0;
    wait?.run();
    await until(() => expect(waits.length).toBeGreaterThan(count));
    return wait?.delayMs ?? 0;
  };
  const times = (): number[] =>
    store.points.map(({ timestamp }) => (timestamp - START_MS) / 1000).sort((a, b) => a - b);

  it('writes what is there, remembers where it stands, and goes on with what comes', async () => {
    record.write(batchOf([second(1), motionEvent(2)]));
    const project = projector();
    await project.start();
    await until(() => expect(waits).toHaveLength(1));
    expect(times()).toEqual([1, 2]);
    record.write(batchOf([second(3)]));
    await passTime();
    expect(times()).toEqual([1, 2, 3]);
    expect(project.lag()).toEqual({ waitingEntries: 0, failingForMs: 0, skippedEntries: 0, problem: undefined });
  });

  it('a second start goes on from the cursor and does not begin anew', async () => {
    record.write(batchOf([second(1)]));
    const first = projector();
    await first.start();
    await first.catchUp();
    await first.stop();
    const empty = new MemorySeriesStore(METRICS);
    record.write(batchOf([second(2)]));
    const next = projector({ store: empty });
    await next.start();
    await next.catchUp();
    expect(empty.points).toHaveLength(1);
  });

  it('during an outage nothing is lost, the waits grow, and it is said once', async () => {
    store.isReachable = false;
    record.write(batchOf([second(1)]));
    const project = projector();
    await project.start();
    await until(() => expect(waits).toHaveLength(1));
    const delays = [await passTime(), await passTime(), await passTime()];
    record.write(batchOf([second(2), motionEvent(3)]));
    expect(delays).toEqual([500, 1000, 2000]);
    expect(project.lag()).toMatchObject({
      waitingEntries: 3,
      failingForMs: 3500,
      problem: expect.any(String) as string,
    });
    store.isReachable = true;
    await passTime();
    expect(times()).toEqual([1, 2, 3]);
    expect(logger.lines.map(({ event }) => event)).toEqual(['influx.down', 'influx.caughtUp']);
    expect(project.lag().failingForMs).toBe(0);
    expect(waits.at(-1)?.delayMs).toBe(1000);
  });

  it('tells how far behind it is without reading a row, up to 10 000', async () => {
    record.write(batchOf([second(1)]));
    const project = projector();
    await project.start();
    await project.catchUp();
    const reading = vi.spyOn(record, 'journalAfter');
    record.write(batchOf(Array.from({ length: 7 }, (_, i) => second(10 + i))));
    expect(project.lag().waitingEntries).toBe(7);
    record.write(batchOf(Array.from({ length: 10_000 }, (_, i) => second(100 + i))));
    expect(project.lag().waitingEntries).toBe(10_000);
    expect(reading).not.toHaveBeenCalled();
  });

  it('a row that will never be accepted is skipped alone and named', async () => {
    const entries = Array.from({ length: 50 }, (_, i) =>
      i === 23 ? second(i, { personId: 'p1\nforged v=1' }) : second(i),
    );
    record.write(batchOf(entries));
    const project = projector({ batchEntries: 20 });
    await project.start();
    await project.catchUp();
    expect(times()).toEqual(entries.map((_, i) => i).filter((i) => i !== 23));
    expect(project.lag()).toMatchObject({ waitingEntries: 0, skippedEntries: 1 });
    expect(logger.of('influx.skipped')).toHaveLength(1);
    expect(logger.of('influx.skipped')[0]?.fields['problem']).toMatch(
      /expected tag patient as .*, found "p1\\nforged v=1"/,
    );
  });

  it('a wrong device that writes nothing but nonsense does not fill the log', async () => {
    record.write(batchOf(Array.from({ length: 500 }, (_, i) => health(i, { deviceId: 'a b' }))));
    const project = projector();
    await project.start();
    await project.catchUp();
    expect(project.lag().skippedEntries).toBe(500);
    expect(logger.of('influx.skipped')).toHaveLength(20);
  });

  it('a record that cannot be read is tried again', async () => {
    record.write(batchOf([second(1)]));
    const project = projector();
    const reading = vi.spyOn(record, 'journalAfter').mockImplementationOnce(() => {
      throw new Error('expected a readable disk, found none');
    });
    await project.start();
    await until(() => expect(waits).toHaveLength(1));
    expect(logger.of('influx.down')[0]?.fields['problem']).toMatch(/readable disk/);
    await passTime();
    expect(times()).toEqual([1]);
    reading.mockRestore();
  });

  it('an outage in the middle of a batch with a wrong row: the row is named once, the rest is written', async () => {
    record.write(batchOf([second(1), second(2, { site: 'a b' }), second(3), second(4)]));
    const project = projector();
    let calls = 0;
    const write = store.write.bind(store);
    store.write = async (entries) => {
      calls += 1;
      store.isReachable = calls !== 5;
      await write(entries);
    };
    await project.start();
    await until(() => expect(waits).toHaveLength(1));
    expect(times()).toEqual([1]);
    await passTime();
    expect(times()).toEqual([1, 3, 4]);
    expect(project.lag().skippedEntries).toBe(1);
    expect(logger.of('influx.skipped')).toHaveLength(1);
  });
});

describe('projector and a real InfluxDB', () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const realProjector = (record: MemoryRecordStore, url = influxd.url): InfluxProjector => {
    const logger = new QuietLogger();
    const config = influxConfigSchema.parse({ url, ...influxd.writer });
    const store = new InfluxSeriesStore({ config, catalogue: METRICS, logger });
    const clock = { nowMs: () => Date.now() };
    const made = new InfluxProjector({ record, store, clock, logger, pollMs: 20, batchEntries: 100 });
    closing.push(() => made.stop());
    return made;
  };

  it('kill -9 of InfluxDB in the middle, again and again: every row is there in the end, once', async () => {
    const record = new MemoryRecordStore();
    const project = realProjector(record);
    await project.start();
    const rounds = 3;
    const perRound = 1_000;
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < perRound; i += 50) {
        const positions = Array.from({ length: 50 }, (_, k) => round * perRound + i + k);
        record.write(batchOf(positions.flatMap((p) => (p % 10 === 0 ? [second(p), motionEvent(p)] : [second(p)]))));
        if (i === 500) {
          const cursor = record.cursor('influx');
          await until(() => expect(record.cursor('influx')).toBeGreaterThan(cursor));
          void influxd.kill();
        }
      }
      await influxd.restart();
    }
    await until(() => expect(project.lag().waitingEntries).toBe(0));
    const [seconds] = await influxd.rows(
      'SELECT count(flexion_deg), min(flexion_deg), max(flexion_deg) FROM posture',
      'plumbline_1s',
    );
    expect(seconds).toMatchObject({ count: 3_000, min: 10, max: 10 + 2_999 / 8 });
    const [events] = await influxd.rows('SELECT count(peak_deg) FROM event', 'plumbline_long');
    expect(events).toMatchObject({ count: 300 });
    expect(project.lag().skippedEntries).toBe(0);
  });

  it('rebuilt from the record into an empty InfluxDB, everything is the same', async () => {
    const record = new MemoryRecordStore();
    record.write(batchOf([second(1), clinicalEvent(2), motionEvent(2, { type: 'twist' }), health(3)]));
    const read = async (): Promise<unknown> => [
      await influxd.rows('SELECT * FROM posture, device', 'plumbline_1s'),
      await influxd.rows('SELECT * FROM event', 'plumbline_long'),
    ];
    const drop = async (): Promise<void> => {
      for (const database of influxd.databases) await influxd.query('DROP SERIES FROM /.*/', { database });
    };
    await drop();
    const first = realProjector(record);
    await first.start();
    await first.catchUp();
    await first.stop();
    const before = await read();
    await drop();
    record.saveCursor('influx', 0);
    const again = realProjector(record);
    await again.start();
    await again.catchUp();
    expect(await read()).toEqual(before);
    expect(JSON.stringify(before)).toContain('EV-BEND');
  });

  it('stop while InfluxDB hangs ends at once and keeps the rows', async () => {
    const hanging = await startBrokenServer(() => undefined);
    closing.push(() => hanging.close());
    const record = new MemoryRecordStore();
    record.write(batchOf([second(1)]));
    const project = realProjector(record, hanging.url);
    await project.start();
    await until(() => expect(hanging.requests()).toBe(1));
    const startedMs = Date.now();
    await project.stop();
    expect(Date.now() - startedMs).toBeLessThan(500);
    expect(project.lag().waitingEntries).toBe(1);
  });
});
