/**
 * One message of the app Sensor Logger, as its page PUSHING.md describes it (github.com/tszheichoi/awesome-sensor-logger):
 *
 *   { messageId, sessionId, deviceId, payload: [{ name, time, values: { x, y, z }, accuracy? }, …] }
 *
 * `time` is in nanoseconds since 1970, as a number or, as in its exports, as text. Everything in it comes from a network: only own
 * properties are read, sizes are bounded, and what does not fit is counted and left out. Pure.
 */

/** Names of the readings that we use; there are many more (location, microphone, …), which are not even looked at. */
const MOTION_NAMES = [
  'totalacceleration',
  'accelerometer',
  'gravity',
  'accelerometeruncalibrated',
  'gyroscope',
  'gyroscopeuncalibrated',
] as const;
export type MotionName = (typeof MOTION_NAMES)[number];

/** One sample of one quantity, as the app gave it; values that are no finite numbers are NaN. */
export interface Reading {
  /** Microseconds since 1970 of the phone's clock. */
  readonly tickUs: number;
  readonly xyz: readonly [number, number, number];
}

export interface SensorLoggerMessage {
  readonly messageId: number;
  readonly sessionId: string;
  readonly deviceId: string;
  /** As sent; each name that occurs at all. */
  readonly readings: ReadonlyMap<MotionName, readonly Reading[]>;
  /** The newest reading's time; NaN without readings. */
  readonly newestUs: number;
  /** A field that only Android phones send. */
  readonly hasAccuracy: boolean;
  readonly batteryPct: number | undefined;
  readonly charging: boolean | undefined;
  /** What was left out, in words; undefined: nothing. */
  readonly problem: string | undefined;
}

export type ReadMessage =
  | { readonly kind: 'message'; readonly message: SensorLoggerMessage }
  /** "Tap to Test Pushing", "Tap to Test Publish". */
  | { readonly kind: 'test'; readonly deviceId: string | undefined }
  | { readonly kind: 'bad'; readonly expected: string; readonly found: string };

/** Six quantities at 500 Hz for two seconds; one second of everything at 100 Hz is 600. */
const MOST_READINGS = 8192;
const MOST_TEXT = 1_000_000;
const ID = /^[\w.:{}-]{1,128}$/;
const NS_PER_US = 1000;
/** 2015 and 2100: a phone that is off by more has no clock at all. */
const EARLIEST_US = 1.42e15;
const LATEST_US = 4.1e15;
/** One message covers one batch period; a reading so far from the others has a damaged time. */
const MESSAGE_SPAN_US = 120e6;
const LEAST_AGREEING = 2;

type Own = Readonly<Record<string, unknown>>;

