/**
 * The angles of the spine, sample by sample, from the frames of a chest and a pelvis sensor at the same times.
 *
 * In    frames of both (quat, headingRateRadps, inclinationRad, posture, marks), equal in length and times
 * Out   `SpineFrame`; NaN where either sensor is missing
 * Source signal specification 2.3 and 2.4 step 5; see `spineAngles.ts` and `headingAlignment.ts`
 */
import type { Calibration } from '../../model/person.ts';
import { RAD_PER_DEG } from '../../model/units.ts';
import { createFrame, FRAME_CAPACITY, Mark, type MotionFrame } from '../motionFrame.ts';
import { POSTURE_INDEX } from '../posture/postureClass.ts';
import { personalAxes } from '../posture/trunkAngles.ts';
import { TrunkRotation } from '../posture/trunkRotation.ts';
import { HeadingAlignment, type HeadingStep } from './headingAlignment.ts';
import { bodyInSegment, SpineAngles } from './spineAngles.ts';

export interface SpineFrame {
  n: number;
  readonly tS: Float64Array;
  readonly flexionRad: Float64Array;
  readonly lateralRad: Float64Array;
  readonly rotationRad: Float64Array;
  /** Rotation as excursion from a slowly following middle, as the chest's own: known also before the headings are aligned. */
  readonly excursionRad: Float64Array;
  /** Forward lean and side lean of the pelvis against gravity. */
  readonly pelvisFlexionRad: Float64Array;
  readonly pelvisLateralRad: Float64Array;
  /** Of the difference of headings, what is not real; NaN where it is not known. */
  readonly offsetRad: Float64Array;
}

/** A seated pelvis leans back by up to about this much [D]; further off, headings of two segments cannot be compared. */
const UPRIGHT_RAD = 30 * RAD_PER_DEG;

export class SpineMotion {
  readonly #alignment = new HeadingAlignment();
  readonly #angles = new Float64Array(3);
  readonly #step: HeadingStep = {
    differenceRad: 0,
    chestRateRadps: 0,
    pelvisRateRadps: 0,
    isUpright: false,
    isWalking: false,
    stepS: 0,
  };
  readonly #frame = createSpineFrame();
  readonly #excursion = new TrunkRotation();
  /** The chest's turning less the pelvis's, as if it were one sensor's. */
  readonly #turning = createFrame();
  #chest: Calibration;
  #pelvis: Calibration;
  #spine: SpineAngles;

  constructor(chest: Calibration, pelvis: Calibration) {
    this.#chest = chest;
    this.#pelvis = pelvis;
    this.#spine = spineAnglesOf(chest, pelvis);
  }

  /** A new upright of either, from the next sample on: the headings are looked for again. */
  calibrate(segment: 'thorax' | 'pelvis', calibration: Calibration): void {
    if (segment === 'thorax') this.#chest = calibration;
    else this.#pelvis = calibration;
    this.#spine = spineAnglesOf(this.#chest, this.#pelvis);
    this.#alignment.reset();
  }

  /** @returns working memory, valid until the next call */
  push(chest: MotionFrame, pelvis: MotionFrame): SpineFrame {
    this.#frame.n = chest.n;
    this.#turning.n = chest.n;
    for (let i = 0; i < chest.n; i++) this.#one(chest, pelvis, i);
    this.#excursion.push(this.#turning);
    this.#frame.excursionRad.set(this.#turning.rotationRad);
    return this.#frame;
  }

  #one(chest: MotionFrame, pelvis: MotionFrame, i: number): void {
    const out = this.#frame;
    const angles = this.#angles;
    const alignment = this.#alignment;
    // A filter that has started anew has a new heading.
    if ((chest.marks[i] | pelvis.marks[i]) & Mark.restart) alignment.reset();
    out.tS[i] = chest.tS[i];
    this.#turning.stepS[i] = chest.stepS[i];
    this.#turning.marks[i] = chest.marks[i] | pelvis.marks[i];
    this.#turning.headingRateRadps[i] = chest.headingRateRadps[i] - pelvis.headingRateRadps[i];
    out.pelvisFlexionRad[i] = pelvis.flexionRad[i];
    out.pelvisLateralRad[i] = pelvis.lateralRad[i];
    if ((chest.marks[i] | pelvis.marks[i]) & Mark.missing) {
      alignment.pause(chest.stepS[i]);
      angles.fill(NaN);
    } else {
      this.#spine.take(chest.quat, 4 * i, pelvis.quat, 4 * i);
      this.#align(chest, pelvis, i);
      this.#spine.anglesInto(alignment.offsetRad, angles);
    }
    out.flexionRad[i] = angles[0];
    out.lateralRad[i] = angles[1];
    out.rotationRad[i] = angles[2];
    out.offsetRad[i] = alignment.offsetRad;
  }

  #align(chest: MotionFrame, pelvis: MotionFrame, i: number): void {
    const step = this.#step;
    step.chestRateRadps = chest.headingRateRadps[i];
    step.pelvisRateRadps = pelvis.headingRateRadps[i];
    // Without gyroscopes there are no headings.
    if (Number.isNaN(step.chestRateRadps + step.pelvisRateRadps)) return;
    step.differenceRad = this.#spine.headingDifferenceRad();
    step.isUpright = chest.inclinationRad[i] < UPRIGHT_RAD && pelvis.inclinationRad[i] < UPRIGHT_RAD;
    step.isWalking = chest.posture[i] === POSTURE_INDEX.walking;
    step.stepS = chest.stepS[i];
    this.#alignment.step(step);
  }
}

function spineAnglesOf(chest: Calibration, pelvis: Calibration): SpineAngles {
  return new SpineAngles(bodyInSegment(personalAxes(chest.neutralUp)), bodyInSegment(personalAxes(pelvis.neutralUp)));
}

function createSpineFrame(): SpineFrame {
  const column = (): Float64Array => new Float64Array(FRAME_CAPACITY);
  return {
    n: 0,
    tS: column(),
    flexionRad: column(),
    lateralRad: column(),
    rotationRad: column(),
    excursionRad: column(),
    pelvisFlexionRad: column(),
    pelvisLateralRad: column(),
    offsetRad: column(),
  };
}
