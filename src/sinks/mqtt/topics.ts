/** What is said where: the topic tree under one base, and the messages that go there. Their shapes are in `payloads.ts`. */
import { isOpen, type Alert } from '../../model/alert.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { ClinicalEvent, Severity } from '../../model/event.ts';
import { PERSON_ID } from '../../model/person.ts';
import type { DeviceHealth, OutboundMessage, SeriesSecond } from '../../model/ports.ts';
import type {
  AlertStatePayload,
  DeviceHealthPayload,
  EventPayload,
  PosturePayload,
  StatusPayload,
} from './payloads.ts';

export const DEFAULT_TOPIC_BASE = 'plumbline/v1';

/** Levels of `[A-Za-z0-9_-]`; no wildcards, no leading `$`, no empty level. */
export const TOPIC_BASE = /^[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,7}$/;

/** One level made of an id: alert, device, kind. Nothing that MQTT or a shell could misread. */
export const TOPIC_ID = /^[A-Za-z0-9_.:-]{1,200}$/;

export interface MqttTopics {
  readonly base: string;
  /** Is the service there; retained, last will. */
  readonly status: string;
  /** Everything that the service listens to. */
  readonly acknowledgeFilter: string;
  posture(personId: string): string;
  alert(personId: string, kind: string): string;
  event(personId: string): string;
  acknowledge(personId: string, alertId: string): string;
  deviceHealth(personId: string, deviceId: string): string;
  /** Where a wearable that sends by itself publishes; never for caregivers. */
  raw(personId: string, deviceId: string): string;
}

/**
 * @param base levels as `TOPIC_BASE`.
 * The returned functions throw `mqtt/rejected` for an id that does not fit into one topic level: a mistake of the program.
 */
export function mqttTopics(base: string = DEFAULT_TOPIC_BASE): MqttTopics {
  expectLevel('topic base', base, TOPIC_BASE);
  const person = (personId: string): string => `${base}/${expectLevel('person id', personId, PERSON_ID)}`;
  return {
    base,
    status: `${base}/_svc/status`,
    acknowledgeFilter: `${base}/+/ack/+`,
    posture: (personId) => `${person(personId)}/state/posture`,
    alert: (personId, kind) => `${person(personId)}/state/alert/${expectLevel('kind', kind, TOPIC_ID)}`,
    event: (personId) => `${person(personId)}/event`,
    acknowledge: (personId, alertId) => `${person(personId)}/ack/${expectLevel('alert id', alertId, TOPIC_ID)}`,
    deviceHealth: (personId, deviceId) =>
      `${person(personId)}/device/${expectLevel('device id', deviceId, TOPIC_ID)}/health`,
    raw: (personId, deviceId) => `${person(personId)}/raw/${expectLevel('device id', deviceId, TOPIC_ID)}`,
  };
}

function expectLevel(what: string, text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text;
  throw new PlumblineError('mqtt/rejected', `${what}: expected ${pattern.source}, found ${JSON.stringify(text)}`);
}

/** How long an event is worth telling, by severity; after that the record and the pages still have it. */
const EVENT_EXPIRES_AFTER_MS: Readonly<Record<Severity, number>> = {
  none: 3_600_000,
  low: 3_600_000,
  medium: 12 * 3_600_000,
  high: 24 * 3_600_000,
};

/** A posture that is older says nothing about now. */
const POSTURE_EXPIRES_AFTER_MS = 5 * 60_000;

/** The message id is the event id, so that a receiver drops what it has seen. */
export function messagesForClinicalEvent(event: ClinicalEvent, base: string = DEFAULT_TOPIC_BASE): OutboundMessage[] {
  const expiresMs = Math.round(event.decidedMs) + EVENT_EXPIRES_AFTER_MS[event.severity];
  const payload: EventPayload = {
    schema: 'plumbline.event/1',
    id: event.id,
    event_type: event.ruleId,
    kind: event.kind,
    severity: event.severity,
    t: Math.round(event.decidedMs),
    start: Math.round(event.startMs),
    confidence: event.confidence,
    text: event.text,
    because: event.because,
    values: finiteValues(event.values),
    expires_at: expiresMs,
  };
  const topic = mqttTopics(base).event(event.personId);
  return [{ id: event.id, topic, payload: JSON.stringify(payload), retain: false, qos: 1, expiresMs }];
}

