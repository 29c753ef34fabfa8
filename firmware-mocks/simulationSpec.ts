/** The description of a simulation: plain JSON, checked by hand because the mocks stand on `src/model` alone. */
import { PlumblineError } from '../src/model/errors.ts';
import { type Mount, mountFromRows, parseMount } from '../src/model/frames.ts';
import { MOVEMENT_FIELDS, type Movement } from './movement.ts';
import type { SensorErrors, Triple } from './sensorErrors.ts';
import { WEARABLE_KINDS } from './wearableKinds.ts';

type MotionSpec =
  | { readonly script: 'dailyLoop' | readonly Movement[]; readonly loop?: boolean; readonly leverM?: number }
  /** Raw little-endian float64 rows `acc xyz m/s², gyr xyz rad/s`, sensor frame, uniform rate. */
  | { readonly recording: { readonly file: string; readonly rateHz: number } };

export interface WearableSpec {
  /** One of `WEARABLE_KINDS`. */
  readonly kind: string;
  /** Hardware or firmware of that kind, where there are several; Plumbline: `sessionEndsWithLink` for old firmware. */
  readonly variant?: string;
  readonly name?: string;
  readonly address?: string;
  /** Four characters for a Plumbline, twelve digits for a Movesense, eight hexadecimal digits for a Polar. */
  readonly serial?: string;
  readonly motion: MotionSpec;
  /** Wearables of one wearer move together: their motions begin with the first of their streams. */
  readonly wearer?: string;
  readonly seed?: number;
  /** `none`, `typical` (default for scripts), or single values over `none`. */
  readonly errors?: 'none' | 'typical' | Partial<SensorErrors>;
  /** Signed sensor axes along anterior, superior, right, or these directions as rows; scripts only. */
  readonly mount?: string | readonly (readonly number[])[];
  /** How the sensor sits askew, in the trunk's angles: flexion, or flexion, lateral, rotation; scripts only. */
  readonly tiltDeg?: number | Triple;
  readonly driftPpm?: number;
  readonly lossRatio?: number;
  readonly jitterMs?: number;
  readonly batteryPct?: number;
  readonly rssiDbm?: number;
  readonly maxMtu?: number;
  /** Plumbline only: how many packets it can send again. */
  readonly memoryPackets?: number;
  /** Movesense only: the answers to SUBSCRIBE are lost, as happens. */
  readonly skipsAcknowledgements?: boolean;
  readonly dropLinkEveryS?: number;
  readonly rebootEveryS?: number;
  readonly overrunEveryS?: number;
  /** Beside its data it sends bytes that cannot be read. */
  readonly nonsenseEveryS?: number;
  /** Movesense only: every so many packets the values of one are not numbers. */
  readonly notFiniteEveryPackets?: number;
  /** Polar H10 only: leaves its strap after so long, ends the link 45 s later with its clock begun anew, and is then back on. */
  readonly offStrapAfterS?: number;
  /** WitMotion only: so many bytes to a notification, wherever frames begin and end. */
  readonly notificationBytes?: number;
}

export interface SimulationSpec {
  readonly wearables: readonly WearableSpec[];
}

type Bounds = readonly [number, number];
const NUMBERS: Readonly<Record<string, Bounds>> = {
  seed: [0, 4_294_967_295],
  driftPpm: [-10_000, 10_000],
  lossRatio: [0, 1],
  jitterMs: [0, 60_000],
  batteryPct: [0, 100],
  rssiDbm: [-127, 20],
  maxMtu: [23, 517],
  memoryPackets: [1, 32_768],
  dropLinkEveryS: [0.1, 1e9],
  rebootEveryS: [0.1, 1e9],
  overrunEveryS: [0.1, 1e9],
  nonsenseEveryS: [0.01, 1e9],
  notFiniteEveryPackets: [1, 1e9],
  offStrapAfterS: [0, 1e9],
  notificationBytes: [1, 244],
};
const ERROR_KEYS = new Set([
  'accNoiseMps2',
  'gyrNoiseDps',
  'accBiasMps2',
  'gyrBiasDps',
  'gyrDriftDpsPerSqrtHour',
  'accScaleErrorRatio',
]);
const OTHER_KEYS = new Set([
  'kind',
  'variant',
  'name',
  'address',
  'serial',
  'motion',
  'wearer',
  'errors',
  'mount',
  'tiltDeg',
  'skipsAcknowledgements',
]);

/** @throws PlumblineError `config/invalid` that lists everything that is wrong. */
export function parseSimulationSpec(value: unknown): SimulationSpec {
  const problems: string[] = [];
  const wearables = isRecord(value) ? value['wearables'] : undefined;
  if (!Array.isArray(wearables)) problems.push(`wearables: expected a list, found ${show(wearables)}`);
  else wearables.forEach((wearable, i) => checkWearable(wearable, `wearables[${i}]`, problems));
  if (problems.length > 0) throw new PlumblineError('config/invalid', `simulation: ${problems.join('; ')}`);
  return value as SimulationSpec;
}

