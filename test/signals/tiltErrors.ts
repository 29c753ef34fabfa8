/** What the vertical is worth without a gyroscope, beside what it is worth with one. */
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import { type SharedRecording, sharedRecordings } from '../sharedData.ts';
import { runTrunk, sensedBlock } from '../motion/trunkRun.ts';
import {
  averagedBlock,
  meanOf,
  settledUpOf,
  type TrueUp,
  type VerticalErrors,
  verticalErrors,
} from './verticalErrors.ts';

export interface TiltErrors {
  readonly what: string;
  readonly without: VerticalErrors;
  /** Absent where there is nothing independent to compare it with. */
  readonly withGyroscope?: VerticalErrors;
}

const RATE_HZ = 100;
/** Until the filters have started. */
const START_S = 5;

function scripted(what: string, movements: readonly Movement[]): TiltErrors {
  const motion = new ScriptedMotion([{ do: 'stand', forS: START_S }, ...movements]);
  const { durationS } = motion;
  const block = sensedBlock(motion, { rateHz: RATE_HZ, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 7 });
  const orientation = new Float64Array(9);
  const trueUp: TrueUp = (i) => {
    if (block.tS[i] < START_S) return undefined;
    motion.orientationAt(block.tS[i], orientation);
    return orientation.subarray(6);
  };
  return { what, without: verticalErrors(block, false, trueUp), withGyroscope: verticalErrors(block, true, trueUp) };
}

const bends = (inS: number): Movement[] =>
  Array.from({ length: 6 }, (): Movement[] => [
    { do: 'bend', toDeg: 60, inS, holdS: 2, backS: inS },
    { do: 'stand', forS: 2 },
  ]).flat();

export const tiltOfScripts = (): Record<'still' | 'slow' | 'brisk' | 'walking' | 'jogging', TiltErrors> => ({
  still: scripted('standing still, 60 s', [{ do: 'stand', forS: 60 }]),
  slow: scripted('six forward bends to 60°, 3 s each way', bends(3)),
  brisk: scripted('six forward bends to 60°, 1 s each way', bends(1)),
  walking: scripted('walking, 60 s', [{ do: 'walk', forS: 60 }]),
  jogging: scripted('jogging, 60 s', [{ do: 'walk', forS: 60, cadencePerMin: 165, bounceMm: 60 }]),
});

export interface BendErrors {
  /** Largest difference of flexion from the truth on the way there and back. */
  readonly worstDeg: number;
  readonly peakDeg: number;
  readonly startS: number;
}

/** One forward bend to 60° that is held for 2 s, each way in `inS`. */
export function bendErrors(inS: number, withGyroscope: boolean): BendErrors {
  const bend: Movement = { do: 'bend', toDeg: 60, inS, holdS: 2, backS: inS };
  const motion = new ScriptedMotion([{ do: 'stand', forS: START_S }, bend, { do: 'stand', forS: 4 }]);
  const { durationS } = motion;
  const block = sensedBlock(motion, { rateHz: RATE_HZ, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 7 });
  const { tS, flexionDeg, events } = runTrunk([block], { hasGyroscope: withGyroscope });
  let worstDeg = 0;
  flexionDeg.forEach((deg, i) => {
    if (tS[i] >= START_S) worstDeg = Math.max(worstDeg, Math.abs(deg - motion.truthAt(tS[i]).flexionDeg));
  });
  const [{ startS, peakDeg }] = events.filter(({ type }) => type === 'forwardBend');
  return { worstDeg, peakDeg: Number(peakDeg), startS };
}

const BROAD_TRIALS = [
  '01_undisturbed_slow_rotation_A',
  '02_undisturbed_slow_rotation_B',
  '06_undisturbed_fast_rotation_A',
  '10_undisturbed_slow_translation_A',
  '15_undisturbed_fast_translation_A',
  '21_undisturbed_fast_combined',
  '24_disturbed_tapping_A',
  '26_disturbed_phone_vibration_A',
];
const VOISARD_SUBJECTS = ['01', '03', '05', '07', '09'].map((number) => `S${number}`);
/** 285.7 Hz to 95.2 Hz. */
const BOX = 3;
const AXES = ['x', 'y', 'z'];

export const tiltOfRecordings = (): TiltErrors[] => [...tiltOfBoard(), ...tiltOfWalkers()];

/** BROAD, as its benchmark: phases of movement, where the optical reference is there. */
function tiltOfBoard(): TiltErrors[] {
  const recordings = BROAD_TRIALS.map((trial) => sharedRecordings('broad', trial)[0]);
  const row = (what: string, moving: number): TiltErrors => {
    const errors = recordings.map((recording) => {
      const block = blockOf(recording, BOX);
      const trueUp: TrueUp = (i) => {
        const j = BOX * i + BOX - 1;
        return recording.data['moving'][j] === moving && i / block.rateHz > START_S
          ? opticalUp(recording, j)
          : undefined;
      };
      return [verticalErrors(block, false, trueUp), verticalErrors(block, true, trueUp)];
    });
    return { what, without: meanOf(errors.map(([one]) => one)), withGyroscope: meanOf(errors.map(([, one]) => one)) };
  };
  return [row('BROAD, board at rest', 0), row('BROAD, board moved by hand, slowly to fast', 1)];
}

/** Voisard: standing, then walking to and fro; against the settled orientation, for want of a reference. */
function tiltOfWalkers(): TiltErrors[] {
  const recordings = VOISARD_SUBJECTS.flatMap((subject) =>
    sharedRecordings('voisard-gait', subject),
  ) as (SharedRecording & {
    readonly events: { readonly trialBoundaries: readonly [number, number] };
  })[];
  const row = (what: string, isIn: (i: number, from: number, to: number) => boolean): TiltErrors => {
    const errors = recordings.map((recording) => {
      const block = blockOf(recording, 1);
      const up = settledUpOf(block);
      const [from, to] = recording.events.trialBoundaries;
      return verticalErrors(block, false, (i) =>
        i > RATE_HZ && isIn(i, from, to) ? up.subarray(3 * i, 3 * i + 3) : undefined,
      );
    });
    return { what, without: meanOf(errors.filter(({ rmsDeg }) => !Number.isNaN(rmsDeg))) };
  };
  return [
    row('Voisard, lower back, standing before and after', (i, from, to) => i < from - RATE_HZ || i > to + RATE_HZ),
    row('Voisard, lower back, walking and turning', (i, from, to) => i >= from && i <= to),
  ];
}

function blockOf(recording: SharedRecording, box: number): ReturnType<typeof averagedBlock> {
  const columns = (name: string): Float64Array[] => AXES.map((axis) => recording.data[`${name}_${axis}`]);
  return averagedBlock(recording.n, recording.rateHz, box, columns('acc'), columns('gyr'));
}

/** Third row of the matrix of the reference quaternion (sensor → earth); undefined where the cameras did not see the board. */
function opticalUp({ data }: SharedRecording, j: number): readonly number[] | undefined {
  const q = ['w', 'x', 'y', 'z'].map((part) => data[`ref_q${part}`][j]);
  const size = Math.hypot(...q);
  if (size < 0.5) return undefined;
  const [w, x, y, z] = q.map((part) => part / size);
  return [2 * (x * z - w * y), 2 * (w * x + y * z), 1 - 2 * (x * x + y * y)];
}
