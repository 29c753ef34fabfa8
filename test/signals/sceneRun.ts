/** A scripted movement through a sensor of ordinary quality and the motion core: what a picture shows of it. */
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import type { MotionEvent } from '../../src/model/event.ts';
import type { Placement } from '../../src/model/person.ts';
import { degFromRad, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { type MotionFrame, TrunkMotion } from '../../src/motion/index.ts';
import { sensedBlock, STRAIGHT } from '../motion/trunkRun.ts';

const RATE_HZ = 100;
const SEED = 7;

export const SCENE_COLUMNS = {
  flexion: 'flexion (forward +)',
  lateral: 'lateral flexion (right +)',
  inclination: 'inclination',
  rotation: 'rotation (left +)',
  heading: 'heading turned (left +)',
  verticalG: 'vertical acceleration',
} as const;
export type SceneColumn = keyof typeof SCENE_COLUMNS;

export interface SceneRun {
  readonly tS: number[];
  readonly columns: Readonly<Record<SceneColumn, number[]>>;
  readonly events: MotionEvent[];
}

export function runScene(movements: readonly Movement[], placement: Placement): SceneRun {
  const motion = new ScriptedMotion(movements);
  const { durationS } = motion;
  const block = sensedBlock(motion, { rateHz: RATE_HZ, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: SEED });
  const run: SceneRun = {
    tS: [],
    columns: { flexion: [], lateral: [], inclination: [], rotation: [], heading: [], verticalG: [] },
    events: [],
  };
  const options = { rateHz: RATE_HZ, placement, hasGyroscope: true, calibration: STRAIGHT };
  const trunk = new TrunkMotion(options, {
    onFrame: (frame) => keep(frame, run),
    onEvent: (event) => run.events.push(event),
  });
  trunk.push(block);
  trunk.flush();
  return run;
}

function keep({ n, tS, stepS, acc, up, ...angles }: MotionFrame, run: SceneRun): void {
  const { columns } = run;
  for (let i = 0; i < n; i++) {
    run.tS.push(tS[i]);
    columns.flexion.push(degFromRad(angles.flexionRad[i]));
    columns.lateral.push(degFromRad(angles.lateralRad[i]));
    columns.inclination.push(degFromRad(angles.inclinationRad[i]));
    columns.rotation.push(degFromRad(angles.rotationRad[i]));
    columns.heading.push((columns.heading.at(-1) ?? 0) + degFromRad(angles.headingRateRadps[i]) * stepS[i]);
    const o = 3 * i;
    const alongUpMps2 = acc[o] * up[o] + acc[o + 1] * up[o + 1] + acc[o + 2] * up[o + 2];
    columns.verticalG.push(alongUpMps2 / STANDARD_GRAVITY_MPS2 - 1);
  }
}
