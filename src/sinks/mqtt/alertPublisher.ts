/** Carries messages to a broker, and "I have seen it" back. Comes back by itself, for ever, whatever the broker does. */
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { AlertSink, Clock, Logger, OutboundMessage, SinkState, Unsubscribe } from '../../model/ports.ts';
import { type Backoff, backoffMs, type Schedule, scheduleWithTimers } from '../schedule.ts';
import { type Acknowledgement, readAcknowledgement } from './acknowledgement.ts';
import { BrokerSession } from './brokerSession.ts';
import type { ExternalBrokerConfig } from './config.ts';
import { type MqttTopics, mqttTopics, statusMessage } from './topics.ts';

const RECONNECT: Backoff = { firstMs: 250, maxMs: 15_000 };
/** A connection that lasts so long was a good one. Until then the waits go on growing: two services with one client id. */
const STEADY_AFTER_MS = 10_000;
const SUSPICIOUS_LOSSES = 2;
const GOODBYE_DEADLINE_MS = 500;
/** How many retained messages are on their way at once after a connect. */
const RETAINED_AT_ONCE = 10;
const PROBLEM_LOG_INTERVAL_MS = 60_000;

export interface MqttAlertPublisherOptions {
  readonly config: ExternalBrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * What must stand retained at the broker now (states of alerts, device health), said again after every connect:
   * the embedded broker forgets at a restart, and Mosquitto forgets at a crash unless it was told to save at once, even
   * where it still knows our session. The newest state of each topic; what it says, the outbox does not say again.
   */
  readonly retainedState?: () => readonly OutboundMessage[];
  /** Wearables that publish what they measure, on topics of their own. */
  readonly raw?: RawTopics;
  readonly schedule?: Schedule;
  /** 0..1 */
  readonly random?: () => number;
}

/** Samples are of no use later: nothing is kept by the broker, and what it kept before is not taken. */
export interface RawTopics {
  readonly topics: readonly string[];
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
}

export class MqttAlertPublisher implements AlertSink {
  readonly #options: MqttAlertPublisherOptions;
  readonly #topics: MqttTopics;
  readonly #schedule: Schedule;
  readonly #random: () => number;
  readonly #stateListeners = new Set<(state: SinkState) => void>();
  readonly #acknowledgeListeners = new Set<(acknowledgement: Acknowledgement) => void>();
  #state: SinkState = 'stopped';
  #session: BrokerSession | undefined;
  /** Changes with every start and stop: what an older one began is of no interest any more. */
  #run = 0;
  #giveUp = new AbortController();
  #failedAttempts = 0;
  #cancelTimer = (): void => {};
  #problem: string | undefined;
  /** Of the hello of this connection, by topic: the id of the state that the broker has accepted. */
  readonly #saidAtHello = new Map<string, string>();
  #rejectedAcknowledgements = 0;
  #lastRejectionLogMs = -Infinity;

  constructor(options: MqttAlertPublisherOptions) {
    this.#options = options;
    this.#topics = mqttTopics(options.config.base);
    this.#schedule = options.schedule ?? scheduleWithTimers;
    this.#random = options.random ?? Math.random;
  }

  get state(): SinkState {
    return this.#state;
  }

  /** Why it is not connected: "expected …, found …"; undefined while all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get rejectedAcknowledgements(): number {
    return this.#rejectedAcknowledgements;
  }

  async start(): Promise<void> {
    if (this.#state !== 'stopped') return;
    this.#run += 1;
    this.#giveUp = new AbortController();
    this.#failedAttempts = 0;
    this.#setState('connecting');
    void this.#connect(this.#run);
  }

  /** Tells the broker that the service is going; resolves within 1.5 s. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#run += 1;
    this.#giveUp.abort();
    this.#cancelTimer();
    const session = this.#session;
    this.#session = undefined;
    this.#setState('stopped');
    if (!session) return;
    await session.publish(this.#status('offline'), GOODBYE_DEADLINE_MS).catch(() => undefined);
    await session.end();
  }

  onStateChange(listener: (state: SinkState) => void): Unsubscribe {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onAcknowledge(listener: (acknowledgement: Acknowledgement) => void): Unsubscribe {
    this.#acknowledgeListeners.add(listener);
    return () => this.#acknowledgeListeners.delete(listener);
  }

  /**
   * A state that the hello of this connection has just said counts as accepted: subscribers see it once.
   * @throws PlumblineError `mqtt/unavailable` at once while there is no connection; `mqtt/rejected` when it will never be accepted.
   */
  async publish(message: OutboundMessage): Promise<void> {
    expectPublishable(message);
    const session = this.#session;
    if (!session || this.#state !== 'connected') {
      throw new PlumblineError(
        'mqtt/unavailable',
        this.#problem ?? `expected a connected broker, found ${this.#state}`,
      );
    }
    const saidId = this.#saidAtHello.get(message.topic);
    // Whatever comes next on the topic ends it, so that an equal state later is said anew.
    this.#saidAtHello.delete(message.topic);
    if (message.retain && saidId === message.id) return;
    await session.publish(message);
  }

