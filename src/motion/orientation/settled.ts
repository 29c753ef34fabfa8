/**
 * Settled orientation: the same low-pass run backward over the following 5 s, once per second (fixed-lag zero phase).
 *
 * In    frame.strapdown and frame.accLowPassed, both of `Vqf`
 * Out   `SettledSamples`, in order, lag to lag + 1 s behind the input: body → earth quaternion and up in the body frame
 * Source signal specification 1.2 finding 3; the batch form is the offline filter of Laidig & Seel 2023
 * Deviations  the backward pass starts in steady state at the newest value; at the end of a stretch of data, what later
 *       data there is has to do
 */
import { lowPassCoefficients, type LowPassCoefficients } from '../dsp/lowPass2.ts';
import { Mark, type MotionFrame } from '../motionFrame.ts';
import { multiply, tiltToVertical, upInBody } from './quaternion.ts';

/** Views into working memory, valid during the call only. */
export interface SettledSamples {
  readonly n: number;
  readonly tS: Float64Array;
  /** 4n; NaN where the sample is missing. */
  readonly quat: Float64Array;
  /** 3n */
  readonly up: Float64Array;
}

/** Working memory of one backward pass, shared by all streams. */
interface Passes {
  readonly zeroPhase: Float64Array;
  readonly tilt: Float64Array;
  readonly quat: Float64Array;
  readonly up: Float64Array;
}

/** What nobody is using: one, or more when streams differ in rate or are pushed to from within each other. */
const idle: Passes[] = [];

function borrowPasses(capacity: number): Passes {
  const fitting = idle.findIndex(({ up }) => up.length >= 3 * capacity);
  const [found] = fitting < 0 ? [] : idle.splice(fitting, 1);
  return (
    found ?? {
      zeroPhase: new Float64Array(3 * capacity),
      tilt: new Float64Array(4),
      quat: new Float64Array(4 * capacity),
      up: new Float64Array(3 * capacity),
    }
  );
}

export class Settled {
  readonly #k: LowPassCoefficients;
  readonly #chunk: number;
  readonly #capacity: number;
  readonly #tS: Float64Array;
  readonly #acc: Float64Array;
  readonly #strapdown: Float64Array;
  #held = 0;

  constructor(rateHz: number, { tauAccS = 3, lagS = 5 }: { tauAccS?: number; lagS?: number } = {}) {
    this.#k = lowPassCoefficients(tauAccS, 1 / rateHz);
    this.#chunk = Math.max(1, Math.round(rateHz));
    this.#capacity = Math.max(1, Math.round(lagS * rateHz)) + this.#chunk;
    this.#tS = new Float64Array(this.#capacity);
    this.#acc = new Float64Array(3 * this.#capacity);
    this.#strapdown = new Float64Array(4 * this.#capacity);
  }

  reset(): void {
    this.#held = 0;
  }

