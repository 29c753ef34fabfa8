/** Poses of two segments, and one wearer who moves them apart. */
import type { Movement } from '../../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../../firmware-mocks/scriptedMotion.ts';
import { NO_SENSOR_ERRORS, type SensorErrors } from '../../../firmware-mocks/sensorErrors.ts';
import { orientationInto } from '../../../firmware-mocks/trunkPose.ts';
import { degFromRad, radFromDeg } from '../../../src/model/units.ts';
import type { MotionEvent } from '../../../src/model/event.ts';
import { TrunkPair } from '../../../src/motion/index.ts';
import { fromMatrix } from '../../../src/motion/orientation/quaternion.ts';
import { sensedBlock, STRAIGHT } from '../trunkRun.ts';

const RATE_HZ = 50;
const PELVIS_LEVER_M = 0.08;

/** Flexion, lateral, rotation, heading. */
export type Pose = readonly [number, number, number, number?];

export function quatOf([flexionDeg, lateralDeg, rotationDeg, headingDeg = 0]: Pose): Float64Array {
  const matrix = new Float64Array(9);
  orientationInto(
    {
      flexionRad: radFromDeg(flexionDeg),
      lateralRad: radFromDeg(lateralDeg),
      rotationRad: radFromDeg(rotationDeg),
      headingRad: radFromDeg(headingDeg),
    },
    matrix,
  );
  const quat = new Float64Array(4);
  fromMatrix(matrix, quat, 0);
  return quat;
}

export interface SpineRun {
  readonly flexionDeg: number[];
  readonly lateralDeg: number[];
  readonly rotationDeg: number[];
  readonly events: MotionEvent[];
}

/** One wearer, each segment with its own script; `missing` says when the pelvis has nothing. */
export function runPair(
  { chest, pelvis }: { chest: readonly Movement[]; pelvis: readonly Movement[] },
  {
    missing = () => false,
    chestErrors = NO_SENSOR_ERRORS,
    blockSize = 100,
  }: { missing?: (tS: number) => boolean; chestErrors?: SensorErrors; blockSize?: number } = {},
): SpineRun {
  const run: SpineRun = { flexionDeg: [], lateralDeg: [], rotationDeg: [], events: [] };
  const motion = new ScriptedMotion(chest);
  const { durationS } = motion;
  const one = sensedBlock(motion, { rateHz: RATE_HZ, durationS, errors: chestErrors, seed: 1 });
  const source = new ScriptedMotion(pelvis, { leverM: PELVIS_LEVER_M });
  const other = sensedBlock(source, { rateHz: RATE_HZ, durationS, errors: NO_SENSOR_ERRORS, seed: 2 });
  for (let i = 0; i < other.n; i++) if (missing(other.tS[i])) other.accMps2.fill(NaN, 3 * i, 3 * i + 3);
  const options = { rateHz: RATE_HZ, hasGyroscope: true, calibration: STRAIGHT } as const;
  const pair = new TrunkPair(
    { ...options, placement: 'chest' },
    { ...options, placement: 'lowerBack' },
    {
      chest: { onEvent: (event) => run.events.push(event) },
      pelvis: {},
      onSpine: (frame) => {
        for (let i = 0; i < frame.n; i++) {
          run.flexionDeg.push(degFromRad(frame.flexionRad[i]));
          run.lateralDeg.push(degFromRad(frame.lateralRad[i]));
          run.rotationDeg.push(degFromRad(frame.rotationRad[i]));
        }
      },
    },
  );
  for (let from = 0; from < one.n; from += blockSize) {
    const to = Math.min(one.n, from + blockSize);
    pair.push(cut(one, from, to), cut(other, from, to));
  }
  pair.flush();
  return run;
}

const cut = (block: ReturnType<typeof sensedBlock>, from: number, to: number): typeof block => ({
  ...block,
  n: to - from,
  tS: block.tS.slice(from, to),
  accMps2: block.accMps2.slice(3 * from, 3 * to),
  gyrRadps: block.gyrRadps.slice(3 * from, 3 * to),
  flags: block.flags.slice(from, to),
});

export const at = (series: readonly number[], tS: number): number => series[Math.round(tS * RATE_HZ)];
export const range = (series: readonly number[], fromS: number, toS: number): readonly number[] =>
  series.slice(Math.round(fromS * RATE_HZ), Math.round(toS * RATE_HZ));
