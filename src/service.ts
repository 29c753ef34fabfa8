/**
 * The running service: which wearables belong to which person, one pipeline per worn sensor, the alarm desk, the record
 * and the sinks. Composition and life cycle only.
 */
import { AlertChannel } from './app/alertChannel.ts';
import { influxProjection } from './app/influxProjection.ts';
import { LiveHub } from './app/liveHub.ts';
import { PushDesk } from './app/pushDesk.ts';
import { SeriesKeeper } from './app/seriesKeeper.ts';
import { ServiceHealth } from './app/serviceHealth.ts';
import { ServiceMetrics } from './app/serviceMetrics.ts';
import { SharedScan } from './app/session/sharedScan.ts';
import { systemTimers, within } from './app/session/timers.ts';
import { isOfWatchedSilence, silenceBefore } from './app/silenceBefore.ts';
import { deliverTo, wornSensors } from './app/wornSensors.ts';
import { nextDelayMs } from './ble/connection.ts';
import { RadioProcess, type RadioProcessOptions } from './ble/radioProcess.ts';
import type { Config } from './config.ts';
import type { Alert } from './model/alert.ts';
import { messageOf } from './model/errors.ts';
import type { Calibration, Person } from './model/person.ts';
import type { Clock, DeviceHealth, LiveFeed, LiveMessage, Logger, ServiceView } from './model/ports.ts';
import { METRICS } from './motion/index.ts';
import { explainLimit, LIMIT_KEYS } from './rules/limits.ts';
import { AlarmDesk } from './safety/alarmDesk.ts';
import type { InfluxProjector } from './sinks/influx/projector.ts';
import { messagesForAlert, messagesForClinicalEvent } from './sinks/mqtt/topics.ts';
import { SqliteRecordStore } from './sinks/sqlite/sqliteRecordStore.ts';
import { createWebServer, type WebServer } from './web/server.ts';
import type { WornSensor, WornSensorPorts } from './wornSensor.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Folder of the built page. */
  readonly pageDir: string;
  /** `speed`: how many seconds of samples pass in one of the wall clock; 1 but in a replay. */
  readonly radio: { readonly adapter: RadioProcessOptions['adapter'] | undefined; readonly speed: number };
  /** By `<person> <site>`; taken instead of the stored ones. */
  readonly calibrations?: ReadonlyMap<string, Calibration>;
}

/** What has happened since the start. */
export interface ServiceProgress {
  readonly samples: number;
  readonly lost: number;
  /** Messages and rows that have not reached broker and database yet. */
  readonly waiting: number;
}

const RADIO_RETRY_MS = 3000;
const STORE_EVERY_MS = 1000;
/** A fast replay stores more often, but not without end. */
const MAX_STORE_SPEED = 4;
const LAST_WORDS_MS = 400;

export class Service {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #calibrations: ReadonlyMap<string, Calibration>;
  readonly #record: SqliteRecordStore;
  readonly #radio: RadioProcess | undefined;
  readonly #hub: LiveHub;
  readonly #desk: AlarmDesk;
  readonly #channel: AlertChannel;
  readonly #keeper: SeriesKeeper;
  readonly #projector: InfluxProjector | undefined;
  readonly #metrics: ServiceMetrics;
  readonly #web: WebServer;
  readonly #people: readonly Person[];
  #sensors: readonly WornSensor[] = [];
  #radioProblem: string | undefined;
  readonly #abort = new AbortController();
  #storing: NodeJS.Timeout | undefined;

