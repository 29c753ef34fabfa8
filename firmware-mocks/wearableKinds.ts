/** Which wearables there are as software. A new one: its file, and a line here. */
import { createArduinoBleSense } from './arduinoBleSense.ts';
import { createMetamotion } from './metamotion.ts';
import { createMovesense } from './movesense.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import { createPlumblineImu } from './plumblineImu.ts';
import { createSensortag } from './sensortag.ts';
import { createPolarH10, createPolarVerity } from './polarSensor.ts';
import type { WearableSpec } from './simulationSpec.ts';
import { createThingy52 } from './thingy52.ts';
import type { VirtualWearable } from './virtualWearable.ts';
import { createWitmotion } from './witmotion.ts';
import { createXsensDot } from './xsensDot.ts';

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
  thingy52: createThingy52,
  'arduino-blesense': createArduinoBleSense,
  'sensortag-cc2650': createSensortag,
  'polar-h10': createPolarH10,
  'polar-verity': createPolarVerity,
  'xsens-dot': createXsensDot,
  witmotion: createWitmotion,
};
