/**
 * The samples of a guided span as whole columns, so that filters may look both ways.
 *
 * In    frames of one sensor   Out  vertical acceleration (m/s², gravity's mean not taken off), flexion, lateral flexion (rad)
 * Gaps  beyond 0.5 s end a segment and nothing is counted across them; a shorter one is bridged with the value before it and
 *       is not counted as covered.
 */
import { Mark, type MotionFrame } from '../motionFrame.ts';
import { POSTURE_INDEX } from '../posture/postureClass.ts';

/** Samples [from, to) without a long gap. */
export interface Segment {
  readonly from: number;
  readonly to: number;
}

const FIRST_CAPACITY = 4096;

export class SpanColumns {
  readonly rateHz: number;
  n = 0;
  coveredSamples = 0;
  tS = new Float64Array(FIRST_CAPACITY);
  verticalMps2 = new Float64Array(FIRST_CAPACITY);
  flexionRad = new Float64Array(FIRST_CAPACITY);
  lateralRad = new Float64Array(FIRST_CAPACITY);
  /** 1 where the rhythm of steps was seen. */
  walking = new Uint8Array(FIRST_CAPACITY);
  readonly #starts: number[] = [];

  constructor(rateHz: number) {
    this.rateHz = rateHz;
  }

  get segments(): readonly Segment[] {
    return this.#starts.map((from, k) => ({ from, to: this.#starts[k + 1] ?? this.n }));
  }

  push(frame: MotionFrame, i: number): void {
    if (frame.marks[i] & Mark.missing) return;
    if (this.n === 0 || frame.marks[i] & Mark.restart) this.#starts.push(this.n);
    else this.#bridge(frame.tS[i]);
    const o = 3 * i;
    const { acc, up } = frame;
    const alongUpMps2 = acc[o] * up[o] + acc[o + 1] * up[o + 1] + acc[o + 2] * up[o + 2];
    this.coveredSamples++;
    this.#add(frame.tS[i], alongUpMps2, frame.flexionRad[i], frame.lateralRad[i]);
    if (frame.posture[i] === POSTURE_INDEX.walking) this.walking[this.n - 1] = 1;
  }

  #bridge(tS: number): void {
    const last = this.n - 1;
    const lastS = this.tS[last];
    const lost = Math.round((tS - lastS) * this.rateHz) - 1;
    for (let k = 1; k <= lost; k++) {
      this.#add(lastS + k / this.rateHz, this.verticalMps2[last], this.flexionRad[last], this.lateralRad[last]);
    }
  }

  #add(tS: number, verticalMps2: number, flexionRad: number, lateralRad: number): void {
    if (this.n === this.tS.length) this.#grow();
    const k = this.n++;
    this.tS[k] = tS;
    this.verticalMps2[k] = verticalMps2;
    // Lying on the side has no sagittal angle: the one before stands for it.
    this.flexionRad[k] = Number.isNaN(flexionRad) ? (k > 0 ? this.flexionRad[k - 1] : 0) : flexionRad;
    this.lateralRad[k] = lateralRad;
  }

  #grow(): void {
    this.tS = doubled(this.tS);
    this.verticalMps2 = doubled(this.verticalMps2);
    this.flexionRad = doubled(this.flexionRad);
    this.lateralRad = doubled(this.lateralRad);
    const walking = new Uint8Array(this.tS.length);
    walking.set(this.walking);
    this.walking = walking;
  }
}

function doubled(column: Float64Array): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(2 * column.length);
  grown.set(column);
  return grown;
}
