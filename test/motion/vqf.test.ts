import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { Mark, type MotionFrame } from '../../src/motion/motionFrame.ts';
import { Vqf } from '../../src/motion/orientation/vqf.ts';
import { VQF_DEFAULTS } from '../../src/motion/orientation/vqfParams.ts';
import { type Columns, feed } from './framesOf.ts';

const G = STANDARD_GRAVITY_MPS2;
const RATE_HZ = 100;
const STILL: Columns = { acc: [0, G, 0], gyr: [0, 0, 0] };
const dps = (...rates: number[]): number[] => rates.map((rate) => rate * RAD_PER_DEG);

interface Step {
  readonly quat: readonly number[];
  readonly up: readonly number[];
  readonly headingRateRadps: number;
}

function run(
  seconds: number,
  columnsAt: (tS: number, i: number) => Columns | undefined,
  filter = new Vqf(RATE_HZ),
  rateHz = RATE_HZ,
): Step[] {
  const steps: Step[] = [];
  feed(
    rateHz,
    Math.round(seconds * rateHz),
    (i, tS) => columnsAt(tS, i),
    (frame: MotionFrame) => {
      filter.push(frame);
      steps.push({ quat: [...frame.quat], up: [...frame.up], headingRateRadps: frame.headingRateRadps[0] });
    },
  );
  return steps;
}

const inclinationErrorDeg = (up: readonly number[], truth: readonly number[]): number => {
  const cosine = (up[0] * truth[0] + up[1] * truth[1] + up[2] * truth[2]) / Math.hypot(...truth);
  return Math.acos(Math.min(1, cosine)) / RAD_PER_DEG;
};
const isUnit = (quat: readonly number[]): boolean => Math.abs(Math.hypot(...quat) - 1) < 1e-9;

describe('orientation filter: start', () => {
  it.each([
    [0, 1, 0],
    [0, 0, -1],
    [0, 0, 1],
    [-1, 0, 0],
    [0.5, -0.7, 0.51],
  ])('the inclination is right with the first sample at (%f, %f, %f)', (x, y, z) => {
    const [first] = run(0.01, () => ({ acc: [G * x, G * y, G * z], gyr: [0, 0, 0] }));
    // acos itself is good to 1e-6° near 0.
    expect(inclinationErrorDeg(first.up, [x, y, z])).toBeLessThan(1e-5);
    expect(isUnit(first.quat)).toBe(true);
  });

  it('without acceleration nothing is known about the vertical until there is some', () => {
    const steps = run(0.1, (_, i) => (i < 5 ? { acc: [0, 0, 0], gyr: [0.1, 0, 0] } : STILL));
    expect(steps.slice(0, 5).every(({ quat, up }) => quat.every(Number.isNaN) && up.every(Number.isNaN))).toBe(true);
    expect(inclinationErrorDeg(steps[5].up, [0, 1, 0])).toBeLessThan(1e-5);
  });
});

describe('orientation filter: gyroscope bias', () => {
  it('of a sensor at rest is found within 0.05 °/s in 10 s', () => {
    const bias = dps(0.6, -0.4, 0.5);
    const filter = new Vqf(RATE_HZ);
    run(10, () => ({ acc: [0, G, 0], gyr: bias }), filter);
    filter.biasRadps.forEach((value, c) => expect(Math.abs(value - bias[c]) / RAD_PER_DEG).toBeLessThan(0.05));
  });

  it('is found in motion too, about the axes that gravity makes visible', () => {
    // Tilting to and fro about two horizontal axes, never at rest.
    const bias = dps(0.5, 0, -0.5);
    const filter = new Vqf(RATE_HZ);
    const angle = (tS: number): number => 0.5 * Math.sin(2 * tS);
    run(
      120,
      (tS) => {
        const before = angle(tS - 1 / RATE_HZ);
        const now = angle(tS);
        return {
          acc: [G * Math.sin(now), G * Math.cos(now), 0],
          gyr: [bias[0], bias[1], (now - before) * RATE_HZ + bias[2]],
        };
      },
      filter,
    );
    const [x, , z] = filter.biasRadps;
    expect(Math.abs(x - bias[0]) / RAD_PER_DEG).toBeLessThan(0.1);
    expect(Math.abs(z - bias[2]) / RAD_PER_DEG).toBeLessThan(0.1);
  });

  it('never leaves the ±2 °/s that a wearable can have, whatever it is fed', () => {
    const random = seededRandom(3);
    const filter = new Vqf(RATE_HZ);
    const any = (size: number): number => (2 * random() - 1) * size;
    const steps = run(60, () => ({ acc: [any(100), any(100), any(100)], gyr: [any(35), any(35), any(35)] }), filter);
    for (const value of filter.biasRadps) expect(Math.abs(value)).toBeLessThanOrEqual(2 * RAD_PER_DEG + 1e-12);
    expect(steps.every(({ quat }) => isUnit(quat))).toBe(true);
  });

  it('is taken off the heading rate: a sensor at rest does not turn', () => {
    const steps = run(30, () => ({ acc: [0, G, 0], gyr: dps(0, 0.8, 0) }));
    expect(Math.abs(steps.at(-1)?.headingRateRadps ?? NaN) / RAD_PER_DEG).toBeLessThan(0.02);
  });
});

