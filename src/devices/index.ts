/** The wearables that Plumbline knows. A new one: its file, a line here, its golden packets. */
import type { Advertisement } from '../model/ports.ts';
import { arduinoBleSense } from './arduinoBleSense.ts';
import type { DeviceDefinition } from './define.ts';
import { metamotion } from './metamotion.ts';
import { movesense } from './movesense.ts';
import { plumblineReference } from './plumblineReference.ts';

export const DEVICES: readonly DeviceDefinition[] = [plumblineReference, movesense, metamotion, arduinoBleSense];

export function findDevice(advertisement: Advertisement): DeviceDefinition | undefined {
  return DEVICES.find((device) => device.matches(advertisement));
}

export function deviceById(id: string): DeviceDefinition | undefined {
  return DEVICES.find((device) => device.id === id);
}
