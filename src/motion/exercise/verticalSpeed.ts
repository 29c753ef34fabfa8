/**
 * Vertical speed of the trunk over a segment: the integral of its acceleration with the drift taken out.
 *
 * In    vertical acceleration, m/s²   Out  speed, m/s, up +
 * Method a second in which the acceleration hardly varies is rest: what it reads there is gravity in that posture, and the
 *        speed is zero. Between two rests gravity's reading goes over linearly, and so does the error of the speed. A sensor
 *        whose axes differ by 3 % reads sitting otherwise than standing: without this, sitting down gave two rises on SisFall.
 *        A run without rest for long, and everything where rests cannot be told, has its slow part taken off instead.
 * Limits a movement slower than about 8 s drifts away.
 */
import { zeroPhaseLowPass } from './zeroPhase.ts';

const REST_WINDOW_S = 1;
/** Standing and breathing vary by 0.02-0.08 m/s². */
const REST_SD_MPS2 = 0.1;
/** Longer runs drift: two or three repetitions without a stop. */
const LONG_RUN_S = 12;
/** A repetition of 6 s passes almost whole. */
const DRIFT_HZ = 0.06;

export function verticalSpeed(verticalMps2: Float64Array, rateHz: number, restsBetween: boolean): Float64Array {
  const rests = restsBetween ? restsOf(verticalMps2, rateHz) : [];
  const runs = [{ at: 0, mps2: rests[0]?.mps2 }, ...rests, { at: verticalMps2.length - 1, mps2: rests.at(-1)?.mps2 }];
  const speedMps = new Float64Array(verticalMps2.length);
  for (let k = 1; k < runs.length; k++) {
    const from = runs[k - 1].at;
    const to = runs[k].at;
    if (to <= from) continue;
    const isBetweenRests = k > 1 && k < runs.length - 1;
    const run = speedOfRun(verticalMps2.subarray(from, to + 1), rateHz, runs[k - 1].mps2, runs[k].mps2);
    if (isBetweenRests) takeOffRamp(run);
    speedMps.set(to - from > LONG_RUN_S * rateHz || rests.length === 0 ? withoutDrift(run, rateHz) : run, from);
  }
  return speedMps;
}

interface Rest {
  readonly at: number;
  /** What gravity reads there. */
  readonly mps2: number;
}

/** Middles of still seconds. */
function restsOf(values: Float64Array, rateHz: number): Rest[] {
  const half = Math.round((REST_WINDOW_S * rateHz) / 2);
  const rests: Rest[] = [];
  let sum = 0;
  let squares = 0;
  const origin = values[0];
  for (let i = 0; i < values.length; i++) {
    const into = values[i] - origin;
    sum += into;
    squares += into * into;
    const out = i - 2 * half;
    if (out < 0) continue;
    const n = 2 * half + 1;
    const mean = sum / n;
    if (squares / n - mean * mean < REST_SD_MPS2 * REST_SD_MPS2) rests.push({ at: i - half, mps2: origin + mean });
    const gone = values[out] - origin;
    sum -= gone;
    squares -= gone * gone;
  }
  return rests;
}

function speedOfRun(
  values: Float64Array,
  rateHz: number,
  fromMps2: number | undefined,
  toMps2: number | undefined,
): Float64Array {
  const n = values.length;
  const meanMps2 = values.reduce((sum, value) => sum + value, 0) / n;
  const gravityAt = (i: number): number => {
    const atBeginMps2 = fromMps2 ?? meanMps2;
    return atBeginMps2 + (((toMps2 ?? meanMps2) - atBeginMps2) * i) / (n - 1);
  };
  const speed = new Float64Array(n);
  for (let i = 1; i < n; i++) {
    const meanOver = (values[i] - gravityAt(i) + values[i - 1] - gravityAt(i - 1)) / 2;
    speed[i] = speed[i - 1] + meanOver / rateHz;
  }
  return speed;
}

function takeOffRamp(speedMps: Float64Array): void {
  const last = speedMps.length - 1;
  const endMps = speedMps[last];
  for (let i = 0; i <= last; i++) speedMps[i] -= (endMps * i) / last;
}

function withoutDrift(speedMps: Float64Array, rateHz: number): Float64Array {
  const drift = zeroPhaseLowPass(speedMps, DRIFT_HZ, rateHz);
  return speedMps.map((mps, i) => mps - drift[i]);
}
