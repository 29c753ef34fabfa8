/** The same recording as if the sensor sat otherwise: turned by any of the 24 ways of putting its axes, and tilted on top. */
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import type { MotionEvent } from '../../src/model/event.ts';
import type { Mount } from '../../src/model/frames.ts';
import type { Calibration, Placement } from '../../src/model/person.ts';
import { RAD_PER_DEG } from '../../src/model/units.ts';
import { DataCalibration, TrunkMotion } from '../../src/motion/index.ts';

/** Times of the same event agree within this. */
const SAME_TIME_S = 0.5;

export interface PlacedRecording {
  readonly name: string;
  readonly block: ImuBlock;
  readonly placement: Placement;
  /** Where it is known how the sensor sat. */
  readonly mount: Mount;
}

/** Row-major 3×3. */
export type Rotation = readonly number[];

/** The 24 rotations that put axes on axes. */
export function axisRotations(): Rotation[] {
  const found: Rotation[] = [];
  for (const [a, b, c] of [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
    [0, 2, 1],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const parity = (b - a + 3) % 3 === 1 ? 1 : -1;
    for (let signs = 0; signs < 8; signs++) {
      const s = [0, 1, 2].map((bit) => (signs & (1 << bit) ? -1 : 1));
      if (s[0] * s[1] * s[2] !== parity) continue;
      const m = [0, 0, 0, 0, 0, 0, 0, 0, 0];
      [a, b, c].forEach((axis, row) => {
        m[3 * row + axis] = s[row];
      });
      found.push(m);
    }
  }
  return found;
}

/** By `deg` about an axis that the seed chooses. */
export function tilt(deg: number, seed: number): Rotation {
  const random = seededRandom(seed);
  const z = 2 * random() - 1;
  const turn = 2 * Math.PI * random();
  const r = Math.sqrt(1 - z * z);
  const [x, y] = [r * Math.cos(turn), r * Math.sin(turn)];
  const c = Math.cos(deg * RAD_PER_DEG);
  const s = Math.sin(deg * RAD_PER_DEG);
  const k = 1 - c;
  return [
    c + x * x * k,
    x * y * k - z * s,
    x * z * k + y * s,
    y * x * k + z * s,
    c + y * y * k,
    y * z * k - x * s,
    z * x * k - y * s,
    z * y * k + x * s,
    c + z * z * k,
  ];
}

export function times(a: Rotation, b: Rotation): Rotation {
  const out: number[] = [];
  for (let r = 0; r < 3; r++)
    for (let c = 0; c < 3; c++) out.push(a[3 * r] * b[c] + a[3 * r + 1] * b[3 + c] + a[3 * r + 2] * b[6 + c]);
  return out;
}

export function turned(block: ImuBlock, m: Rotation): ImuBlock {
  const turn = (from: Float64Array): Float64Array => {
    const to = new Float64Array(from.length);
    for (let o = 0; o < from.length; o += 3) {
      for (let r = 0; r < 3; r++)
        to[o + r] = m[3 * r] * from[o] + m[3 * r + 1] * from[o + 1] + m[3 * r + 2] * from[o + 2];
    }
    return to;
  };
  return { ...block, accMps2: turn(block.accMps2), gyrRadps: block.gyrRadps && turn(block.gyrRadps) };
}

export function calibrated(block: ImuBlock, mount?: Mount): Calibration {
  const data = new DataCalibration(block.rateHz);
  data.push(block);
  return data.result({ mount });
}

export function eventsOf({ block, placement }: PlacedRecording, calibration: Calibration): MotionEvent[] {
  const events: MotionEvent[] = [];
  const { rateHz, gyrRadps } = block;
  const motion = new TrunkMotion(
    { rateHz, placement, hasGyroscope: gyrRadps !== undefined, calibration, gyroTiming: 'instantaneous' },
    { onEvent: (event) => events.push(event) },
  );
  motion.push(block);
  motion.flush();
  return events.filter(({ type }) => type !== 'gap');
}

/** Same types and sides, each within half a second. */
export function sameEvents(found: readonly MotionEvent[], expected: readonly MotionEvent[]): boolean {
  const left = withoutImpacts(found);
  const wanted = withoutImpacts(expected);
  // Walking makes many weak impacts at the threshold: their number tells, not each of them.
  const impacts = expected.length - wanted.length;
  const impactsFound = found.length - left.length;
  if (left.length !== wanted.length || Math.abs(impactsFound - impacts) > Math.max(1, 0.1 * impacts)) return false;
  return wanted.every((one) => {
    const at = left.findIndex(
      ({ type, side, startS }) =>
        type === one.type && side === one.side && Math.abs(startS - one.startS) <= SAME_TIME_S,
    );
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

const withoutImpacts = (events: readonly MotionEvent[]): MotionEvent[] =>
  events.filter(({ type }) => type !== 'impact');
