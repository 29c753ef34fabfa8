/**
 * Calibration from the data themselves, when nobody pressed a button: the wearer's upright, and the mount where it is not
 * stated.
 *
 * In    `ImuBlock`s in the sensor frame, in time order; flat memory
 * Out   `Calibration` with the method and how sure it is
 * Method Windows of 1 s: direction of the mean acceleration, weighted by how quiet it is (quiet stance and sitting: 1, walking
 *       0.5, else 0.1).
 *       Upright is the fullest direction within 50° of the stated superior axis; without mount, the fullest of those within 25° of
 *       upright walking, where there was walking, else of all, with the first and the last second counted threefold.
 *       Axes and forward are those of leans and steps (mountFromMovement); without gyroscope, of gravity alone.
 * Source signal specification 2.4 (gates 5 °/s and 0.15 m/s², here doubled because a second is short), Kong 2016 PMC5190992
 *       (stance and everyday movement are enough)
 * Limits  who never walks and lies, or stays bent, most of the time is calibrated to that when the mount is unknown: low confidence
 */
import type { ImuBlock } from '../../model/block.ts';
import { IDENTITY_MOUNT, type Mount } from '../../model/frames.ts';
import type { Calibration } from '../../model/person.ts';
import { RAD_PER_DEG } from '../../model/units.ts';
import { DirectionHistogram, type DirectionMode } from './directionHistogram.ts';
import { addRate, RATE_SUMS } from './functionalAxis.ts';
import { mountFromMovement } from './mountFromMovement.ts';
import { compareWithWalking, type WornAs } from './mountWatch.ts';
import { dot, horizontal, unit, type Vector } from './vector.ts';
import { type WalkingDirection, WalkingDirectionFinder } from './walkingDirection.ts';

const QUIET_RADPS = 10 * RAD_PER_DEG;
const QUIET_SD_MPS2 = 0.3;
const WALKING_SD_MPS2 = [0.8, 6] as const;
const NEUTRAL_RADIUS_RAD = 8 * RAD_PER_DEG;
const UPRIGHT_WITHIN_RAD = 50 * RAD_PER_DEG;
/** Quiet upright time for full confidence, s. */
const ENOUGH_S = 10;
/** Who starts or ends a recording stands or sits upright; of a day it is nothing. */
const END_WEIGHT = 2;
/** Leans are slower, steps faster. */
const LEAN_HZ = 0.8;
/** Standing is within this of walking: who walks leans forward by up to 10°. */
const STANDS_AS_WALKS_RAD = 25 * RAD_PER_DEG;
const MIN_WALKING_CONFIDENCE = 0.3;
/** Beyond 60° from upright for at least so long, still, mostly one way: lying, and no bend. */
const LYING_COSINE = 0.5;
const LYING_S = 10;
const ONE_WAY_RATIO = 0.5;

/** Direction x, y, z and weight. */
type Weighted = readonly [number, number, number, number];