describe('orientation filter: bad samples', () => {
  it('a missing sample has no orientation and leaves no trace in the next', () => {
    const whole = run(5, () => STILL);
    const holed = run(5, (_, i) => (i % 7 === 3 ? undefined : STILL));
    holed.forEach(({ quat, up, headingRateRadps }, i) => {
      if (i % 7 === 3) expect([...quat, ...up, headingRateRadps].every(Number.isNaN)).toBe(true);
      else expect(inclinationErrorDeg(up, whole[i].up)).toBeLessThan(0.001);
    });
  });

  it('a sample without any acceleration turns on by the gyroscope alone', () => {
    // Turning about the vertical at 50 °/s; in free fall from 1 s to 1.3 s.
    const steps = run(2, (tS) => ({ acc: tS >= 1 && tS < 1.3 ? [0, 0, 0] : [0, G, 0], gyr: dps(0, 50, 0) }));
    for (const { up, headingRateRadps } of steps) {
      expect(inclinationErrorDeg(up, [0, 1, 0])).toBeLessThan(0.1);
      expect(headingRateRadps / RAD_PER_DEG).toBeCloseTo(50, 0);
    }
  });

  it('a gyroscope at the end of its range is recovered from by gravity within 15 s', () => {
    // 250 °/s of range, turned by 400 °/s for half a second: 75° are lost.
    const limit = (rate: number): number => Math.max(-250, Math.min(250, rate));
    const thetaRad = (tS: number): number => 400 * RAD_PER_DEG * Math.min(0.5, Math.max(0, tS - 2));
    const truth = (tS: number): number[] => [-Math.sin(thetaRad(tS)), Math.cos(thetaRad(tS)), 0];
    const steps = run(20, (tS) => ({
      acc: truth(tS).map((part) => part * G),
      gyr: dps(0, 0, limit(tS > 2 && tS <= 2.5 ? -400 : 0)),
    }));
    expect(inclinationErrorDeg(steps[255].up, truth(2.55))).toBeGreaterThan(30);
    expect(inclinationErrorDeg(steps.at(-1)?.up ?? [], truth(20))).toBeLessThan(2);
    expect(steps.every(({ quat }) => isUnit(quat))).toBe(true);
  });

  it.each(['exact', 'improved'] as const)(
    'turns by more than 2π within a sample end as a unit quaternion (%s)',
    (mode) => {
      const steps = run(1, () => ({ acc: [0, G, 0], gyr: [0, 700, 0] }), new Vqf(RATE_HZ, { ...VQF_DEFAULTS, mode }));
      expect(steps.every(({ quat }) => isUnit(quat))).toBe(true);
    },
  );
});

