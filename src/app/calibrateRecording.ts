/** First pass over a recording: how its sensors sit on the wearer, and whether its units can be right. */
import type { ImuBlock } from '../model/block.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Calibration } from '../model/person.ts';
import { degFromRad, STANDARD_GRAVITY_MPS2 } from '../model/units.ts';
import { DataCalibration, type WornAs } from '../motion/index.ts';
import type { RecordedBlocks, Recording } from './recording/recording.ts';
import type { Sidecar } from './recording/sidecar.ts';

/** The upright is looked for in this much of a recording; a day needs no more. */
const LOOK_AT_S = 2 * 3600;
/** |acc| of a worn sensor is near 1 g most of the time. A unit mixed up is off by 9.8. */
const MEDIAN_RANGE_G = [0.3, 3] as const;
/** A sensor on a curved back slopes by up to 40°; further off, sagittal and frontal plane cannot be told apart. */
const MAX_NEUTRAL_TILT_DEG = 60;
/** No wearable turns faster (4000 °/s is the widest range on the market). */
const MAX_GYR_RADPS = 100;
/** A few such samples are damaged and count as missing; more than this share is a wrong unit. */
const MAX_FAST_RATIO = 0.001;
const MAX_FAST_VALUES = 5;

export interface RecordingCalibration {
  readonly main: Calibration;
  readonly pelvis: Calibration | undefined;
  /** How the main sensor seems to sit against a stated mount, from how its wearer walks. */
  readonly mainWornAs: WornAs | undefined;
  /** There are columns for a second sensor, which was never there. */
  readonly pelvisIsEmpty: boolean;
  readonly mainHasGyroscope: boolean;
  readonly pelvisHasGyroscope: boolean;
}

/** @throws PlumblineError `recording/invalid` when there is no sample or the units cannot be right. */
export async function calibrateRecording(recording: Recording, rateHz: number): Promise<RecordingCalibration> {
  const { sidecar } = recording;
  const main = new SensorPass(rateHz, sidecar);
  const pelvis = new SensorPass(rateHz, sidecar);
  let startS = NaN;
  let mainHasGyroscope = false;
  let pelvisHasGyroscope = false;
  let hasPelvis = false;
  const onBlocks = (blocks: RecordedBlocks): void | 'stop' => {
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
  };
  await recording.read({ rateHz, units: 'si' }, { onBlocks });
  if (Number.isNaN(startS))
    throw new PlumblineError('recording/invalid', 'expected samples after the header, found none');
  const found = main.result('acc', sidecar.mount);
  return {
    main: found,
    mainWornAs: sidecar.mount && main.wornAs(found),
    pelvis: pelvis.hasValues ? pelvis.result('pelvis_acc', sidecar.pelvisMount) : undefined,
    pelvisIsEmpty: hasPelvis && !pelvis.hasValues,
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
  #gyrValues = 0;
  #fastGyrValues = 0;

  constructor(rateHz: number, sidecar: Sidecar) {
    this.#data = new DataCalibration(rateHz);
    this.#neutral = sidecar.neutral;
  }

  get hasValues(): boolean {
    return this.#sizes.some((n) => n > 0);
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
    if (block.gyrRadps) this.#noteRates(block.gyrRadps, 3 * block.n);
  }

  #noteRates(gyr: Float64Array, count: number): void {
    for (let k = 0; k < count; k++) {
      const rate = Math.abs(gyr[k]);
      if (rate > MAX_GYR_RADPS) this.#fastGyrValues++;
      if (rate > this.#maxGyr) this.#maxGyr = rate;
    }
    this.#gyrValues += count;
  }

  result(columns: string, mount: Sidecar['mount']): Calibration {
    this.#checkUnits(columns);
    if (!this.#neutral) return this.#data.result({ mount });
    const { startS, endS } = this.#neutral;
    const [x, y, z] = this.#stated;
    if (!(Math.hypot(x, y, z) > 0)) {
      throw new PlumblineError(
        'recording/invalid',
        `expected samples between neutral.startS ${startS} and endS ${endS}, found none`,
      );
    }
    const found = this.#data.result({ mount, up: [x, y, z] });
    const tiltDeg = degFromRad(Math.acos(Math.min(1, found.neutralUp?.[1] ?? 1)));
    if (tiltDeg <= MAX_NEUTRAL_TILT_DEG) return found;
    throw new PlumblineError(
      'recording/invalid',
      `expected the superior axis of the mount upwards in the stated neutral, found it tilted by ${tiltDeg.toFixed(0)}° (is the mount right?)`,
    );
  }

  wornAs(calibration: Calibration): WornAs | undefined {
    return this.#data.wornAs(calibration);
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
    if (this.#fastGyrValues > Math.max(MAX_FAST_VALUES, MAX_FAST_RATIO * this.#gyrValues)) {
      throw new PlumblineError(
        'recording/invalid',
        `expected angular rates below ${MAX_GYR_RADPS} rad/s, found ${this.#maxGyr.toFixed(0)} rad/s: is gyrUnit right?`,
      );
    }
  }
}
