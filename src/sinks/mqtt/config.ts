/** What can be configured about MQTT: the broker inside Plumbline, or your own. */
import { z } from 'zod';
import { DEFAULT_TOPIC_BASE, TOPIC_BASE } from './topics.ts';

const topicBase = z
  .string()
  .regex(TOPIC_BASE, 'expected levels of letters, digits, - and _ such as plumbline/v1')
  .default(DEFAULT_TOPIC_BASE)
  .describe('first levels of every topic');

export const embeddedBrokerConfigSchema = z
  .strictObject({
    broker: z.literal('embedded').describe('which broker: embedded or external'),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('address to listen on; everybody who reaches it may listen and acknowledge'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(18_830)
      .describe('port to listen on, not 1883, where a machine’s own Mosquitto usually is; 0: any free one'),
    base: topicBase,
  })
  .describe('the broker that comes with Plumbline: MQTT 3.1.1, in memory, for one household or a trial');
export type EmbeddedBrokerConfig = z.infer<typeof embeddedBrokerConfigSchema>;

export const externalBrokerConfigSchema = z
  .strictObject({
    broker: z.literal('external').describe('which broker: embedded or external'),
    url: z
      .url({ protocol: /^(?:mqtts?|wss?)$/, error: 'expected mqtt://, mqtts://, ws:// or wss:// with host and port' })
      .refine(hasNoCredentials, 'expected no user or password in the address; use username and password')
      .describe('address of the broker')
      .meta({ example: 'mqtt://localhost:1883', expected: 'mqtt://, mqtts://, ws:// or wss://' }),
    protocolVersion: z
      .union([z.literal(5), z.literal(4)])
      .default(5)
      .describe('version of MQTT; 4 for a broker that speaks MQTT 3.1.1 only'),
    username: z
      .string()
      .min(1)
      .optional()
      .describe(
        'account at the broker; it publishes below the base and subscribes to <base>/+/ack/+, with phones to <base>/+/raw/+',
      )
      .meta({ example: 'plumbline' }),
    password: z
      .string()
      .min(1)
      .optional()
      .describe('its password; better as an environment variable than in this file')
      .meta({ example: 'the password' }),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe('certificate of the authority that signed the broker’s, PEM')
      .meta({ example: '/etc/plumbline/ca.pem' }),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected 1 to 64 letters, digits and -')
      .default('plumbline-service')
      .describe('one for each running service: the broker keeps acknowledgements for it while it is away'),
    base: topicBase,
    keepaliveS: z
      .number()
      .int()
      .min(5)
      .max(600)
      .default(15)
      .describe('seconds of silence after which the connection is checked'),
    connectTimeoutMs: z
      .number()
      .int()
      .min(100)
      .max(60_000)
      .default(10_000)
      .describe('milliseconds that the broker may take to accept a connection'),
    publishDeadlineMs: z
      .number()
      .int()
      .min(100)
      .max(60_000)
      .default(5_000)
      .describe('milliseconds after which a message that the broker has not accepted is sent again'),
  })
  .describe('Mosquitto or any other broker');
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