/** The message id names the state, so that the same state is queued once. Retained and never expiring: it is true until replaced. */
export function messagesForAlert(alert: Alert, base: string = DEFAULT_TOPIC_BASE): OutboundMessage[] {
  const state = isOpen(alert) ? 'ON' : 'OFF';
  const { acknowledged } = alert;
  const payload: AlertStatePayload = {
    schema: 'plumbline.alert/1',
    state,
    alert_id: alert.id,
    event_type: alert.ruleId,
    kind: alert.kind,
    severity: alert.severity,
    since: Math.round(alert.raisedMs),
    last: Math.round(alert.lastMs),
    count: alert.count,
    active: alert.active,
    ack: acknowledged ? { by: pseudonymOf(acknowledged.by), at: Math.round(acknowledged.atMs) } : null,
    text: alert.text,
    because: alert.because,
  };
  const version = [alert.count, state, alert.active ? 'active' : 'over', acknowledged ? 'seen' : 'unseen'].join(':');
  return [
    {
      id: `${alert.id}:${version}`,
      topic: mqttTopics(base).alert(alert.personId, alert.kind),
      payload: JSON.stringify(payload),
      retain: true,
      qos: 1,
    },
  ];
}

/** The wearer's posture in one second, to be sent about once a minute. */
export function messageForPosture(second: SeriesSecond, base: string = DEFAULT_TOPIC_BASE): OutboundMessage {
  const expiresMs = second.tMs + POSTURE_EXPIRES_AFTER_MS;
  const payload: PosturePayload = {
    schema: 'plumbline.posture/1',
    t: second.tMs,
    site: second.site,
    activity: second.activity,
    coverage: Number(second.coverage.toFixed(3)),
    values: finiteValues(second.values),
    expires_at: expiresMs,
  };
  return {
    id: `posture:${second.personId}:${second.site}:${second.tMs}`,
    topic: mqttTopics(base).posture(second.personId),
    payload: JSON.stringify(payload),
    retain: true,
    qos: 1,
    expiresMs,
  };
}

export function messageForDeviceHealth(
  health: DeviceHealth,
  tMs: number,
  base: string = DEFAULT_TOPIC_BASE,
): OutboundMessage {
  const { personId, deviceId, kind, ...rest } = health;
  const payload: DeviceHealthPayload = {
    schema: 'plumbline.device/1',
    t: Math.round(tMs),
    device: deviceId,
    model: kind,
    ...rest,
  };
  return {
    id: `device:${deviceId}:${Math.round(tMs)}`,
    topic: mqttTopics(base).deviceHealth(personId, deviceId),
    payload: JSON.stringify(payload, withoutNaN),
    retain: true,
    qos: 1,
  };
}

/** `online` with its time; without a time it is the last will. */
export function statusMessage(
  state: StatusPayload['state'],
  tMs: number | undefined,
  base: string = DEFAULT_TOPIC_BASE,
): OutboundMessage {
  const payload: StatusPayload = {
    schema: 'plumbline.status/1',
    state,
    ...(tMs === undefined ? {} : { t: Math.round(tMs) }),
    text: state === 'online' ? 'Plumbline is running.' : 'Plumbline is not running. Nobody is being watched right now.',
  };
  return {
    id: `status:${state}:${tMs ?? 'will'}`,
    topic: mqttTopics(base).status,
    payload: JSON.stringify(payload),
    retain: true,
    qos: 1,
  };
}

/** Names stay in the record: what is not already a pseudonym is told as the role. */
function pseudonymOf(by: string): string {
  return PERSON_ID.test(by) ? by : 'caregiver';
}

/** JSON has no NaN: what could not be measured is left out. */
function finiteValues<V extends number | string>(values: Readonly<Record<string, V>>): Record<string, V> {
  const kept = Object.entries(values).filter(([, value]) => typeof value === 'string' || Number.isFinite(value));
  return Object.fromEntries(kept);
}

function withoutNaN(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}
