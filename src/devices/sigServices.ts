/** Characteristics of the Bluetooth SIG that several wearables share. */
import { PlumblineError } from '../model/errors.ts';
import { hexOf, textOf } from './bytes.ts';
import type { DecodedItem, DeviceIdentity, DeviceStatus, GattScript, HapticCue } from './define.ts';

export const BATTERY_LEVEL = '2a19';
/** Device Information Service (180a). */
const IDENTITY: Readonly<Record<keyof DeviceIdentity, string>> = {
  model: '2a24',
  serial: '2a25',
  firmware: '2a26',
  hardware: '2a27',
};
export const ALERT_LEVEL = '2a06';
const AlertLevel = { none: 0, mild: 1, high: 2 } as const;
const HIGH_FROM_PCT = 60;

/** Battery level in percent, or undefined where the byte is absent or beyond 100. */
function batteryPctOf(bytes: Uint8Array): number | undefined {
  const pct = bytes[0];
  return pct !== undefined && pct <= 100 ? pct : undefined;
}

/** A notification of the battery level. */
export function decodeBattery(bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  const batteryPct = batteryPctOf(bytes);
  if (batteryPct !== undefined) emit({ kind: 'status', status: { batteryPct } });
  else emit({ kind: 'problem', message: `battery: expected 0 to 100 %, found ${hexOf(bytes) || 'nothing'}` });
}

export function* readBattery(): GattScript<DeviceStatus> {
  const { bytes } = yield { op: 'read', uuid: BATTERY_LEVEL };
  const batteryPct = batteryPctOf(bytes);
  return batteryPct === undefined ? {} : { batteryPct };
}

/** A wearable without the battery service works as well. */
export function* subscribeBattery(): GattScript<void> {
  try {
    yield { op: 'subscribe', uuid: BATTERY_LEVEL };
  } catch (error) {
    ignoreRefusal(error);
  }
}

/** What the Device Information Service says; each text is absent where the wearable lacks it. */
export function* readIdentity(): GattScript<DeviceIdentity> {
  const identity: { -readonly [K in keyof DeviceIdentity]: string } = {};
  for (const [key, uuid] of Object.entries(IDENTITY)) {
    const text = yield* readText(uuid);
    if (text) identity[key as keyof DeviceIdentity] = text;
  }
  return identity;
}

function* readText(uuid: string): GattScript<string | undefined> {
  try {
    const { bytes } = yield { op: 'read', uuid };
    return textOf(bytes);
  } catch (error) {
    return ignoreRefusal(error);
  }
}

/** The Immediate Alert Service (1802) knows no pattern: each repeat is one alert that is switched on and off. */
export function* immediateAlert({ intensityPct, onMs, offMs, repeats }: HapticCue): GattScript<void> {
  const level = intensityPct >= HIGH_FROM_PCT ? AlertLevel.high : AlertLevel.mild;
  for (let i = 0; i < repeats; i++) {
    yield { op: 'write', uuid: ALERT_LEVEL, bytes: Uint8Array.of(level), withoutResponse: true };
    yield { op: 'wait', ms: onMs };
    yield { op: 'write', uuid: ALERT_LEVEL, bytes: Uint8Array.of(AlertLevel.none), withoutResponse: true };
    if (i + 1 < repeats) yield { op: 'wait', ms: offMs };
  }
}

function ignoreRefusal(error: unknown): undefined {
  if (error instanceof PlumblineError && error.code === 'radio/refused') return undefined;
  throw error;
}