export function readSensorLoggerMessage(text: string): ReadMessage {
  if (text.length > MOST_TEXT) return bad(`at most ${MOST_TEXT} characters`, `${text.length}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return bad('a JSON object', `${text.length} characters that are none`);
  }
  if (!isObject(json)) return bad('a JSON object', kindOf(json));
  const payload = own(json, 'payload');
  const deviceId = idOf(own(json, 'deviceId'));
  if (isTest(json, payload)) return { kind: 'test', deviceId };
  if (!Array.isArray(payload)) return bad('a list "payload"', kindOf(payload));
  if (payload.length > MOST_READINGS) return bad(`a payload of at most ${MOST_READINGS} readings`, `${payload.length}`);
  const sessionId = idOf(own(json, 'sessionId'));
  const messageId = own(json, 'messageId');
  if (deviceId === undefined) return bad('a "deviceId" of 1 to 128 letters and digits', kindOf(own(json, 'deviceId')));
  if (sessionId === undefined)
    return bad('a "sessionId" of 1 to 128 letters and digits', kindOf(own(json, 'sessionId')));
  if (!Number.isSafeInteger(messageId) || Number(messageId) < 0) {
    return bad('a "messageId" of 0, 1, 2, …', kindOf(messageId));
  }
  return { kind: 'message', message: { messageId: Number(messageId), sessionId, deviceId, ...readPayload(payload) } };
}

/** The app's test sends a reading or a message that is named so; an empty payload asks the same. */
function isTest(json: Own, payload: unknown): boolean {
  if (own(json, 'name') === 'test') return true;
  if (!Array.isArray(payload)) return false;
  const [first] = payload as readonly unknown[];
  return payload.length === 0 || (isObject(first) && own(first, 'name') === 'test');
}

type Payload = Omit<SensorLoggerMessage, 'messageId' | 'sessionId' | 'deviceId'>;

function readPayload(payload: readonly unknown[]): Payload {
  const found = new Map<MotionName, Reading[]>();
  let battery: Own | undefined;
  let hasAccuracy = false;
  let unreadable = 0;
  for (const entry of payload) {
    const name = isObject(entry) ? own(entry, 'name') : undefined;
    if (!isObject(entry) || typeof name !== 'string') {
      unreadable++;
      continue;
    }
    const values = own(entry, 'values');
    if (name.toLowerCase() === 'battery' && isObject(values)) battery = values;
    const motion = MOTION_NAMES.find((one) => one === name.toLowerCase());
    if (!motion) continue;
    if (typeof own(entry, 'accuracy') === 'number') hasAccuracy = true;
    const tickUs = tickOf(own(entry, 'time'));
    const reading = tickUs === undefined || !isObject(values) ? undefined : { tickUs, xyz: xyzOf(values) };
    if (!reading || reading.xyz.some(Number.isNaN)) unreadable++;
    if (!reading) continue;
    const known = found.get(motion);
    if (known) known.push(reading);
    else found.set(motion, [reading]);
  }
  const stray = dropStrays(found);
  const newestUs = [...found.values()].flat().reduce((most, { tickUs }) => Math.max(most, tickUs), -Infinity);
  return {
    readings: found,
    newestUs: Number.isFinite(newestUs) ? newestUs : NaN,
    hasAccuracy,
    ...batteryOf(battery),
    problem: problemOf(payload.length, unreadable, stray),
  };
}

/**
 * One damaged time must not move the clock for all that follow. Several at the beginning or the end that agree are not damaged:
 * the clock was set within the message.
 */
function dropStrays(found: Map<MotionName, Reading[]>): number {
  const all = [...found.values()].flat().map(({ tickUs }) => tickUs);
  all.sort((a, b) => a - b);
  const medianUs = all[all.length >> 1];
  if (all.every((tickUs) => isNear(tickUs, medianUs))) return 0;
  const ends = [...found].map(([name, readings]) => {
    const isUsual = readings.map(({ tickUs }) => isNear(tickUs, medianUs));
    const isAny = isUsual.includes(true);
    const [head, tail] = isAny ? [isUsual.indexOf(true), isUsual.lastIndexOf(true) + 1] : [0, readings.length];
    return { name, readings, isUsual, head, tail };
  });
  const keepsHead = agree(ends.flatMap(({ readings, head }) => readings.slice(0, head)));
  const keepsTail = agree(ends.flatMap(({ readings, tail }) => readings.slice(tail)));
  let stray = 0;
  for (const { name, readings, isUsual, head, tail } of ends) {
    const kept = readings.filter((_, i) => isUsual[i] || (keepsHead && i < head) || (keepsTail && i >= tail));
    stray += readings.length - kept.length;
    if (kept.length > 0) found.set(name, kept);
    else found.delete(name);
  }
  return stray;
}

const isNear = (aUs: number, bUs: number): boolean => Math.abs(aUs - bUs) <= MESSAGE_SPAN_US;
const agree = (readings: readonly Reading[]): boolean =>
  readings.length >= LEAST_AGREEING && readings.every(({ tickUs }) => isNear(tickUs, readings[0].tickUs));

function problemOf(count: number, unreadable: number, stray: number): string | undefined {
  if (unreadable > 0) {
    return `payload: expected readings { name, time, values: { x, y, z } }, found ${unreadable} of ${count} that are not`;
  }
  if (stray > 0) return `payload: expected times within ${MESSAGE_SPAN_US / 1e6} s, found ${stray} of ${count} beyond`;
  return undefined;
}

/** A number of this size is exact to a quarter of a microsecond. */
function tickOf(time: unknown): number | undefined {
  const ns = typeof time === 'number' ? time : typeof time === 'string' && /^\d{1,20}$/.test(time) ? Number(time) : NaN;
  const tickUs = Math.round(ns / NS_PER_US);
  return tickUs >= EARLIEST_US && tickUs <= LATEST_US ? tickUs : undefined;
}

const xyzOf = (values: Own): [number, number, number] => [
  finite(own(values, 'x')),
  finite(own(values, 'y')),
  finite(own(values, 'z')),
];

const finite = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : NaN);

function batteryOf(values: Own | undefined): Pick<SensorLoggerMessage, 'batteryPct' | 'charging'> {
  const level = finite(values && own(values, 'batteryLevel'));
  const state = values && own(values, 'batteryState');
  return {
    batteryPct: level >= 0 && level <= 1 ? Math.round(100 * level) : undefined,
    charging: state === 'charging' || state === 'full' ? true : state === 'unplugged' ? false : undefined,
  };
}

const idOf = (value: unknown): string | undefined => (typeof value === 'string' && ID.test(value) ? value : undefined);

const isObject = (value: unknown): value is Own => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Not what an object inherits: `{"__proto__": …}` and `constructor` are keys like others. */
const own = (object: Own, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

const kindOf = (value: unknown): string =>
  value === undefined ? 'none' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;

const bad = (expected: string, found: string): ReadMessage => ({ kind: 'bad', expected, found });
