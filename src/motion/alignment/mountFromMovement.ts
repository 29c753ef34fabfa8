/**
 * How a sensor sits, from which way is up and how the wearer moved.
 *
 * In    directions of gravity with the turning meanwhile; the way of walking, where there was enough of it; up while upright; the side
 *       that faced up while lying still, where there was lying
 * Out   mount, and how sure the axes and their sense are (0..1)
 * Method The leans give the line, roughly. The turning while leaning along that line, and only then, has the medio-lateral axis as
 *       its first principal axis; the two steps are repeated until they agree. Who leans too little has the axis of walking.
 *       Forward is where walking goes; without walking, where the leans go. Who has lain still for long has mostly lain on the back: the
 *       side that faced up then is the front, if it lies along the line at all.
 * Source signal specification 2.4 step 3; Kong 2016 PMC5190992
 * Deviations the specification's bow is not asked for: leans of everyday life, and walking, take its place
 */
import type { Mount } from '../../model/frames.ts';
import type { DirectionHistogram } from './directionHistogram.ts';
import { principalAxis, type PrincipalAxis, RATE_SUMS } from './functionalAxis.ts';
import { ALONG_RATIO, type LeanDirection, leanDirection, MIN_LEAN_RATIO } from './leanDirection.ts';
import { anyHorizontal, cross, dot, horizontal, scaled, unit, type Vector } from './vector.ts';
import type { WalkingDirection } from './walkingDirection.ts';

const MAX_ROUNDS = 5;
/** Surer leans than this also give the axis; else walking does, where there was any. */
const ENOUGH_LEANING = 0.3;
/** Some lie on the front. */
const LYING_SURE = 0.8;

export function mountFromMovement(
  leans: DirectionHistogram,
  walking: WalkingDirection | undefined,
  up: Vector,
  facedUp?: Vector,
): { readonly mount: Mount; readonly confidence: number } {
  const leaned = leanDirection(leans, up);
  const walked = walkedDirection(walking, up);
  const sense = onTheBack(senseOf(leaned, walked), facedUp);
  const isOnlyWalked = walked && !((leaned?.confidence ?? 0) > ENOUGH_LEANING);
  const { axis, purityRatio } = isOnlyWalked
    ? { axis: cross(walked.anterior, up), purityRatio: walked.confidence }
    : medioLateral(leans, up, sense.anterior);
  const isTurnedRound = sense.anterior && dot(cross(up, axis), sense.anterior) < 0;
  const right = isTurnedRound ? scaled(axis, -1) : axis;
  const anterior = cross(up, right);
  return {
    mount: [...anterior, ...up, ...right] as unknown as Mount,
    confidence: Math.min(1, purityRatio) * (0.3 + 0.7 * sense.sureRatio),
  };
}

function walkedDirection(walking: WalkingDirection | undefined, up: Vector): LeanDirection | undefined {
  const anterior = walking && unit(cross(up, walking.right));
  return anterior && { anterior, confidence: walking.confidence };
}

interface Sense {
  readonly anterior: Vector | undefined;
  readonly sureRatio: number;
}

/** Lying is the deepest lean of all, but backward: it would turn everything round. */
function onTheBack(sense: Sense, facedUp: Vector | undefined): Sense {
  if (!facedUp || !sense.anterior) return facedUp ? { anterior: facedUp, sureRatio: LYING_SURE } : sense;
  const along = dot(sense.anterior, facedUp);
  if (Math.abs(along) < ALONG_RATIO) return sense;
  return {
    anterior: along > 0 ? sense.anterior : scaled(sense.anterior, -1),
    sureRatio: Math.max(sense.sureRatio, LYING_SURE),
  };
}

function senseOf(leaned: LeanDirection | undefined, walked: LeanDirection | undefined): Sense {
  const leanSure = leaned?.confidence ?? 0;
  const walkSure = walked?.confidence ?? 0;
  if (!leaned || !walked)
    return { anterior: walked?.anterior ?? leaned?.anterior, sureRatio: Math.max(leanSure, walkSure) };
  const agree = dot(leaned.anterior, walked.anterior);
  const sureRatio = agree > 0 ? 1 - (1 - leanSure) * (1 - walkSure) : Math.abs(walkSure - leanSure);
  // The line is the leans', which are deep; the sense is that of the surer one.
  if (walkSure < leanSure || agree > ALONG_RATIO) return { anterior: leaned.anterior, sureRatio };
  return { anterior: -agree > ALONG_RATIO ? scaled(leaned.anterior, -1) : walked.anterior, sureRatio };
}

/** Horizontal unit vector, either way. */
function medioLateral(leans: DirectionHistogram, up: Vector, coarse: Vector | undefined): PrincipalAxis {
  let anterior = coarse;
  let found: PrincipalAxis | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = turningAlong(leans, up, anterior) ?? wanderAlong(leans, up, anterior);
    if (!next) break;
    found = next;
    anterior = cross(up, next.axis);
  }
  return found ?? { axis: coarse ? cross(coarse, up) : anyHorizontal(up), purityRatio: 0 };
}

/** Whether gravity is off upright along this line; undefined line: in any direction. */
function isAlong(u: Vector, up: Vector, line: Vector | undefined): boolean {
  const h = horizontal(u, up);
  const size = Math.hypot(...h);
  return size > MIN_LEAN_RATIO && (!line || Math.abs(dot(h, line)) > ALONG_RATIO * size);
}

function turningAlong(leans: DirectionHistogram, up: Vector, line: Vector | undefined): PrincipalAxis | undefined {
  const sums = new Float64Array(RATE_SUMS);
  leans.forEach((x, y, z, _weight, rates) => {
    if (!isAlong([x, y, z], up, line)) return;
    for (let i = 0; i < RATE_SUMS; i++) sums[i] += rates[i];
  });
  return levelled(principalAxis(sums), up);
}

/** Without gyroscope: gravity wanders along the anterior axis, the medio-lateral one is perpendicular to it. */
function wanderAlong(leans: DirectionHistogram, up: Vector, line: Vector | undefined): PrincipalAxis | undefined {
  const sums = new Float64Array(RATE_SUMS);
  leans.forEach((x, y, z, weight) => {
    if (!isAlong([x, y, z], up, line)) return;
    const [hx, hy, hz] = horizontal([x, y, z], up);
    sums[0] += weight * hx * hx;
    sums[1] += weight * hx * hy;
    sums[2] += weight * hx * hz;
    sums[3] += weight * hy * hy;
    sums[4] += weight * hy * hz;
    sums[5] += weight * hz * hz;
  });
  const found = principalAxis(sums);
  return found && levelled({ ...found, axis: cross(found.axis, up) }, up);
}

function levelled(found: PrincipalAxis | undefined, up: Vector): PrincipalAxis | undefined {
  const axis = found && unit(horizontal(found.axis, up));
  return axis && { axis, purityRatio: found.purityRatio };
}
