/**
 * The running service: which wearables belong to which person, one pipeline per worn sensor, the alarm desk, the record
 * and the sinks. Composition and life cycle only.
 */
import { LiveHub } from './app/liveHub.ts';
import { ServiceHealth } from './app/serviceHealth.ts';
import { ServiceMetrics } from './app/serviceMetrics.ts';
import { nextDelayMs } from './ble/connection.ts';
import { RadioProcess } from './ble/radioProcess.ts';
import type { RadioAdapter } from './ble/radioProtocol.ts';
import type { Config } from './config.ts';
import type { Alert } from './model/alert.ts';
import { messageOf } from './model/errors.ts';
import type { ClinicalEvent } from './model/event.ts';
import type { Calibration, Person } from './model/person.ts';
import type {
  Clock,
  DeviceHealth,
  Logger,
  OutboundMessage,
  SeriesSecond,
  ServiceView,
  StoredMotionEvent,
} from './model/ports.ts';
import { METRICS } from './motion/index.ts';
import { explainLimit, LIMIT_KEYS } from './rules/limits.ts';
import { AlarmDesk } from './safety/alarmDesk.ts';
import { OutboxDispatcher } from './safety/outbox.ts';
import { SharedScan } from './app/session/sharedScan.ts';
import { InfluxProjector } from './sinks/influx/projector.ts';
import { InfluxSeriesStore } from './sinks/influx/seriesStore.ts';
import { MqttAlertPublisher } from './sinks/mqtt/alertPublisher.ts';
import { EmbeddedBroker } from './sinks/mqtt/embeddedBroker.ts';
import {
  messageForDeviceHealth,
  messageForPosture,
  messagesForAlert,
  messagesForClinicalEvent,
} from './sinks/mqtt/topics.ts';
import { scheduleWithTimers } from './sinks/schedule.ts';
import { SqliteRecordStore } from './sinks/sqlite/sqliteRecordStore.ts';
import { systemTimers } from './app/session/timers.ts';
import { createWebServer, type WebServer } from './web/server.ts';
import { WornSensor } from './wornSensor.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Folder of the built page. */
  readonly pageDir: string;
  /** `speed`: how many seconds of samples pass in one of the wall clock; 1 but in a replay. */
  readonly radio: { readonly adapter: RadioAdapter | undefined; readonly speed: number };
  /** By `<person> <site>`; taken instead of the stored ones. */
  readonly calibrations?: ReadonlyMap<string, Calibration>;
}

/** What has happened since the start. */
export interface ServiceProgress {
  readonly samples: number;
  readonly lost: number;
  /** Messages and rows that have not reached broker and database yet. */
  readonly waiting: number;
  readonly motionEvents: readonly StoredMotionEvent[];
  readonly clinicalEvents: readonly ClinicalEvent[];
}

const RADIO_RETRY_MS = 10_000;
const STORE_EVERY_MS = 1000;
const POSTURE_EVERY_MS = 60_000;
const HEALTH_EVERY_MS = 60_000;
/** Closed alerts whose state is said again to a broker that has forgotten. */
const RETAINED_ALERTS = 200;

