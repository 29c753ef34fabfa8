import { afterAll, beforeAll } from 'vitest';
import { METRICS } from '../../src/motion/metrics.ts';
import { influxConfigSchema } from '../../src/sinks/influx/config.ts';
import { InfluxSeriesStore } from '../../src/sinks/influx/seriesStore.ts';
import { MemorySeriesStore } from '../fakes/memorySeriesStore.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { type Influxd, startInfluxd } from '../services/influxd.ts';
import { seriesStoreContract, type StoredPoint } from './seriesStore.contract.ts';

const byTime = (a: StoredPoint, b: StoredPoint): number => Number(a.row['time']) - Number(b.row['time']);

seriesStoreContract('in memory', async () => {
  const store = new MemorySeriesStore(METRICS);
  return {
    store,
    points: async () =>
      store.points
        .map(({ measurement, database, tags, fields, timestamp }) => {
          return { measurement, database, row: { ...tags, ...fields, time: timestamp } };
        })
        .sort(byTime),
    breakDatabase: async () => {
      store.isReachable = false;
    },
    healDatabase: async () => {
      store.isReachable = true;
    },
    close: async () => undefined,
  };
});

let influxd: Influxd;
beforeAll(async () => {
  influxd = await startInfluxd();
});
afterAll(async () => {
  await influxd.stop();
});

seriesStoreContract('InfluxDB, as a user who may only write', async () => {
  const config = influxConfigSchema.parse({ url: influxd.url, ...influxd.writer });
  for (const database of influxd.databases) {
    await influxd.query('DROP SERIES FROM /.*/', { database });
  }
  const pointsOf = async (role: StoredPoint['database']): Promise<StoredPoint[]> => {
    const series = await influxd.query('SELECT * FROM /.*/', { database: config.databases[role] });
    return series.flatMap(({ name, columns, values }) =>
      values.map((row) => {
        const cells = columns.map((column, i): [string, string | number | boolean | null] => [column, row[i] ?? null]);
        const stored = Object.fromEntries(cells.filter(([, value]) => value !== null));
        return { measurement: name, database: role, row: stored as StoredPoint['row'] };
      }),
    );
  };
  return {
    store: new InfluxSeriesStore({ config, catalogue: METRICS, logger: new QuietLogger() }),
    points: async () => [...(await pointsOf('series')), ...(await pointsOf('long'))].sort(byTime),
    breakDatabase: () => influxd.kill(),
    healDatabase: () => influxd.restart(),
    close: async () => undefined,
  };
});