  async #connect(run: number): Promise<void> {
    try {
      const session = await BrokerSession.open({
        config: this.#options.config,
        will: statusMessage('offline', undefined, this.#topics.base),
        onMessage: (topic, payload, isRetained) => {
          if (this.#isRaw(topic)) this.#onRaw(topic, payload, isRetained);
          else this.#onMessage(topic, payload);
        },
        clock: this.#options.clock,
        schedule: this.#schedule,
        signal: this.#giveUp.signal,
      });
      if (run !== this.#run) {
        await session.end();
        return;
      }
      this.#session = session;
      void session.closed.then((reason) => this.#onClosed(run, session, reason));
      await this.#sayHello(session);
      if (session === this.#session) this.#onConnected();
    } catch (error) {
      this.#session?.abandon();
      this.#onDown(run, messageOf(error));
    }
  }

  async #sayHello(session: BrokerSession): Promise<void> {
    try {
      await session.subscribe(this.#topics.acknowledgeFilter);
    } catch (error) {
      // Alerts must go out even where acknowledgements cannot come in.
      this.#options.logger.warn('mqtt.acknowledge.unavailable', { problem: messageOf(error) });
    }
    for (const topic of this.#options.raw?.topics ?? []) {
      await session.subscribe(topic, 0).catch((error: unknown) => {
        this.#options.logger.warn('mqtt.raw.unavailable', { topic, problem: messageOf(error) });
      });
    }
    this.#saidAtHello.clear();
    const retained = [this.#status('online'), ...this.#retainedState()];
    for (let i = 0; i < retained.length; i += RETAINED_AT_ONCE) {
      const some = retained.slice(i, i + RETAINED_AT_ONCE);
      await Promise.all(some.map(async (message) => this.#publishRetained(session, message)));
    }
  }

  #retainedState(): readonly OutboundMessage[] {
    try {
      return this.#options.retainedState?.() ?? [];
    } catch (error) {
      // The record cannot be read just now; what is new still goes out.
      this.#options.logger.warn('mqtt.retained.unavailable', { problem: messageOf(error) });
      return [];
    }
  }

  async #publishRetained(session: BrokerSession, message: OutboundMessage): Promise<void> {
    try {
      expectPublishable(message);
      await session.publish(message);
      this.#saidAtHello.set(message.topic, message.id);
    } catch (error) {
      if (!(error instanceof PlumblineError) || error.code !== 'mqtt/rejected') throw error;
      this.#options.logger.warn('mqtt.retained.rejected', { topic: message.topic, problem: error.message });
    }
  }

  #onConnected(): void {
    this.#problem = undefined;
    this.#cancelTimer();
    this.#cancelTimer = this.#schedule(STEADY_AFTER_MS, () => {
      this.#failedAttempts = 0;
    });
    this.#options.logger.info('mqtt.connected', { url: this.#options.config.url });
    this.#setState('connected');
  }

  #onClosed(run: number, session: BrokerSession, reason: string): void {
    if (session !== this.#session) return;
    const { url, clientId } = this.#options.config;
    // Mosquitto 2.0 throws the older of two clients with one id out without a word.
    const advice =
      this.#failedAttempts < SUSPICIOUS_LOSSES ? '' : `; does another service use mqtt.clientId ${clientId}?`;
    this.#onDown(run, `expected the connection to ${url} to last, found ${reason}${advice}`);
  }

  #onDown(run: number, problem: string): void {
    if (run !== this.#run) return;
    this.#session = undefined;
    // Once for each kind of trouble, not for each attempt.
    if (problem !== this.#problem) this.#options.logger.warn('mqtt.down', { problem });
    this.#problem = problem;
    const delayMs = backoffMs(this.#failedAttempts, RECONNECT, this.#random);
    this.#failedAttempts += 1;
    this.#cancelTimer();
    this.#cancelTimer = this.#schedule(delayMs, () => void this.#connect(run));
    this.#setState('down');
  }

  /** The broker may remember a subscription to a wearable that is enrolled no more. */
  #isRaw(topic: string): boolean {
    const { base } = this.#topics;
    return topic.startsWith(`${base}/`) && topic.slice(base.length + 1).split('/')[1] === 'raw';
  }

  #onRaw(topic: string, payload: Uint8Array, isRetained: boolean): void {
    const { raw, logger } = this.#options;
    if (isRetained || !raw?.topics.includes(topic)) {
      logger.debug('mqtt.raw.dropped', { topic, isRetained });
      return;
    }
    raw.onMessage(topic, payload);
  }

  #onMessage(topic: string, payload: Uint8Array): void {
    const read = readAcknowledgement(topic, payload, this.#topics.base);
    if ('problem' in read) {
      this.#onHostileAcknowledgement(read.problem);
      return;
    }
    for (const listener of this.#acknowledgeListeners) {
      try {
        listener(read.acknowledgement);
      } catch (error) {
        // The alert stays open and says that nobody has seen it: the caregiver acknowledges again.
        this.#options.logger.error('mqtt.acknowledge.failed', { problem: messageOf(error) });
      }
    }
  }

  #onHostileAcknowledgement(problem: string): void {
    this.#rejectedAcknowledgements += 1;
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#lastRejectionLogMs < PROBLEM_LOG_INTERVAL_MS) return;
    this.#lastRejectionLogMs = nowMs;
    this.#options.logger.warn('mqtt.acknowledge.rejected', { problem, countSoFar: this.#rejectedAcknowledgements });
  }

  #status(state: 'online' | 'offline'): OutboundMessage {
    return statusMessage(state, this.#options.clock.nowMs(), this.#topics.base);
  }

  #setState(state: SinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}

/** [MQTT-3.3.2-2] no wildcards; an empty payload would delete what is retained. */
function expectPublishable({ topic, payload }: OutboundMessage): void {
  if (topic === '' || /[+#\0]/.test(topic) || Buffer.byteLength(topic) > 65_535) {
    throw new PlumblineError(
      'mqtt/rejected',
      `expected a topic without wildcards, found ${JSON.stringify(topic.slice(0, 200))}`,
    );
  }
  if (payload === '') throw new PlumblineError('mqtt/rejected', `expected a payload for ${topic}, found none`);
}