export class Service {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #record: SqliteRecordStore;
  readonly #radio: RadioProcess | undefined;
  readonly #clock: Clock;
  readonly #hub: LiveHub;
  readonly #desk: AlarmDesk;
  readonly #broker: EmbeddedBroker | undefined;
  readonly #publisherConfig: () => ConstructorParameters<typeof MqttAlertPublisher>[0]['config'];
  readonly #projector: InfluxProjector | undefined;
  readonly #metrics: ServiceMetrics;
  readonly #web: WebServer;
  readonly #base: string;
  readonly #speed: number;
  readonly #calibrations: ReadonlyMap<string, Calibration>;
  #startedMs = 0;
  #people: Person[] = [];
  #sensors: WornSensor[] = [];
  #seconds: SeriesSecond[] = [];
  readonly #lastPosture = new Map<string, number>();
  readonly #lastHealth = new Map<string, { atMs: number; state: string }>();
  #publisher: MqttAlertPublisher | undefined;
  #dispatcher: OutboxDispatcher | undefined;
  #radioProblem: string | undefined;
  readonly #abort = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor({ config, logger, pageDir, radio, calibrations }: ServiceOptions) {
    this.#config = config;
    this.#logger = logger;
    this.#speed = radio.speed;
    this.#calibrations = calibrations ?? new Map();
    this.#base = config.mqtt.base;
    this.#record = new SqliteRecordStore(config.storage.file);
    this.#radio =
      radio.adapter &&
      new RadioProcess({ adapter: radio.adapter, logger, clock: { epochMs: Date.now(), speed: radio.speed } });
    this.#clock = { nowMs: this.#radio?.nowMs ?? Date.now };
    this.#hub = new LiveHub(logger);
    this.#desk = new AlarmDesk({
      record: this.#record,
      logger,
      messages: {
        messagesForClinicalEvent: (event) => messagesForClinicalEvent(event, this.#base),
        messagesForAlert: (alert) => messagesForAlert(alert, this.#base),
      },
      onClinicalEvent: (event) => {
        this.#metrics.clinicalEvents.inc({ rule: event.ruleId });
        this.#hub.send({ type: 'clinicalEvent', event });
      },
      onAlert: (alert) => this.#hub.send({ type: 'alert', alert }),
    });
    const { mqtt, influx } = config;
    const broker = mqtt.broker === 'embedded' ? new EmbeddedBroker({ config: mqtt, logger }) : undefined;
    this.#broker = broker;
    this.#publisherConfig = () => (mqtt.broker === 'external' ? mqtt : (broker as EmbeddedBroker).connection());
    this.#projector =
      influx &&
      new InfluxProjector({
        record: this.#record,
        store: new InfluxSeriesStore({ config: influx, catalogue: METRICS, logger }),
        clock: this.#clock,
        logger,
        batchEntries: influx.batchPoints,
      });
    this.#metrics = new ServiceMetrics({
      devices: () => this.#devices(),
      radioRestarts: () => this.#radio?.restarts ?? 0,
      storageWaiting: () => this.#desk.outbox.waitingCount,
      influxWaiting: () => this.#projector?.lag().waitingEntries ?? 0,
    });
    this.#web = createWebServer({
      view: this.#view(),
      record: this.#record,
      config: config.web,
      pageDir,
      logger,
      clock: this.#clock,
      metrics: METRICS,
    });
  }

  /** Address of the page. */
  get address(): string {
    return this.#web.address;
  }

  get brokerAddress(): string {
    return this.#publisherConfig().url;
  }

  /** Of the radio process, for whoever watches it. */
  get radioPid(): number | undefined {
    return this.#radio?.pid;
  }

  progress(): ServiceProgress {
    const devices = this.#devices();
    const query = { fromMs: this.#startedMs, limit: 1000 };
    return {
      samples: devices.reduce((sum, device) => sum + device.samples, 0),
      lost: devices.reduce((sum, device) => sum + device.lostSamples, 0),
      waiting:
        this.#seconds.length +
        this.#desk.outbox.waitingCount +
        this.#record.pendingMessages(1).length +
        (this.#projector?.lag().waitingEntries ?? 0),
      motionEvents: this.#record.motionEvents(query),
      clinicalEvents: this.#record.clinicalEvents(query),
    };
  }

  /** @throws PlumblineError when the record is in use or a port is taken; what had started is stopped again. */
  async start(): Promise<void> {
    try {
      this.#record.open();
      this.#startedMs = this.#clock.nowMs();
      this.#takeUpPeople();
      this.#desk.start(this.#clock.nowMs());
      await this.#startSinks();
      await this.#web.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    // Wearables are listed from the start, also while there is no radio to hear them.
    if (this.#radio) this.#sensors = this.#wornSensors(this.#radio);
    this.#timers.push(setInterval(() => this.#everySecond(), STORE_EVERY_MS / Math.min(this.#speed, 4)));
    void this.#startRadio();
  }

  /** Within 2 s: streams are told to stop, what is in memory is stored. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(
      this.#sensors.map((sensor) => sensor.stop().catch((error: unknown) => this.#failed('sensor', error))),
    );
    await this.#radio?.stop().catch((error: unknown) => this.#failed('radio', error));
    this.#storeSeconds();
    await this.#web.stop().catch((error: unknown) => this.#failed('web', error));
    await this.#dispatcher?.stop();
    await this.#publisher?.stop();
    await this.#broker?.stop();
    await this.#projector?.stop();
    this.#record.close();
  }

  #takeUpPeople(): void {
    this.#people = this.#config.people.map(({ id, displayName, tier, limits }) => ({
      id,
      displayName: displayName ?? id,
      tier,
      overrides: limits,
    }));
    for (const person of this.#people) this.#record.savePerson(person);
  }

  async #startSinks(): Promise<void> {
    await this.#broker?.start();
    const publisher = new MqttAlertPublisher({
      config: this.#publisherConfig(),
      clock: this.#clock,
      logger: this.#logger,
      retainedState: () => this.#retainedState(),
    });
    this.#publisher = publisher;
    publisher.onAcknowledge(({ alertId, by }) => {
      try {
        this.#acknowledge(alertId, by);
      } catch (error) {
        this.#logger.warn('mqtt.acknowledge-refused', { alertId, reason: messageOf(error) });
      }
    });
    this.#dispatcher = new OutboxDispatcher({
      source: this.#desk.outbox,
      sink: publisher,
      clock: this.#clock,
      schedule: scheduleWithTimers,
      logger: this.#logger,
    });
    await publisher.start();
    this.#dispatcher.start();
    await this.#projector?.start();
  }

  /** The radio may come later, or never: everything else goes on, and says that falls cannot be seen. */
  async #startRadio(): Promise<void> {
    const radio = this.#radio;
    if (!radio) return;
    while (!this.#abort.signal.aborted) {
      try {
        await radio.start(this.#abort.signal);
        this.#radioProblem = undefined;
        break;
      } catch (error) {
        if (this.#radioProblem !== messageOf(error))
          this.#logger.error('radio.unavailable', { reason: messageOf(error) });
        this.#radioProblem = messageOf(error);
        await new Promise((resolve) => setTimeout(resolve, RADIO_RETRY_MS).unref());
      }
    }
    if (this.#abort.signal.aborted) return;
    for (const sensor of this.#sensors) sensor.start();
  }

  #wornSensors(radio: RadioProcess): WornSensor[] {
    const scan = new SharedScan(radio, this.#logger);
    const timers = systemTimers(this.#speed);
    return this.#config.people.flatMap(({ id, wearables }) => {
      const person = this.#people.find((p) => p.id === id) as Person;
      return wearables.map(
        (wearable) =>
          new WornSensor(person, wearable, {
            central: radio,
            scan,
            clock: this.#clock,
            timers,
            logger: this.#logger,
            random: Math.random,
            nextDelayMs,
            store: (batch) => this.#desk.outbox.write(batch),
            show: (message) => {
              if (message.type === 'motionEvent') this.#metrics.motionEvents.inc({ type: message.stored.event.type });
              this.#hub.send(message);
            },
            onVerdict: (personId, verdict) => {
              this.#desk.onVerdict(personId, verdict);
              this.#dispatcher?.wake();
            },
            onSecond: (second) => this.#onSecond(second),
            onHealth: (health) => this.#onHealth(health),
            onBlockDone: (samples, seconds) => {
              this.#metrics.samples.inc(samples);
              this.#metrics.blockSeconds.observe(seconds);
            },
            onGap: (reason) => this.#metrics.gaps.inc({ reason }),
            givenCalibration: (personId, site) => this.#calibrations.get(`${personId} ${site}`),
            savedCalibration: (personId, site) => this.#record.calibration(personId, site),
            saveCalibration: (personId, site, calibration) => {
              this.#logger.info('calibration.found', { personId, site, method: calibration.method });
              this.#record.saveCalibration(personId, site, calibration, this.#clock.nowMs());
            },
          }),
      );
    });
  }

  #onSecond(second: SeriesSecond): void {
    this.#seconds.push(second);
    const key = `${second.personId} ${second.site}`;
    if (second.tMs - (this.#lastPosture.get(key) ?? -Infinity) < POSTURE_EVERY_MS) return;
    this.#lastPosture.set(key, second.tMs);
    this.#publishState(messageForPosture(second, this.#base));
  }

  #onHealth(health: DeviceHealth): void {
    this.#hub.send({ type: 'device', health });
    const nowMs = this.#clock.nowMs();
    const last = this.#lastHealth.get(health.deviceId);
    if (last && last.state === health.state && nowMs - last.atMs < HEALTH_EVERY_MS) return;
    this.#lastHealth.set(health.deviceId, { atMs: nowMs, state: health.state });
    this.#desk.outbox.write({ health: [{ tMs: nowMs, health }] });
    this.#publishState(messageForDeviceHealth(health, nowMs, this.#base));
  }

  /** State that the next minute brings anew: not worth the outbox. */
  #publishState(message: OutboundMessage): void {
    if (this.#publisher?.state !== 'connected') return;
    this.#publisher.publish(message).catch((error: unknown) => {
      this.#logger.debug('mqtt.state-not-published', { topic: message.topic, reason: messageOf(error) });
    });
  }

  #everySecond(): void {
    this.#storeSeconds();
    this.#desk.outbox.retry();
  }

  #storeSeconds(): void {
    if (this.#seconds.length === 0) return;
    const series = this.#seconds;
    this.#seconds = [];
    this.#desk.outbox.write({ series });
  }

  #retainedState(): OutboundMessage[] {
    const newest = new Map<string, Alert>();
    for (const alert of this.#record.alerts({ limit: RETAINED_ALERTS })) {
      const key = `${alert.personId} ${alert.kind}`;
      if (!newest.has(key)) newest.set(key, alert);
    }
    for (const alert of this.#desk.openAlerts()) newest.set(`${alert.personId} ${alert.kind}`, alert);
    return [
      ...[...newest.values()].flatMap((alert) => messagesForAlert(alert, this.#base)),
      ...this.#devices().map((health) => messageForDeviceHealth(health, this.#clock.nowMs(), this.#base)),
    ];
  }

  #acknowledge(alertId: string, by: string): Alert {
    const alert = this.#desk.acknowledge(alertId, by, this.#clock.nowMs());
    this.#metrics.acknowledged.inc();
    this.#dispatcher?.wake();
    return alert;
  }

  #devices(): DeviceHealth[] {
    return this.#sensors.map((sensor) => sensor.health);
  }

  #view(): ServiceView {
    const health = new ServiceHealth({
      radio: () => ({
        configured: this.#radio !== undefined,
        state: this.#radio?.state ?? 'unknown',
        problem: this.#radioProblem,
      }),
      devices: () => this.#devices(),
      storageWaiting: () => this.#desk.outbox.waitingCount,
      mqtt: () => ({ state: this.#publisher?.state ?? 'stopped', problem: this.#publisher?.problem }),
      influx: () => this.#projector?.lag(),
    });
    return {
      feed: this.#hub,
      people: () =>
        this.#people.map((person) => ({
          id: person.id,
          displayName: person.displayName,
          tier: person.tier,
          limits: LIMIT_KEYS.map((key) => explainLimit(person, key)),
        })),
      devices: () => this.#devices(),
      health: () => health.stages(),
      acknowledge: (alertId, by) => this.#acknowledge(alertId, by),
      metricsText: () => this.#metrics.text(),
    };
  }

  #failed(part: string, error: unknown): void {
    this.#logger.error('service.stop-failed', { part, reason: messageOf(error) });
  }
}
