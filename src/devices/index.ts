/** The wearables that Plumbline knows. A new one: its file, a line here, its golden packets. */
import type { Advertisement } from '../model/ports.ts';
import { arduinoBleSense } from './arduinoBleSense.ts';
import type { DeviceDefinition } from './define.ts';
import { metamotion } from './metamotion.ts';
import { movesense } from './movesense.ts';
import { plumblineReference } from './plumblineReference.ts';
import { polarH10 } from './polarH10.ts';
import { polarVerity } from './polarVerity.ts';
import type { PushedDevice } from './pushedDevice.ts';
import { sensorLogger } from './sensorLogger.ts';
import { sensortag } from './sensortag.ts';
import { thingy52 } from './thingy52.ts';
import { witmotion } from './witmotion.ts';
import { xsensDot } from './xsensDot.ts';

/** Heard over Bluetooth. */
export const DEVICES: readonly DeviceDefinition[] = [
  plumblineReference,
  movesense,
  polarH10,
  polarVerity,
  metamotion,
  xsensDot,
  witmotion,
  thingy52,
  arduinoBleSense,
  sensortag,
];

/** Send by themselves, over HTTP or MQTT. */
const PUSHED_DEVICES: readonly PushedDevice[] = [sensorLogger];

export type KnownDevice = DeviceDefinition | PushedDevice;
/** Told apart by their `source`. */
export const KNOWN_DEVICES: readonly KnownDevice[] = [...DEVICES, ...PUSHED_DEVICES];

export function findDevice(advertisement: Advertisement): DeviceDefinition | undefined {
  return DEVICES.find((device) => device.matches(advertisement));
}

export function deviceById(id: string): DeviceDefinition | undefined {
  return DEVICES.find((device) => device.id === id);
}

export function pushedDeviceById(id: string): PushedDevice | undefined {
  return PUSHED_DEVICES.find((device) => device.id === id);
}
