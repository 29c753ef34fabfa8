import { describe, expect, it } from 'vitest';
import type { Movement } from '../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../firmware-mocks/sensorErrors.ts';
import type { ImuBlock } from '../src/model/block.ts';
import type { MotionEvent } from '../src/model/event.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import type { Calibration, Tier } from '../src/model/person.ts';
import { radFromDeg, STANDARD_GRAVITY_MPS2 } from '../src/model/units.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { Pipeline } from '../src/pipeline.ts';
import { blockOf, sensedBlock } from './motion/trunkRun.ts';
import { walked } from './motion/walkedBlock.ts';

const RATE_HZ = 50;
const STATED: Calibration = { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 };
const UNKNOWN: Calibration = { mount: IDENTITY_MOUNT, method: 'default', confidence: 0.2 };

interface Outcome {
  readonly verdicts: Verdict[];
  readonly events: MotionEvent[];
  readonly calibrations: Calibration[];
  readonly flexionDeg: number[];
  readonly differently: { readonly wornAs: string; readonly offDeg: number; readonly isCorrected: boolean }[];
}

function run(
  block: ImuBlock,
  {
    calibration = STATED,
    tier = 'T2',
    withRules = true,
  }: { calibration?: Calibration; tier?: Tier; withRules?: boolean } = {},
): Outcome {
  const out: Outcome = { verdicts: [], events: [], calibrations: [], flexionDeg: [], differently: [] };
  const pipeline = new Pipeline(
    {
      person: { id: 'anna', displayName: 'Anna', tier, overrides: [] },
      placement: 'chest',
      calibration,
      gyroTiming: 'integratesBackward',
      capabilities: { falls: true, sway: 'full', haptic: true },
      withRules,
    },
    {
      onVerdict: (verdict) => out.verdicts.push(verdict),
      onMotionEvent: (event) => out.events.push(event),
      onSecond: () => undefined,
      onAngles: ({ flexionDeg }) => out.flexionDeg.push(flexionDeg),
      onCalibration: (found) => out.calibrations.push(found),
      onWornDifferently: (wornAs, offDeg, isCorrected) => out.differently.push({ wornAs, offDeg, isCorrected }),
    },
  );
  pipeline.push(block);
  pipeline.end();
  return out;
}

/** [flexion °, lateral °, seconds] one after the other, each reached within a second, as gravity and rates show it. */
function posed(poses: readonly (readonly [number, number, number])[]): ImuBlock {
  const totalS = poses.reduce((sum, [, , forS]) => sum + forS, 0);
  const angles = (tS: number): [number, number] => {
    let at = 0;
    for (let k = 0; k < poses.length; k++) {
      const [flexion, lateral, forS] = poses[k];
      const [fromF, fromL] = k === 0 ? [flexion, lateral] : poses[k - 1];
      if (tS < at + forS) {
        const u = Math.min(1, tS - at);
        const share = u * u * (3 - 2 * u);
        return [fromF + (flexion - fromF) * share, fromL + (lateral - fromL) * share];
      }
      at += forS;
    }
    return [poses[poses.length - 1][0], poses[poses.length - 1][1]];
  };
  const up = (tS: number): [number, number, number] => {
    const [flexion, lateral] = angles(tS).map(radFromDeg);
    return [-Math.sin(flexion) * Math.cos(lateral), Math.cos(flexion) * Math.cos(lateral), -Math.sin(lateral)];
  };
  return blockOf(Math.round(totalS * RATE_HZ), RATE_HZ, (tS, acc, gyr) => {
    const now = up(tS);
    const before = up(tS - 1 / RATE_HZ);
    acc.set(now.map((part) => part * STANDARD_GRAVITY_MPS2));
    // The body turns so that up moves from `before` to `now` in body axes: ω = −(before × now) per step.
    gyr.set([
      -(before[1] * now[2] - before[2] * now[1]) * RATE_HZ,
      -(before[2] * now[0] - before[0] * now[2]) * RATE_HZ,
      -(before[0] * now[1] - before[1] * now[0]) * RATE_HZ,
    ]);
  });
}

function scripted(movements: readonly Movement[], durationS: number): ImuBlock {
  const source = new ScriptedMotion(movements, { loop: false });
  return sensedBlock(source, { rateHz: RATE_HZ, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 5 });
}

const started = ({ verdicts }: Outcome, ruleId: string): number =>
  verdicts.filter((verdict) => verdict.ruleId === ruleId && verdict.phase === 'start').length;
