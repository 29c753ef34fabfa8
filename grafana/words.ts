/** Stored words in the clinician's language: activities, movements, severities. */
import type { MotionEventType, Severity } from '../src/model/event.ts';
import type { Posture } from '../src/motion/index.ts';
import type { ShownAs } from './panelStyle.ts';

/** Sitting and standing are stored once something can tell them apart; until then both are upright. */
export const ACTIVITY_WORDS: Readonly<Record<Posture | 'sitting' | 'standing', ShownAs>> = {
  lying: { text: 'Lying', color: 'purple' },
  reclined: { text: 'Reclined', color: 'light-purple' },
  upright: { text: 'Upright', color: 'green' },
  sitting: { text: 'Sitting', color: 'blue' },
  standing: { text: 'Standing', color: 'semi-dark-green' },
  walking: { text: 'Walking', color: 'dark-green' },
  unknown: { text: 'Not known', color: 'gray' },
};

/** One sensor cannot tell a hip hinge from a rounded back: the words say "bent forward". */
export const MOVEMENT_WORDS: Readonly<Record<MotionEventType, ShownAs>> = {
  forwardBend: { text: 'Bent forward' },
  sustainedFlexion: { text: 'Stayed bent forward' },
  sideBend: { text: 'Leaned sideways' },
  twist: { text: 'Twisted' },
  bendTwist: { text: 'Bent and twisted together' },
  abruptFlexion: { text: 'Abrupt forward movement' },
  sitUp: { text: 'Sat up straight from lying' },
  crunch: { text: 'Curled up while lying' },
  logRoll: { text: 'Rolled to the side to get up' },
  sitToStand: { text: 'Stood up' },
  standToSit: { text: 'Sat down' },
  lieDown: { text: 'Lay down' },
  getUp: { text: 'Got up' },
  turn: { text: 'Turned' },
  gaitBout: { text: 'Walked' },
  quietStance: { text: 'Stood still' },
  impact: { text: 'Impact' },
  fallSuspected: { text: 'Possible fall' },
  fall: { text: 'Fall' },
  fallRecovered: { text: 'Back up after a possible fall' },
  nearFall: { text: 'Stumble' },
  offBody: { text: 'Sensor not worn' },
  gap: { text: 'No data' },
};

export const SEVERITY_WORDS: Readonly<Record<Severity, ShownAs>> = {
  none: { text: 'None', color: 'gray' },
  low: { text: 'Low', color: 'yellow' },
  medium: { text: 'Medium', color: 'orange' },
  high: { text: 'High', color: 'red' },
};
