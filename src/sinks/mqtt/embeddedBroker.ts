/**
 * The broker that needs no installation: aedes on a loopback port, MQTT 3.1.1.
 *
 * Everything is in memory: after a restart of the service nothing is retained and no session is left, so the publisher says
 * everything retained again whenever it connects (`MqttAlertPublisher`, `retainedState`). Alerts are safe in the outbox.
 * Anybody on this machine may listen and acknowledge; only the service may say anything else, but that a wearable that sends by
 * itself may publish its samples when it logs in with its token as the password. What a client can make the broker hold is bounded,
 * and gone with its connection: only the service has a session that outlives it, and only what the service says is retained.
 */
import type { EventEmitter } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { messageOf } from '../../model/errors.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { scheduleWithTimers, withDeadline } from '../schedule.ts';
import { BrokerDoor } from './brokerDoor.ts';
import {
  type BrokerGuest,
  BrokerRights,
  type Identity,
  type Login,
  SERVICE_CLIENT_ID,
  SERVICE_USER,
} from './brokerRights.ts';
import type { EmbeddedBrokerConfig, ExternalBrokerConfig } from './config.ts';
import { listenAt } from './listenAt.ts';

/** A frozen client is dropped after this, so that it cannot hold up the others for aedes' own 60 s. */
const DRAIN_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 500;
/** Messages waiting for one client that is slow to connect; aedes' own limit is 42. */
const QUEUE_LIMIT = 1_000;
/** Messages with QoS 2 that one client has begun and not finished; they are kept whole. aedes' own limit is 1000. */
const MOST_UNFINISHED = 16;
/** Filters of one client: a caregiver's app needs one. */
const MOST_SUBSCRIPTIONS = 100;
/** Then the system asks whether a silent client is still there: one that has left the house does not say so. */
const TCP_KEEPALIVE_MS = 60_000;

/** What aedes' clients have and its types do not tell. */
type WholeClient = Client & { pause(): void; readonly subscriptions: Readonly<Record<string, unknown>> };

export interface EmbeddedBrokerOptions {
  readonly config: EmbeddedBrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly guests?: readonly BrokerGuest[];
}

export class EmbeddedBroker {
  readonly #config: EmbeddedBrokerConfig;
  readonly #logger: Logger;
  readonly #rights: BrokerRights;
  readonly #door: BrokerDoor;
  readonly #identities = new WeakMap<Client, Identity>();
  #running: { readonly aedes: Aedes; readonly server: Server; readonly port: number } | undefined;

  constructor({ config, clock, logger, guests = [] }: EmbeddedBrokerOptions) {
    this.#config = config;
    this.#logger = logger;
    this.#rights = new BrokerRights(config.base, guests);
    this.#door = new BrokerDoor({ clock, logger });
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
      password: this.#rights.secret,
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
    const aedes = await this.#createAedes();
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS };
    const server = createServer({ noDelay: true, ...keepAlive }, (socket) =>
      this.#door.enter(aedes.handle(socket) as WholeClient, socket),
    );
    try {
      await listenAt(server, this.#config);
    } catch (error) {
      await closeAedes(aedes);
      throw error;
    }
    server.on('error', (error) => this.#logger.error('mqtt.embedded.fault', { problem: messageOf(error) }));
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
    this.#door.clear();
    await closed;
  }

  async #createAedes(): Promise<Aedes> {
    const aedes = await Aedes.createBroker({
      queueLimit: QUEUE_LIMIT,
      maxInflightInbound: MOST_UNFINISHED,
      drainTimeout: DRAIN_TIMEOUT_MS,
      connectTimeout: 10_000,
      maxTopicLevels: 20,
      preConnect: (client, packet, done) => {
        // aedes would otherwise go on reading before it has asked who this is; it resumes when it has answered.
        (client as WholeClient).pause();
        // A session that is kept grows while its client is away, and each new client id could leave one behind.
        if (packet.clientId !== SERVICE_CLIENT_ID) packet.clean = true;
        done(null, true);
      },
      authenticate: (client, username, password, done) =>
        this.#authenticate(client, { clientId: client.id, username, password }, done),
      authorizePublish: (client, packet, done) => done(this.#publishRefusal(client, packet)),
      authorizeSubscribe: (client, subscription, done) =>
        done(null, hasRoomFor(client, subscription.topic) ? subscription : null),
      authorizeForward: (client, packet) =>
        this.#rights.mayHear(this.#identities.get(client), packet.topic) ? packet : null,
    });
    const emitter: EventEmitter = aedes;
    emitter.on('error', (error: unknown) => this.#logger.error('mqtt.embedded.fault', { problem: messageOf(error) }));
    aedes.on('clientError', (client, error) => this.#onClientProblem(client, error));
    aedes.on('connectionError', (client, error) => this.#onClientProblem(client, error));
    return aedes;
  }

  #authenticate(
    client: Client,
    login: Login,
    done: (error: AuthenticateError | null, isWelcome: boolean) => void,
  ): void {
    const identity = this.#rights.identify(login);
    const isWelcome =
      identity !== undefined && this.#door.admit(client as WholeClient, identity.standing, identity.topic);
    if (isWelcome) {
      this.#identities.set(client, identity);
      client.id = this.#rights.keptId(identity, login.clientId);
    }
    done(null, isWelcome);
  }

  /** `client` is null for aedes' own messages. aedes itself closes clients that publish to wildcards. */
  #publishRefusal(client: Client | null, packet: PublishPacket): Error | null {
    if (client === null) return null;
    const identity = this.#identities.get(client);
    // Anybody could fill the memory with acknowledgements of alerts that never were; also those of a last will.
    if (identity?.standing !== 'service') packet.retain = false;
    return this.#rights.publishRefusal(identity, packet.topic) ?? null;
  }

  #onClientProblem(client: Client, error: Error): void {
    this.#logger.debug('mqtt.embedded.client', { clientId: client.id ?? 'not connected', problem: messageOf(error) });
  }
}

async function closeAedes(aedes: Aedes): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    aedes.close(resolve);
  });
  const late = (): Error => new Error('aedes did not close');
  // A client that does not answer is cut off by its socket afterwards.
  await withDeadline(closed, CLOSE_TIMEOUT_MS, late, scheduleWithTimers).catch(() => undefined);
}

function hasRoomFor(client: Client, filter: string): boolean {
  const { subscriptions } = client as WholeClient;
  return filter in subscriptions || Object.keys(subscriptions).length < MOST_SUBSCRIPTIONS;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
