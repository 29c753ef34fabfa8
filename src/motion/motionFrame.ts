/**
 * The working memory that a chunk of samples moves through: each operator reads columns filled by earlier operators and
 * fills its own. Nothing in it outlives a chunk, so streams share it (`borrowFrame`); nothing is allocated per sample.
 */

/**
 * Longest run of samples that operators see at once; longer blocks are cut. Results do not depend on it. Wearables send about
 * ten at a time.
 */
export const FRAME_CAPACITY = 32;

/** Bits of `MotionFrame.marks`. */
export const Mark = {
  /** The sample is missing (NaN); every derived column is NaN here. */
  missing: 1,
  /** Data is missing before this sample: longer than 1.5 sample periods. */
  gapBefore: 2,
  /** The gap before was longer than 0.5 s, or this is the first sample: filters start anew. */
  restart: 4,
  /** Rotation is measured against a new heading from here on: the body has turned, and did not come back. */
  newHeading: 8,
} as const;

/** Indices into `MotionFrame.most`. */
export const Most = {
  flexionRad: 0,
  flexionRateRadps: 1,
  /** To either side. */
  lateralRad: 2,
  inclinationRad: 3,
  /** To either side. */
  rotationRad: 4,
} as const;

export interface MotionFrame {
  /** Samples in use, 1..FRAME_CAPACITY. */
  n: number;
  readonly tS: Float64Array;
  /** Time since the sample before, s; one sample period at a restart. */
  readonly stepS: Float64Array;
  readonly marks: Uint8Array;
  /** `SampleFlag` bits of the device. */
  readonly flags: Uint8Array;
  /** Segment frame, m/s², 3n. */
  readonly acc: Float64Array;
  /** |acc|, m/s². */
  readonly accSizeMps2: Float64Array;
  /** Segment frame, rad/s, 3n; NaN without gyroscope. */
  readonly gyr: Float64Array;
  /** Segment → earth, Hamilton, scalar first, 4n. */
  readonly quat: Float64Array;
  /** Up (against gravity) in the segment frame, unit, 3n. */
  readonly up: Float64Array;
  /** Of the orientation filter, for the settled one: the gyroscope's own quaternion, 4n; acceleration low-passed in its axes, 3n. */
  readonly strapdown: Float64Array;
  readonly accLowPassed: Float64Array;
  /** Angular rate about the vertical, bias-free, left positive, rad/s; NaN without gyroscope. */
  readonly headingRateRadps: Float64Array;
  readonly flexionRad: Float64Array;
  readonly flexionRateRadps: Float64Array;
  readonly lateralRad: Float64Array;
  readonly inclinationRad: Float64Array;
  readonly rotationRad: Float64Array;
  /** As `rotationRad`, while bent about the trunk's own long axis: what twists are told from. */
  readonly twistRad: Float64Array;
  /** Vertical shaking of the last half second, root mean square without gravity, m/s². */
  readonly shakingMps2: Float64Array;
  /** Index into POSTURES. */
  readonly posture: Uint8Array;
  /**
   * Largest values of this chunk, see `Most`, so that an operator with nothing under way can pass over a quiet chunk at a glance.
   * Infinite until somebody has looked.
   */
  readonly most: Float64Array;
}

export function createFrame(capacity = FRAME_CAPACITY): MotionFrame {
  const column = (): Float64Array => new Float64Array(capacity);
  return {
    n: 0,
    tS: column(),
    stepS: column(),
    marks: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    acc: new Float64Array(3 * capacity),
    accSizeMps2: column(),
    gyr: new Float64Array(3 * capacity),
    quat: new Float64Array(4 * capacity),
    up: new Float64Array(3 * capacity),
    strapdown: new Float64Array(4 * capacity),
    accLowPassed: new Float64Array(3 * capacity),
    headingRateRadps: column(),
    flexionRad: column(),
    flexionRateRadps: column(),
    lateralRad: column(),
    inclinationRad: column(),
    rotationRad: column(),
    twistRad: column(),
    shakingMps2: column(),
    posture: new Uint8Array(capacity),
    most: new Float64Array(Object.keys(Most).length).fill(Infinity),
  };
}

/** Frames that nobody is using: one, or more when a stream was pushed to from within the push of another. */
const idle: MotionFrame[] = [];

/** A frame for the length of one push, whatever it holds; `returnFrame` it, also after an error. */
export const borrowFrame = (): MotionFrame => idle.pop() ?? createFrame();

export function returnFrame(frame: MotionFrame): void {
  idle.push(frame);
}
