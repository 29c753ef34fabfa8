/** First pass over a recording: how its sensors sit on the wearer, and whether its units can be right. */
import { IDENTITY_MOUNT } from '../model/frames.ts';
import type { ImuBlock } from '../model/block.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Calibration } from '../model/person.ts';
import { STANDARD_GRAVITY_MPS2 } from '../model/units.ts';
import { DataCalibration } from '../motion/index.ts';
import { readCsvRecording } from './csvRecording.ts';
import type { Sidecar } from './sidecar.ts';

/** The upright is looked for in this much of a recording; a day needs no more. */
const LOOK_AT_S = 2 * 3600;
/** |acc| of a worn sensor is near 1 g most of the time. A unit mixed up is off by 9.8. */
const MEDIAN_RANGE_G = [0.3, 3] as const;
/** No wearable turns faster (4000 °/s is the widest range on the market). */
const MAX_GYR_RADPS = 100;

export interface RecordingCalibration {
  readonly main: Calibration;
  readonly pelvis: Calibration | undefined;
  readonly mainHasGyroscope: boolean;
  readonly pelvisHasGyroscope: boolean;
}

/** @throws PlumblineError `recording/invalid` when there is no sample or the units cannot be right. */
export async function calibrateRecording(
  path: string,
  sidecar: Sidecar,
  rateHz: number,
): Promise<RecordingCalibration> {
  const main = new SensorPass(rateHz, sidecar);
  const pelvis = new SensorPass(rateHz, sidecar);
  let startS = NaN;
  let mainHasGyroscope = false;
  let pelvisHasGyroscope = false;
  let hasPelvis = false;
  await readCsvRecording(path, sidecar, rateHz, (blocks) => {
    if (Number.isNaN(startS)) startS = blocks.main.tS[0];
    main.push(blocks.main);
    mainHasGyroscope = blocks.main.gyrRadps !== undefined;
    if (blocks.pelvis) {
      hasPelvis = true;
      pelvis.push(blocks.pelvis);
      pelvisHasGyroscope = blocks.pelvis.gyrRadps !== undefined;
    }
    const endS = blocks.main.tS[blocks.main.n - 1];
    const neutralSeen = !sidecar.neutral || endS > sidecar.neutral.endS;
    return endS - startS > LOOK_AT_S && neutralSeen ? 'stop' : undefined;
  });
  if (Number.isNaN(startS))
    throw new PlumblineError('recording/invalid', 'expected samples after the header, found none');
  return {
    main: main.result('acc', sidecar.mount),
    pelvis: hasPelvis ? pelvis.result('pelvis_acc', sidecar.pelvisMount) : undefined,
    mainHasGyroscope,
    pelvisHasGyroscope,
  };
}

class SensorPass {
  readonly #data: DataCalibration;
  readonly #neutral: Sidecar['neutral'];
  /** Sum of acceleration within the stated neutral. */
  readonly #stated = new Float64Array(3);
  /** |acc| in steps of 0.02 g up to 20 g. */
  readonly #sizes = new Uint32Array(1000);
  #maxGyr = 0;

  constructor(rateHz: number, sidecar: Sidecar) {
    this.#data = new DataCalibration(rateHz);
    this.#neutral = sidecar.neutral;
  }

  push(block: ImuBlock): void {
    this.#data.push(block);
    for (let i = 0; i < block.n; i++) {
      const x = block.accMps2[3 * i];
      const y = block.accMps2[3 * i + 1];
      const z = block.accMps2[3 * i + 2];
      const sizeG = Math.sqrt(x * x + y * y + z * z) / STANDARD_GRAVITY_MPS2;
      if (!Number.isFinite(sizeG)) continue;
      this.#sizes[Math.min(999, Math.round(sizeG * 50))]++;
      if (this.#neutral && block.tS[i] >= this.#neutral.startS && block.tS[i] < this.#neutral.endS) {
        this.#stated[0] += x;
        this.#stated[1] += y;
        this.#stated[2] += z;
      }
    }
    const gyr = block.gyrRadps;
    if (gyr) for (let k = 0; k < 3 * block.n; k++) if (Math.abs(gyr[k]) > this.#maxGyr) this.#maxGyr = Math.abs(gyr[k]);
  }

  result(columns: string, mount: Sidecar['mount']): Calibration {
    this.#checkUnits(columns);
    const found = this.#data.result(mount);
    const size = Math.hypot(...this.#stated);
    if (!this.#neutral) return found;
    if (!(size > 0)) {
      throw new PlumblineError(
        'recording/invalid',
        `expected samples between neutral.startS ${this.#neutral.startS} and endS ${this.#neutral.endS}, found none`,
      );
    }
    const m = found.mount ?? IDENTITY_MOUNT;
    const up = [0, 1, 2].map(
      (r) => (m[3 * r] * this.#stated[0] + m[3 * r + 1] * this.#stated[1] + m[3 * r + 2] * this.#stated[2]) / size,
    );
    return { ...found, neutralUp: [up[0], up[1], up[2]], method: 'stated', confidence: mount ? 1 : found.confidence };
  }

  #checkUnits(columns: string): void {
    const total = this.#sizes.reduce((sum, n) => sum + n, 0);
    if (total === 0) throw new PlumblineError('recording/invalid', `expected values in ${columns}_x/y/z, found none`);
    let seen = 0;
    const medianG = this.#sizes.findIndex((n) => (seen += n) >= total / 2) / 50;
    if (medianG < MEDIAN_RANGE_G[0] || medianG > MEDIAN_RANGE_G[1]) {
      throw new PlumblineError(
        'recording/invalid',
        `expected a median acceleration of about 1 g in ${columns}_x/y/z, found ${medianG.toFixed(2)} g: is accUnit right?`,
      );
    }
    if (this.#maxGyr > MAX_GYR_RADPS) {
      throw new PlumblineError(
        'recording/invalid',
        `expected angular rates below ${MAX_GYR_RADPS} rad/s, found ${this.#maxGyr.toFixed(0)} rad/s: is gyrUnit right?`,
      );
    }
  }
}
