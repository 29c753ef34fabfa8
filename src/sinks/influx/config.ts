/** What can be configured about InfluxDB 1.x, 2.x and 3 (through its 1.x write interface). */
import { z } from 'zod';

const databaseName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected a database name of 1 to 64 letters, digits, - and _');

export const influxConfigSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'expected http:// or https:// with host and port' })
    .refine(hasNoCredentials, 'expected no user or password in the address; use username and password')
    .describe('address of InfluxDB')
    .meta({ example: 'http://localhost:8086', expected: 'http:// or https://' }),
  username: z
    .string()
    .min(1)
    .optional()
    .describe('account that may write and nothing else; with InfluxDB 3 any name')
    .meta({ example: 'plumbline' }),
  password: z
    .string()
    .min(1)
    .optional()
    .describe('its password, with InfluxDB 2 and 3 the token; better as an environment variable than in this file')
    .meta({ example: 'the password' }),
  // Never a retention policy, which InfluxDB 3 does not have.
  databases: z
    .strictObject({
      series: databaseName.default('plumbline_1s').describe('seconds and device health'),
      long: databaseName.default('plumbline_long').describe('events, which are kept'),
    })
    .prefault({})
    .describe('one database for each retention'),
  writeDeadlineMs: z
    .number()
    .int()
    .min(100)
    .max(120_000)
    .default(10_000)
    .describe('milliseconds that InfluxDB may take for one batch before it is written again'),
  batchPoints: z.number().int().min(1).max(5_000).default(2_000).describe('points in one batch'),
});
export type InfluxConfig = z.infer<typeof influxConfigSchema>;

/** Addresses are logged, passwords never. */
function hasNoCredentials(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { username, password } = new URL(address);
  return username === '' && password === '';
}
