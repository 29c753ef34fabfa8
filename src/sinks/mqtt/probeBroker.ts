/**
 * Can the service work with this broker? Connects beside it, subscribes as it does and publishes one message, for `plumbline doctor`.
 * A client id of its own and a clean session: the running service keeps its connection, and nothing stays behind.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { scheduleWithTimers, withDeadline } from '../schedule.ts';
import type { ExternalBrokerConfig } from './config.ts';
import { mqttTopics } from './topics.ts';

const FIRST_REFUSAL = 0x80;

/** @throws PlumblineError `mqtt/unavailable` "expected …, found …": no connection; `mqtt/rejected`: a missing right */
export async function probeBroker(config: ExternalBrokerConfig): Promise<void> {
  const options = await optionsOf(config);
  const client = mqtt.connect(config.url, options);
  const late = (): Error => unavailable(config, `no answer within ${config.connectTimeoutMs} ms`);
  try {
    await withDeadline(connected(client, config), config.connectTimeoutMs, late, scheduleWithTimers);
    await withDeadline(checkRights(client, config), config.publishDeadlineMs, late, scheduleWithTimers);
  } finally {
    client.end(true);
  }
}

async function connected(client: MqttClient, config: ExternalBrokerConfig): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let reason = 'a connection that was closed at once';
    client.once('connect', () => resolve());
    client.on('error', (error) => {
      reason = wordsOf(error);
      reject(unavailable(config, reason));
    });
    client.once('close', () => reject(unavailable(config, reason)));
  });
}

async function checkRights(client: MqttClient, { base }: ExternalBrokerConfig): Promise<void> {
  const filter = mqttTopics(base).acknowledgeFilter;
  const grants = await client.subscribeAsync(filter, { qos: 1 }).catch((error: unknown) => messageOf(error));
  const refusal = typeof grants === 'string' ? grants : grants.some(({ qos }) => qos >= FIRST_REFUSAL) && 'a refusal';
  if (refusal !== false) {
    throw new PlumblineError('mqtt/rejected', `expected the right to subscribe to ${filter}, found ${refusal}`);
  }
  const topic = `${base}/_svc/doctor`;
  try {
    await client.publishAsync(topic, '{"text":"Plumbline doctor was here."}', { qos: 1 });
  } catch (cause) {
    throw new PlumblineError('mqtt/rejected', `expected the right to publish to ${topic}, found ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function optionsOf(config: ExternalBrokerConfig): Promise<IClientOptions> {
  const { protocolVersion, username, password, caFile, connectTimeoutMs } = config;
  return {
    protocolVersion,
    clientId: `plumbline-doctor-${randomBytes(4).toString('hex')}`,
    clean: true,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: 0,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { ca: await authorityOf(config, caFile) }),
  };
}

async function authorityOf(config: ExternalBrokerConfig, caFile: string): Promise<Buffer> {
  try {
    return await readFile(caFile);
  } catch (error) {
    throw unavailable(config, `no readable mqtt.caFile (${messageOf(error)})`);
  }
}

function unavailable({ url, protocolVersion }: ExternalBrokerConfig, found: string): PlumblineError {
  const version = protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
  return new PlumblineError('mqtt/unavailable', `expected an ${version} broker at ${url}, found ${found}`);
}

/** Node reports a refused connection to a name with several addresses without a message. */
function wordsOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
