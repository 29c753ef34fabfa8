/**
 * Everything that can be configured: one schema, a YAML or JSON file and environment variables over it.
 * The only reader of `process.env`. Every bad key is listed with what was expected and found.
 */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { mistakableFor } from './app/enrolment.ts';
import { DEVICES } from './devices/index.ts';
import { messageOf, PlumblineError } from './model/errors.ts';
import { parseMount } from './model/frames.ts';
import { PERSON_ID, PLACEMENTS, TIERS } from './model/person.ts';
import { limitOverridesSchema } from './rules/limits.ts';
import { influxConfigSchema } from './sinks/influx/config.ts';
import { mqttConfigSchema } from './sinks/mqtt/config.ts';
import { webConfigSchema } from './web/config.ts';

const deviceIds = DEVICES.map((device) => device.id) as [string, ...string[]];

const mountText = z.string().superRefine((text, context) => {
  try {
    parseMount(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});

const wearableSchema = z
  .strictObject({
    device: z.enum(deviceIds).describe('kind of wearable, see `plumbline devices`'),
    name: z.string().min(1).optional().describe('advertised name, such as "Plumbline-0001"'),
    address: z
      .string()
      .regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, 'expected aa:bb:cc:dd:ee:ff')
      .optional()
      .describe('address, where two wearables carry one name'),
    placement: z.enum(PLACEMENTS).describe('where it is worn'),
    mount: mountText
      .default('+X+Y+Z')
      .describe('signed sensor axes that point anterior, superior and right on the wearer'),
    rateHz: z.number().positive().optional().describe('samples per second; the device’s default when absent'),
  })
  .superRefine((wearable, context) => {
    const device = DEVICES.find((d) => d.id === wearable.device);
    if (!device || wearable.rateHz === undefined || device.rateHz.choices.includes(wearable.rateHz)) return;
    context.addIssue({
      code: 'custom',
      path: ['rateHz'],
      message: `expected one of ${device.rateHz.choices.join(', ')} for ${device.id}`,
    });
  });

const personSchema = z.strictObject({
  id: z
    .string()
    .regex(PERSON_ID, 'expected a pseudonym of a-z, 0-9 and -')
    .describe('pseudonym; MQTT and InfluxDB see this and never the name'),
  displayName: z.string().min(1).max(80).optional().describe('name on the local page'),
  tier: z.enum(TIERS).default('T2').describe('fracture tier: T1 low, T2 moderate, T3 high'),
  limits: limitOverridesSchema.default([]).describe('limits that the physiotherapist set for this person'),
  wearables: z.array(wearableSchema).min(1).describe('what this person wears'),
});

const radioSchema = z
  .discriminatedUnion('adapter', [
    z.strictObject({
      adapter: z.literal('simulated').describe('wearables made of software behind a virtual Bluetooth controller'),
      wearables: z
        .array(z.looseObject({ kind: z.string() }))
        .optional()
        .describe('see firmware-mocks/simulationSpec.ts'),
    }),
    z.strictObject({
      adapter: z.literal('noble').describe('a Bluetooth adapter of this machine'),
      hciDevice: z.number().int().min(0).max(15).optional().describe('number of the adapter: 0 is hci0'),
    }),
    z.strictObject({ adapter: z.literal('none').describe('no radio: page, broker and record only') }),
  ])
  .prefault({ adapter: 'simulated' });

const DEMO_PEOPLE = [
  {
    id: 'demo-anna',
    displayName: 'Anna (simulated)',
    tier: 'T2',
    wearables: [{ device: 'plumbline', name: 'Plumbline-0001', placement: 'chest' }],
  },
];

/** One person's data must never be taken for another's. */
function sharedWearables(people: readonly z.infer<typeof personSchema>[]) {
  const enrolled = people.flatMap(({ id, wearables }, i) =>
    wearables.map((wearable, k) => ({ ...wearable, personId: id, path: [i, 'wearables', k] })),
  );
  return enrolled.flatMap((wearable, i) => {
    const other = mistakableFor(wearable, enrolled.slice(0, i));
    if (!other) return [];
    const message = `expected a name or address that tells it apart from the wearable of ${other.personId}`;
    return [{ code: 'custom' as const, path: wearable.path, message }];
  });
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const configSchema = z.strictObject({
  people: z
    .array(personSchema)
    .prefault(DEMO_PEOPLE as never)
    .superRefine((people, context) => {
      people.forEach((person, i) => {
        if (people.findIndex((other) => other.id === person.id) !== i) {
          context.addIssue({ code: 'custom', path: [i, 'id'], message: 'expected each id once' });
        }
      });
      for (const issue of sharedWearables(people)) context.addIssue(issue);
    })
    .describe('who is monitored'),
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

const ENV_PREFIX = 'PLUMBLINE_';
/** Read elsewhere or by tools, not keys of the file. */
const ENV_OTHER = new Set(['PLUMBLINE_CONFIG', 'PLUMBLINE_SCREENSHOTS']);

/**
 * @param path of the file; `PLUMBLINE_CONFIG` when absent; without both, the demonstration
 * @throws PlumblineError `config/invalid` with every bad key
 */
export function loadConfig(path: string | undefined, env: NodeJS.ProcessEnv = process.env): Config {
  const file = path ?? env.PLUMBLINE_CONFIG;
  const json = file === undefined ? {} : readConfigFile(file);
  return parseConfig(withEnvironment(json, env), file ?? 'defaults');
}

/** @throws PlumblineError `config/invalid` */
export function parseConfig(json: unknown, source: string): Config {
  const parsed = configSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const found = issue.path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
      json,
    );
    return `  ${issue.path.join('.') || '(top level)'}: ${issue.message}, found ${JSON.stringify(found) ?? 'nothing'}`;
  });
  throw new PlumblineError(
    'config/invalid',
    `configuration (${source}): ${lines.length} bad key${lines.length > 1 ? 's' : ''}\n${lines.join('\n')}`,
  );
}

function readConfigFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new PlumblineError(
      'config/invalid',
      `configuration: expected a readable file ${file}, found ${messageOf(error)}`,
    );
  }
  try {
    return (parseYaml(text) as unknown) ?? {};
  } catch (error) {
    throw new PlumblineError('config/invalid', `configuration: expected YAML in ${file}, found ${messageOf(error)}`);
  }
}

