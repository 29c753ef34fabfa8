/**
 * Everything that can be configured: one schema, a YAML or JSON file and environment variables over it.
 * The only reader of `process.env`. Every bad key is listed with what was expected and found.
 */
import { z } from 'zod';
import { type ConfigFile, NO_FILE, readConfigFile } from './app/configuration/configFile.ts';
import { configProblems } from './app/configuration/configProblems.ts';
import { type ConfigNode, configTree } from './app/configuration/configTree.ts';
import { withEnvironment } from './app/configuration/environment.ts';
import { checkEnrolment } from './app/enrolment.ts';
import { checkWearable } from './app/checkWearable.ts';
import { withNamedSecrets } from './app/configuration/namedSecrets.ts';
import { mountSchema } from './app/mountSchema.ts';
import { DEFAULT_NOBLE_LIBRARY, NOBLE_LIBRARIES } from './ble/nobleLibrary.ts';
import { KNOWN_DEVICES } from './devices/index.ts';
import { PlumblineError } from './model/errors.ts';
import { PERSON_ID, PLACEMENTS, TIERS } from './model/person.ts';
import { limitOverridesSchema } from './rules/limits.ts';
import { influxConfigSchema } from './sinks/influx/config.ts';
import { mqttConfigSchema } from './sinks/mqtt/config.ts';
import { webConfigSchema } from './web/config.ts';

const deviceIds = KNOWN_DEVICES.map((device) => device.id) as [string, ...string[]];

const wearableSchema = z
  .strictObject({
    device: z.enum(deviceIds).describe('kind of wearable, see `plumbline devices`').meta({ example: 'plumbline' }),
    name: z.string().min(1).optional().describe('advertised name, as `plumbline scan` shows it'),
    address: z
      .string()
      .regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, 'expected aa:bb:cc:dd:ee:ff')
      .optional()
      .describe('address, where two wearables carry one name')
      .meta({ example: 'aa:bb:cc:dd:ee:ff', expected: 'aa:bb:cc:dd:ee:ff' }),
    token: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{20,200}$/, 'expected 20 to 200 letters, digits and . _ ~ -')
      .optional()
      .describe('password of a wearable that sends by itself, such as a phone; ${NAME}: from that environment variable')
      .meta({ apart: true, example: '${PHONE_OF_ANNA}', expected: '20 to 200 letters, digits and . _ ~ -' }),
    deviceId: z
      .string()
      .regex(/^[\w.:{}-]{1,128}$/, 'expected 1 to 128 letters, digits and . _ : { } -')
      .optional()
      .describe('id that the app of a phone gives it; absent: that of the first phone with the token')
      .meta({ apart: true, example: 'F3A1C0DE-0001' }),
    placement: z.enum(PLACEMENTS).describe('where it is worn').meta({ example: 'chest' }),
    mount: mountSchema
      .prefault('+X+Y+Z')
      .describe(
        'signed sensor axes that point anterior, superior and right on the wearer; or a 3×3 array with these directions as rows',
      )
      .meta({ expected: 'signed axes or a 3×3 array' }),
    mode: z
      .string()
      .optional()
      .describe('how it measures, one of the device’s modes; the device’s first when absent')
      .meta({ example: 'acc' }),
    rateHz: z
      .number()
      .positive()
      .optional()
      .describe('samples per second, one of the device’s; the device’s own choice when absent')
      .meta({ example: 100 }),
  })
  .superRefine(checkWearable);

const personSchema = z.strictObject({
  id: z
    .string()
    .regex(PERSON_ID, 'expected a pseudonym of a-z, 0-9 and -')
    .describe('pseudonym of a-z, 0-9 and -; MQTT and InfluxDB see this and never the name')
    .meta({ example: 'anna' }),
  displayName: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('name on the local page and in the record; it never leaves them'),
  tier: z.enum(TIERS).default('T2').describe('fracture tier: T1 low, T2 moderate, T3 high'),
  limits: limitOverridesSchema.default([]).describe('limits that the physiotherapist set for this person'),
  wearables: z.array(wearableSchema).min(1).describe('what this person wears'),
});

