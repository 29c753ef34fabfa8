/** One picture for each kind of event: the movement, the lines, and what is said about it. */
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { MotionEvent, MotionEventType } from '../../src/model/event.ts';
import type { Placement } from '../../src/model/person.ts';
import type { PlotMark } from './plot.ts';
import type { SceneColumn } from './sceneRun.ts';

export interface Scene {
  readonly type: MotionEventType;
  readonly title: string;
  readonly movements: readonly Movement[];
  readonly placement?: Placement;
  /** The first one carries the mark. */
  readonly lines: readonly SceneColumn[];
  /** Where the mark is: at the event's peak, or the line's largest size up to the event's end; or at the end of the event. */
  readonly markAt?: 'end';
  readonly markPlace?: PlotMark['place'];
  readonly shownS: readonly [number, number];
  readonly values: readonly [number, number];
  readonly tickValue: number;
  /** Where the first line is when the event starts, and when it ends: size in the line's unit. */
  readonly startsAt?: number;
  readonly endsAt?: number;
  /** A movement to less than this is none; the level is drawn. */
  readonly reach?: { readonly deg: number; readonly movements: (toDeg: number) => readonly Movement[] };
  /** Further levels of the detector. */
  readonly levels: readonly { readonly value: number; readonly name: string }[];
  readonly markText: (event: MotionEvent) => string;
}

const stand = (forS: number): Movement => ({ do: 'stand', forS });
const sit = (forS: number): Movement => ({ do: 'sit', forS });
const excursion = (what: 'bend' | 'sideBend' | 'twist', toDeg: number, times: Partial<Movement> = {}): Movement =>
  ({ do: what, toDeg, inS: 1, holdS: 1, backS: 1, ...times }) as Movement;
const degrees = (value: unknown): string => `${Number(value).toFixed(0)}°`;
const peak = ({ peakDeg }: MotionEvent): string => `peak ${degrees(peakDeg)}`;
const rolled = ({ rollDeg }: MotionEvent): string => `roll ${degrees(rollDeg)}`;

/** A bend to where the trunk is already is a rest. */
const sitStill: Movement = excursion('bend', 0);
const lieStill: Movement = excursion('bend', -90, { inS: 0.5, holdS: 0.5, backS: 0.5 });
const raise: Movement = excursion('bend', -45, { inS: 1.5, holdS: 0.5, backS: 1.5 });
const night = (way: 'straight' | 'logRoll'): Movement[] => [
  sit(4),
  { do: 'lie', how: way, forS: 12 },
  { do: 'getUp', how: way, inS: 3 },
  sitStill,
];