  constructor({ config, logger, pageDir, radio, calibrations }: ServiceOptions) {
    this.#config = config;
    this.#logger = logger;
    this.#speed = radio.speed;
    this.#calibrations = calibrations ?? new Map();
    this.#people = config.people.map(({ id, displayName, tier, limits }) => ({
      id,
      displayName: displayName ?? id,
      tier,
      overrides: limits,
    }));
    const { adapter, speed } = radio;
    this.#radio = adapter && new RadioProcess({ adapter, logger, clock: { epochMs: Date.now(), speed } });
    this.#clock = { nowMs: this.#radio?.nowMs ?? Date.now };
    this.#record = new SqliteRecordStore(config.storage.file);
    this.#hub = new LiveHub(logger);
    this.#metrics = this.#createMetrics();
    this.#desk = this.#createDesk();
    const receive = deliverTo(() => this.#sensors);
    const entrance = new PushDesk({
      people: config.people,
      base: config.mqtt.base,
      clock: this.#clock,
      logger,
      receive,
    });
    this.#channel = new AlertChannel({
      raw: entrance.raw,
      config: config.mqtt,
      record: this.#record,
      desk: this.#desk,
      clock: this.#clock,
      logger,
      devices: () => this.#devices(),
      acknowledge: (alertId, by) => this.#acknowledge(alertId, by),
    });
    this.#keeper = new SeriesKeeper({
      store: (batch) => this.#desk.outbox.write(batch),
      publishState: (message) => this.#channel.publishState(message),
      nowMs: () => this.#clock.nowMs(),
      base: config.mqtt.base,
    });
    this.#projector = influxProjection(config.influx, this.#record, this.#clock, logger);
    this.#web = createWebServer({
      view: this.#view(),
      record: this.#record,
      config: config.web,
      pageDir,
      logger,
      clock: this.#clock,
      metrics: METRICS,
      entrance,
    });
  }

  /** Address of the page. */
  get address(): string {
    return this.#web.address;
  }

  get brokerAddress(): string {
    return this.#channel.address;
  }

  /** Of the radio process, for whoever watches it. */
  get radioPid(): number | undefined {
    return this.#radio?.pid;
  }

  /** Everything as it happens. */
  get feed(): LiveFeed {
    return this.#hub;
  }

  progress(): ServiceProgress {
    const devices = this.#devices();
    return {
      samples: devices.reduce((sum, device) => sum + device.samples, 0),
      lost: devices.reduce((sum, device) => sum + device.lostSamples, 0),
      waiting:
        this.#keeper.waiting +
        this.#desk.outbox.waitingCount +
        this.#record.pendingMessages(1).length +
        (this.#projector?.lag().waitingEntries ?? 0),
    };
  }

  /** @throws PlumblineError when the record is in use or a port is taken; what had started is stopped again. */
  async start(): Promise<void> {
    try {
      this.#record.open();
      for (const person of this.#people) this.#record.savePerson(person);
      this.#desk.start(this.#clock.nowMs(), isOfWatchedSilence(this.#config.people));
      // Wearables are listed from the start, also while there is no radio to hear them.
      this.#sensors = wornSensors(this.#config.people, this.#people, this.#sensorPorts());
      for (const sensor of this.#sensors) {
        sensor.expect();
        if (sensor.sendsItself) sensor.start();
      }
      await this.#channel.start();
      await this.#projector?.start();
      await this.#web.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#storing = setInterval(() => {
      this.#keeper.flush();
      this.#desk.outbox.retry();
    }, STORE_EVERY_MS / Math.min(this.#speed, MAX_STORE_SPEED));
    void this.#startRadio();
  }

  /** No more data: wearables are told to stop, and what is under way is decided and stored. */
  async endStreams(): Promise<void> {
    await this.#quietly('sensors', Promise.all(this.#sensors.map((sensor) => sensor.stop())));
    this.#keeper.flush();
    this.#channel.wake();
  }

  /** Streams are told to stop, what is in memory is stored and told, then everything is let go. */
  async stop(): Promise<void> {
    this.#abort.abort();
    clearInterval(this.#storing);
    await this.endStreams();
    await this.#quietly('radio', this.#radio?.stop());
    // What the end of the streams has decided still goes out; what cannot stays in the record for the next start.
    const told = Promise.allSettled([this.#channel.settled(), this.#projector?.catchUp()]);
    await within<unknown>(systemTimers(), LAST_WORDS_MS, told, undefined);
    await this.#quietly('web', this.#web.stop());
    await this.#quietly('alerts', this.#channel.stop());
    await this.#quietly('influx', this.#projector?.stop());
    this.#record.close();
  }

  /** The radio may come later, or never: everything else goes on, and says that falls cannot be seen. */
  async #startRadio(): Promise<void> {
    const { signal } = this.#abort;
    while (this.#radio && !signal.aborted) {
      try {
        await this.#radio.start(signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#radioProblem !== messageOf(error)) {
          this.#logger.error('radio.unavailable', { reason: messageOf(error) });
        }
        this.#radioProblem = messageOf(error);
        await new Promise((resolve) => setTimeout(resolve, RADIO_RETRY_MS).unref());
      }
    }
    if (signal.aborted) return;
    this.#radioProblem = undefined;
    for (const sensor of this.#sensors) if (!sensor.sendsItself) sensor.start();
  }

  #sensorPorts(): WornSensorPorts {
    const radio = this.#radio;
    return {
      radio: radio && { central: radio, scan: new SharedScan(radio, this.#logger), random: Math.random, nextDelayMs },
      clock: this.#clock,
      timers: systemTimers(this.#speed),
      logger: this.#logger,
      store: (batch) => this.#desk.outbox.write(batch),
      show: (message) => this.#show(message),
      onVerdict: (personId, verdict) => {
        this.#desk.onVerdict(personId, verdict);
        this.#channel.wake();
      },
      onSecond: (second) => this.#keeper.onSecond(second),
      onLateSecond: (second) => this.#keeper.onLateSecond(second),
      onHealth: (health) => {
        this.#hub.send({ type: 'device', health });
        this.#keeper.onHealth(health);
      },
      onBlockDone: (samples, seconds) => {
        this.#metrics.samples.inc(samples);
        this.#metrics.blockSeconds.observe(seconds);
      },
      onGap: (reason) => this.#metrics.gaps.inc({ reason }),
      silenceBefore: silenceBefore(this.#record, this.#desk),
      givenCalibration: (personId, site) => this.#calibrations.get(`${personId} ${site}`),
      savedCalibration: (personId, site) => this.#record.calibration(personId, site),
      saveCalibration: (personId, site, calibration) => {
        this.#logger.info('calibration.found', { personId, site, method: calibration.method });
        this.#record.saveCalibration(personId, site, calibration, this.#clock.nowMs());
      },
    };
  }

  #show(message: LiveMessage): void {
    if (message.type === 'motionEvent') this.#metrics.motionEvents.inc({ type: message.stored.event.type });
    this.#hub.send(message);
  }

  #acknowledge(alertId: string, by: string): Alert {
    const alert = this.#desk.acknowledge(alertId, by, this.#clock.nowMs());
    this.#metrics.acknowledged.inc();
    this.#channel.wake();
    return alert;
  }

  #devices(): DeviceHealth[] {
    return this.#sensors.map((sensor) => sensor.health);
  }

  #createDesk(): AlarmDesk {
    const { base } = this.#config.mqtt;
    return new AlarmDesk({
      record: this.#record,
      logger: this.#logger,
      messages: {
        messagesForClinicalEvent: (event) => messagesForClinicalEvent(event, base),
        messagesForAlert: (alert) => messagesForAlert(alert, base),
      },
      onClinicalEvent: (event) => {
        this.#metrics.clinicalEvents.inc({ rule: event.ruleId });
        this.#hub.send({ type: 'clinicalEvent', event });
      },
      onAlert: (alert) => this.#hub.send({ type: 'alert', alert }),
    });
  }

  #createMetrics(): ServiceMetrics {
    return new ServiceMetrics({
      nowMs: () => this.#clock.nowMs(),
      devices: () => this.#devices(),
      radioRestarts: () => this.#radio?.stats.radioRestarts ?? 0,
      storageWaiting: () => this.#desk.outbox.waitingCount,
      influxWaiting: () => this.#projector?.lag().waitingEntries ?? 0,
      radio: () => this.#radio?.stats,
    });
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
      mqtt: () => ({ state: this.#channel.state, problem: this.#channel.problem }),
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

  async #quietly(part: string, ending: Promise<unknown> | undefined): Promise<void> {
    try {
      await ending;
    } catch (error) {
      this.#logger.error('service.stop-failed', { part, reason: messageOf(error) });
    }
  }
}
