/**
 * The table of signs, worked out by hand from physics, through the whole motion core.
 *
 * An accelerometer at rest reads +g along whatever points up. Segment axes: X anterior, Y superior, Z right.
 * Bent forward by θ the superior axis keeps cos θ of the vertical and the anterior axis looks down by sin θ, so it reads
 * −g sin θ. Leaning right by φ the right axis looks down by sin φ. Positive: forward, right, left.
 */
import { describe, expect, it } from 'vitest';
import { type Mount, parseMount } from '../src/model/frames.ts';
import type { Calibration } from '../src/model/person.ts';
import { radFromDeg, STANDARD_GRAVITY_MPS2 } from '../src/model/units.ts';
import { blockOf, runTrunk, STRAIGHT, type TrunkRun } from './motion/trunkRun.ts';
import { POSES, type Triple } from './signPoses.ts';

const RATE_HZ = 100;

/** Holds still for 3 s with this specific force (sensor axes), then turns at a rate (°/s, sensor axes) for 1 s where given. */
function hold(accMps2: Triple, calibration: Calibration = STRAIGHT, rateDps: Triple = [0, 0, 0]): TrunkRun {
  return runTrunk(
    [
      blockOf(4 * RATE_HZ + 1, RATE_HZ, (tS, acc, gyr) => {
        acc.set(accMps2);
        if (tS > 3) gyr.set(rateDps.map(radFromDeg));
      }),
    ],
    { calibration },
  );
}

const last = (values: readonly number[]): number => values[values.length - 1];
const stated = (mount: Mount): Calibration => ({ mount, method: 'stated', confidence: 1 });

/** The same two poses as five mounts see them; each line written out axis by axis. */
const MOUNTS: readonly (readonly [string, string, Triple, Triple])[] = [
  ['straight', '+X+Y+Z', [-8.5, 4.91, 0], [0, 9.22, -3.36]],
  ['upside down, facing out with +z', '+Z-Y+X', [0, -4.91, -8.5], [-3.36, -9.22, 0]],
  ['on the back, facing backwards', '-X+Y-Z', [8.5, 4.91, 0], [0, 9.22, 3.36]],
  ['facing out with +z, +x to the left', '+Z+Y-X', [0, 4.91, -8.5], [3.36, 9.22, 0]],
  ['turned a quarter in its own plane', '+Y-X+Z', [-4.91, -8.5, 0], [-9.22, 0, -3.36]],
];

describe('the table of signs', () => {
  it.each(POSES)('%s', (_pose, accMps2, flexionDeg, lateralDeg, inclinationDeg) => {
    const run = hold(accMps2);
    if (flexionDeg === undefined) expect(last(run.flexionDeg)).toBeNaN();
    else expect(Math.abs(last(run.flexionDeg) - flexionDeg)).toBeLessThan(0.1);
    expect(Math.abs(last(run.lateralDeg) - lateralDeg)).toBeLessThan(0.1);
    expect(Math.abs(last(run.inclinationDeg) - inclinationDeg)).toBeLessThan(0.1);
  });

  it('head down is 180° from upright, to whichever side', () => {
    const run = hold([0, -9.81, 0]);
    expect(Math.abs(last(run.flexionDeg))).toBeCloseTo(180, 1);
    expect(last(run.inclinationDeg)).toBeCloseTo(180, 1);
  });

  it('holds from the first sample on', () => {
    for (const [, accMps2, flexionDeg, lateralDeg] of POSES) {
      const run = hold(accMps2);
      if (flexionDeg !== undefined) expect(Math.abs(run.flexionDeg[0] - flexionDeg)).toBeLessThan(0.1);
      expect(Math.abs(run.lateralDeg[0] - lateralDeg)).toBeLessThan(0.1);
    }
  });

  it.each(POSES)('without gyroscope as well: %s', (_pose, accMps2, flexionDeg, lateralDeg) => {
    const withGyroscope = blockOf(2 * RATE_HZ, RATE_HZ, (_t, acc) => acc.set(accMps2));
    const run = runTrunk([{ ...withGyroscope, gyrRadps: undefined }]);
    if (flexionDeg === undefined) expect(last(run.flexionDeg)).toBeNaN();
    else expect(Math.abs(last(run.flexionDeg) - flexionDeg)).toBeLessThan(0.1);
    expect(Math.abs(last(run.lateralDeg) - lateralDeg)).toBeLessThan(0.1);
    expect(last(run.rotationDeg)).toBeNaN();
  });
});

