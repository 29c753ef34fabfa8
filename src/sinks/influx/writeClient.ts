/**
 * One `influx` client that only writes, with what it lacks: its promises can hang for ever once response headers have come,
 * and one failure takes its only host out for seconds. So every call has a deadline of ours, and after a failure the client and
 * its sockets are thrown away.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { FieldType, InfluxDB, type ISchemaOptions } from 'influx';
import { PlumblineError } from '../../model/errors.ts';
import { type Schedule, withDeadline } from '../schedule.ts';
import { influxAddress } from './address.ts';
import type { InfluxConfig } from './config.ts';
import type { InfluxPoint } from './lineValues.ts';
import type { InfluxFieldType, InfluxMeasurement } from './schema.ts';

const FIELD_TYPES: Readonly<Record<InfluxFieldType, FieldType>> = {
  float: FieldType.FLOAT,
  integer: FieldType.INTEGER,
  string: FieldType.STRING,
};

interface Connection {
  readonly client: InfluxDB;
  readonly agent: HttpAgent;
}

export class InfluxWriteClient {
  readonly #config: InfluxConfig;
  readonly #schema: ISchemaOptions[];
  readonly #schedule: Schedule;
  #connection: Connection | undefined;

  constructor(config: InfluxConfig, measurements: readonly InfluxMeasurement[], schedule: Schedule) {
    this.#config = config;
    this.#schedule = schedule;
    this.#schema = measurements.map(({ name, database, tags, fields }) => ({
      measurement: name,
      database: config.databases[database],
      tags: [...tags],
      fields: Object.fromEntries(fields.map((field) => [field.name, FIELD_TYPES[field.type]])),
    }));
  }

  /** @throws the client's own error, or PlumblineError: `influx/unavailable` after the deadline, `influx/rejected` for a point outside the schema. */
  async write(database: string, points: readonly InfluxPoint[], signal: AbortSignal): Promise<void> {
    const { url, writeDeadlineMs } = this.#config;
    const late = (): PlumblineError => {
      const found = signal.aborted ? 'a stop of the service' : `no answer within ${writeDeadlineMs} ms`;
      return new PlumblineError('influx/unavailable', `expected InfluxDB at ${url} to store points, found ${found}`);
    };
    if (signal.aborted) throw late();
    const written = this.#begin(database, points);
    try {
      await withDeadline(written, writeDeadlineMs, late, this.#schedule, signal);
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  disconnect(): void {
    this.#connection?.agent.destroy();
    this.#connection = undefined;
  }

  /** The client throws at once what its schema does not know, and rejects later what the server does not like. */
  #begin(database: string, points: readonly InfluxPoint[]): Promise<void> {
    this.#connection ??= connect(this.#config, this.#schema);
    const plain = points.map(({ measurement, tags, fields, timestamp }) => ({ measurement, tags, fields, timestamp }));
    try {
      return this.#connection.client.writePoints(plain, { database, precision: 'ms' });
    } catch (cause) {
      throw new PlumblineError('influx/rejected', `expected points of the schema, found ${String(cause)}`, { cause });
    }
  }
}

function connect({ url, username, password, writeDeadlineMs }: InfluxConfig, schema: ISchemaOptions[]): Connection {
  const address = influxAddress(url);
  const agent = address.protocol === 'https' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const client = new InfluxDB({
    ...address,
    schema,
    options: { agent },
    pool: { maxRetries: 0, requestTimeout: writeDeadlineMs },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
  return { client, agent };
}
