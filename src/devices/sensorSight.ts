/** What a wearable can honestly show at the rate and in the mode in which it streams, and which events need that. Pure. */
import type { MotionEventType } from '../model/event.ts';
import type { SensorSight } from '../model/sensorSight.ts';
import type { DeviceFacts } from './define.ts';

/**
 * Our own default: an impact lasts some tens of milliseconds. Detectors at the waist were published at 50 Hz (PMC6603555;
 * Hannam 2017 for the bands of impacts); none of those in the signal specification, section 4, is slower.
 */
export const FALLS_FROM_HZ = 50;

/** As it was asked for, or as it runs. */
export interface StreamShape {
  readonly rateHz: number;
  readonly hasGyroscope: boolean;
}

/** The shape that a configuration asks for; the device's own choice where it says nothing. */
export function shapeAskedFor(
  device: Pick<DeviceFacts, 'modes' | 'rateHz' | 'hasGyroscope'>,
  { mode, rateHz }: { readonly mode?: string | undefined; readonly rateHz?: number | undefined },
): StreamShape {
  const ofMode = device.modes?.find(({ id }) => id === mode) ?? device;
  return { rateHz: rateHz ?? ofMode.rateHz.default, hasGyroscope: ofMode.hasGyroscope };
}

export function sightOf(
  { falls, sway }: DeviceFacts['capabilities'],
  { rateHz, hasGyroscope }: StreamShape,
): SensorSight {
  return { falls: falls && rateHz >= FALLS_FROM_HZ, sway, rotation: hasGyroscope };
}

type Need = keyof SensorSight | 'nothing';

const NEED_OF: Readonly<Record<MotionEventType, Need>> = {
  forwardBend: 'nothing',
  sustainedFlexion: 'nothing',
  sideBend: 'nothing',
  twist: 'rotation',
  bendTwist: 'rotation',
  abruptFlexion: 'nothing',
  sitUp: 'nothing',
  crunch: 'nothing',
  logRoll: 'nothing',
  sitToStand: 'nothing',
  standToSit: 'nothing',
  lieDown: 'nothing',
  getUp: 'nothing',
  turn: 'rotation',
  gaitBout: 'nothing',
  quietStance: 'sway',
  impact: 'falls',
  fallSuspected: 'falls',
  fall: 'falls',
  fallRecovered: 'falls',
  nearFall: 'falls',
  offBody: 'nothing',
  gap: 'nothing',
};

/** Whether an event of this type from this stream may be believed; what may not reaches neither rules nor record. */
export function judges({ falls, sway, rotation }: SensorSight, type: MotionEventType): boolean {
  const can: Readonly<Record<Need, boolean>> = { nothing: true, falls, sway: sway !== 'none', rotation };
  return can[NEED_OF[type]];
}

/** Why falls cannot be seen although the wearable could: "expected …, found …". undefined: they can, or it never could. */
export function fallsProblemOf({ falls }: DeviceFacts['capabilities'], { rateHz }: StreamShape): string | undefined {
  if (!falls || rateHz >= FALLS_FROM_HZ) return undefined;
  return `falls cannot be seen at this rate: expected at least ${FALLS_FROM_HZ} Hz, found ${rateHz} Hz`;
}
