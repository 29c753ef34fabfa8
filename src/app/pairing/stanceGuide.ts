/**
 * A guided calibration that is safe for a fragile spine: stand at a wall, walk a few steps, stand relaxed, lean a little. Never a bow.
 *
 * In    `ImuBlock`s in the sensor frame, while one of its parts is going on
 * Out   how the sensor sits (mount) and which way is up while this person stands upright, with a check of both
 * Source signal specification 2.4 (gates, two repeats within 4°: the stance at the wall is zero, how far the relaxed one sinks from it is kept), decisions.md, calibration (a lean of at most 20° from the hips)
 * Pure: time comes from the samples.
 */
import type { ImuBlock } from '../../model/block.ts';
import type { Mount } from '../../model/frames.ts';
import type { Calibration, Placement } from '../../model/person.ts';
import { DEG_PER_RAD } from '../../model/units.ts';
import { DataCalibration, FunctionalAxis, TrunkMotion } from '../../motion/index.ts';
import { type Direction, StandingStill } from './standingStill.ts';

export const STANCE_S = 10;
/** Of a stance of ten seconds so much has to be quiet. */
const QUIET_NEEDED_S = 6;
const REPEATS_WITHIN_DEG = 4;
const MOUNT_WITHIN_DEG = 30;
/** A lean that shows which way is forward; more than a hand's breadth is not needed. */
const LEAN_SEEN_DEG = 6;
const CONFIDENCE_AT_LIMIT = 0.6;

export type StancePart = 'first' | 'steps' | 'second' | 'lean';
export type PartResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface GuidedWearable {
  readonly placement: Placement;
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  /** Where it is known how the sensor sits; else it is found. */
  readonly mount: Mount | undefined;
}

export class StanceGuide {
  readonly #wearable: GuidedWearable;
  #data: DataCalibration | undefined;
  #still: StandingStill | undefined;
  readonly #ups: Direction[] = [];
  #part: StancePart | undefined;
  #calibration: Calibration | undefined;
  #lean: { readonly motion: TrunkMotion; readonly axis: FunctionalAxis; least: number; most: number } | undefined;

  constructor(wearable: GuidedWearable) {
    this.#wearable = wearable;
  }

  /** What was found; after the second stance. */
  get calibration(): Calibration | undefined {
    return this.#calibration;
  }

  /** Seconds of quiet stance in this part. */
  get quietS(): number {
    return this.#still?.quietS ?? 0;
  }

  begin(part: StancePart): void {
    this.#part = part;
    this.#still = undefined;
    this.#lean = undefined;
  }

  push(block: ImuBlock): void {
    const part = this.#part;
    if (part === undefined) return;
    this.#data ??= new DataCalibration(block.rateHz);
    if (part !== 'lean') this.#data.push(block);
    if (part === 'first' || part === 'second') {
      this.#still ??= new StandingStill(block.rateHz);
      this.#still.push(block);
    } else if (part === 'lean') this.#pushLean(block);
  }

  /** The part that was going on is over. */
  end(): PartResult {
    const part = this.#part;
    this.#part = undefined;
    if (part === 'first' || part === 'second') return this.#endStance(part);
    return part === 'lean' ? this.#endLean() : { ok: true };
  }

