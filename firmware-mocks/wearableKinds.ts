/** Which wearables there are as software. A new one: its file, and a line here. */
import { createArduinoBleSense } from './arduinoBleSense.ts';
import { createMetamotion } from './metamotion.ts';
import { createMovesense } from './movesense.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import { createPlumblineImu } from './plumblineImu.ts';
import type { WearableSpec } from './simulationSpec.ts';
import type { VirtualWearable } from './virtualWearable.ts';

/** A wearable that does what is due when it is polled. */
export interface RunningWearable extends VirtualPeripheral {
  poll(): void;
}

export interface WearableMaking {
  readonly spec: WearableSpec;
  /** Position among the wearables of the simulation, for names and serials that were not stated. */
  readonly index: number;
  readonly address: string;
  readonly body: VirtualWearable;
}

export const WEARABLE_KINDS: Readonly<Record<string, (making: WearableMaking) => RunningWearable>> = {
  plumbline: createPlumblineImu,
  movesense: createMovesense,
  metamotion: createMetamotion,
  'arduino-blesense': createArduinoBleSense,
};
