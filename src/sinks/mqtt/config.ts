/** What can be configured about MQTT: the broker inside Plumbline, or your own. */
import { z } from 'zod';
import { DEFAULT_TOPIC_BASE, TOPIC_BASE } from './topics.ts';

const topicBase = z
  .string()
  .regex(TOPIC_BASE, 'expected levels of letters, digits, - and _ such as plumbline/v1')
  .default(DEFAULT_TOPIC_BASE);

/** The broker that comes with Plumbline: MQTT 3.1.1, in memory, for one household or a trial. */
export const embeddedBrokerConfigSchema = z.strictObject({
  broker: z.literal('embedded'),
  /** Everybody who reaches this address may listen and acknowledge. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Not 1883, where a machine's own Mosquitto usually is. 0 takes a free one. */
  port: z.number().int().min(0).max(65_535).default(18_830),
  base: topicBase,
});
export type EmbeddedBrokerConfig = z.infer<typeof embeddedBrokerConfigSchema>;

/** Mosquitto or any other broker. */
export const externalBrokerConfigSchema = z.strictObject({
  broker: z.literal('external'),
  url: z
    .url({ protocol: /^(?:mqtts?|wss?)$/, error: 'expected mqtt://, mqtts://, ws:// or wss:// with host and port' })
    .refine(hasNoCredentials, 'expected no user or password in the address; use username and password'),
  /** 5, or 4 for a broker that speaks MQTT 3.1.1 only. */
  protocolVersion: z.union([z.literal(5), z.literal(4)]).default(5),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  /** Certificate of the authority that signed the broker's, PEM. */
  caFile: z.string().min(1).optional(),
  /** One for each running service: the broker keeps acknowledgements for it while it is away. */
  clientId: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected 1 to 64 letters, digits and -')
    .default('plumbline-service'),
  base: topicBase,
  keepaliveS: z.number().int().min(5).max(600).default(15),
  connectTimeoutMs: z.number().int().min(100).max(60_000).default(10_000),
  /** A message that the broker has not accepted by then stays in the outbox and is sent again. */
  publishDeadlineMs: z.number().int().min(100).max(60_000).default(5_000),
});
export type ExternalBrokerConfig = z.infer<typeof externalBrokerConfigSchema>;

export const mqttConfigSchema = z
  .discriminatedUnion('broker', [embeddedBrokerConfigSchema, externalBrokerConfigSchema])
  .prefault({ broker: 'embedded' });
export type MqttConfig = z.infer<typeof mqttConfigSchema>;

/** Addresses are logged, passwords never. */
function hasNoCredentials(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { username, password } = new URL(address);
  return username === '' && password === '';
}
