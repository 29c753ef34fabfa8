/**
 * Creates the databases, once, with an administrator's account. InfluxDB 1.x only: 2.x and 3 have their own tools for it.
 * The service itself never does this; its account may only write.
 */
import { InfluxDB } from 'influx';
import { PlumblineError } from '../../model/errors.ts';
import { type Schedule, scheduleWithTimers, withDeadline } from '../schedule.ts';
import { influxAddress } from './address.ts';
import type { InfluxConfig } from './config.ts';
import { influxFault } from './influxFault.ts';

const SERIES_RETENTION_DAYS = 14;
/** The policy that a new database has; only ever addressed as the default. */
const DEFAULT_POLICY = 'autogen';

/**
 * @returns the databases that were created; those that existed are left exactly as they are, their retention too.
 * @throws PlumblineError `influx/unavailable`, `influx/rejected`
 */
export async function provisionInflux(
  config: InfluxConfig,
  administrator: { readonly username: string; readonly password: string },
  schedule: Schedule = scheduleWithTimers,
): Promise<string[]> {
  const { url, databases, writeDeadlineMs } = config;
  const client = new InfluxDB({ ...influxAddress(url), ...administrator });
  const late = (): Error =>
    new PlumblineError(
      'influx/unavailable',
      `expected InfluxDB at ${url} to answer, found nothing within ${writeDeadlineMs} ms`,
    );
  try {
    return await withDeadline(createMissing(client, databases), writeDeadlineMs, late, schedule);
  } catch (error) {
    throw influxFault(error, url);
  }
}

async function createMissing(client: InfluxDB, databases: InfluxConfig['databases']): Promise<string[]> {
  const present = await client.getDatabaseNames();
  const missing = Object.values(databases).filter((name) => !present.includes(name));
  for (const name of missing) {
    await client.createDatabase(name);
    if (name !== databases.series) continue;
    await client.alterRetentionPolicy(DEFAULT_POLICY, {
      database: name,
      duration: `${SERIES_RETENTION_DAYS}d`,
      replication: 1,
      isDefault: true,
    });
  }
  return missing;
}
