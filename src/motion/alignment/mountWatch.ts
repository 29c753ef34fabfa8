/**
 * Does the sensor still sit as it is said to? Told from how its wearer walks, without asking them for anything.
 *
 * In    `ImuBlock`s in the sensor frame
 * Out   now and then a finding: upside down, on its side, turned about the long axis of the body, or slipped; with the mount that
 *       it has now, where that is sure
 * Method after every 20 s of walking, up and right while walking (WalkingDirectionFinder) are compared with the calibration's.
 *       A finding counts when the next 20 s of walking say the same. A mount is corrected to the nearest of the 24 that put axes on
 *       axes of the stated one, when both directions come within 40° of it and gravity says so as well (upside down, on its side);
 *       turned about the long axis is only said. A stated mount is never bent by a few degrees.
 * Limits  a slip of less than 20° is left to the stance: people lean forward by up to 10° while walking
 */
import type { ImuBlock } from '../../model/block.ts';
import type { Mount } from '../../model/frames.ts';
import type { Calibration } from '../../model/person.ts';
import { quarterTurns } from './quarterTurns.ts';
import { angleDeg, cross, dot, unit, type Vector } from './vector.ts';
import { type WalkingDirection, WalkingDirectionFinder } from './walkingDirection.ts';

const WALKING_NEEDED_S = 20;
const MIN_CONFIDENCE = 0.6;
const SLIPPED_DEG = 20;
/** Of the vertical: more than a slip. */
const OVERTURNED_DEG = 50;
/** About the vertical; walking tells the direction within some 20°. */
const TURNED_DEG = 50;
const NEAR_DEG = 40;

export type WornAs = 'asStated' | 'slipped' | 'upsideDown' | 'onItsSide' | 'backToFront' | 'turnedSideways' | 'turned';

export interface MountFinding {
  readonly wornAs: WornAs;
  /** Between the upright that was expected and that of walking, or of the directions ahead where these differ more. */
  readonly offDeg: number;
  /** As it sits now, with the upright of walking; undefined: not sure enough, or nothing to correct. */
  readonly corrected: Calibration | undefined;
}

export class MountWatch {
  readonly #walking: WalkingDirectionFinder;
  #suspected: WornAs = 'asStated';
  #reported: WornAs = 'asStated';

  constructor(rateHz: number) {
    this.#walking = new WalkingDirectionFinder(rateHz);
  }

  /** A finding that was not reported before; `asStated` when it sits again as it should. */
  push(block: ImuBlock, calibration: Calibration): MountFinding | undefined {
    let found: MountFinding | undefined;
    let current = calibration;
    for (let o = 0; o < 3 * block.n; o += 3) {
      const x = block.accMps2[o];
      const y = block.accMps2[o + 1];
      const z = block.accMps2[o + 2];
      if (!Number.isFinite(x + y + z)) continue;
      this.#walking.push(x, y, z);
      if (this.#walking.walkingS < WALKING_NEEDED_S) continue;
      const finding = this.#conclude(current);
      found ??= finding;
      current = finding?.corrected ?? current;
    }
    return found;
  }

  #conclude(calibration: Calibration): MountFinding | undefined {
    const walking = this.#walking.result;
    this.#walking.reset();
    const finding = compareWithWalking(calibration, walking);
    if (!finding) return undefined;
    const isSureOfIt = finding.wornAs === this.#suspected;
    this.#suspected = finding.wornAs;
    if (!isSureOfIt || finding.wornAs === this.#reported) return undefined;
    // What is corrected is as stated from now on.
    this.#reported = finding.corrected ? 'asStated' : finding.wornAs;
    this.#suspected = this.#reported;
    return finding;
  }
}

/** Undefined: not walked enough, or not clearly. */
export function compareWithWalking(
  calibration: Calibration,
  walking: WalkingDirection | undefined,
): MountFinding | undefined {
  if (!walking || walking.confidence < MIN_CONFIDENCE || walking.walkingS < WALKING_NEEDED_S) return undefined;
  const { mount, neutralUp = [0, 1, 0] } = calibration;
  const upDeg = angleDeg(toSensor(mount, neutralUp), walking.up);
  const rightDeg = angleDeg(rowOf(mount, 2), walking.right);
  if (upDeg <= OVERTURNED_DEG && rightDeg <= TURNED_DEG) {
    // Before there is an upright, a slope of up to 40° is that of the body under the sensor.
    const hasSlipped = calibration.neutralUp !== undefined && upDeg > SLIPPED_DEG;
    return { wornAs: hasSlipped ? 'slipped' : 'asStated', offDeg: upDeg, corrected: undefined };
  }
  const offDeg = upDeg > OVERTURNED_DEG ? upDeg : rightDeg;
  const nearest = nearestQuarterTurn(mount, walking);
  if (nearest.offDeg > NEAR_DEG) return { wornAs: 'turned', offDeg, corrected: undefined };
  const wornAs = nameOf(mount, nearest.mount);
  if (wornAs === 'asStated') return { wornAs: 'slipped', offDeg, corrected: undefined };
  // Only gravity is beyond doubt: what looks like walking backwards may be a ride, and a wrong turn would hide every bend.
  if (wornAs === 'backToFront' || wornAs === 'turnedSideways') return { wornAs, offDeg, corrected: undefined };
  const [x, y, z] = [0, 1, 2].map((row) => dot(rowOf(nearest.mount, row), walking.up));
  const corrected: Calibration = {
    mount: nearest.mount,
    neutralUp: [x, y, z],
    method: 'walking',
    confidence: walking.confidence * (1 - nearest.offDeg / 90),
  };
  return { wornAs, offDeg, corrected };
}

/** Of the sensor against the body; the slope of the body under it is no matter. */
function nearestQuarterTurn(
  mount: Mount,
  walking: WalkingDirection,
): { readonly mount: Mount; readonly offDeg: number } {
  const ahead = unit(cross(walking.up, walking.right)) ?? rowOf(mount, 0);
  const offOf = (turn: Mount): number =>
    Math.max(angleDeg(rowOf(turn, 0), ahead), angleDeg(rowOf(turn, 1), walking.up));
  return quarterTurns(mount)
    .map((turn) => ({ mount: turn, offDeg: offOf(turn) }))
    .reduce((best, one) => (one.offDeg < best.offDeg ? one : best));
}

function nameOf(stated: Mount, found: Mount): WornAs {
  const up = dot(rowOf(stated, 1), rowOf(found, 1));
  if (up < -0.5) return 'upsideDown';
  if (up < 0.5) return 'onItsSide';
  const right = dot(rowOf(stated, 2), rowOf(found, 2));
  if (right > 0.5) return 'asStated';
  return right < -0.5 ? 'backToFront' : 'turnedSideways';
}

const rowOf = (m: Mount, row: number): Vector => [m[3 * row], m[3 * row + 1], m[3 * row + 2]];
const toSensor = (m: Mount, v: Vector): Vector => [
  m[0] * v[0] + m[3] * v[1] + m[6] * v[2],
  m[1] * v[0] + m[4] * v[1] + m[7] * v[2],
  m[2] * v[0] + m[5] * v[1] + m[8] * v[2],
];