describe('a sensor in any mount', () => {
  it.each(MOUNTS)('%s (%s) reads forward 60° and right 20°', (_how, mount, forwardAcc, rightAcc) => {
    const calibration = stated(parseMount(mount));
    const forward = hold(forwardAcc, calibration);
    expect(Math.abs(last(forward.flexionDeg) - 60)).toBeLessThan(0.1);
    expect(Math.abs(last(forward.lateralDeg))).toBeLessThan(0.1);
    const right = hold(rightAcc, calibration);
    expect(Math.abs(last(right.lateralDeg) - 20)).toBeLessThan(0.1);
    expect(Math.abs(last(right.flexionDeg))).toBeLessThan(0.1);
  });

  it('askew by 15° on the sternum reads 0° while its wearer stands, and 60° when she bends by 60°', () => {
    const tiltRad = radFromDeg(15);
    const calibration: Calibration = { ...STRAIGHT, neutralUp: [-Math.sin(tiltRad), Math.cos(tiltRad), 0] };
    const at = (deg: number): Triple => [
      -STANDARD_GRAVITY_MPS2 * Math.sin(radFromDeg(deg)),
      STANDARD_GRAVITY_MPS2 * Math.cos(radFromDeg(deg)),
      0,
    ];
    expect(last(hold(at(15), calibration).flexionDeg)).toBeCloseTo(0, 1);
    expect(last(hold(at(75), calibration).flexionDeg)).toBeCloseTo(60, 1);
    expect(last(hold(at(-5), calibration).flexionDeg)).toBeCloseTo(-20, 1);
  });
});

describe('turning', () => {
  // By the right-hand rule +Y (superior) is a turn to the left.
  it('turning left at 90 deg/s for 1 s reads +90 deg', () => {
    expect(last(hold([0, 9.81, 0], STRAIGHT, [0, 90, 0]).rotationDeg)).toBeCloseTo(90, 0);
  });

  it('turning right at 90 deg/s for 1 s reads -90 deg', () => {
    expect(last(hold([0, 9.81, 0], STRAIGHT, [0, -90, 0]).rotationDeg)).toBeCloseTo(-90, 0);
  });

  it('turning left counts about the vertical: bent forward 90° the back points up and the anterior axis down', () => {
    expect(last(hold([-9.81, 0, 0], STRAIGHT, [-45, 0, 0]).rotationDeg)).toBeCloseTo(45, 0);
  });

  it('turning left in an upside-down mount turns about −y of the sensor', () => {
    const calibration = stated(parseMount('+Z-Y+X'));
    expect(last(hold([0, -9.81, 0], calibration, [0, -45, 0]).rotationDeg)).toBeCloseTo(45, 0);
  });
});

/** Moves at 60 °/s about one segment axis for `deg`, gravity turning with it, after 2 s of standing. */
function move(axis: 'forward' | 'right', deg: number): TrunkRun {
  const speedDps = 60;
  const movesS = deg / speedDps;
  return runTrunk([
    blockOf(Math.round((3 + movesS) * RATE_HZ), RATE_HZ, (tS, acc, gyr) => {
      const moving = tS > 2 && tS <= 2 + movesS + 1e-9;
      const angleRad = radFromDeg(speedDps * Math.min(movesS, Math.max(0, tS - 2)));
      const up = STANDARD_GRAVITY_MPS2 * Math.cos(angleRad);
      const down = -STANDARD_GRAVITY_MPS2 * Math.sin(angleRad);
      // +Z is extension, so forward flexion turns about −Z; +X leans to the right.
      if (axis === 'forward') {
        acc.set([down, up, 0]);
        if (moving) gyr[2] = -radFromDeg(speedDps);
      } else {
        acc.set([0, up, down]);
        if (moving) gyr[0] = radFromDeg(speedDps);
      }
    }),
  ]);
}

describe('moving', () => {
  it('bending forward through 90° to 150° never jumps, and leaves side and rotation alone', () => {
    const run = move('forward', 150);
    const steps = run.flexionDeg.slice(1).map((deg, i) => deg - run.flexionDeg[i]);
    expect(Math.max(...steps.map(Math.abs))).toBeLessThan(0.7);
    expect(Math.abs(last(run.flexionDeg) - 150)).toBeLessThan(0.3);
    expect(Math.max(...run.lateralDeg.map(Math.abs))).toBeLessThan(0.1);
    expect(Math.max(...run.rotationDeg.map(Math.abs))).toBeLessThan(0.1);
  });

  it('bending forward has a positive rate', () => {
    const run = move('forward', 60);
    expect(run.flexionRateDps[Math.round(2.5 * RATE_HZ)]).toBeCloseTo(60, 0);
  });

  it('leaning right by 45° leaves flexion and rotation alone', () => {
    const run = move('right', 45);
    expect(Math.abs(last(run.lateralDeg) - 45)).toBeLessThan(0.3);
    expect(Math.max(...run.flexionDeg.map(Math.abs))).toBeLessThan(0.1);
    expect(Math.max(...run.rotationDeg.map(Math.abs))).toBeLessThan(0.1);
  });
});
