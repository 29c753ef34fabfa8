/** What every `SeriesStore` must do, whatever database it writes to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeriesStore } from '../../src/model/ports.ts';
import { clinicalEvent, health, motionEvent, second, START_MS } from '../sinks/influx/entries.ts';

export interface StoredPoint {
  readonly measurement: string;
  readonly database: 'series' | 'long';
  /** Tags and fields together, and `time` in Unix ms. */
  readonly row: Readonly<Record<string, string | number>>;
}

/** One store (not started) over one empty database that is up. */
export interface SeriesStoreHarness {
  readonly store: SeriesStore;
  /** Everything that is stored, whatever it is called, in the order of time. */
  points(): Promise<StoredPoint[]>;
  breakDatabase(): Promise<void>;
  healDatabase(): Promise<void>;
  close(): Promise<void>;
}

export function seriesStoreContract(name: string, open: () => Promise<SeriesStoreHarness>): void {
  describe(`SeriesStore contract: ${name}`, () => {
    let harness: SeriesStoreHarness;
    beforeEach(async () => {
      harness = await open();
      await harness.store.start();
    });
    afterEach(async () => {
      await harness.store.stop();
      await harness.close();
    });

    it('stores every kind of row with its tags, units and time', async () => {
      await harness.store.write([second(1), motionEvent(2), clinicalEvent(3), health(4)]);
      expect(await harness.points()).toEqual([
        {
          measurement: 'posture',
          database: 'series',
          row: {
            time: START_MS + 1000,
            patient: 'p1',
            site: 'chest',
            flexion_deg: 10.125,
            lateral_deg: -1.5,
            activity: 'standing',
            coverage: 1,
          },
        },
        {
          measurement: 'event',
          database: 'long',
          row: {
            time: START_MS + 2000,
            patient: 'p1',
            kind: 'forwardBend',
            id: `p1.forwardBend-${START_MS + 2000}`,
            type: 'forwardBend',
            layer: 'motion',
            severity: 'none',
            dur_s: 2.5,
            peak_deg: 61.5,
            peak_rate_dps: 80,
            confidence: 0.9,
          },
        },
        {
          measurement: 'event',
          database: 'long',
          row: {
            time: START_MS + 3000,
            patient: 'p1',
            kind: 'bend',
            id: `p1.EV-BEND.${START_MS + 3000}`,
            type: 'EV-BEND',
            layer: 'clinical',
            severity: 'low',
            dur_s: 1.2,
            peak_deg: 61.5,
            peak_rate_dps: 80,
            confidence: 0.8,
            text: 'You bent far forward.',
          },
        },
        {
          measurement: 'device',
          database: 'series',
          row: {
            time: START_MS + 4000,
            patient: 'p1',
            device: 'aa:bb:cc:dd:ee:ff',
            battery_pct: 88,
            rssi_dbm: -61,
            samples: 1000,
            lost_samples: 3,
            reconnects: 1,
          },
        },
      ]);
      expect(harness.store.state).toBe('connected');
    });

    it('writing the same rows again changes nothing', async () => {
      const entries = [second(1), motionEvent(2), clinicalEvent(2), health(4)];
      await harness.store.write(entries);
      const once = await harness.points();
      await harness.store.write(entries);
      expect(await harness.points()).toEqual(once);
      expect(once).toHaveLength(4);
    });

    it('what could not be measured is missing, not zero', async () => {
      await harness.store.write([second(1, { values: { flexionDeg: Number.NaN, lateralDeg: Infinity } })]);
      const [point] = await harness.points();
      expect(Object.keys(point?.row ?? {}).sort()).toEqual(['activity', 'coverage', 'patient', 'site', 'time']);
    });

    it('two events of one kind in one millisecond are both there', async () => {
      await harness.store.write([
        motionEvent(1, { type: 'twist' }),
        clinicalEvent(1, { kind: 'twist', ruleId: 'EV-TWIST' }),
        clinicalEvent(1, { kind: 'twist', ruleId: 'EV-TWIST-SET' }),
      ]);
      const types = (await harness.points()).map(({ row }) => row['type']);
      expect(types).toEqual(['twist', 'EV-TWIST', 'EV-TWIST-SET']);
    });

    it.each([
      ['quotes and backslashes', String.raw`She said "bend\" \ and ' ; DROP DATABASE x --`],
      ['a line break with a forged line', 'first\nforged,patient=p2 v=1 1700000000000'],
      ['a trailing backslash', 'ends with \\'],
      ['other scripts', 'Bücken – 曲げる – 🦴 \u0000'],
    ])('a text with %s comes back exactly, and nothing else does', async (_name, text) => {
      await harness.store.write([clinicalEvent(1, { text })]);
      const points = await harness.points();
      expect(points).toHaveLength(1);
      expect(points[0]?.row['text']).toBe(text);
    });

    it.each([
      ['a line break', 'p1\nforged v=1'],
      ['a comma', 'p1,site=x'],
      ['a space', 'p 1'],
      ['an equals sign', 'p=1'],
      ['a trailing backslash', 'p1\\'],
      ['nothing', ''],
      ['too much', 'p'.repeat(65)],
    ])('an id with %s is rejected by name and nothing is stored', async (_name, hostile) => {
      const entries = [
        second(1, { personId: hostile }),
        second(2, { site: hostile }),
        health(3, { deviceId: hostile }),
        clinicalEvent(4, { kind: hostile }),
      ];
      for (const entry of entries) {
        await expect(harness.store.write([entry])).rejects.toMatchObject({
          code: 'influx/rejected',
          message: expect.stringMatching(/expected tag (patient|site|device|kind) as/) as string,
          context: { positions: [entry.position] },
        });
      }
      expect(await harness.points()).toEqual([]);
    });

    it.each([0, -1, Number.NaN, 9e15])('the time %d is rejected', async (tMs) => {
      await expect(harness.store.write([second(1, { tMs })])).rejects.toMatchObject({ code: 'influx/rejected' });
    });

    it('many rows at once arrive completely', async () => {
      const entries = Array.from({ length: 12_000 }, (_, i) =>
        second(i % 3000, { site: `site${Math.floor(i / 3000)}` }),
      );
      await harness.store.write(entries);
      expect(await harness.points()).toHaveLength(12_000);
    });

    it('an outage is "try again later", and trying again later works at once', async () => {
      await harness.breakDatabase();
      await expect(harness.store.write([second(1)])).rejects.toMatchObject({ code: 'influx/unavailable' });
      expect(harness.store.state).toBe('down');
      await harness.healDatabase();
      await harness.store.write([second(1)]);
      expect(harness.store.state).toBe('connected');
      expect(await harness.points()).toHaveLength(1);
    });

    it('a stopped store takes nothing and can be started again', async () => {
      await harness.store.stop();
      expect(harness.store.state).toBe('stopped');
      await expect(harness.store.write([second(1)])).rejects.toMatchObject({ code: 'influx/unavailable' });
      await harness.store.start();
      await harness.store.write([second(1)]);
      expect(await harness.points()).toHaveLength(1);
    });
  });
}