/** `PLUMBLINE_WEB_PORT=8080` sets `web.port`: sections and keys in upper snake case. */
function withEnvironment(json: unknown, env: NodeJS.ProcessEnv): unknown {
  const names = environmentNames();
  const result = structuredClone(json) as Record<string, Record<string, unknown>>;
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(ENV_PREFIX) || ENV_OTHER.has(name) || text === undefined) continue;
    const target = names.get(name);
    if (!target) {
      throw new PlumblineError(
        'config/invalid',
        `environment: expected one of ${[...names.keys()].join(', ')}, found ${name}`,
      );
    }
    const [section, key] = target;
    const number = Number(text);
    const wasText = key === 'password' || key === 'username';
    result[section] = {
      ...result[section],
      [key]: text.trim() !== '' && Number.isFinite(number) && !wasText ? number : text,
    };
  }
  return result;
}

/** Environment variable → section and key, for every single value of every section. */
export function environmentNames(): Map<string, [section: string, key: string]> {
  const names = new Map<string, [string, string]>();
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  for (const [section, value] of Object.entries(schema.properties ?? {})) {
    for (const variant of value.oneOf ?? value.anyOf ?? [value]) {
      for (const [key, property] of Object.entries(variant.properties ?? {})) {
        if (property.type === 'object' || property.type === 'array') continue;
        names.set(`${ENV_PREFIX}${section.toUpperCase()}_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`, [
          section,
          key,
        ]);
      }
    }
  }
  return names;
}

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
  readonly oneOf?: JsonSchema[];
  readonly anyOf?: JsonSchema[];
}