export class DataCalibration {
  readonly #rateHz: number;
  readonly #windowSamples: number;
  readonly #directions = new DirectionHistogram();
  /** Window sums: n, acc xyz, |acc|, |acc|², |gyr|, gyr samples. */
  readonly #window = new Float64Array(8);
  /** Seconds that gravity had each direction, with Σ ω ωᵀ meanwhile. */
  readonly #leans = new DirectionHistogram();
  readonly #leanSamples: number;
  readonly #leanFilter: number;
  /** Of this quarter of a window: Σ ω ωᵀ of fast samples. */
  readonly #rates = new Float64Array(RATE_SUMS);
  /** Low-passed acceleration, NaN before the first sample. */
  readonly #gravity = new Float64Array(3).fill(NaN);
  /** Direction and weight of the first and the last window. */
  readonly #ends = { first: [0, 0, 0, 0] as Weighted, last: [0, 0, 0, 0] as Weighted };
  readonly #walking: WalkingDirectionFinder;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
    this.#windowSamples = Math.max(4, Math.round(rateHz));
    this.#leanSamples = Math.max(1, Math.round(rateHz / 4));
    this.#leanFilter = 1 - Math.exp((-2 * Math.PI * LEAN_HZ) / rateHz);
    this.#walking = new WalkingDirectionFinder(rateHz);
  }

  push(block: ImuBlock): void {
    const s = this.#window;
    for (let i = 0; i < block.n; i++) {
      const x = block.accMps2[3 * i];
      const y = block.accMps2[3 * i + 1];
      const z = block.accMps2[3 * i + 2];
      if (!Number.isFinite(x + y + z)) continue;
      const squared = x * x + y * y + z * z;
      s[0]++;
      s[1] += x;
      s[2] += y;
      s[3] += z;
      s[4] += Math.sqrt(squared);
      s[5] += squared;
      this.#walking.push(x, y, z);
      if (block.gyrRadps) this.#addRate(block.gyrRadps, 3 * i);
      this.#addGravity(x, y, z);
      if (s[0] % this.#leanSamples === 0) this.#closeLean();
      if (s[0] >= this.#windowSamples) this.#closeWindow();
    }
  }

  /**
   * @param mount where it is stated
   * @param up direction against gravity while upright, in sensor axes, where it is stated: then nothing is guessed about it
   */
  result({ mount, up }: { mount?: Mount | undefined; up?: Vector | undefined } = {}): Calibration {
    const stated = up && (unit(up) ?? ([0, 0, 1] as const));
    if (!mount) return this.#mountAndNeutral(stated);
    if (!stated) return this.#neutralOnly(mount);
    return { mount, neutralUp: inSegment(mount, stated), method: 'stated', confidence: 1 };
  }

  /** Whether the wearer walked as somebody would whose sensor sits like that; undefined: not walked enough to tell. */
  wornAs(calibration: Calibration): WornAs | undefined {
    return compareWithWalking(calibration, this.#walking.result)?.wornAs;
  }

  #addRate(gyr: Float64Array, o: number): void {
    const size = addRate(this.#rates, 0, gyr[o], gyr[o + 1], gyr[o + 2]);
    if (!Number.isFinite(size)) return;
    this.#window[6] += size;
    this.#window[7]++;
  }

  #addGravity(x: number, y: number, z: number): void {
    const g = this.#gravity;
    if (Number.isNaN(g[0])) {
      g[0] = x;
      g[1] = y;
      g[2] = z;
    }
    g[0] += this.#leanFilter * (x - g[0]);
    g[1] += this.#leanFilter * (y - g[1]);
    g[2] += this.#leanFilter * (z - g[2]);
  }

  #closeLean(): void {
    const [x, y, z] = this.#gravity;
    const length = Math.hypot(x, y, z);
    if (length > 0) this.#leans.add(x / length, y / length, z / length, this.#leanSamples / this.#rateHz, this.#rates);
    this.#rates.fill(0);
  }

  #closeWindow(): void {
    const [n, x, y, z, size, squares, rates, rateSamples] = this.#window;
    this.#window.fill(0);
    const length = Math.hypot(x, y, z);
    if (!(length > 0)) return;
    const sd = Math.sqrt(Math.max(0, squares / n - (size / n) ** 2));
    const quiet = sd < QUIET_SD_MPS2 && (rateSamples === 0 || rates / rateSamples < QUIET_RADPS);
    const walking = sd > WALKING_SD_MPS2[0] && sd < WALKING_SD_MPS2[1];
    const weight = quiet ? 1 : walking ? 0.5 : 0.1;
    this.#directions.add(x / length, y / length, z / length, weight);
    this.#ends.last = [x / length, y / length, z / length, END_WEIGHT * weight];
    if (this.#ends.first[3] === 0) this.#ends.first = this.#ends.last;
  }

  #neutralOnly(mount: Mount): Calibration {
    const minCosine = Math.cos(UPRIGHT_WITHIN_RAD);
    const superior: Vector = [mount[3], mount[4], mount[5]];
    const mode = this.#directions.mode(NEUTRAL_RADIUS_RAD, (x, y, z) => dot([x, y, z], superior) > minCosine);
    if (!mode) return { mount, method: 'default', confidence: 0.1 };
    return {
      mount,
      neutralUp: inSegment(mount, mode.direction),
      method: 'fromData',
      confidence: this.#confidence(mode),
    };
  }

  #mountAndNeutral(stated: Vector | undefined): Calibration {
    const walking = this.#walking.result;
    const mode = this.#directions.mode(NEUTRAL_RADIUS_RAD, uprightAsWhileWalking(walking), [
      this.#ends.first,
      this.#ends.last,
    ]);
    if (!mode) return { mount: IDENTITY_MOUNT, method: 'default', confidence: 0 };
    const up = stated ?? mode.direction;
    const { mount, confidence } = mountFromMovement(this.#leans, walking, up, this.#facedUp(up));
    return {
      mount,
      neutralUp: [0, 1, 0],
      method: stated ? 'statedAndMountFromData' : 'mountFromData',
      confidence: (stated ? 1 : this.#confidence(mode)) * confidence,
    };
  }

  /** What faced up while lying still; undefined: too little of it, or as much one way as the other. */
  #facedUp(up: Vector): Vector | undefined {
    const sum: [number, number, number] = [0, 0, 0];
    let lyingS = 0;
    this.#directions.forEach((x, y, z, weight) => {
      if (dot([x, y, z], up) > LYING_COSINE) return;
      lyingS += weight;
      horizontal([x, y, z], up).forEach((part, i) => {
        sum[i] += weight * part;
      });
    });
    return lyingS >= LYING_S && Math.hypot(...sum) > ONE_WAY_RATIO * lyingS ? unit(sum) : undefined;
  }

  #confidence(mode: DirectionMode): number {
    return Math.min(1, mode.weight / ENOUGH_S) * (0.5 + 0.5 * (mode.weight / mode.totalWeight));
  }
}

/** Who walks is upright, whatever they do most of the time. */
function uprightAsWhileWalking(walking: WalkingDirection | undefined): (x: number, y: number, z: number) => boolean {
  if (!walking || walking.confidence < MIN_WALKING_CONFIDENCE) return () => true;
  const minCosine = Math.cos(STANDS_AS_WALKS_RAD);
  return (x, y, z) => dot([x, y, z], walking.up) > minCosine;
}

const inSegment = (m: Mount, v: Vector): Vector => [
  dot([m[0], m[1], m[2]], v),
  dot([m[3], m[4], m[5]], v),
  dot([m[6], m[7], m[8]], v),
];
