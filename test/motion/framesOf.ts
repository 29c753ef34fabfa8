/** Frames for one operator alone: the columns it reads, filled by a test. */
import { createFrame, Mark, type MotionFrame } from '../../src/motion/motionFrame.ts';

export interface Columns {
  /** m/s², segment frame. */
  readonly acc?: readonly number[];
  /** rad/s, segment frame. */
  readonly gyr?: readonly number[];
  readonly up?: readonly number[];
  readonly flexionRad?: number;
  readonly flexionRateRadps?: number;
  readonly lateralRad?: number;
  readonly inclinationRad?: number;
  readonly rotationRad?: number;
  readonly shakingMps2?: number;
  readonly headingRateRadps?: number;
  readonly posture?: number;
  /** Bits of `Mark`. */
  readonly marks?: number;
  /** Time since the sample before; one period when absent. */
  readonly stepS?: number;
}

/** One frame of capacity 1 per sample, passed on one after the other: `undefined` is a missing sample. `tS` leaves longer steps out. */
export function feed(
  rateHz: number,
  count: number,
  columnsAt: (i: number, tS: number) => Columns | undefined,
  push: (frame: MotionFrame, i: number) => void,
  startS = 0,
): void {
  const frame = createFrame(1);
  frame.n = 1;
  let tS = startS;
  for (let i = 0; i < count; i++) {
    const columns = columnsAt(i, startS + i / rateHz);
    const stepS = columns?.stepS ?? 1 / rateHz;
    if (i > 0) tS += stepS;
    frame.tS[0] = tS;
    frame.stepS[0] = stepS;
    const first = i === 0 ? Mark.restart | Mark.gapBefore : 0;
    frame.marks[0] = columns ? (columns.marks ?? first) : Mark.missing;
    const vector = (to: Float64Array, from: readonly number[] | undefined): void => {
      for (let c = 0; c < 3; c++) to[c] = from?.[c] ?? NaN;
    };
    vector(frame.acc, columns?.acc);
    frame.accSizeMps2[0] = Math.hypot(...frame.acc);
    vector(frame.gyr, columns?.gyr);
    vector(frame.up, columns?.up);
    frame.flexionRad[0] = columns?.flexionRad ?? NaN;
    frame.flexionRateRadps[0] = columns?.flexionRateRadps ?? NaN;
    frame.lateralRad[0] = columns?.lateralRad ?? NaN;
    frame.inclinationRad[0] = columns?.inclinationRad ?? NaN;
    frame.rotationRad[0] = columns?.rotationRad ?? NaN;
    frame.twistRad[0] = columns?.rotationRad ?? NaN;
    frame.shakingMps2[0] = columns?.shakingMps2 ?? 0;
    frame.headingRateRadps[0] = columns?.headingRateRadps ?? NaN;
    frame.posture[0] = columns?.posture ?? 0;
    push(frame, i);
  }
}
