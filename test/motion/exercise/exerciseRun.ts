/** A scripted exercise through a sensor that is not ideal and the whole motion core, then its counter. */
import type { Movement } from '../../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../../firmware-mocks/sensorErrors.ts';
import type { ImuBlock } from '../../../src/model/block.ts';
import type { Placement } from '../../../src/model/person.ts';
import { type ExerciseResult, ExerciseSpan } from '../../../src/motion/exercise/exerciseSpan.ts';
import type { ExerciseId } from '../../../src/motion/exercise/exercises.ts';
import { TrunkMotion, type TrunkMotionOptions } from '../../../src/motion/trunkMotion.ts';
import { blockOf, sensedBlock, sliceOf, STRAIGHT } from '../trunkRun.ts';

export interface ExerciseRun {
  readonly placement?: Placement;
  readonly rateHz?: number;
  readonly seed?: number;
  readonly fromS?: number;
  readonly limits?: { readonly flexCautionDeg?: number; readonly impactCapG?: number };
  /** Seconds without samples. */
  readonly lost?: readonly [number, number];
}

/** A pelvis sensor has hardly any lever above the hips. */
const LEVER_M = { chest: 0.35, waist: 0.05, lowerBack: 0.05 } as const;

export function counted(exercise: ExerciseId, movements: readonly Movement[], run: ExerciseRun = {}): ExerciseResult {
  const { placement = 'chest', rateHz = 100, seed = 1, lost } = run;
  const motion = new ScriptedMotion(movements, { leverM: LEVER_M[placement] });
  const block = sensedBlock(motion, { rateHz, durationS: motion.durationS, errors: TYPICAL_SENSOR_ERRORS, seed });
  const blocks = lost
    ? [sliceOf(block, 0, lost[0] * rateHz), sliceOf(block, Math.round(lost[1] * rateHz), block.n)]
    : [block];
  return countedIn(exercise, blocks, run);
}

export function countedIn(
  exercise: ExerciseId,
  blocks: readonly ImuBlock[],
  { placement = 'chest', fromS = 0, limits }: ExerciseRun = {},
  { calibration = STRAIGHT }: Partial<TrunkMotionOptions> = {},
): ExerciseResult {
  const { rateHz } = blocks[0];
  const span = new ExerciseSpan({
    exercise,
    startS: fromS,
    endS: Infinity,
    rateHz,
    placement,
    ...(limits ? { limits } : {}),
  });
  const motion = new TrunkMotion(
    { rateHz, placement, hasGyroscope: true, calibration },
    { onFrame: (frame) => span.push(frame), onEvent: (event) => span.addEvent(event) },
  );
  for (const block of blocks) motion.push(block);
  motion.flush();
  return span.result();
}

/** Ten quiet seconds, then one short jerk of the whole trunk, as a cough makes it: 10° forward and a g upward for a tenth of a second. */
export function coughBlock(rateHz: number, peakG: number): ImuBlock {
  const motion = new ScriptedMotion([
    { do: 'stand', forS: 10 },
    { do: 'bend', toDeg: 10, inS: 0.2, holdS: 0.05, backS: 0.4 },
    { do: 'stand', forS: 10 },
  ]);
  const still = sensedBlock(motion, { rateHz, durationS: motion.durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 5 });
  return blockOf(still.n, rateHz, (tS, acc, gyr) => {
    const i = Math.round(tS * rateHz);
    acc.set(still.accMps2.subarray(3 * i, 3 * i + 3));
    gyr.set(still.gyrRadps.subarray(3 * i, 3 * i + 3));
    const sinceS = tS - 10;
    // Up and down again: the trunk does not fly off.
    if (sinceS >= 0 && sinceS < 0.1) acc[1] += 9.8 * peakG * Math.sin(2 * Math.PI * 10 * sinceS);
  });
}
