/**
 * One connection to a broker, from CONNECT until it is lost.
 *
 * mqtt.js would reconnect by itself with what it still has in memory. Here the outbox is the only queue, so a lost connection
 * ends the session, everything in flight is rejected, and the publisher opens a new one.
 */
import { readFile } from 'node:fs/promises';
import mqtt, { type IClientOptions, type IClientPublishOptions, type MqttClient } from 'mqtt';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { Clock, OutboundMessage } from '../../model/ports.ts';
import { type Schedule, withDeadline } from '../schedule.ts';
import type { ExternalBrokerConfig } from './config.ts';

/** The broker keeps our subscription and what arrives for it while the service is away, MQTT 5 3.1.2.11.2. */
const SESSION_EXPIRY_S = 86_400;
/** A restart of the service is not worth telling everybody, MQTT 5 3.1.3.2.2. */
const WILL_DELAY_S = 30;
const END_TIMEOUT_MS = 500;
/** [MQTT5 3.4.2.1] reason codes of a refusal that may be over later: unspecified, implementation specific, quota exceeded. */
const PASSING_REASONS: readonly number[] = [0x80, 0x83, 0x97];
const FIRST_REFUSAL = 0x80;
const SESSION_TAKEN_OVER = 0x8e;

export interface BrokerSessionOptions {
  readonly config: ExternalBrokerConfig;
  readonly will: OutboundMessage;
  /** `isRetained`: from the broker's memory, said at some time before. */
  readonly onMessage: (topic: string, payload: Uint8Array, isRetained: boolean) => void;
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** Gives up an attempt to connect; without effect afterwards. */
  readonly signal: AbortSignal;
}

export class BrokerSession {
  /** Resolves once, with the reason in words. */
  readonly closed: Promise<string>;
  readonly #client: MqttClient;
  readonly #options: BrokerSessionOptions;
  readonly #inFlight = new Set<(error: PlumblineError) => void>();
  #lastError: string | undefined;
  #isOpen = true;