describe('orientation filter: gaps', () => {
  const turningLeft: Columns = { acc: [0, G, 0], gyr: dps(0, 60, 0) };
  const headingDeg = ({ quat: [w, x, y, z] }: Step): number =>
    // Of the right-hand axis (0, 0, 1), which is horizontal.
    Math.atan2(2 * (y * z - w * x), 2 * (x * z + w * y)) / RAD_PER_DEG;
  const between = (a: Step, b: Step): number => ((headingDeg(b) - headingDeg(a) + 540) % 360) - 180;

  it('up to 0.5 s is bridged at the rate of the movement', () => {
    const steps = run(4, (_, i) => (i === 200 ? { ...turningLeft, marks: Mark.gapBefore, stepS: 0.4 } : turningLeft));
    expect(between(steps[199], steps[200])).toBeCloseTo(24, 1);
  });

  it('a longer one starts the filter anew, right at once, but keeps the bias, which is the device’s', () => {
    const bias = dps(0.6, -0.4, 0.5);
    const filter = new Vqf(RATE_HZ);
    const after: Columns = { acc: [-G, 0, 0], gyr: bias };
    const steps = run(
      20,
      (_, i) => {
        if (i < 1500) return { acc: [0, G, 0], gyr: bias };
        return i === 1500 ? { ...after, marks: Mark.restart | Mark.gapBefore } : after;
      },
      filter,
    );
    expect(inclinationErrorDeg(steps[1499].up, [0, 1, 0])).toBeLessThan(0.05);
    expect(inclinationErrorDeg(steps[1500].up, [-1, 0, 0])).toBeLessThan(1e-5);
    filter.biasRadps.forEach((value, c) => expect(Math.abs(value - bias[c]) / RAD_PER_DEG).toBeLessThan(0.05));
  });
});

describe('orientation filter: improved mode', () => {
  /** A chest that rolls about its long axis and bends at once, fast: the gyroscope gives means over 1/25 s. */
  function worstErrorDeg(mode: 'exact' | 'improved'): number {
    const rateHz = 25;
    const fine = 40;
    let worst = 0;
    const truthAt = (tS: number): number[] => {
      const a = 0.9 * Math.sin(7 * tS);
      return [-Math.sin(a), Math.cos(a), 0];
    };
    const steps = run(
      20,
      (tS) => {
        let sum = 0;
        for (let k = 0; k < fine; k++) {
          const t = tS - (k + 0.5) / (fine * rateHz);
          sum += (-0.9 * 7 * Math.cos(7 * t)) / fine;
        }
        // A box-averaged accelerometer, like the gyroscope.
        const acc = [0, 0, 0];
        for (let k = 0; k < fine; k++) {
          truthAt(tS - (k + 0.5) / (fine * rateHz)).forEach((part, c) => (acc[c] += (G * part) / fine));
        }
        return { acc, gyr: [0, 0, sum] };
      },
      new Vqf(rateHz, { ...VQF_DEFAULTS, mode }),
      rateHz,
    );
    steps.forEach(({ up }, i) => {
      if (i > 5 * rateHz) worst = Math.max(worst, inclinationErrorDeg(up, truthAt(i / rateHz)));
    });
    return worst;
  }

  it('turns the accelerometer by the middle of the interval, which is right for means: less than half the error', () => {
    expect(worstErrorDeg('improved')).toBeLessThan(0.5 * worstErrorDeg('exact'));
  });

  it('with instantaneous sampling the output is the orientation at the sample, half an interval earlier', () => {
    const rateDps = 90;
    const bending = (timing: 'integratesBackward' | 'instantaneous'): number => {
      const thetaRad = (tS: number): number => rateDps * RAD_PER_DEG * Math.max(0, tS - 1);
      const steps = run(
        1.5,
        (tS) => ({
          acc: [-Math.sin(thetaRad(tS)) * G, Math.cos(thetaRad(tS)) * G, 0],
          gyr: dps(0, 0, tS > 1 ? -rateDps : 0),
        }),
        new Vqf(RATE_HZ, { ...VQF_DEFAULTS, gyroTiming: timing }),
      );
      const { up } = steps[149];
      return Math.atan2(-up[0], up[1]) / RAD_PER_DEG;
    };
    expect(bending('integratesBackward') - bending('instantaneous')).toBeCloseTo((0.5 / RATE_HZ) * rateDps, 3);
  });
});
