/** What can be configured about InfluxDB 1.x, 2.x and 3 (through its 1.x write interface). */
import { z } from 'zod';

const databaseName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected a database name of 1 to 64 letters, digits, - and _');

export const influxConfigSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'expected http:// or https:// with host and port' })
    .refine(hasNoCredentials, 'expected no user or password in the address; use username and password'),
  /** May write and nothing else. InfluxDB 3: any name. */
  username: z.string().min(1).optional(),
  /** InfluxDB 2 and 3: the token. */
  password: z.string().min(1).optional(),
  /** One database for each retention; never a retention policy, which InfluxDB 3 does not have. */
  databases: z
    .strictObject({
      /** Seconds and device health. */
      series: databaseName.default('plumbline_1s'),
      /** Events, kept. */
      long: databaseName.default('plumbline_long'),
    })
    .prefault({}),
  /** How long InfluxDB may take for one batch before it is written again. */
  writeDeadlineMs: z.number().int().min(100).max(120_000).default(10_000),
  batchPoints: z.number().int().min(1).max(5_000).default(2_000),
});
export type InfluxConfig = z.infer<typeof influxConfigSchema>;

/** Addresses are logged, passwords never. */
function hasNoCredentials(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { username, password } = new URL(address);
  return username === '' && password === '';
}