const radioSchema = z
  .discriminatedUnion('adapter', [
    z
      .strictObject({
        adapter: z.literal('simulated').describe('which radio: simulated, noble or none'),
        wearables: z
          .array(z.looseObject({ kind: z.string().describe('kind of wearable, as in `plumbline devices`') }))
          .optional()
          .describe('what the software wearables are and do; absent: one for each enrolled wearable')
          .meta({ example: [{ kind: 'plumbline', name: 'Plumbline-0001', motion: { script: 'dailyLoop' } }] }),
      })
      .describe('wearables made of software behind a virtual Bluetooth controller'),
    z
      .strictObject({
        adapter: z.literal('noble').describe('which radio: simulated, noble or none'),
        library: z
          .enum(NOBLE_LIBRARIES)
          .default(DEFAULT_NOBLE_LIBRARY)
          .describe('which noble drives the adapter: abandonware or stoprocent, whose package is optional'),
        hciDevice: z
          .number()
          .int()
          .min(0)
          .max(15)
          .optional()
          .describe('number of the adapter, 0 is hci0; absent: the first one that is up')
          .meta({ example: 0 }),
      })
      .describe('a Bluetooth adapter of this machine'),
    z
      .strictObject({ adapter: z.literal('none').describe('which radio: simulated, noble or none') })
      .describe('no radio: page, broker and record only'),
  ])
  .prefault({ adapter: 'simulated' });

const DEMO_PEOPLE = [
  {
    id: 'demo-anna',
    displayName: 'Anna (simulated)',
    tier: 'T2',
    wearables: [{ device: 'plumbline', name: 'Plumbline-0001', placement: 'chest' }],
  },
] satisfies z.input<typeof personSchema>[];

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const configSchema = z.strictObject({
  people: z
    .array(personSchema)
    .prefault(DEMO_PEOPLE)
    .superRefine(checkEnrolment)
    .describe('who is monitored, and what each of them wears'),
  radio: radioSchema.describe('where the wearables are heard'),
  mqtt: mqttConfigSchema.describe('alerts to caregivers'),
  influx: influxConfigSchema.optional().describe('time series for dashboards; absent: none'),
  web: webConfigSchema.prefault({}).describe('the live page and the API'),
  storage: z
    .strictObject({
      file: z.string().min(1).default('plumbline-data/plumbline.sqlite').describe('the record, one SQLite file'),
    })
    .prefault({})
    .describe('the record'),
  log: z
    .strictObject({ level: z.enum(logLevels).default('warn').describe('least severe lines to log, JSON on stderr') })
    .prefault({})
    .describe('logging'),
});
export type Config = z.infer<typeof configSchema>;

/** Read elsewhere or by tools, not keys of the file. */
const ENV_OTHER = new Set([
  'PLUMBLINE_CONFIG',
  'PLUMBLINE_INFLUX_ADMIN_USERNAME',
  'PLUMBLINE_INFLUX_ADMIN_PASSWORD',
  'PLUMBLINE_SCREENSHOTS',
]);

export type Environment = Readonly<Record<string, string | undefined>>;

/** The schema as data. */
export const CONFIG_TREE: ConfigNode = configTree(configSchema);

/** The file that is meant: the stated one, else that of `PLUMBLINE_CONFIG`. */
export const configPath = (path: string | undefined, env: Environment = process.env): string | undefined =>
  path ?? (env.PLUMBLINE_CONFIG || undefined);

/**
 * @param path of the file; `PLUMBLINE_CONFIG` when absent; without both, the demonstration
 * @throws PlumblineError `config/invalid` with every bad key
 */
export function loadConfig(path: string | undefined, env: Environment = process.env): Config {
  const file = configPath(path, env);
  return checked(file === undefined ? NO_FILE : readConfigFile(file), env, file ?? 'defaults');
}

/** @throws PlumblineError `config/invalid` */
export function parseConfig(json: unknown, source: string): Config {
  return checked({ ...NO_FILE, json }, {}, source);
}

/** What a file would say, judged as the service would: with the environment over it. @throws PlumblineError `config/invalid` */
export function judgeConfig(json: unknown, source: string, env: Environment = process.env): Config {
  return checked({ ...NO_FILE, json }, env, source);
}

/** An account that may create databases: from the environment only, for the one moment in which it is needed. */
export function influxAdministrator(
  env: Environment = process.env,
): { username: string; password: string } | undefined {
  const { PLUMBLINE_INFLUX_ADMIN_USERNAME: username, PLUMBLINE_INFLUX_ADMIN_PASSWORD: password } = env;
  return username && password ? { username, password } : undefined;
}

function checked({ json, lineOf }: ConfigFile, env: Environment, source: string): Config {
  const named = withNamedSecrets(json, env);
  const {
    value,
    sources,
    problems: unknown,
  } = withEnvironment(named.value, env, CONFIG_TREE, new Set([...ENV_OTHER, ...named.names]));
  const problems = [...named.problems, ...unknown];
  const parsed = configSchema.safeParse(value);
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = [...problems, ...configProblems(parsed.error?.issues ?? [], value, CONFIG_TREE, { sources, lineOf })];
  throw new PlumblineError(
    'config/invalid',
    `configuration (${source}): ${lines.length} bad key${lines.length > 1 ? 's' : ''}\n${lines.map((line) => `  ${line}`).join('\n')}`,
  );
}
