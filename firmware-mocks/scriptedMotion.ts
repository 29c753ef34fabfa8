/** Ideal IMU signals of a scripted movement, in the segment frame of a sensor that sits `leverM` above the hips. */
import { radFromDeg, degFromRad, STANDARD_GRAVITY_MPS2 } from '../src/model/units.ts';
import { compileMovements } from './compileMovements.ts';
import type { MotionSource } from './motionSource.ts';
import type { Movement } from './movement.ts';
import { Channel, CHANNEL_COUNT, type PoseTimeline } from './poseTimeline.ts';
import { orientationInto, rotationBetweenInto, toSegmentInto, type TrunkAngles } from './trunkPose.ts';

export interface TrunkTruth {
  readonly flexionDeg: number;
  readonly lateralDeg: number;
  readonly rotationDeg: number;
  readonly headingDeg: number;
}

/** Sternum above the hip joint axis, about a fifth of body height (Winter 2009, segment table). */
const CHEST_LEVER_M = 0.35;
/** Step of the numerical second derivative: its error is below 1e-4 m/s² for walking. */
const DERIVATIVE_STEP_S = 1e-3;
/** Middle latitudes: 20 µT to the north, 44 µT down. */
const FIELD_NORTH_UT = 20;
const FIELD_DOWN_UT = 44;

export class ScriptedMotion implements MotionSource {
  readonly frame = 'segment';
  readonly durationS: number;
  /** One pass through the script, also when it repeats. */
  readonly passS: number;
  private readonly timeline: PoseTimeline;
  private readonly leverM: number;
  private readonly values = new Float64Array(CHANNEL_COUNT);
  private readonly angles: TrunkAngles = { flexionRad: 0, lateralRad: 0, rotationRad: 0, headingRad: 0 };
  private readonly before = new Float64Array(9);
  private readonly now = new Float64Array(9);
  private nowTS = Number.NaN;
  private readonly scratch = new Float64Array(9);
  private readonly positions = [new Float64Array(3), new Float64Array(3), new Float64Array(3)] as const;

  /** @throws PlumblineError `config/invalid` when a movement cannot follow the one before it. */
  constructor(movements: readonly Movement[], { loop = false, leverM = CHEST_LEVER_M } = {}) {
    this.timeline = compileMovements(movements, loop);
    this.leverM = leverM;
    this.passS = this.timeline.durationS;
    this.durationS = loop ? Number.POSITIVE_INFINITY : this.passS;
  }

  sampleInto(tS: number, periodS: number, out: Float64Array): boolean {
    this.turnTo(tS - periodS, tS);
    this.linearAccelerationInto(tS, out);
    const liftMps2 = out[2] + this.timeline.verticalPulseMps2(tS) + STANDARD_GRAVITY_MPS2;
    toSegmentInto(this.now, out[0], out[1], liftMps2, this.scratch, 0);
    rotationBetweenInto(this.before, this.now, out, 3);
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = this.scratch[axis];
      out[3 + axis] = out[3 + axis] / periodS;
    }
    return true;
  }

  magneticFieldInto(tS: number, out: Float64Array): void {
    this.orientationAt(tS, this.scratch);
    toSegmentInto(this.scratch.slice(), FIELD_NORTH_UT, 0, -FIELD_DOWN_UT, out, 0);
  }

  /** The angles that a perfect algorithm would find, waves included. */
  truthAt(tS: number): TrunkTruth {
    this.timeline.valuesInto(tS, this.values);
    const deg = (channel: number): number => degFromRad(this.values[channel]);
    return {
      flexionDeg: deg(Channel.flexion),
      lateralDeg: deg(Channel.lateral),
      rotationDeg: deg(Channel.rotation),
      headingDeg: deg(Channel.heading),
    };
  }

  /** Row-major matrix, segment → earth (z up). */
  orientationAt(tS: number, out: Float64Array): void {
    this.timeline.valuesInto(tS, this.values);
    this.angles.flexionRad = this.values[Channel.flexion];
    this.angles.lateralRad = this.values[Channel.lateral];
    this.angles.rotationRad = this.values[Channel.rotation];
    this.angles.headingRad = this.values[Channel.heading];
    orientationInto(this.angles, out);
  }

  /** The orientation of one sample is the beginning of the next: usually only one has to be computed. */
  private turnTo(fromS: number, toS: number): void {
    if (Math.abs(this.nowTS - fromS) < 1e-9) this.before.set(this.now);
    else this.orientationAt(fromS, this.before);
    this.orientationAt(toS, this.now);
    this.nowTS = toS;
  }

  private linearAccelerationInto(tS: number, out: Float64Array): void {
    const [earlier, middle, later] = this.positions;
    this.positionInto(tS - DERIVATIVE_STEP_S, earlier);
    this.positionInto(tS, middle);
    this.positionInto(tS + DERIVATIVE_STEP_S, later);
    const perStep2 = 1 / (DERIVATIVE_STEP_S * DERIVATIVE_STEP_S);
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = (earlier[axis] - 2 * middle[axis] + later[axis]) * perStep2;
    }
  }

  /** Earth position of the sensor: the hips, and the lever along the trunk's own long axis. */
  private positionInto(tS: number, out: Float64Array): void {
    this.orientationAt(tS, this.scratch);
    const heading = this.angles.headingRad;
    const forward = this.values[Channel.forward];
    const left = this.values[Channel.left];
    out[0] = Math.cos(heading) * forward - Math.sin(heading) * left + this.leverM * this.scratch[1];
    out[1] = Math.sin(heading) * forward + Math.cos(heading) * left + this.leverM * this.scratch[4];
    out[2] = this.values[Channel.up] + this.leverM * this.scratch[7];
  }
}

/** For tests and tables: what a still sensor reads at these angles, m/s². */
export function stillSpecificForce(flexionDeg: number, lateralDeg: number, rotationDeg: number): Float64Array {
  const orientation = new Float64Array(9);
  const out = new Float64Array(3);
  orientationInto(
    {
      flexionRad: radFromDeg(flexionDeg),
      lateralRad: radFromDeg(lateralDeg),
      rotationRad: radFromDeg(rotationDeg),
      headingRad: 0,
    },
    orientation,
  );
  toSegmentInto(orientation, 0, 0, STANDARD_GRAVITY_MPS2, out, 0);
  return out;
}
