/** Runs samples through the whole motion core of one sensor and keeps everything that comes out. */
import { ImperfectSensor, type SensorErrors, STRAIGHT_MOUNTING } from '../../firmware-mocks/sensorErrors.ts';
import type { MotionSource } from '../../firmware-mocks/motionSource.ts';
import { emptyBlock, type ImuBlock } from '../../src/model/block.ts';
import type { MotionEvent } from '../../src/model/event.ts';
import { IDENTITY_MOUNT } from '../../src/model/frames.ts';
import type { Calibration } from '../../src/model/person.ts';
import { degFromRad } from '../../src/model/units.ts';
import { type MotionFrame, type SecondSummary, type SettledSamples, TrunkMotion } from '../../src/motion/index.ts';
import type { MotionSink, TrunkMotionOptions } from '../../src/motion/trunkMotion.ts';

export const STRAIGHT: Calibration = { mount: IDENTITY_MOUNT, method: 'stated', confidence: 1 };

/** One value per sample; degrees. */
export interface TrunkRun {
  readonly tS: number[];
  readonly flexionDeg: number[];
  readonly flexionRateDps: number[];
  readonly lateralDeg: number[];
  readonly rotationDeg: number[];
  readonly inclinationDeg: number[];
  readonly posture: number[];
  readonly events: MotionEvent[];
  readonly seconds: SecondSummary[];
  readonly settledTS: number[];
  /** Up in the segment frame, x y z x y z … */
  readonly settledUp: number[];
}

/** A sink that copies what it is handed into the run. */
export function recordingSink(): { run: TrunkRun; sink: MotionSink } {
  const run: TrunkRun = {
    tS: [],
    flexionDeg: [],
    flexionRateDps: [],
    lateralDeg: [],
    rotationDeg: [],
    inclinationDeg: [],
    posture: [],
    events: [],
    seconds: [],
    settledTS: [],
    settledUp: [],
  };
  const onFrame = (frame: MotionFrame): void => {
    for (let i = 0; i < frame.n; i++) {
      run.tS.push(frame.tS[i]);
      run.flexionDeg.push(degFromRad(frame.flexionRad[i]));
      run.flexionRateDps.push(degFromRad(frame.flexionRateRadps[i]));
      run.lateralDeg.push(degFromRad(frame.lateralRad[i]));
      run.rotationDeg.push(degFromRad(frame.rotationRad[i]));
      run.inclinationDeg.push(degFromRad(frame.inclinationRad[i]));
      run.posture.push(frame.posture[i]);
    }
  };
  const onSettled = (samples: SettledSamples): void => {
    run.settledTS.push(...samples.tS.subarray(0, samples.n));
    run.settledUp.push(...samples.up.subarray(0, 3 * samples.n));
  };
  const sink: MotionSink = {
    onFrame,
    onSettled,
    onEvent: (event) => run.events.push(event),
    onSecond: (second) => run.seconds.push(second),
  };
  return { run, sink };
}

export function runTrunk(
  blocks: readonly ImuBlock[],
  { calibration = STRAIGHT, placement = 'chest', ...more }: Partial<TrunkMotionOptions> = {},
): TrunkRun {
  const { run, sink } = recordingSink();
  const hasGyroscope = blocks[0].gyrRadps !== undefined;
  const motion = new TrunkMotion({ rateHz: blocks[0].rateHz, placement, hasGyroscope, calibration, ...more }, sink);
  for (const block of blocks) motion.push(block);
  motion.flush();
  return run;
}

/** Samples i = 0 … n − 1 at i/rateHz; `fill` writes into `acc` (m/s²) and `gyr` (rad/s), which are zero before. */
export function blockOf(
  n: number,
  rateHz: number,
  fill: (tS: number, acc: Float64Array, gyr: Float64Array) => void,
): ImuBlock & { gyrRadps: Float64Array } {
  const block = emptyBlock(n, rateHz, true);
  const gyrRadps = block.gyrRadps ?? new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    block.tS[i] = i / rateHz;
    fill(block.tS[i], block.accMps2.subarray(3 * i, 3 * i + 3), gyrRadps.subarray(3 * i, 3 * i + 3));
  }
  return { ...block, gyrRadps };
}

/** A movement as a real sensor, straight on the segment, would report it. */
export function sensedBlock(
  source: MotionSource,
  { rateHz, durationS, errors, seed }: { rateHz: number; durationS: number; errors: SensorErrors; seed: number },
): ImuBlock & { gyrRadps: Float64Array } {
  const sensor = new ImperfectSensor(source, STRAIGHT_MOUNTING, errors, seed);
  const out = new Float64Array(6);
  return blockOf(Math.floor(durationS * rateHz), rateHz, (tS, acc, gyr) => {
    sensor.readInto(tS, 1 / rateHz, out);
    acc.set(out.subarray(0, 3));
    gyr.set(out.subarray(3));
  });
}

/** Samples [from, to) of a block, as a block of its own. */
export function sliceOf(block: ImuBlock, from: number, to: number): ImuBlock {
  return {
    ...block,
    n: to - from,
    tS: block.tS.slice(from, to),
    accMps2: block.accMps2.slice(3 * from, 3 * to),
    gyrRadps: block.gyrRadps?.slice(3 * from, 3 * to),
    flags: block.flags.slice(from, to),
  };
}
