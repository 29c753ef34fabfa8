/**
 * The broker that needs no installation: aedes on a loopback port, MQTT 3.1.1.
 *
 * Everything is in memory: after a restart of the service nothing is retained and no session is left, so the publisher says
 * everything retained again whenever it connects (`MqttAlertPublisher`, `retainedState`). Alerts are safe in the outbox.
 * Anybody on this machine may listen and acknowledge; only the service may say anything else, but that a wearable that sends by
 * itself may publish its samples when it logs in with its token as the password.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { Logger } from '../../model/ports.ts';
import { scheduleWithTimers, withDeadline } from '../schedule.ts';
import type { EmbeddedBrokerConfig, ExternalBrokerConfig } from './config.ts';

const SERVICE_USER = 'plumbline-service';
const SERVICE_CLIENT_ID = 'plumbline-service';
/** A frozen client is dropped after this, so that it cannot hold up the others for aedes' own 60 s. */
const DRAIN_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 500;
/** Messages waiting for one client that is slow to connect; aedes' own limit is 42. */
const QUEUE_LIMIT = 1_000;

/** A wearable that may publish, on its own topic and nowhere else. */
export interface BrokerGuest {
  readonly topic: string;
  /** Its password. */
  readonly token: string;
}

export class EmbeddedBroker {
  readonly #config: EmbeddedBrokerConfig;
  readonly #logger: Logger;
  readonly #guests: readonly { readonly topic: string; readonly digest: Buffer }[];
  /** Topic that a client may publish to, because it knew the token. */
  readonly #admitted = new WeakMap<Client, string>();
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #service = new WeakSet<Client>();
  readonly #sockets = new Set<Socket>();
  #running: { readonly aedes: Aedes; readonly server: Server; readonly port: number } | undefined;

  constructor(options: { config: EmbeddedBrokerConfig; logger: Logger; guests?: readonly BrokerGuest[] }) {
    this.#config = options.config;
    this.#logger = options.logger;
    this.#guests = (options.guests ?? []).map(({ topic, token }) => ({ topic, digest: digestOf(token) }));
  }

  /** Such as `mqtt://127.0.0.1:18830`. */
  get url(): string {
    const { host, port } = this.#config;
    return `mqtt://${host.includes(':') ? `[${host}]` : host}:${this.#running?.port ?? port}`;
  }

  /** How the service itself connects. */
  connection(): ExternalBrokerConfig {
    return {
      broker: 'external',
      url: this.url,
      protocolVersion: 4,
      username: SERVICE_USER,
      password: this.#secret,
      clientId: SERVICE_CLIENT_ID,
      base: this.#config.base,
      keepaliveS: 15,
      connectTimeoutMs: 2_000,
      publishDeadlineMs: 5_000,
    };
  }

  /** @throws PlumblineError `mqtt/unavailable` when the address is taken or not ours. */
  async start(): Promise<void> {
    if (this.#running) return;
    const aedes = await Aedes.createBroker({
      queueLimit: QUEUE_LIMIT,
      drainTimeout: DRAIN_TIMEOUT_MS,
      connectTimeout: 10_000,
      maxTopicLevels: 20,
      authenticate: (client, username, password, done) => this.#authenticate(client, username, password, done),
      authorizePublish: (client, packet, done) => done(this.#refusal(client, packet)),
      // What a wearable measures is for the service alone.
      authorizeForward: (client, packet) => (this.#isForOthers(client, packet.topic) ? packet : null),
    });
    const emitter: EventEmitter = aedes;
    emitter.on('error', (error: unknown) => this.#logger.error('mqtt.embedded.fault', { problem: messageOf(error) }));
    aedes.on('clientError', (client, error) => this.#onClientProblem(client, error));
    aedes.on('connectionError', (client, error) => this.#onClientProblem(client, error));
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => this.#sockets.delete(socket));
      aedes.handle(socket);
    });
    try {
      await listen(server, this.#config);
    } catch (error) {
      await closeAedes(aedes);
      throw error;
    }
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : this.#config.port;
    this.#running = { aedes, server, port };
    if (!isLoopback(this.#config.host)) this.#logger.warn('mqtt.embedded.open', { url: this.url });
    this.#logger.info('mqtt.embedded.listening', { url: this.url });
  }

  /** Clients are told, then cut off; resolves within a second. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    const closed = new Promise<void>((resolve) => {
      running.server.close(() => resolve());
    });
    await closeAedes(running.aedes);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    if (username === SERVICE_USER) {
      const isService = password !== undefined && isEqual(password, Buffer.from(this.#secret));
      if (isService) this.#service.add(client);
      done(null, isService);
    } else if (client.id === SERVICE_CLIENT_ID) {
      // [MQTT-3.1.4-2] a second client with the same id would throw the service out.
      done(null, false);
    } else {
      if (password !== undefined) this.#admit(client, password);
      done(null, true);
    }
  }

  /** All are compared, and in the same time, whichever it is. */
  #admit(client: Client, password: Buffer): void {
    const digest = digestOf(password);
    for (const guest of this.#guests) {
      if (timingSafeEqual(guest.digest, digest)) this.#admitted.set(client, guest.topic);
    }
  }

  #isForOthers(client: Client, topic: string): boolean {
    return this.#service.has(client) || this.#guests.every((guest) => guest.topic !== topic);
  }

  /** `client` is null for aedes' own messages. aedes itself closes clients that publish to wildcards. */
  #refusal(client: Client | null, { topic }: { readonly topic: string }): Error | null {
    if (client === null || this.#service.has(client) || this.#admitted.get(client) === topic) return null;
    const { base } = this.#config;
    const [person, ack, alert, ...more] = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1).split('/') : [];
    if (person && ack === 'ack' && alert && more.length === 0) return null;
    return new Error(
      `expected a message to ${base}/<person id>/ack/<alert id>, found ${JSON.stringify(topic.slice(0, 120))}`,
    );
  }

  #onClientProblem(client: Client, error: Error): void {
    this.#logger.debug('mqtt.embedded.client', { clientId: client.id ?? 'not connected', problem: messageOf(error) });
  }
}

async function listen(server: Server, { host, port }: EmbeddedBrokerConfig): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const found = error.code === 'EADDRINUSE' ? 'another program there' : messageOf(error);
      const advice = 'set another mqtt.port, or use that broker with mqtt.broker: external';
      reject(
        new PlumblineError(
          'mqtt/unavailable',
          `embedded broker: expected ${host}:${port} to be free, found ${found}; ${advice}`,
          {
            context: { host, port },
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function closeAedes(aedes: Aedes): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    aedes.close(resolve);
  });
  const late = (): Error => new Error('aedes did not close');
  // A client that does not answer is cut off by its socket afterwards.
  await withDeadline(closed, CLOSE_TIMEOUT_MS, late, scheduleWithTimers).catch(() => undefined);
}

const digestOf = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest();

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