  #endStance(part: 'first' | 'second'): PartResult {
    const { quietS, up } = this.#still ?? { quietS: 0, up: undefined };
    if (!up || quietS < QUIET_NEEDED_S) {
      return { ok: false, reason: `expected ${QUIET_NEEDED_S} s of standing still, found ${quietS.toFixed(1)} s` };
    }
    this.#ups.length = part === 'first' ? 0 : 1;
    const [before] = this.#ups;
    if (before) {
      const apartDeg = angleDeg(before, up);
      if (apartDeg > REPEATS_WITHIN_DEG) {
        const found = `${apartDeg.toFixed(1)}° apart`;
        return {
          ok: false,
          reason: `expected both stances within ${REPEATS_WITHIN_DEG}° of each other, found them ${found}: did the sensor slip?`,
        };
      }
      return this.#conclude(before, up, apartDeg);
    }
    this.#ups.push(up);
    return { ok: true };
  }

  #conclude(wall: Direction, relaxed: Direction, apartDeg: number): PartResult {
    const { mount } = this.#wearable;
    const found = this.#data?.result({ mount, up: wall });
    if (!found) return { ok: false, reason: 'expected samples, found none' };
    const tiltDeg = Math.acos(Math.min(1, found.neutralUp?.[1] ?? 1)) * DEG_PER_RAD;
    if (mount && tiltDeg > MOUNT_WITHIN_DEG) {
      const tilted = `it ${tiltDeg.toFixed(0)}° from there (is the mount right, and the sensor the right way up?)`;
      return {
        ok: false,
        reason: `expected the sensor's upper side within ${MOUNT_WITHIN_DEG}° of up, found ${tilted}`,
      };
    }
    const repeatability = 1 - (1 - CONFIDENCE_AT_LIMIT) * (apartDeg / REPEATS_WITHIN_DEG);
    this.#calibration = {
      ...found,
      method: 'guidedStance',
      confidence: found.confidence * repeatability,
      relaxedOffsetDeg: sagittalDeg(found.mount, relaxed) - sagittalDeg(found.mount, wall),
    };
    return { ok: true };
  }

  #pushLean(block: ImuBlock): void {
    const calibration = this.#calibration;
    if (!calibration) return;
    if (!this.#lean) {
      const { placement, gyroTiming } = this.#wearable;
      const seen = (flexionRad: Float64Array, n: number): void => {
        for (let i = 0; i < n && this.#lean; i++) {
          const deg = flexionRad[i] * DEG_PER_RAD;
          if (deg > this.#lean.most) this.#lean.most = deg;
          if (deg < this.#lean.least) this.#lean.least = deg;
        }
      };
      const motion = new TrunkMotion(
        { rateHz: block.rateHz, hasGyroscope: block.gyrRadps !== undefined, placement, gyroTiming, calibration },
        { onFrame: ({ flexionRad, n }) => seen(flexionRad, n), onEvent: () => undefined, onSecond: () => undefined },
      );
      this.#lean = { motion, axis: new FunctionalAxis(block.rateHz), least: 0, most: 0 };
    }
    if (block.gyrRadps) this.#lean.axis.push(block.gyrRadps);
    this.#lean.motion.push(block);
  }

  /** Why this lean cannot show an axis; a slow one cannot, and is good enough to tell the front. */
  #askew(): string | undefined {
    const { mount } = this.#calibration ?? {};
    if (!mount || this.#wearable.mount) return undefined;
    const axis = this.#lean?.axis.result([mount[3], mount[4], mount[5]]);
    return axis && !axis.ok && !axis.isTooLittle ? axis.reason : undefined;
  }

  /** Leaning forward has to read forward. A sensor whose mount was found is turned round; a stated mount is only told to be wrong. */
  #endLean(): PartResult {
    const { least, most } = this.#lean ?? { least: 0, most: 0 };
    if (Math.max(-least, most) < LEAN_SEEN_DEG) {
      return {
        ok: false,
        reason: `expected a lean of at least ${LEAN_SEEN_DEG}°, found ${Math.max(-least, most).toFixed(0)}°`,
      };
    }
    const askew = this.#askew();
    if (askew !== undefined) return { ok: false, reason: askew };
    if (most >= -least) return { ok: true };
    if (this.#wearable.mount || !this.#calibration) {
      return {
        ok: false,
        reason: `expected a lean forward, found ${(-least).toFixed(0)}° backward: is the mount right?`,
      };
    }
    this.#calibration = turnedRound(this.#calibration);
    return { ok: true };
  }
}

const sagittalDeg = (m: Mount, up: Direction): number =>
  Math.atan2(-(m[0] * up[0] + m[1] * up[1] + m[2] * up[2]), m[3] * up[0] + m[4] * up[1] + m[5] * up[2]) * DEG_PER_RAD;

/** By half a turn about the wearer's long axis: front is back. */
function turnedRound(calibration: Calibration): Calibration {
  const [x0, x1, x2, y0, y1, y2, z0, z1, z2] = calibration.mount;
  const up = calibration.neutralUp;
  return {
    ...calibration,
    mount: [-x0, -x1, -x2, y0, y1, y2, -z0, -z1, -z2],
    ...(up ? { neutralUp: [-up[0], up[1], -up[2]] as const } : {}),
  };
}

const angleDeg = (a: Direction, b: Direction): number =>
  Math.acos(Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])) * DEG_PER_RAD;
