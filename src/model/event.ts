/** What happened: events found by `motion/`, the same for everybody. Names and fields are those of the analyze contract. */

export const MOTION_EVENT_TYPES = [
  'forwardBend',
  'sustainedFlexion',
  'sideBend',
  'twist',
  'bendTwist',
  'abruptFlexion',
  'sitUp',
  'crunch',
  'logRoll',
  'sitToStand',
  'standToSit',
  'lieDown',
  'getUp',
  'turn',
  'gaitBout',
  'quietStance',
  'impact',
  'fallSuspected',
  'fall',
  'fallRecovered',
  'nearFall',
  'offBody',
  'gap',
] as const;
export type MotionEventType = (typeof MOTION_EVENT_TYPES)[number];

export interface MotionEvent {
  /** Unique within a stream, the same at every run over the same samples: `<type>-<start in ms>`. */
  readonly id: string;
  readonly type: MotionEventType;
  /** Seconds on the sample clock. */
  readonly startS: number;
  readonly endS: number;
  /** Moment of the extreme, where there is one. */
  readonly peakS?: number;
  /** Time of the last sample that was needed to report the event live. */
  readonly decidedS: number;
  /** 0..1 */
  readonly confidence: number;
  /** Further fields by type, units in their names (`peakDeg`, `peakRateDps`, `durationS`, `source`, …). */
  readonly [field: string]: string | number | boolean | undefined;
}

export const motionEventId = (type: MotionEventType, startS: number): string => `${type}-${Math.round(startS * 1000)}`;

/** What it means for this person: made by a rule, named by the clinical catalogue (`EV-…`). */
export interface ClinicalEvent {
  /** `<personId>.<ruleId>.<start in ms>`, characters `[A-Za-z0-9_.:-]`. Also the id of the alert that it raises. */
  readonly id: string;
  readonly personId: string;
  /** Such as `EV-BEND`. */
  readonly ruleId: string;
  /** Topic-safe kind, such as `bend`. */
  readonly kind: string;
  readonly severity: Severity;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** When it was decided, on the sample clock; Unix milliseconds. */
  readonly decidedMs: number;
  readonly confidence: number;
  /** Plain, kind, never a diagnosis. */
  readonly text: string;
  /** Numbers that led to it, units in the names: `flexionDeg`, `limitDeg`, `heldS`, … */
  readonly values: Readonly<Record<string, number | string>>;
  /** Which limit, whose, from what source. */
  readonly because: string;
}

export const SEVERITIES = ['none', 'low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];