function checkWearable(value: unknown, at: string, problems: string[]): void {
  if (!isRecord(value)) {
    problems.push(`${at}: expected an object, found ${show(value)}`);
    return;
  }
  const expect = (ok: boolean, key: string, expected: string): void => {
    if (!ok) problems.push(`${at}.${key}: expected ${expected}, found ${show(value[key])}`);
  };
  for (const key of Object.keys(value)) {
    if (!OTHER_KEYS.has(key) && !(key in NUMBERS)) problems.push(`${at}.${key}: expected no such key`);
  }
  for (const [key, [low, high]] of Object.entries(NUMBERS)) {
    expect(value[key] === undefined || isWithin(value[key], low, high), key, `a number from ${low} to ${high}`);
  }
  const { kind, variant, name, address, serial, wearer, errors, tiltDeg, motion } = value;
  const kinds = Object.keys(WEARABLE_KINDS);
  expect(typeof kind === 'string' && kinds.includes(kind), 'kind', `one of ${kinds.join(', ')}`);
  expect(variant === undefined || typeof variant === 'string', 'variant', 'a text');
  expect(name === undefined || typeof name === 'string', 'name', 'a text');
  expect(address === undefined || matches(address, /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/), 'address', '"aa:bb:cc:dd:ee:ff"');
  expect(serial === undefined || matches(serial, /^[0-9A-Za-z]{1,12}$/), 'serial', '1 to 12 letters or digits');
  expect(wearer === undefined || (typeof wearer === 'string' && wearer !== ''), 'wearer', 'a name');
  expect(errors === undefined || areErrors(errors), 'errors', '"none", "typical" or values of sensor errors');
  expect(tiltDeg === undefined || isSizeOrTriple(tiltDeg), 'tiltDeg', 'an angle or three of them');
  const { skipsAcknowledgements } = value;
  expect(['undefined', 'boolean'].includes(typeof skipsAcknowledgements), 'skipsAcknowledgements', 'true or false');
  checkMount(value, at, problems);
  checkMotion(motion, `${at}.motion`, problems);
}

function checkMount(wearable: Record<string, unknown>, at: string, problems: string[]): void {
  const { mount, tiltDeg, motion } = wearable;
  if (isRecord(motion) && 'recording' in motion && (mount !== undefined || tiltDeg !== undefined)) {
    problems.push(`${at}: expected neither mount nor tiltDeg with a recording, which has its sensor's own frame`);
  }
  if (mount === undefined) return;
  if (typeof mount !== 'string' && !areRows(mount)) {
    problems.push(`${at}.mount: expected a text such as "+Z-Y+X" or a 3×3 array, found ${show(mount)}`);
    return;
  }
  try {
    mountOf(mount);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    problems.push(`${at}.${error.message}`);
  }
}

/** @throws PlumblineError `config/invalid` when it is not a right-handed frame. */
export const mountOf = (mount: string | readonly (readonly number[])[]): Mount =>
  typeof mount === 'string' ? parseMount(mount) : mountFromRows(mount);

const areRows = (value: unknown): value is number[][] =>
  Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(Number.isFinite));

function checkMotion(motion: unknown, at: string, problems: string[]): void {
  if (isRecord(motion) && isRecord(motion['recording'])) {
    const { file, rateHz } = motion['recording'];
    if (typeof file !== 'string') problems.push(`${at}.recording.file: expected a path, found ${show(file)}`);
    if (!isWithin(rateHz, 1, 10_000)) {
      problems.push(`${at}.recording.rateHz: expected a number from 1 to 10000, found ${show(rateHz)}`);
    }
    return;
  }
  const script = isRecord(motion) ? motion['script'] : undefined;
  if (script === 'dailyLoop') return;
  if (Array.isArray(script)) script.forEach((movement, i) => checkMovement(movement, `${at}.script[${i}]`, problems));
  else problems.push(`${at}: expected script "dailyLoop", a list of movements, or a recording, found ${show(motion)}`);
}

function checkMovement(movement: unknown, at: string, problems: string[]): void {
  const name = isRecord(movement) ? movement['do'] : undefined;
  const fields =
    typeof name === 'string' && name in MOVEMENT_FIELDS ? MOVEMENT_FIELDS[name as Movement['do']] : undefined;
  if (!isRecord(movement) || !fields) {
    problems.push(`${at}.do: expected one of ${Object.keys(MOVEMENT_FIELDS).join(', ')}, found ${show(name)}`);
    return;
  }
  for (const [field, allowed] of Object.entries(fields)) {
    const optional = field.endsWith('?');
    const key = optional ? field.slice(0, -1) : field;
    const value = movement[key];
    if (value === undefined && optional) continue;
    const words = allowed.every((item) => typeof item === 'string');
    const ok = words ? allowed.some((word) => word === value) : isWithin(value, ...allowed);
    const expected = words ? allowed.join(' or ') : `a number from ${allowed.join(' to ')}`;
    if (!ok) problems.push(`${at}.${key}: expected ${expected}, found ${show(value)}`);
  }
  for (const key of Object.keys(movement)) {
    if (key !== 'do' && !(key in fields) && !(`${key}?` in fields)) problems.push(`${at}.${key}: expected no such key`);
  }
}

function areErrors(value: unknown): boolean {
  if (value === 'none' || value === 'typical') return true;
  return (
    isRecord(value) &&
    Object.entries(value).every(([key, size]) =>
      ERROR_KEYS.has(key) && key.includes('Bias') ? isSizeOrTriple(size) : ERROR_KEYS.has(key) && Number.isFinite(size),
    )
  );
}

function isSizeOrTriple(value: unknown): boolean {
  return Number.isFinite(value) || (Array.isArray(value) && value.length === 3 && value.every(Number.isFinite));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWithin = (value: unknown, low: number, high: number): boolean =>
  typeof value === 'number' && value >= low && value <= high;
const matches = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);
const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
