/** Characteristics of the Bluetooth SIG that several wearables share. */
import { PlumblineError } from '../model/errors.ts';
import { textOf } from './bytes.ts';
import type { DeviceStatus, GattScript } from './define.ts';

export const BATTERY_LEVEL = '2a19';
const FIRMWARE_REVISION = '2a26';

/** Battery level in percent, or undefined where the byte is absent or beyond 100. */
export function batteryPctOf(bytes: Uint8Array): number | undefined {
  const pct = bytes[0];
  return pct !== undefined && pct <= 100 ? pct : undefined;
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

/** Undefined where the wearable lacks the text. */
export function* readFirmwareRevision(): GattScript<string | undefined> {
  try {
    const { bytes } = yield { op: 'read', uuid: FIRMWARE_REVISION };
    return textOf(bytes);
  } catch (error) {
    return ignoreRefusal(error);
  }
}

function ignoreRefusal(error: unknown): undefined {
  if (error instanceof PlumblineError && error.code === 'radio/refused') return undefined;
  throw error;
}