export const SCENES: readonly Scene[] = [
  {
    type: 'forwardBend',
    title: 'A forward bend to 45° and back',
    movements: [stand(3), excursion('bend', 45), stand(3)],
    lines: ['flexion'],
    shownS: [2, 8],
    values: [-10, 60],
    tickValue: 10,
    startsAt: 20,
    endsAt: 20,
    reach: { deg: 30, movements: (toDeg) => [stand(3), excursion('bend', toDeg), stand(3)] },
    levels: [
      { value: 30, name: 'a bend from 30°, held 0.3 s' },
      { value: 20, name: 'starts and ends at 20°' },
    ],
    markText: peak,
  },
  {
    type: 'sustainedFlexion',
    title: 'Leaning forward by 25° for 20 s',
    movements: [stand(5), excursion('bend', 25, { holdS: 20 }), stand(5)],
    lines: ['flexion'],
    shownS: [0, 32],
    values: [-10, 40],
    tickValue: 10,
    startsAt: 20,
    endsAt: 20,
    reach: { deg: 20, movements: (toDeg) => [stand(5), excursion('bend', toDeg, { holdS: 20 }), stand(5)] },
    levels: [{ value: 20, name: 'from 20°, for 15 s' }],
    markText: ({ peakDeg, meanDeg }) => `peak ${degrees(peakDeg)}, mean ${degrees(meanDeg)}`,
  },
  {
    type: 'sideBend',
    title: 'A side bend to the right, 30°',
    movements: [stand(3), excursion('sideBend', 30), stand(3)],
    lines: ['lateral', 'flexion'],
    shownS: [1, 8],
    values: [-10, 45],
    tickValue: 10,
    startsAt: 12,
    endsAt: 12,
    reach: { deg: 20, movements: (toDeg) => [stand(3), excursion('sideBend', toDeg), stand(3)] },
    levels: [
      { value: 20, name: 'a side bend from 20°, held 0.3 s' },
      { value: 12, name: 'starts and ends at 12°' },
    ],
    markText: peak,
  },
  {
    type: 'twist',
    title: 'The torso turns 40° to the left and back, feet still',
    movements: [stand(3), excursion('twist', 40), stand(4)],
    lines: ['rotation', 'flexion'],
    shownS: [2, 9],
    values: [-20, 60],
    tickValue: 10,
    startsAt: 12,
    endsAt: 12,
    reach: { deg: 20, movements: (toDeg) => [stand(3), excursion('twist', toDeg), stand(4)] },
    levels: [
      { value: 20, name: 'a twist from 20°' },
      { value: 12, name: 'starts and ends at 12°' },
    ],
    markText: peak,
  },
  {
    type: 'bendTwist',
    title: 'A forward bend, and 2 s later a twist',
    movements: [stand(3), excursion('bend', 45), stand(2), excursion('twist', 36), stand(5)],
    lines: ['flexion', 'rotation'],
    shownS: [2, 13],
    values: [-20, 60],
    tickValue: 10,
    levels: [{ value: 30, name: 'bent from 30°' }],
    markText: ({ flexionDeg, rotationDeg }) => `bent ${degrees(flexionDeg)}, twisted ${degrees(rotationDeg)}`,
  },
  {
    type: 'abruptFlexion',
    title: 'A jerk forward of 15° in 0.2 s, as in a cough',
    movements: [stand(3), excursion('bend', 15, { inS: 0.2, holdS: 0, backS: 0.4 }), stand(3)],
    lines: ['flexion'],
    shownS: [2.6, 4.2],
    values: [-5, 22],
    tickValue: 5,
    levels: [],
    markText: ({ peakDeg, peakRateDps }) => `rise ${degrees(peakDeg)}, ${degrees(peakRateDps)}/s`,
  },
  {
    type: 'lieDown',
    title: 'Lying down over the side',
    movements: night('logRoll'),
    lines: ['inclination', 'lateral'],
    markAt: 'end',
    markPlace: 'belowRight',
    shownS: [3, 19],
    values: [-30, 120],
    tickValue: 30,
    levels: [
      { value: 60, name: 'down beyond 60°' },
      { value: 45, name: 'upright below 45°' },
    ],
    markText: rolled,
  },
  {
    type: 'getUp',
    title: 'Getting up over the side',
    movements: night('logRoll'),
    lines: ['inclination', 'lateral'],
    markAt: 'end',
    markPlace: 'aboveRight',
    shownS: [18, 28],
    values: [-30, 120],
    tickValue: 30,
    levels: [
      { value: 60, name: 'down beyond 60°' },
      { value: 45, name: 'upright below 45°' },
    ],
    markText: rolled,
  },
  {
    type: 'logRoll',
    title: 'Getting up by a log roll: on the side before the trunk rises',
    movements: night('logRoll'),
    lines: ['lateral', 'inclination'],
    shownS: [18, 28],
    values: [-30, 120],
    tickValue: 30,
    levels: [{ value: 44.4, name: 'on the side beyond 44°, for 0.5 s' }],
    markText: rolled,
  },
  {
    type: 'sitUp',
    title: 'Getting up straight from the back: a sit-up',
    movements: night('straight'),
    lines: ['inclination', 'lateral'],
    markAt: 'end',
    markPlace: 'aboveRight',
    shownS: [18, 28],
    values: [-30, 120],
    tickValue: 30,
    levels: [
      { value: 60, name: 'down beyond 60°' },
      { value: 45, name: 'upright below 45°' },
    ],
    markText: rolled,
  },
  {
    type: 'crunch',
    title: 'Three crunches: the trunk is raised and let down again',
    movements: [sit(3), { do: 'lie', how: 'straight', forS: 10 }, raise, lieStill, raise, lieStill, raise, lieStill],
    lines: ['flexion'],
    shownS: [13, 34],
    values: [-100, -20],
    tickValue: 20,
    levels: [
      { value: -75, name: '15° above where the trunk lay' },
      { value: -82, name: 'down again at 8°' },
    ],
    markText: ({ peakDeg }) => `raised ${degrees(peakDeg)}`,
  },
  {
    type: 'turn',
    title: 'A turn of the whole body on the spot, 90° to the left',
    movements: [stand(3), { do: 'turn', deg: 90, inS: 2.5 }, stand(8)],
    lines: ['heading', 'rotation'],
    markAt: 'end',
    shownS: [1, 13],
    values: [-20, 120],
    tickValue: 20,
    levels: [],
    markText: ({ angleDeg }) => `turned ${degrees(angleDeg)}`,
  },
  {
    type: 'impact',
    title: 'A heel drop, sensor at the waist',
    movements: [stand(4), { do: 'exercise', exercise: 'heelDrop', repetitions: 1, inS: 2.5, impactG: 1.8 }, stand(2)],
    placement: 'waist',
    lines: ['verticalG'],
    shownS: [5.8, 7.2],
    values: [-1, 2.5],
    tickValue: 0.5,
    startsAt: 0.5,
    levels: [
      { value: 0.5, name: 'low from 0.5 g' },
      { value: 1, name: 'medium from 1 g' },
      { value: 1.5, name: 'high from 1.5 g' },
    ],
    markText: ({ peakG, band }) => `${Number(peakG).toFixed(1)} g, ${String(band)}`,
  },
];