const bends = ({ events }: Outcome): MotionEvent[] => events.filter((event) => event.type === 'forwardBend');

describe('a long, deep bend', () => {
  it('of 70° for 40 s is told at once, as held too long, and as one event', () => {
    const out = run(
      posed([
        [0, 0, 5],
        [70, 0, 40],
        [0, 0, 5],
      ]),
    );
    expect(started(out, 'EV-BEND')).toBe(1);
    expect(started(out, 'EV-BEND-HOLD')).toBe(1);
    expect(bends(out)).toHaveLength(1);
    expect(bends(out)[0].durationS).toBeGreaterThan(38);
    // The alert does not end before she is back.
    const end = out.verdicts.find(({ ruleId, phase }) => ruleId === 'EV-BEND' && phase === 'end');
    expect(end?.decidedS).toBeGreaterThan(44);
  });

  it('of 70° for 90 s is held too long for the lowest tier as well', () => {
    const out = run(
      posed([
        [0, 0, 5],
        [70, 0, 90],
        [0, 0, 5],
      ]),
      { tier: 'T1' },
    );
    expect(started(out, 'EV-BEND-HOLD')).toBe(1);
    expect(bends(out)).toHaveLength(1);
  });
});

describe('an oblique reach', () => {
  it.each([
    ['40° forward and 30° to the side', 40, 30, 80],
    ['42° forward and 25° to the side', 42, 25, 70],
  ])('%s for 8 s, then deeper: is told', (_name, flexion, lateral, deeper) => {
    const out = run(
      posed([
        [0, 0, 5],
        [flexion, lateral, 8],
        [deeper, 0, 8],
        [0, 0, 5],
      ]),
    );
    expect(started(out, 'EV-BEND')).toBe(1);
  });
});

describe('the upright that is found by itself', () => {
  it('is not that of a sensor on a table', () => {
    const out = run(
      posed([
        [90, 0, 20],
        [0, 0, 60],
        [60, 0, 5],
        [0, 0, 3],
      ]),
      { calibration: UNKNOWN },
    );
    expect(out.calibrations).toEqual([]);
    expect(started(out, 'EV-BEND')).toBeGreaterThan(0);
    expect(bends(out).at(-1)?.peakDeg).toBeCloseTo(60, 0);
  });

  it('is not that of somebody slumped when the sensor is switched on', () => {
    const out = run(
      posed([
        [28, 0, 10],
        [70, 0, 5],
        [28, 0, 5],
      ]),
      { calibration: UNKNOWN },
    );
    expect(out.calibrations).toEqual([]);
    expect(started(out, 'EV-BEND')).toBe(1);
  });

  it('is that of standing still after walking, once, and marked as found by itself', () => {
    const walk = { do: 'walk', forS: 20 } as const;
    const stand = { do: 'stand', forS: 8 } as const;
    const out = run(scripted([stand, walk, stand, walk, stand], 64), { calibration: UNKNOWN });
    expect(out.calibrations).toHaveLength(1);
    expect(out.calibrations[0]).toMatchObject({ method: 'autoStance', confidence: 0.5 });
    expect(out.calibrations[0].neutralUp?.[1]).toBeGreaterThan(0.99);
  });

  it('is not that of somebody who walks, sits down and sinks forward', () => {
    const slumped = scripted(
      [
        { do: 'walk', forS: 20 },
        { do: 'sit', forS: 30, inS: 3, leanDeg: 22 },
      ],
      53,
    );
    expect(run(slumped, { calibration: UNKNOWN }).calibrations).toEqual([]);
  });

  it('is found on a sloping back of somebody who walks gently, as well', () => {
    const SLOPE_RAD = radFromDeg(25);
    const block = scripted(
      [
        { do: 'walk', forS: 25, cadencePerMin: 90, bounceMm: 8 },
        { do: 'stand', forS: 8 },
      ],
      33,
    );
    for (const values of [block.accMps2, block.gyrRadps ?? []]) {
      for (let o = 0; o < values.length; o += 3) {
        const [x, y] = [values[o], values[o + 1]];
        values[o] = x * Math.cos(SLOPE_RAD) - y * Math.sin(SLOPE_RAD);
        values[o + 1] = x * Math.sin(SLOPE_RAD) + y * Math.cos(SLOPE_RAD);
      }
    }
    const [found, ...more] = run(block, { calibration: UNKNOWN }).calibrations;
    expect(more).toEqual([]);
    expect(found.neutralUp?.[0]).toBeCloseTo(-Math.sin(SLOPE_RAD), 1);
  });

  it('leaves a stance that was taken on purpose alone', () => {
    const out = run(
      scripted(
        [
          { do: 'walk', forS: 20 },
          { do: 'stand', forS: 8 },
        ],
        28,
      ),
      { calibration: STATED },
    );
    expect(out.calibrations).toEqual([]);
  });
});

