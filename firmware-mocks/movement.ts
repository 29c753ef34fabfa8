/** The words of a movement script: plain data, so that it can stand in a file. Degrees and seconds as a physiotherapist would say them. */

export type Movement =
  | { readonly do: 'stand'; readonly forS: number; readonly swayDeg?: number }
  /** Forward lean of the trunk and back to where it was. */
  | Excursion<'bend'>
  /** Right +, left −. */
  | Excursion<'sideBend'>
  /** Torso rotation, left +, right −. */
  | Excursion<'twist'>
  /** The whole body turns on the spot, left +. */
  | { readonly do: 'turn'; readonly deg: number; readonly inS: number }
  | {
      readonly do: 'walk';
      readonly forS: number;
      readonly cadencePerMin?: number;
      /** Half the vertical travel of the trunk per step. */
      readonly bounceMm?: number;
      /** Half the sideways travel of the trunk per stride. */
      readonly swayMm?: number;
    }
  /** Sits down with the trunk leaning forward on the way, then stays seated with the trunk at `leanDeg`. */
  | { readonly do: 'sit'; readonly forS: number; readonly inS?: number; readonly leanDeg?: number }
  | { readonly do: 'standUp'; readonly inS?: number }
  | ExerciseMovement
  /** From sitting on the edge of the bed to lying on the back. */
  | { readonly do: 'lie'; readonly how: LyingPath; readonly forS: number; readonly inS?: number }
  /** From lying to sitting. */
  | { readonly do: 'getUp'; readonly how: LyingPath; readonly inS?: number }
  | {
      readonly do: 'fall';
      readonly direction: FallDirection;
      /** Largest specific force at the impact. */
      readonly impactG?: number;
      readonly lieS: number;
    };

interface Excursion<Name extends string> {
  readonly do: Name;
  readonly toDeg: number;
  readonly inS: number;
  readonly holdS: number;
  readonly backS: number;
}

/** Repetitions of an exercise, from standing and back to it. */
export interface ExerciseMovement {
  readonly do: 'exercise';
  readonly exercise: (typeof EXERCISE_NAMES)[number];
  readonly repetitions: number;
  /** One repetition. */
  readonly inS: number;
  /** Between repetitions. */
  readonly restS?: number;
  /** How far the body is lowered or lifted. */
  readonly heightM?: number;
  /** Forward lean, or how far the trunk is lifted lying prone. */
  readonly leanDeg?: number;
  readonly sideDeg?: number;
  /** Of the landing, above one g. */
  readonly impactG?: number;
}
const EXERCISE_NAMES = [
  'squat',
  'lunge',
  'heelRaise',
  'heelDrop',
  'stomp',
  'pushUpWall',
  'pushUpBench',
  'pushUpFloor',
  'proneExtension',
] as const;

const LYING_PATHS = ['straight', 'logRoll'] as const;
export type LyingPath = (typeof LYING_PATHS)[number];
const FALL_DIRECTIONS = ['forward', 'backward', 'left', 'right'] as const;
export type FallDirection = (typeof FALL_DIRECTIONS)[number];

/** Fields of each movement: bounds of numbers, choices of words; `?` marks what may be left out. */
const DURATION_S = [0, 86_400] as const;
const TRANSFER_S = [0.4, 60] as const;
const EXCURSION = {
  inS: [0.1, 600],
  holdS: DURATION_S,
  backS: [0.1, 600],
} as const;
type Field = readonly [number, number] | readonly string[];
export const MOVEMENT_FIELDS: Readonly<Record<Movement['do'], Readonly<Record<string, Field>>>> = {
  stand: { forS: DURATION_S, 'swayDeg?': [0, 10] },
  bend: { toDeg: [-120, 170], ...EXCURSION },
  sideBend: { toDeg: [-80, 80], ...EXCURSION },
  twist: { toDeg: [-120, 120], ...EXCURSION },
  turn: { deg: [-3600, 3600], inS: [0.1, 600] },
  walk: { forS: DURATION_S, 'cadencePerMin?': [30, 220], 'bounceMm?': [0, 80], 'swayMm?': [0, 80] },
  sit: { forS: DURATION_S, 'inS?': TRANSFER_S, 'leanDeg?': [-40, 80] },
  standUp: { 'inS?': TRANSFER_S },
  exercise: {
    exercise: EXERCISE_NAMES,
    repetitions: [1, 500],
    inS: [0.5, 60],
    'restS?': [0, 600],
    'heightM?': [0.005, 0.8],
    'leanDeg?': [-30, 80],
    'sideDeg?': [-45, 45],
    'impactG?': [0.3, 8],
  },
  lie: { how: LYING_PATHS, forS: DURATION_S, 'inS?': TRANSFER_S },
  getUp: { how: LYING_PATHS, 'inS?': TRANSFER_S },
  fall: { direction: FALL_DIRECTIONS, 'impactG?': [1.2, 16], lieS: DURATION_S },
};
