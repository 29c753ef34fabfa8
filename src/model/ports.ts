/** Ports: what the stages need from the outside, named by role. Adapters are named by technology. */
import type { Alert } from './alert.ts';
import type { ClinicalEvent, MotionEvent } from './event.ts';
import type { Calibration, Person, Placement } from './person.ts';
import type { SensorSight } from './sensorSight.ts';

export interface Clock {
  /** Unix milliseconds, may have a fraction. A replay at speed N runs N times faster. */
  nowMs(): number;
}

export interface Logger {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

export type Unsubscribe = () => void;

// ---------------------------------------------------------------- radio

export interface Advertisement {
  /** The radio library's id of the peer, stable while the process runs. */
  readonly id: string;
  readonly address: string;
  readonly name: string | undefined;
  /** Lower case, without dashes. */
  readonly serviceUuids: readonly string[];
  /** Bluetooth SIG company identifier. */
  readonly companyId: number | undefined;
  readonly rssiDbm: number;
}

export type CentralState = 'unknown' | 'poweredOn' | 'poweredOff' | 'unsupported' | 'restarting';

/** A Bluetooth Low Energy central: one adapter, one owner. */
export interface BleCentral {
  /** Resolves when the adapter is powered on. @throws `radio/unavailable` with what to do about it. */
  start(signal?: AbortSignal): Promise<void>;
  /** Ends scanning and all links, frees the adapter; resolves within 2 s. */
  stop(): Promise<void>;
  readonly state: CentralState;
  onStateChange(listener: (state: CentralState) => void): Unsubscribe;
  startScan(): Promise<void>;
  stopScan(): Promise<void>;
  onAdvertisement(listener: (advertisement: Advertisement) => void): Unsubscribe;
  /**
   * Connects, waits for the MTU and discovers all services. Connects run one after the other.
   * @throws `radio/timeout` after 15 s (the attempt is cancelled), `radio/refused`, `radio/closed`.
   */
  connect(id: string): Promise<BleLink>;
}

export interface GattCharacteristic {
  /** Lower case, without dashes; 16-bit SIG ids as 4 hex digits. */
  readonly serviceUuid: string;
  readonly uuid: string;
  readonly properties: readonly string[];
}

/** One connection. Operations are serial, each has its own time limit, and all reject when the link drops. */
export interface BleLink {
  readonly id: string;
  readonly mtu: number;
  readonly characteristics: readonly GattCharacteristic[];
  /** @throws `radio/timeout` (the link is then torn down), `radio/closed`, `radio/refused` (also for an empty value). */
  read(uuid: string): Promise<Uint8Array>;
  write(uuid: string, bytes: Uint8Array, options?: { withoutResponse?: boolean }): Promise<void>;
  /** `arrivalMs` is the radio process's clock at the moment the notification came in. */
  subscribe(uuid: string, listener: (bytes: Uint8Array, arrivalMs: number) => void): Promise<void>;
  readRssiDbm(): Promise<number>;
  disconnect(): Promise<void>;
  /** Resolves once, when the link is gone, with the reason in words. */
  readonly closed: Promise<string>;
}

// ---------------------------------------------------------------- wearables that send by themselves

/** What became of a message, in words that go back to whoever sent it. */
export type PushAnswer =
  /** Readings of acceleration and rotation in it that were understood. */
  | { readonly kind: 'taken'; readonly readings: number }
  /** Somebody tries whether we can be reached. */
  | { readonly kind: 'test' }
  | {
      readonly kind: 'refused';
      /** `sender`: it comes from another wearable than the enrolled one. */
      readonly because: 'message' | 'sender';
      readonly expected: string;
      readonly found: string;
    }
  /** `waitMs`: until the next one is taken. */
  | { readonly kind: 'too-often'; readonly expected: string; readonly found: string; readonly waitMs: number };

/** Takes the messages of one enrolled wearable. Never throws. */
export type PushReceiver = (message: string) => PushAnswer;

export interface PushEntrance {
  /** Whether anybody may come in at all. */
  readonly isOpen: boolean;
  /** Of one wearable, whichever way its messages come. */
  readonly mostMessagesPerMinute: number;
  /** Undefined: nobody is enrolled so, or the token is another one; the answer takes as long either way. */
  admit(personId: string, deviceId: string, token: string): PushReceiver | undefined;
}

// ---------------------------------------------------------------- record

/** One second of one sensor. `values` maps metric id to value; missing metrics are absent. */
export interface SeriesSecond {
  readonly personId: string;
  readonly site: string;
  /** Unix ms, whole second. */
  readonly tMs: number;
  readonly values: Readonly<Record<string, number>>;
  /** `lying`, `reclined`, `sitting`, `standing`, `walking`, `unknown`. */
  readonly activity: string;
  /** Share of the second that was covered by samples, 0..1. */
  readonly coverage: number;
}

export interface StoredMotionEvent {
  readonly personId: string;
  /** `<personId>.<motion event id>` */
  readonly id: string;
  readonly site: string;
  readonly event: MotionEvent;
}

/** A message waiting for its broker. Exactly-once by id at the receiver, at-least-once on the wire. */
export interface OutboundMessage {
  /** Unique; a receiver drops a second message with the same id. */
  readonly id: string;
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  /** Unix ms after which nobody wants it any more; absent: never. */
  readonly expiresMs?: number;
}

/** What the times of a stream rest on. `arrival`: the device has no clock; `settling`: too early to tell. */
export type TimeQuality = 'settling' | 'good' | 'poor' | 'arrival';

export interface DeviceHealth {
  readonly personId: string;
  readonly deviceId: string;
  readonly kind: string;
  readonly placement?: Placement;
  readonly state: 'searching' | 'connecting' | 'streaming' | 'silent' | 'stopped';
  readonly rssiDbm?: number;
  readonly batteryPct?: number;
  /** What its stream is good enough to show, as it runs or is asked for; absent in records of earlier versions. */
  readonly sees?: SensorSight;
  /** How it is known how the sensor sits, and how surely; `isWornDifferently`: not as before, and not allowed for. */
  readonly calibration?: {
    readonly method: string;
    /** 0..1 */
    readonly confidence: number;
    readonly isWornDifferently: boolean;
  };
  /** Of the running stream. */
  readonly timeQuality?: TimeQuality;
  /** What the wearable says about itself. */
  readonly identity?: {
    readonly model?: string;
    readonly serial?: string;
    readonly firmware?: string;
    readonly hardware?: string;
  };
  readonly lossPct?: number;
  readonly samples: number;
  readonly lostSamples: number;
  readonly repairedSamples: number;
  readonly reconnects: number;
  readonly clockResidualMs?: number;
  readonly lastSampleMs?: number;
  /** Why the last connection ended, in words, and when; Unix ms. */
  readonly lastReason?: string;
  readonly lastLostMs?: number;
  readonly problem?: string;
}

/** One thing to store or send, all or nothing. */
export interface RecordBatch {
  readonly motionEvents?: readonly StoredMotionEvent[];
  readonly clinicalEvents?: readonly ClinicalEvent[];
  readonly alerts?: readonly Alert[];
  readonly outbox?: readonly OutboundMessage[];
  readonly series?: readonly SeriesSecond[];
  readonly health?: readonly { readonly tMs: number; readonly health: DeviceHealth }[];
}

/** A row of the record in the order in which it was written; what a projection is caught up from. */
export type JournalEntry =
  | { readonly position: number; readonly kind: 'series'; readonly second: SeriesSecond }
  | { readonly position: number; readonly kind: 'motionEvent'; readonly stored: StoredMotionEvent }
  | { readonly position: number; readonly kind: 'clinicalEvent'; readonly event: ClinicalEvent }
  | { readonly position: number; readonly kind: 'health'; readonly tMs: number; readonly health: DeviceHealth };

/** The record. Synchronous: an embedded file, written in one transaction per call, durable when it returns. */
export interface RecordStore {
  open(): void;
  close(): void;
  /** @throws `storage/failed`; nothing of the batch is stored then. Ids already present are left as they are, alerts are replaced. */
  write(batch: RecordBatch): void;
  people(): Person[];
  savePerson(person: Person): void;
  calibration(personId: string, site: string): Calibration | undefined;
  saveCalibration(personId: string, site: string, calibration: Calibration, atMs: number): void;
  /** Newest first. */
  motionEvents(query: { personId?: string; fromMs?: number; toMs?: number; limit?: number }): StoredMotionEvent[];
  clinicalEvents(query: { personId?: string; fromMs?: number; toMs?: number; limit?: number }): ClinicalEvent[];
  alerts(query: { personId?: string; openOnly?: boolean; limit?: number }): Alert[];
  alert(id: string): Alert | undefined;
  series(query: { personId: string; site: string; fromMs: number; toMs: number }): SeriesSecond[];
  /** Unix ms of the newest stored second; undefined: there is none. */
  latestSecondMs(personId: string, site: string): number | undefined;
  /** Oldest first. */
  pendingMessages(limit: number): OutboundMessage[];
  markSent(messageId: string, atMs: number): void;
  /** Rows after `position`, in order, of all kinds together. */
  journalAfter(position: number, limit: number): JournalEntry[];
  /** How many rows come after `position`, at most `limit`; costs the same however many there are. */
  journalCount?(position: number, limit: number): number;
  cursor(name: string): number;
  saveCursor(name: string, position: number): void;
}

// ---------------------------------------------------------------- sinks

export type SinkState = 'connecting' | 'connected' | 'down' | 'stopped';

/** Carries messages to people. `publish` resolves when the broker has accepted the message. */
export interface AlertSink {
  /** Does not wait for the broker: a broker that is down is retried for ever. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly state: SinkState;
  onStateChange(listener: (state: SinkState) => void): Unsubscribe;
  /** @throws `mqtt/unavailable` when it was not accepted in time; the caller keeps the message. */
  publish(message: OutboundMessage): Promise<void>;
  /** A caregiver said "I have seen it". */
  onAcknowledge(listener: (ack: { personId: string; alertId: string; by: string }) => void): Unsubscribe;
}

/** A time-series database for dashboards, written from the record. */
export interface SeriesStore {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly state: SinkState;
  /**
   * Writes all entries, at most once each in effect (same tags and time overwrite).
   * @throws `influx/unavailable` (try again later), `influx/rejected` (these entries will never be accepted; they are named).
   */
  write(entries: readonly JournalEntry[]): Promise<void>;
}

// ---------------------------------------------------------------- live page

/** What a page sees as it happens. */
export type LiveMessage =
  | {
      readonly type: 'angles';
      readonly personId: string;
      readonly site: string;
      /** Unix ms of the last sample of this message. */
      readonly tMs: number;
      readonly flexionDeg: number;
      readonly lateralDeg: number;
      readonly rotationDeg: number;
      readonly inclinationDeg: number;
      readonly posture: string;
    }
  | { readonly type: 'motionEvent'; readonly stored: StoredMotionEvent }
  | { readonly type: 'clinicalEvent'; readonly event: ClinicalEvent }
  | { readonly type: 'alert'; readonly alert: Alert }
  | { readonly type: 'device'; readonly health: DeviceHealth };

export interface LiveFeed {
  subscribe(listener: (message: LiveMessage) => void): Unsubscribe;
}

export type StageName = 'radio' | 'storage' | 'mqtt' | 'influx' | 'web';
export interface StageHealth {
  readonly stage: StageName;
  readonly ok: boolean;
  /** In words: what is wrong and what it means. */
  readonly detail: string;
}

/** What the web stage may ask of the service. */
export interface ServiceView {
  readonly feed: LiveFeed;
  people(): {
    readonly id: string;
    readonly displayName: string;
    readonly tier: string;
    readonly limits: LimitView[];
  }[];
  devices(): DeviceHealth[];
  health(): StageHealth[];
  /** @throws `web/invalid` when there is no such alert. Returns the alert as it is now; a second acknowledge changes nothing. */
  acknowledge(alertId: string, by: string): Alert;
  /** Prometheus text format. */
  metricsText(): Promise<string>;
}

/** A limit that can explain itself. */
export interface LimitView {
  readonly key: string;
  readonly value: number;
  readonly unit: string;
  readonly origin: 'tier' | 'override';
  readonly explanation: string;
  readonly source: string;
  readonly min: number;
  readonly max: number;
}
