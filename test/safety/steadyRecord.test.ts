import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/model/errors.ts';
import type { ClinicalEvent } from '../../src/model/event.ts';
import type { OutboundMessage, SeriesSecond } from '../../src/model/ports.ts';
import { clinicalEventOf } from '../../src/safety/clinicalEvent.ts';
import { SteadyRecord } from '../../src/safety/steadyRecord.ts';
import { SqliteRecordStore } from '../../src/sinks/sqlite/sqliteRecordStore.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { verdict } from './verdicts.ts';

const second = (n: number, coverage = 1): SeriesSecond => ({
  personId: 'ada',
  site: 'chest',
  tMs: n * 1000,
  values: {},
  activity: 'standing',
  coverage,
});
const message = (id: string, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  id,
  topic: 'plumbline/v1/ada/event',
  payload: '{}',
  retain: false,
  qos: 1,
  ...more,
});
const event = (atS: number, confidence: number): ClinicalEvent =>
  clinicalEventOf('ada', verdict('start', atS, { confidence }));

describe('rows that SQLite will never take', () => {
  let folder: string;
  let record: SqliteRecordStore;
  let logger: QuietLogger;
  let steady: SteadyRecord;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-steady-'));
    record = new SqliteRecordStore(join(folder, 'record.sqlite'));
    record.open();
    logger = new QuietLogger();
    steady = new SteadyRecord(record, logger);
  });
  afterEach(() => {
    record.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const seconds = (): number[] =>
    record.series({ personId: 'ada', site: 'chest', fromMs: 0, toMs: 1e9 }).map(({ tMs }) => tMs / 1000);
  const pending = (): string[] => steady.pendingMessages(100).map(({ id }) => id);

  it('a NaN is set aside alone and named; its batch, its message and what follows are stored', () => {
    const bad = event(0, Number.NaN);
    steady.write({ clinicalEvents: [bad], outbox: [message(bad.id)] });
    steady.write({ series: [second(1), second(2, Number.NaN), second(3)] });
    const good = event(60, 0.9);
    steady.write({ clinicalEvents: [good], outbox: [message(good.id)] });
    expect(steady.waitingCount).toBe(0);
    expect(record.clinicalEvents({}).map(({ id }) => id)).toEqual([good.id]);
    expect(seconds()).toEqual([1, 3]);
    expect(record.pendingMessages(10).map(({ id }) => id)).toEqual([bad.id, good.id]);
    expect(steady.refusedCount).toBe(2);
    expect(logger.of('record.row-refused').map(({ fields }) => fields['rows'])).toEqual([
      [`clinicalEvent ${bad.id}`],
      ['series ada chest 2000'],
    ]);
    expect(logger.of('record.row-refused')[0]?.fields['reason']).toMatch(/confidence/);
    expect(logger.of('record.failing')).toEqual([]);
  });

  it('a message that cannot be stored still goes out, once', () => {
    steady.write({ outbox: [message('odd', { qos: 2 as 1 }), message('even')] });
    expect(pending()).toEqual(['even', 'odd']);
    steady.markSent('odd', 1000);
    steady.markSent('even', 1000);
    expect(pending()).toEqual([]);
    expect(steady.retry()).toBe(true);
  });

  it('a disk that fills up between the rows of such a batch loses none of them', () => {
    const write = record.write.bind(record);
    let isFull = false;
    record.write = (batch) => {
      if (isFull) throw new PlumblineError('storage/failed', 'expected room on the disk, found a full disk');
      write(batch);
      isFull = true;
    };
    steady.write({ series: [second(1, Number.NaN), second(2), second(3)] });
    expect(steady.waitingCount).toBe(1);
    isFull = false;
    record.write = write;
    expect(steady.retry()).toBe(true);
    expect(seconds()).toEqual([2, 3]);
    expect(steady.refusedCount).toBe(1);
  });

  it('a wrong device that sends nothing but NaN does not fill the log', () => {
    for (let n = 0; n < 50; n++) steady.write({ series: [second(n, Number.NaN)] });
    expect(steady.refusedCount).toBe(50);
    expect(logger.of('record.row-refused')).toHaveLength(20);
  });
});
