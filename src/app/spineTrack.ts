/**
 * The spine's angles for `angles.csv`: causal ones as they come, settled ones from the settled orientations of both sensors.
 * Rotation about the vertical does not settle; the headings of settled orientations are brought to those of the causal ones.
 */
import { DEG_PER_RAD } from '../model/units.ts';
import { SpineAngles, type SpineFrame } from '../motion/index.ts';
import type { SensorTrack } from './angleFiles.ts';

/** Flexion, lateral, rotation (rad) and the heading offset. */
const WIDTH = 4;
const FIRST_CAPACITY = 4096;

export class SpineTrack {
  readonly #main: SensorTrack;
  readonly #pelvis: SensorTrack;
  readonly #spine: SpineAngles;
  readonly #angles = new Float64Array(3);
  #rows = new Float64Array(FIRST_CAPACITY * WIDTH);
  #held = 0;

  constructor(main: SensorTrack, pelvis: SensorTrack) {
    this.#main = main;
    this.#pelvis = pelvis;
    this.#spine = new SpineAngles(main.bodyInSensor, pelvis.bodyInSensor);
  }

  causal(frame: SpineFrame): void {
    if ((this.#held + frame.n) * WIDTH > this.#rows.length) {
      const rows = new Float64Array(2 * (this.#held + frame.n) * WIDTH);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    for (let i = 0; i < frame.n; i++) {
      const o = WIDTH * this.#held++;
      this.#rows[o] = frame.flexionRad[i];
      this.#rows[o + 1] = frame.lateralRad[i];
      this.#rows[o + 2] = frame.rotationRad[i];
      this.#rows[o + 3] = frame.offsetRad[i];
    }
  }

  /** Three causal and three settled angles in degrees, for a row that both sensors have settled. */
  anglesInto(row: number, out: Float64Array, at: number): void {
    const o = row * WIDTH;
    for (let c = 0; c < 3; c++) out[at + c] = this.#rows[o + c] * DEG_PER_RAD;
    const main = this.#main.values;
    const pelvis = this.#pelvis.values;
    this.#spine.take(main.rows, row * main.width, pelvis.rows, row * pelvis.width);
    const causalRad = this.#spine.headingDifferenceRad();
    this.#spine.take(main.rows, row * main.width + 4, pelvis.rows, row * pelvis.width + 4);
    const offsetRad = this.#rows[o + 3] + this.#spine.headingDifferenceRad() - causalRad;
    this.#spine.anglesInto(offsetRad, this.#angles);
    for (let c = 0; c < 3; c++) out[at + 3 + c] = this.#angles[c] * DEG_PER_RAD;
  }

  forget(count: number): void {
    this.#rows.copyWithin(0, count * WIDTH, this.#held * WIDTH);
    this.#held -= count;
  }
}
