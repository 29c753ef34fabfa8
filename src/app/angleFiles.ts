/**
 * `orientation.csv` and `angles.csv`: causal values beside settled ones, which come up to 6 s later.
 *
 * Each sensor has a `SensorTrack` that keeps its causal values until the settled ones arrive; a row is written when every
 * sensor has both. All tracks see the same samples, missing ones included, so rows stay together.
 */
import type { Calibration } from '../model/person.ts';
import { DEG_PER_RAD } from '../model/units.ts';
import {
  bodyInSegment,
  personalAxes,
  trunkAngles,
  type MotionFrame,
  type PersonalAxes,
  type SettledSamples,
} from '../motion/index.ts';
import { fromMatrix, multiply } from '../motion/orientation/quaternion.ts';
import { CsvFile } from './csvFile.ts';
import type { SpineTrack } from './spineTrack.ts';

/** Causal quaternion 0-3, settled 4-7; causal flexion, lateral, rotation, inclination 8-11, settled 12-15 (degrees). */
const WIDTH = 16;

/** Enough for the lag of most rates; it grows where that is not so. */
const FIRST_CAPACITY = 4096;

export class SensorTrack {
  readonly #axes: PersonalAxes;
  /** The wearer's own axes → sensor axes, for what compares two sensors. */
  readonly bodyInSensor = new Float64Array(4);
  readonly #mountQuat = new Float64Array(4);
  readonly #angles = new Float64Array(3);
  #tS = new Float64Array(FIRST_CAPACITY);
  /** WIDTH values per row. One flat array: a day has millions of rows. */
  #rows = new Float64Array(FIRST_CAPACITY * WIDTH);
  #held = 0;
  #settled = 0;

  constructor(calibration: Calibration) {
    this.#axes = personalAxes(calibration.neutralUp);
    fromMatrix(calibration.mount, this.#mountQuat, 0);
    const [w, x, y, z] = this.#mountQuat;
    multiply([w, -x, -y, -z], 0, bodyInSegment(this.#axes), 0, this.bodyInSensor, 0);
  }

  /** Rows with both values, oldest first. */
  get ready(): number {
    return this.#settled;
  }

  causal(frame: MotionFrame): void {
    this.#makeRoom(frame.n);
    const rows = this.#rows;
    for (let i = 0; i < frame.n; i++) {
      const o = this.#held * WIDTH;
      // Sensor → earth is segment → earth after sensor → segment.
      multiply(frame.quat, 4 * i, this.#mountQuat, 0, rows, o);
      rows[o + 8] = frame.flexionRad[i] * DEG_PER_RAD;
      rows[o + 9] = frame.lateralRad[i] * DEG_PER_RAD;
      rows[o + 10] = frame.rotationRad[i] * DEG_PER_RAD;
      rows[o + 11] = frame.inclinationRad[i] * DEG_PER_RAD;
      this.#tS[this.#held++] = frame.tS[i];
    }
  }

  settled(samples: SettledSamples): void {
    const rows = this.#rows;
    for (let i = 0; i < samples.n; i++) {
      const o = this.#settled++ * WIDTH;
      multiply(samples.quat, 4 * i, this.#mountQuat, 0, rows, o + 4);
      trunkAngles(this.#axes, samples.up, 3 * i, this.#angles);
      rows[o + 12] = this.#angles[0] * DEG_PER_RAD;
      rows[o + 13] = this.#angles[1] * DEG_PER_RAD;
      rows[o + 14] = rows[o + 10];
      rows[o + 15] = this.#angles[2] * DEG_PER_RAD;
    }
  }

  /** Rows of `value`, one after the other: causal quaternion from 0, settled from 4. */
  get values(): { readonly rows: Float64Array; readonly width: number } {
    return { rows: this.#rows, width: WIDTH };
  }

  timeS(row: number): number {
    return this.#tS[row];
  }

  value(row: number, column: number): number {
    return this.#rows[row * WIDTH + column];
  }

  forget(count: number): void {
    this.#tS.copyWithin(0, count, this.#held);
    this.#rows.copyWithin(0, count * WIDTH, this.#held * WIDTH);
    this.#held -= count;
    this.#settled -= count;
  }

  #makeRoom(count: number): void {
    if (this.#held + count <= this.#tS.length) return;
    const capacity = 2 * (this.#held + count);
    const [tS, rows] = [new Float64Array(capacity), new Float64Array(capacity * WIDTH)];
    tS.set(this.#tS);
    rows.set(this.#rows);
    this.#tS = tS;
    this.#rows = rows;
  }
}

const QUATERNION = ['qw', 'qx', 'qy', 'qz'];
const ANGLES = ['flexion', 'lateral', 'rotation', 'inclination'];
const SPINE = ['spine_flexion', 'spine_lateral', 'spine_rotation'];

export class AngleFiles {
  readonly #main: SensorTrack;
  readonly #pelvis: SensorTrack | undefined;
  readonly #spine: SpineTrack | undefined;
  readonly #orientation: CsvFile | undefined;
  readonly #angles: CsvFile | undefined;
  readonly #quatValues: Float64Array;
  readonly #angleValues: Float64Array;

  constructor(
    folder: string,
    { orientation, angles }: { orientation: boolean; angles: boolean },
    main: SensorTrack,
    second: { readonly pelvis: SensorTrack; readonly spine: SpineTrack } | undefined,
  ) {
    this.#main = main;
    const pelvis = second?.pelvis;
    this.#pelvis = pelvis;
    this.#spine = second?.spine;
    const both = (names: string[], unit: string): string[] => [
      ...names.map((n) => n + unit),
      ...names.map((n) => `${n}${unit}_settled`),
    ];
    const quatColumns = [...both(QUATERNION, ''), ...(pelvis ? both(QUATERNION, '').map((n) => `pelvis_${n}`) : [])];
    const angleColumns = [...both(ANGLES, '_deg'), ...(pelvis ? both(SPINE, '_deg') : [])];
    this.#quatValues = new Float64Array(quatColumns.length);
    this.#angleValues = new Float64Array(angleColumns.length);
    this.#orientation = orientation ? new CsvFile(`${folder}/orientation.csv`, ['t_s', ...quatColumns]) : undefined;
    this.#angles = angles ? new CsvFile(`${folder}/angles.csv`, ['t_s', ...angleColumns]) : undefined;
  }

  /** Writes every row that is complete. */
  write(): void {
    const count = Math.min(this.#main.ready, this.#pelvis?.ready ?? Infinity);
    for (let i = 0; i < count; i++) {
      const tS = this.#main.timeS(i);
      for (let c = 0; c < 8; c++) {
        this.#quatValues[c] = this.#main.value(i, c);
        this.#angleValues[c] = this.#main.value(i, 8 + c);
        if (this.#pelvis) this.#quatValues[8 + c] = this.#pelvis.value(i, c);
      }
      this.#orientation?.row(tS, this.#quatValues, 6);
      this.#spine?.anglesInto(i, this.#angleValues, 8);
      this.#angles?.row(tS, this.#angleValues, 3);
    }
    this.#main.forget(count);
    this.#pelvis?.forget(count);
    this.#spine?.forget(count);
  }

  /** The recording is complete. */
  finish(): void {
    this.write();
    this.#orientation?.finish();
    this.#angles?.finish();
  }

  /** Also after a failure: what is not finished is given up. */
  close(): void {
    this.#orientation?.close();
    this.#angles?.close();
  }
}
