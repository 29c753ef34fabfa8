/**
 * `orientation.csv` and `angles.csv`: causal values beside settled ones, which come up to 6 s later.
 *
 * Each sensor has a `SensorTrack` that keeps its causal values until the settled ones arrive; a row is written when every
 * sensor has both. All tracks see the same samples, missing ones included, so rows stay together.
 */
import type { Calibration } from '../model/person.ts';
import { DEG_PER_RAD } from '../model/units.ts';
import {
  personalAxes,
  trunkAngles,
  type MotionFrame,
  type PersonalAxes,
  type SettledSamples,
} from '../motion/index.ts';
import { fromMatrix, multiply } from '../motion/orientation/quaternion.ts';
import { CsvFile } from './csvFile.ts';

/** Causal quaternion 0-3, settled 4-7; causal flexion, lateral, rotation, inclination 8-11, settled 12-15 (degrees). */
const WIDTH = 16;

export class SensorTrack {
  readonly tS: number[] = [];
  readonly #rows: Float64Array[] = [];
  readonly #axes: PersonalAxes;
  readonly #mountQuat = new Float64Array(4);
  readonly #angles = new Float64Array(3);
  #settled = 0;

  constructor(calibration: Calibration) {
    this.#axes = personalAxes(calibration.neutralUp);
    fromMatrix(calibration.mount, this.#mountQuat, 0);
  }

  /** Rows with both values, oldest first. */
  get ready(): number {
    return this.#settled;
  }

  causal(frame: MotionFrame): void {
    for (let i = 0; i < frame.n; i++) {
      const row = new Float64Array(WIDTH).fill(NaN);
      // Sensor → earth is segment → earth after sensor → segment.
      multiply(frame.quat, 4 * i, this.#mountQuat, 0, row, 0);
      row[8] = frame.flexionRad[i] * DEG_PER_RAD;
      row[9] = frame.lateralRad[i] * DEG_PER_RAD;
      row[10] = frame.rotationRad[i] * DEG_PER_RAD;
      row[11] = frame.inclinationRad[i] * DEG_PER_RAD;
      this.tS.push(frame.tS[i]);
      this.#rows.push(row);
    }
  }

  settled(samples: SettledSamples): void {
    for (let i = 0; i < samples.n; i++) {
      const row = this.#rows[this.#settled++];
      multiply(samples.quat, 4 * i, this.#mountQuat, 0, row, 4);
      trunkAngles(this.#axes, samples.up, 3 * i, this.#angles);
      row[12] = this.#angles[0] * DEG_PER_RAD;
      row[13] = this.#angles[1] * DEG_PER_RAD;
      row[14] = row[10];
      row[15] = this.#angles[2] * DEG_PER_RAD;
    }
  }

  row(i: number): Float64Array {
    return this.#rows[i];
  }

  forget(count: number): void {
    this.tS.splice(0, count);
    this.#rows.splice(0, count);
    this.#settled -= count;
  }
}

const QUATERNION = ['qw', 'qx', 'qy', 'qz'];
const ANGLES = ['flexion', 'lateral', 'rotation', 'inclination'];
const SPINE = ['spine_flexion', 'spine_lateral', 'spine_rotation'];

export class AngleFiles {
  readonly #main: SensorTrack;
  readonly #pelvis: SensorTrack | undefined;
  readonly #orientation: CsvFile | undefined;
  readonly #angles: CsvFile | undefined;
  readonly #quatValues: Float64Array;
  readonly #angleValues: Float64Array;

  constructor(
    folder: string,
    { orientation, angles }: { orientation: boolean; angles: boolean },
    main: SensorTrack,
    pelvis: SensorTrack | undefined,
  ) {
    this.#main = main;
    this.#pelvis = pelvis;
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
      const main = this.#main.row(i);
      const pelvis = this.#pelvis?.row(i);
      const tS = this.#main.tS[i];
      this.#quatValues.set(main.subarray(0, 8));
      if (pelvis) this.#quatValues.set(pelvis.subarray(0, 8), 8);
      this.#orientation?.row(tS, this.#quatValues, 6);
      this.#angleValues.set(main.subarray(8, 16));
      // Relative sagittal, frontal and transverse angle: thorax against pelvis, both against gravity and own heading.
      if (pelvis) {
        for (let c = 0; c < 3; c++) {
          this.#angleValues[8 + c] = main[8 + c] - pelvis[8 + c];
          this.#angleValues[11 + c] = main[12 + c] - pelvis[12 + c];
        }
      }
      this.#angles?.row(tS, this.#angleValues, 3);
    }
    this.#main.forget(count);
    this.#pelvis?.forget(count);
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
