/** Everything between the alarm desk and people's phones: broker, publisher, outbox, acknowledgements, retained state. */
import type { Config } from '../config.ts';
import type { Alert } from '../model/alert.ts';
import { messageOf } from '../model/errors.ts';
import type { Clock, DeviceHealth, Logger, OutboundMessage, RecordStore, SinkState } from '../model/ports.ts';
import type { AlarmDesk } from '../safety/alarmDesk.ts';
import { OutboxDispatcher } from '../safety/outbox.ts';
import { MqttAlertPublisher, type RawTopics } from '../sinks/mqtt/alertPublisher.ts';
import type { BrokerGuest } from '../sinks/mqtt/brokerRights.ts';
import type { ExternalBrokerConfig } from '../sinks/mqtt/config.ts';
import { EmbeddedBroker } from '../sinks/mqtt/embeddedBroker.ts';
import { messageForDeviceHealth, messagesForAlert } from '../sinks/mqtt/topics.ts';
import { scheduleWithTimers } from '../sinks/schedule.ts';

export interface AlertChannelOptions {
  readonly config: Config['mqtt'];
  readonly record: RecordStore;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly devices: () => DeviceHealth[];
  /** A caregiver has seen it. @throws PlumblineError `web/invalid` */
  readonly acknowledge: (alertId: string, by: string) => void;
  /** Wearables that publish what they measure; `guests` are those that may do so at the embedded broker. */
  readonly raw: (RawTopics & { readonly guests: readonly BrokerGuest[] }) | undefined;
}

/** Closed alerts whose state is said again to a broker that has forgotten. */
const RETAINED_ALERTS = 200;
const OUTBOX_LOOK_AHEAD = 10_000;

export class AlertChannel {
  readonly #options: AlertChannelOptions;
  readonly #broker: EmbeddedBroker | undefined;
  #publisher: MqttAlertPublisher | undefined;
  #dispatcher: OutboxDispatcher | undefined;

  constructor(options: AlertChannelOptions) {
    this.#options = options;
    const { config, clock, logger, raw } = options;
    const guests = raw?.guests ?? [];
    this.#broker = config.broker === 'embedded' ? new EmbeddedBroker({ config, clock, logger, guests }) : undefined;
  }

  /** Address of the broker. */
  get address(): string {
    return this.#connection().url;
  }

  get state(): SinkState {
    return this.#publisher?.state ?? 'stopped';
  }

  /** "expected …, found …" while the broker cannot be reached. */
  get problem(): string | undefined {
    return this.#publisher?.problem;
  }

  /** @throws PlumblineError `mqtt/unavailable` when the embedded broker's port is taken */
  async start(): Promise<void> {
    const { desk, clock, logger, acknowledge, raw } = this.#options;
    await this.#broker?.start();
    const publisher = new MqttAlertPublisher({
      config: this.#connection(),
      clock,
      logger,
      retainedState: () => this.#retainedState(),
      ...(raw ? { raw } : {}),
    });
    publisher.onAcknowledge(({ alertId, by }) => {
      try {
        acknowledge(alertId, by);
      } catch (error) {
        logger.warn('mqtt.acknowledge-refused', { alertId, reason: messageOf(error) });
      }
    });
    this.#publisher = publisher;
    this.#dispatcher = new OutboxDispatcher({
      source: desk.outbox,
      sink: publisher,
      clock,
      schedule: scheduleWithTimers,
      logger,
    });
    await publisher.start();
    this.#dispatcher.start();
  }

  async stop(): Promise<void> {
    await this.#dispatcher?.stop();
    await this.#publisher?.stop();
    await this.#broker?.stop();
  }

  /** There is something new in the outbox. */
  wake(): void {
    this.#dispatcher?.wake();
  }

  /** Resolves when everything that can go out now has gone. */
  async settled(): Promise<void> {
    await this.#dispatcher?.settled();
  }

  /** State that the next minute brings anew: not worth the outbox. */
  publishState(message: OutboundMessage): void {
    if (this.#publisher?.state !== 'connected') return;
    this.#publisher.publish(message).catch((error: unknown) => {
      this.#options.logger.debug('mqtt.state-not-published', { topic: message.topic, reason: messageOf(error) });
    });
  }

  #connection(): ExternalBrokerConfig {
    const { config } = this.#options;
    return config.broker === 'external' ? config : (this.#broker as EmbeddedBroker).connection();
  }

  /**
   * Newest alert of each person and kind, open or lately closed, and how each wearable is; but for what the outbox is about
   * to say anyway, which is newer.
   */
  #retainedState(): OutboundMessage[] {
    const { record, desk, clock, config, devices } = this.#options;
    const newest = new Map<string, Alert>();
    for (const alert of [...desk.openAlerts(), ...record.alerts({ limit: RETAINED_ALERTS })]) {
      const key = `${alert.personId} ${alert.kind}`;
      if (!newest.has(key)) newest.set(key, alert);
    }
    const waiting = new Set(desk.outbox.pendingMessages(OUTBOX_LOOK_AHEAD).map(({ topic }) => topic));
    return [
      ...[...newest.values()]
        .flatMap((alert) => messagesForAlert(alert, config.base))
        .filter(({ topic }) => !waiting.has(topic)),
      ...devices().map((health) => messageForDeviceHealth(health, clock.nowMs(), config.base)),
    ];
  }
}