describe('a sensor that is worn otherwise than before', () => {
  const WALK_AND_STAND = scripted(
    [
      { do: 'walk', forS: 20 },
      { do: 'stand', forS: 8 },
    ],
    28,
  );
  const leaned = (deg: number): Calibration => ({
    mount: IDENTITY_MOUNT,
    neutralUp: [-Math.sin(radFromDeg(deg)), Math.cos(radFromDeg(deg)), 0],
    method: 'autoStance',
    confidence: 0.5,
  });

  it('within 8° of the first day: its upright is found anew, and the first one kept', () => {
    const out = run(WALK_AND_STAND, { calibration: leaned(6) });
    expect(out.differently).toEqual([]);
    expect(out.calibrations).toHaveLength(1);
    expect(out.calibrations[0].neutralUp?.[0]).toBeCloseTo(0, 1);
    expect(out.calibrations[0].firstNeutralUp).toEqual(leaned(6).neutralUp);
  });

  it('creeping along is measured from the first day, not from the wear before', () => {
    const crept = { ...leaned(6), firstNeutralUp: leaned(12).neutralUp };
    const out = run(WALK_AND_STAND, { calibration: crept });
    expect(out.differently).toMatchObject([{ wornAs: 'slipped', isCorrected: false }]);
  });

  it('further off it is said, and nothing changed', () => {
    const out = run(WALK_AND_STAND, { calibration: leaned(12) });
    expect(out.calibrations).toEqual([]);
    expect(out.differently).toMatchObject([{ wornAs: 'slipped', isCorrected: false }]);
    expect(out.differently[0].offDeg).toBeCloseTo(12, 0);
  });

  it('further off posture is not judged, and why is said', () => {
    const day = scripted(
      [
        { do: 'walk', forS: 20 },
        { do: 'stand', forS: 8 },
        { do: 'bend', toDeg: 70, inS: 2, holdS: 3, backS: 2 },
      ],
      35,
    );
    const out = run(day, { calibration: leaned(12) });
    expect(out.verdicts.map(({ ruleId, phase }) => `${ruleId} ${phase}`)).toEqual(['EV-CALIB start']);
  });

  it('a stance as before, later on, puts it right', () => {
    const walk = { do: 'walk', forS: 20 } as const;
    const leaning = { do: 'bend', toDeg: 11, inS: 1, holdS: 8, backS: 1 } as const;
    const day = scripted([walk, leaning, walk, { do: 'stand', forS: 8 }], 58);
    const out = run(day, { calibration: leaned(0) });
    expect(started(out, 'EV-CALIB')).toBe(1);
    expect(out.verdicts.at(-1)).toMatchObject({ ruleId: 'EV-CALIB', phase: 'end' });
    expect(out.calibrations).toHaveLength(1);
  });

  it('upside down: said, and corrected', () => {
    const out = run(walked(RATE_HZ, 60, [1, 0, 0, 0, -1, 0, 0, 0, -1]), { calibration: leaned(0) });
    expect(out.differently).toMatchObject([{ wornAs: 'upsideDown', isCorrected: true }]);
    expect(out.calibrations).toHaveLength(1);
    expect(out.calibrations[0]).toMatchObject({ method: 'walking' });
    expect(out.calibrations[0].mount[4]).toBe(-1);
  });

  it('a stance that was taken on purpose is left alone within 4°, and found anew beyond', () => {
    const guided = (deg: number): Calibration => ({ ...leaned(deg), method: 'guidedStance', confidence: 0.9 });
    expect(run(WALK_AND_STAND, { calibration: guided(3) }).calibrations).toEqual([]);
    expect(run(WALK_AND_STAND, { calibration: guided(6) }).calibrations).toMatchObject([{ method: 'autoStance' }]);
  });
});

describe('the second sensor of one person', () => {
  it('is measured, but speaks no verdicts of its own', () => {
    const out = run(
      posed([
        [0, 0, 5],
        [70, 0, 5],
        [0, 0, 5],
      ]),
      { withRules: false },
    );
    expect(out.verdicts).toEqual([]);
    expect(Math.max(...out.flexionDeg)).toBeCloseTo(70, 0);
  });
});