  private constructor(client: MqttClient, options: BrokerSessionOptions) {
    this.#client = client;
    this.#options = options;
    client.on('error', (error) => {
      this.#lastError = reasonOf(error);
    });
    client.on('disconnect', ({ reasonCode }) => {
      this.#lastError =
        reasonCode === SESSION_TAKEN_OVER
          ? `another client with the id ${options.config.clientId} (each service needs its own mqtt.clientId)`
          : `the broker ended the connection, reason code ${reasonCode ?? 0}`;
    });
    this.closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#isOpen = false;
        const reason = this.#lastError ?? 'the connection was lost';
        for (const reject of this.#inFlight) reject(this.#unavailable(reason));
        resolve(reason);
      });
    });
    client.on('message', (topic, payload, { retain }) => options.onMessage(topic, payload, retain));
  }

  /** @throws PlumblineError `mqtt/unavailable` with what the broker, or the network, said. */
  static async open(options: BrokerSessionOptions): Promise<BrokerSession> {
    const { config, signal } = options;
    const settings = await clientOptions(options);
    if (signal.aborted) throw unavailable(config, 'a stop of the service');
    const session = new BrokerSession(mqtt.connect(config.url, settings), options);
    const giveUp = (): void => session.abandon();
    signal.addEventListener('abort', giveUp);
    const connected = new Promise<void>((resolve, reject) => {
      session.#client.once('connect', () => resolve());
      void session.closed.then((reason) => reject(session.#unavailable(reason)));
    });
    const late = (): Error => session.#unavailable(`no answer within ${config.connectTimeoutMs} ms`);
    try {
      await withDeadline(connected, config.connectTimeoutMs, late, options.schedule);
    } catch (error) {
      session.abandon();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return session;
  }

  /**
   * @param qos 1: what comes while we are away is kept for us; 0: it is not
   * @throws PlumblineError `mqtt/unavailable` when the broker refuses or does not answer in time.
   */
  async subscribe(filter: string, qos: 0 | 1 = 1): Promise<void> {
    const late = (): Error => this.#unavailable('no answer to SUBSCRIBE');
    const granted = this.#client.subscribeAsync(filter, { qos });
    const grants = await withDeadline(granted, this.#options.config.publishDeadlineMs, late, this.#options.schedule);
    const isRefused = grants.some((grant) => grant.qos >= FIRST_REFUSAL);
    if (isRefused) throw this.#unavailable(`subscription to ${filter} refused`);
  }

  /**
   * Resolves when the broker has accepted the message.
   * @throws PlumblineError `mqtt/rejected` (MQTT 5 only: the broker said never), `mqtt/unavailable` (anything else; a broker
   * that does not answer in time is given up, because what was not acknowledged must not be sent by two sides).
   */
  async publish(message: OutboundMessage, deadlineMs: number = this.#options.config.publishDeadlineMs): Promise<void> {
    if (!this.#isOpen) throw this.#unavailable(this.#lastError ?? 'the connection was lost');
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: PlumblineError): void => {
        cancel();
        this.#inFlight.delete(settle);
        if (error) reject(error);
        else resolve();
      };
      const cancel = this.#options.schedule(deadlineMs, () => {
        settle(this.#unavailable(`no PUBACK within ${deadlineMs} ms`));
        this.#lastError = `no PUBACK within ${deadlineMs} ms`;
        this.abandon();
      });
      this.#inFlight.add(settle);
      const { topic, payload } = message;
      this.#client.publish(topic, payload, this.#publishOptions(message), (error) =>
        settle(error ? this.#refusal(error, topic) : undefined),
      );
    });
  }

  /** Says goodbye, so that the last will is not sent; resolves within half a second. */
  async end(): Promise<void> {
    const late = (): Error => this.#unavailable('no end of the connection');
    await withDeadline(this.#client.endAsync(false), END_TIMEOUT_MS, late, this.#options.schedule).catch(
      () => undefined,
    );
    this.abandon();
  }

  /** Cuts the connection; the broker sends the last will. */
  abandon(): void {
    this.#client.stream.destroy();
    this.#client.end(true);
  }

  #publishOptions({ qos, retain, expiresMs }: OutboundMessage): IClientPublishOptions {
    if (this.#options.config.protocolVersion === 4) return { qos, retain };
    const leftMs = expiresMs === undefined ? undefined : expiresMs - this.#options.clock.nowMs();
    return {
      qos,
      retain,
      properties: {
        payloadFormatIndicator: true,
        contentType: 'application/json',
        ...(leftMs === undefined ? {} : { messageExpiryInterval: Math.max(1, Math.ceil(leftMs / 1000)) }),
      },
    };
  }

  #refusal(error: Error, topic: string): PlumblineError {
    const reasonCode = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
    if (reasonCode === undefined || reasonCode < FIRST_REFUSAL || PASSING_REASONS.includes(reasonCode)) {
      return this.#unavailable(reasonOf(error));
    }
    const found = `${messageOf(error)} (reason code ${reasonCode})`;
    return new PlumblineError('mqtt/rejected', `expected the broker to accept a message to ${topic}, found ${found}`, {
      context: { topic, reasonCode },
      cause: error,
    });
  }

  #unavailable(found: string): PlumblineError {
    return unavailable(this.#options.config, found);
  }
}

function unavailable({ url, protocolVersion }: ExternalBrokerConfig, found: string): PlumblineError {
  const version = protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
  const advice = /protocol version/i.test(found) ? '; set mqtt.protocolVersion: 4 for a broker without MQTT 5' : '';
  return new PlumblineError('mqtt/unavailable', `expected an ${version} broker at ${url}, found ${found}${advice}`, {
    context: { url },
  });
}

async function clientOptions({ config, will }: BrokerSessionOptions): Promise<IClientOptions> {
  const isV5 = config.protocolVersion === 5;
  return {
    protocolVersion: config.protocolVersion,
    clientId: config.clientId,
    clean: false,
    keepalive: config.keepaliveS,
    connectTimeout: config.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.caFile === undefined ? {} : { ca: await readAuthority(config, config.caFile) }),
    ...(isV5 ? { properties: { sessionExpiryInterval: SESSION_EXPIRY_S } } : {}),
    will: {
      topic: will.topic,
      payload: Buffer.from(will.payload),
      qos: 1,
      retain: true,
      ...(isV5 ? { properties: { willDelayInterval: WILL_DELAY_S, contentType: 'application/json' } } : {}),
    },
  };
}

async function readAuthority(config: ExternalBrokerConfig, caFile: string): Promise<Buffer> {
  try {
    return await readFile(caFile);
  } catch (error) {
    throw unavailable(config, `no readable mqtt.caFile (${messageOf(error)})`);
  }
}

/** Node reports a refused connection to a name with several addresses without a message. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
