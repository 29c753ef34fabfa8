/** Events in plain words. A bend and the verdict about it become one row. */
import type { ClinicalEvent, MotionEvent, MotionEventType } from '../../../model/event.ts';
import type { StoredMotionEvent } from '../../../model/ports.ts';

export interface EventRow {
  readonly id: string;
  readonly personId: string;
  readonly startMs: number;
  readonly words: string;
  /** Such as "52°"; absent where depth has no meaning. */
  readonly depth: string | undefined;
  readonly durationS: number | undefined;
  /** What a rule made of it, such as "past the limit of 45°". */
  readonly verdicts: readonly string[];
}

const numberOf = (event: MotionEvent, field: string): number | undefined => {
  const value = event[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};
const sideOf = (event: MotionEvent): string =>
  event['side'] === 'left' ? ' to the left' : event['side'] === 'right' ? ' to the right' : '';
const stepsOf = (event: MotionEvent): string => {
  const steps = numberOf(event, 'steps');
  return steps === undefined ? 'Walked' : `Walked ${steps} steps`;
};

/** undefined: too small to be listed for people. */
const MOTION_WORDS: Readonly<Record<MotionEventType, ((event: MotionEvent) => string) | undefined>> = {
  forwardBend: () => 'Bent forward',
  sustainedFlexion: () => 'Stayed bent forward',
  sideBend: (event) => `Leaned${sideOf(event)}`,
  twist: (event) => `Possible twist${sideOf(event)}`,
  bendTwist: () => 'Bent and turned together',
  abruptFlexion: undefined,
  sitUp: () => 'Sat straight up from lying',
  crunch: () => 'Lifted the upper body while lying',
  logRoll: () => 'Rolled onto the side to get up',
  sitToStand: () => 'Stood up',
  standToSit: () => 'Sat down',
  lieDown: () => 'Lay down',
  getUp: () => 'Got up from lying',
  turn: undefined,
  gaitBout: stepsOf,
  quietStance: () => 'Stood still',
  impact: () => 'Firm impact',
  fallSuspected: () => 'Possible fall',
  fall: () => 'Fall, not up again yet',
  fallRecovered: () => 'Up again after a possible fall',
  nearFall: () => 'Possible stumble',
  offBody: () => 'Sensor not worn',
  gap: () => 'No data from the sensor',
};

const DEPTH_FIELDS = ['peakDeg', 'meanDeg', 'flexionDeg'];

function depthOf(event: MotionEvent): string | undefined {
  const deg = DEPTH_FIELDS.map((field) => numberOf(event, field)).find((value) => value !== undefined);
  if (deg !== undefined) return `${Math.trunc(Math.abs(deg))}°`;
  const peakG = numberOf(event, 'peakG');
  return peakG === undefined ? undefined : `${peakG.toFixed(1)} g`;
}

function motionRow({ id, personId, event }: StoredMotionEvent): EventRow | undefined {
  const words = MOTION_WORDS[event.type]?.(event);
  if (words === undefined) return undefined;
  const spanS = event.endS - event.startS;
  const durationS = numberOf(event, 'durationS') ?? (spanS > 0 ? spanS : undefined);
  return { id, personId, startMs: event.startS * 1000, words, depth: depthOf(event), durationS, verdicts: [] };
}

const degText = (value: number | string | undefined): string | undefined =>
  typeof value === 'number' ? `${Math.round(value)}°` : undefined;

/** The movements that the verdicts of a kind are about, and what they add in a few words. */
const VERDICT_WORDS: Readonly<
  Record<string, { readonly about: readonly MotionEventType[]; readonly words: (event: ClinicalEvent) => string }>
> = {
  bend: { about: ['forwardBend'], words: pastTheLimit },
  'bend-fast': { about: ['forwardBend'], words: () => 'a fast bend' },
  'bend-hold': { about: ['forwardBend'], words: () => 'held for long' },
  twist: { about: ['twist'], words: pastTheLimit },
  'bend-twist': { about: ['twist'], words: () => 'bent forward at the same time' },
  side: { about: ['sideBend'], words: pastTheLimit },
  'get-up': { about: ['getUp', 'lieDown'], words: () => 'straight, not over the side' },
};

function pastTheLimit({ values }: ClinicalEvent): string {
  const limit = degText(values['limitDeg']);
  return limit === undefined ? 'past the limit' : `past the limit of ${limit}`;
}

function clinicalRow(event: ClinicalEvent): EventRow {
  const deg = event.values['peakDeg'] ?? event.values['meanDeg'] ?? event.values['flexionDeg'];
  const heldS = event.values['heldS'];
  return {
    id: event.id,
    personId: event.personId,
    startMs: event.startMs,
    words: event.kind === 'bend' ? 'Bent forward' : event.text,
    depth: typeof deg === 'number' ? `${Math.trunc(deg)}°` : undefined,
    durationS: typeof heldS === 'number' && event.kind !== 'bend' ? heldS : undefined,
    verdicts: event.kind === 'bend' ? [pastTheLimit(event)] : [],
  };
}

/** The verdict is made during the movement, at most this long outside of what is later found to be the movement. */
const BELONGS_MS = 1000;

function movementOf(
  event: ClinicalEvent,
  about: readonly MotionEventType[],
  motion: readonly StoredMotionEvent[],
): StoredMotionEvent | undefined {
  return motion.find(
    ({ personId, event: movement }) =>
      about.includes(movement.type) &&
      personId === event.personId &&
      event.startMs >= movement.startS * 1000 - BELONGS_MS &&
      event.startMs <= movement.endS * 1000 + BELONGS_MS,
  );
}

/** Newest first. */
export function eventRows(motion: readonly StoredMotionEvent[], clinical: readonly ClinicalEvent[]): EventRow[] {
  const verdictsOf = new Map<string, string[]>();
  const rows: EventRow[] = [];
  for (const event of clinical) {
    const verdict = VERDICT_WORDS[event.kind];
    const movement = verdict && movementOf(event, verdict.about, motion);
    if (movement) verdictsOf.set(movement.id, [...(verdictsOf.get(movement.id) ?? []), verdict.words(event)]);
    // What is only counted is not said to anybody.
    else if (event.severity !== 'none') rows.push(clinicalRow(event));
  }
  for (const stored of motion) {
    const row = motionRow(stored);
    if (row) rows.push({ ...row, verdicts: [...new Set(verdictsOf.get(stored.id) ?? [])] });
  }
  return rows.sort((a, b) => b.startMs - a.startMs);
}
