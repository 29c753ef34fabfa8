import { assert, property, string } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOTION_EVENT_TYPES } from '../../../src/model/event.ts';
import { defineMetric } from '../../../src/model/metric.ts';
import { METRICS } from '../../../src/motion/metrics.ts';
import { influxConfigSchema } from '../../../src/sinks/influx/config.ts';
import { EventSlots } from '../../../src/sinks/influx/eventSlots.ts';
import { pointOf } from '../../../src/sinks/influx/lineValues.ts';
import { provisionInflux } from '../../../src/sinks/influx/provision.ts';
import { influxFieldName, influxMeasurements } from '../../../src/sinks/influx/schema.ts';
import { type Influxd, startInfluxd } from '../../services/influxd.ts';
import { clinicalEvent, health, second } from './entries.ts';

const measurements = influxMeasurements(METRICS);

describe('InfluxDB schema', () => {
  it('every metric of the catalogue has one field of its own, with its unit', () => {
    expect(influxFieldName('flexionRateMaxDps')).toBe('flexion_rate_max_dps');
    const posture = measurements.find(({ name }) => name === 'posture');
    const ofMetrics = posture?.fields.filter(({ metricId }) => metricId !== undefined) ?? [];
    expect(ofMetrics.map(({ metricId }) => metricId)).toEqual(METRICS.map(({ id }) => id));
    expect(ofMetrics.map(({ name }) => name)).toEqual(METRICS.map(({ id }) => influxFieldName(id)));
  });

  it('names are lower case words, each once, and no tag is a field', () => {
    for (const { tags, fields } of measurements) {
      const names = [...tags, ...fields.map(({ name }) => name)];
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    }
  });

  it('a metric that would take the place of another field is refused', () => {
    const clash = defineMetric({
      id: 'coverage',
      unit: 'ratio',
      description: '',
      reference: '',
      aggregate: 'mean',
      decimals: 1,
    });
    expect(() => influxMeasurements([clash])).toThrow(/posture: expected field names once, found coverage twice/);
  });

  it('whatever is in an id, no tag can hold anything that line protocol would read as more', () => {
    const slots = new EventSlots();
    assert(
      property(string({ unit: 'binary', maxLength: 80 }), (text) => {
        for (const entry of [
          second(1, { personId: text, site: text }),
          health(2, { deviceId: text }),
          clinicalEvent(3, { kind: text }),
        ]) {
          try {
            const { tags } = pointOf(entry, measurements, slots);
            if (!Object.values(tags).every((value) => /^[\w.:-]{1,64}$/.test(value))) return false;
          } catch (error) {
            if (!String(error).includes('expected tag')) return false;
          }
        }
        return true;
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('a value of the wrong type is rejected by name, a field of no schema is left out', () => {
    const slots = new EventSlots();
    const wrong = clinicalEvent(1, { values: { peakDeg: 'steep' } });
    expect(() => pointOf(wrong, measurements, slots)).toThrow(
      /clinicalEvent at 1: expected peak_deg as float, found a string/,
    );
    const unknown = second(1, { values: { flexionDeg: 1, notAMetric: 2 } });
    expect(Object.keys(pointOf(unknown, measurements, slots).fields)).toEqual(['flexion_deg', 'activity', 'coverage']);
  });
});

describe('places of events in time', () => {
  const place = { patient: 'p1', kind: 'bend', layer: 'clinical', startMs: 1000 } as const;

  it('the same event always has the same place, another one the next', () => {
    const slots = new EventSlots();
    expect(slots.slotMs({ ...place, id: 'a' })).toBe(1000);
    expect(slots.slotMs({ ...place, id: 'b' })).toBe(1001);
    expect(slots.slotMs({ ...place, id: 'c' })).toBe(1002);
    expect(slots.slotMs({ ...place, id: 'b' })).toBe(1001);
    expect(slots.slotMs({ ...place, patient: 'p2', id: 'd' })).toBe(1000);
    expect(slots.slotMs({ ...place, kind: 'twist-set', id: 'e' })).toBe(1000);
  });

  it('a rule named like a motion type does not need to remember', () => {
    for (const kind of MOTION_EVENT_TYPES) {
      const motion = new EventSlots().slotMs({ ...place, kind, layer: 'motion', id: 'm' });
      expect(new EventSlots().slotMs({ ...place, kind, id: 'c' })).not.toBe(motion);
    }
  });

  it('it forgets the oldest instead of growing for ever', () => {
    const slots = new EventSlots();
    for (let i = 0; i < 20_001; i++) slots.slotMs({ ...place, startMs: 2000 + 2 * i, id: `e${i}` });
    expect(slots.slotMs({ ...place, startMs: 2000, id: 'new' })).toBe(2000);
    expect(slots.slotMs({ ...place, startMs: 42_000, id: 'new' })).toBe(42_001);
  });
});

describe('provisioning of InfluxDB 1.x', () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd({ databases: [] });
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it('creates what is missing, with 14 days for the seconds, and leaves what is there as it is', async () => {
    const config = influxConfigSchema.parse({ url: influxd.url, databases: { series: 'kill', long: 'long-1' } });
    expect(await provisionInflux(config, influxd.admin)).toEqual(['kill', 'long-1']);
    const policy = async (database: string): Promise<unknown> =>
      (await influxd.query(`SHOW RETENTION POLICIES ON "${database}"`))[0]?.values.map((row) => row.slice(0, 2));
    expect(await policy('kill')).toEqual([['autogen', '336h0m0s']]);
    expect(await policy('long-1')).toEqual([['autogen', '0s']]);
    await influxd.query('ALTER RETENTION POLICY "autogen" ON "kill" DURATION 30d REPLICATION 1 DEFAULT');
    expect(await provisionInflux(config, influxd.admin)).toEqual([]);
    expect(await policy('kill')).toEqual([['autogen', '720h0m0s']]);
  });

  it('somebody without the right is told so', async () => {
    const config = influxConfigSchema.parse({ url: influxd.url, databases: { series: 'x1', long: 'x2' } });
    await expect(provisionInflux(config, influxd.writer)).rejects.toMatchObject({ code: 'influx/unavailable' });
    await expect(provisionInflux(config, { username: 'admin', password: 'wrong' })).rejects.toThrow(
      /authorization failed/,
    );
  });
});