  snapshot(): { held: number; arrays: Float64Array[] } {
    return { held: this.#held, arrays: [this.#tS.slice(), this.#acc.slice(), this.#strapdown.slice()] };
  }

  restore({ held, arrays }: { held: number; arrays: readonly Float64Array[] }): void {
    this.#held = held;
    this.#tS.set(arrays[0]);
    this.#acc.set(arrays[1]);
    this.#strapdown.set(arrays[2]);
  }

  push({ n, marks, tS, strapdown, accLowPassed }: MotionFrame, emit: (samples: SettledSamples) => void): void {
    const heldS = this.#tS;
    const heldAcc = this.#acc;
    const heldStrapdown = this.#strapdown;
    for (let i = 0; i < n; i++) {
      if (marks[i] & Mark.restart) this.flush(emit);
      const h = this.#held++;
      heldS[h] = tS[i];
      heldAcc[3 * h] = accLowPassed[3 * i];
      heldAcc[3 * h + 1] = accLowPassed[3 * i + 1];
      heldAcc[3 * h + 2] = accLowPassed[3 * i + 2];
      heldStrapdown[4 * h] = strapdown[4 * i];
      heldStrapdown[4 * h + 1] = strapdown[4 * i + 1];
      heldStrapdown[4 * h + 2] = strapdown[4 * i + 2];
      heldStrapdown[4 * h + 3] = strapdown[4 * i + 3];
      if (this.#held === this.#capacity) this.#settle(this.#chunk, emit);
    }
  }

  /** The stretch of data ends: settle everything that is held. */
  flush(emit: (samples: SettledSamples) => void): void {
    if (this.#held > 0) this.#settle(this.#held, emit);
  }

  /** Runs backward over all that is held, emits the oldest `count` samples and forgets them. */
  #settle(count: number, emit: (samples: SettledSamples) => void): void {
    const passes = borrowPasses(this.#capacity);
    try {
      this.#runBackward(passes.zeroPhase);
      this.#turnUpright(count, passes);
      emit({ n: count, tS: this.#tS, quat: passes.quat, up: passes.up });
    } finally {
      idle.push(passes);
    }
    this.#tS.copyWithin(0, count, this.#held);
    this.#acc.copyWithin(0, 3 * count, 3 * this.#held);
    this.#strapdown.copyWithin(0, 4 * count, 4 * this.#held);
    this.#held -= count;
  }

  #turnUpright(count: number, { zeroPhase, quat, up, tilt }: Passes): void {
    for (let i = 0; i < count; i++) {
      const x = zeroPhase[3 * i];
      const y = zeroPhase[3 * i + 1];
      const z = zeroPhase[3 * i + 2];
      const size = Math.sqrt(x * x + y * y + z * z);
      if (!(size > 0)) {
        quat.fill(NaN, 4 * i, 4 * i + 4);
        up.fill(NaN, 3 * i, 3 * i + 3);
        continue;
      }
      tiltToVertical(x / size, y / size, z / size, tilt, 0);
      multiply(tilt, 0, this.#strapdown, 4 * i, quat, 4 * i);
      upInBody(quat, 4 * i, up, 3 * i);
    }
  }

  /**
   * Three channels side by side: each waits for its own last value, so three take hardly longer than one. The output is put into
   * the states' equations, s1 ← (b1 − a1 b0) x + s2 − a1 s1, so that a state waits for one product and one difference only.
   */
  #runBackward(out: Float64Array): void {
    const { b0, b1, b2, a1, a2 } = this.#k;
    const c1 = b1 - a1 * b0;
    const c2 = b2 - a2 * b0;
    const acc = this.#acc;
    let newest = this.#held - 1;
    while (newest >= 0 && Number.isNaN(acc[3 * newest])) newest--;
    out.fill(NaN, 3 * (newest + 1), 3 * this.#held);
    if (newest < 0) return;
    const o = 3 * newest;
    let s1x = acc[o] * (1 - b0);
    let s2x = acc[o] * (b0 - a2);
    let s1y = acc[o + 1] * (1 - b0);
    let s2y = acc[o + 1] * (b0 - a2);
    let s1z = acc[o + 2] * (1 - b0);
    let s2z = acc[o + 2] * (b0 - a2);
    for (let i = o; i >= 0; i -= 3) {
      const x = acc[i];
      const y = acc[i + 1];
      const z = acc[i + 2];
      // A missing sample: the filter waits.
      if (Number.isNaN(x)) {
        out[i] = NaN;
        continue;
      }
      out[i] = b0 * x + s1x;
      out[i + 1] = b0 * y + s1y;
      out[i + 2] = b0 * z + s1z;
      const nextX = c1 * x + s2x - a1 * s1x;
      const nextY = c1 * y + s2y - a1 * s1y;
      const nextZ = c1 * z + s2z - a1 * s1z;
      s2x = c2 * x - a2 * s1x;
      s2y = c2 * y - a2 * s1y;
      s2z = c2 * z - a2 * s1z;
      s1x = nextX;
      s1y = nextY;
      s1z = nextZ;
    }
  }
}
