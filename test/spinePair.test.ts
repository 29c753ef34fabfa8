/** One person with a chest and a waist sensor, from samples to verdicts: golden scenario GS-07 and what must not depend on the waist. */
import { describe, expect, it } from 'vitest';
import type { Movement } from '../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../firmware-mocks/sensorErrors.ts';
import type { ImuBlock } from '../src/model/block.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import type { Calibration } from '../src/model/person.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { SpineTrail } from '../src/motion/spine/spineTrail.ts';
import type { SpineFrame } from '../src/motion/index.ts';
import { radFromDeg } from '../src/model/units.ts';
import { Pipeline } from '../src/pipeline.ts';
import { SpinePair } from '../src/spinePair.ts';
import { sensedBlock, sliceOf } from './motion/trunkRun.ts';

const STATED: Calibration = { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 };
const SENSOR = { gyroTiming: 'integratesBackward', calibration: STATED } as const;

interface Day {
  readonly chestDeg: number;
  readonly pelvisDeg: number;
  /** When the waist's samples come, later than the chest's; Infinity: not worn. */
  readonly waistLateS?: number;
  /** From then on the waist is silent. */
  readonly waistEndsS?: number;
  readonly waistRateHz?: number;
  readonly waist?: Calibration;
}

/** Stands for 8 s, bends within 1.5 s, stays for 3 s; T3. Blocks of 0.1 s, in the order in which they would arrive. */
function verdictsOf(day: Day): { verdicts: Verdict[]; heardS: number[] } {
  const { chestDeg, pelvisDeg, waistLateS = 0.05, waistEndsS = Infinity, waistRateHz = 52, waist: worn = STATED } = day;
  const script = (toDeg: number): Movement[] => [
    { do: 'stand', forS: 8 },
    { do: 'bend', toDeg, inS: 1.5, holdS: 3, backS: 1.5 },
    { do: 'stand', forS: 5 },
  ];
  const blocks = (source: ScriptedMotion, rateHz: number, seed: number): ImuBlock[] => {
    const whole = sensedBlock(source, { rateHz, durationS: 19, errors: TYPICAL_SENSOR_ERRORS, seed });
    const size = Math.round(rateHz / 10);
    return Array.from({ length: Math.floor(whole.n / size) }, (_, k) => sliceOf(whole, k * size, (k + 1) * size));
  };
  const endS = ({ tS, n }: ImuBlock): number => tS[n - 1];
  const chest = blocks(new ScriptedMotion(script(chestDeg)), 100, 1);
  const waist = blocks(new ScriptedMotion(script(pelvisDeg), { leverM: 0.08 }), waistRateHz, 2);
  const arrivals = [
    ...chest.map((block) => ({ segment: 'thorax' as const, block, atS: endS(block) })),
    ...waist
      .filter((block) => endS(block) < waistEndsS)
      .map((block) => ({ segment: 'pelvis' as const, block, atS: endS(block) + waistLateS })),
  ].filter(({ atS }) => Number.isFinite(atS));
  arrivals.sort((a, b) => a.atS - b.atS);
  const spine = new SpinePair();
  spine.enrol('thorax', SENSOR);
  spine.enrol('pelvis', { ...SENSOR, calibration: worn });
  const verdicts: Verdict[] = [];
  const heardS: number[] = [];
  let nowS = 0;
  const pipeline = new Pipeline(
    {
      person: { id: 'anna', displayName: 'Anna', tier: 'T3', overrides: [] },
      placement: 'chest',
      calibration: STATED,
      gyroTiming: 'integratesBackward',
      capabilities: { falls: true, sway: 'full', haptic: true },
      withRules: true,
      spineFlexionDegAt: (tS) => spine.flexionDegAt(tS),
    },
    {
      onVerdict: (verdict) => {
        if (verdict.ruleId !== 'EV-BEND') return;
        verdicts.push(verdict);
        heardS.push(nowS);
      },
      onMotionEvent: () => undefined,
      onSecond: () => undefined,
      onAngles: () => undefined,
      onCalibration: () => undefined,
      onWornDifferently: () => undefined,
    },
  );
  for (const { segment, block, atS } of arrivals) {
    nowS = atS;
    spine.push(segment, block);
    if (segment === 'thorax') pipeline.push(block);
  }
  pipeline.end();
  return { verdicts, heardS };
}

const hinge = { chestDeg: 62, pelvisDeg: 60 };
const rounding = { chestDeg: 40, pelvisDeg: 5 };

describe('GS-07, T3, a hip hinge of 60° with the thorax at 62°', () => {
  it.each([0.02, 0.2, 0.4])('a: with both sensors it is no bend, the waist %f s late', (waistLateS) => {
    expect(verdictsOf({ ...hinge, waistLateS }).verdicts).toEqual([]);
  });

  it('b: from the chest alone it is EV-BEND, source one sensor', () => {
    const { verdicts } = verdictsOf({ ...hinge, waistLateS: Infinity });
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'end']);
    expect(verdicts[0].values).toMatchObject({ source: 'one sensor', limitDeg: 30 });
  });
});

describe('a rounded back, thorax 40°, pelvis 5°', () => {
  it('is EV-BEND by the spine’s own limit', () => {
    const { verdicts } = verdictsOf(rounding);
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'end']);
    expect(verdicts[0].values).toMatchObject({ source: 'two sensors', limitDeg: 20 });
    expect(verdicts[0].because).toContain('bending in the spine itself');
    expect(Math.abs(Number(verdicts[1].values['peakDeg']) - 35)).toBeLessThan(3);
  });

  it('below the limit of the chest, but not of the spine, is one too', () => {
    expect(verdictsOf({ chestDeg: 26, pelvisDeg: -2 }).verdicts).toHaveLength(2);
    expect(verdictsOf({ chestDeg: 26, pelvisDeg: -2, waistLateS: Infinity }).verdicts).toEqual([]);
  });
});

describe('a pelvis sensor that reads nonsense keeps no bend from being told', () => {
  const SINE = Math.sin(radFromDeg(30));
  const COSINE = Math.cos(radFromDeg(30));
  it.each([
    ['upside down', { ...SENSOR.calibration, mount: [-1, 0, 0, 0, -1, 0, 0, 0, 1] }],
    ['on its side', { ...SENSOR.calibration, mount: [0, -1, 0, 1, 0, 0, 0, 0, 1] }],
    ['from an upright 30° off, to the back', { ...SENSOR.calibration, neutralUp: [SINE, COSINE, 0] }],
    ['from an upright 30° off, to the front', { ...SENSOR.calibration, neutralUp: [-SINE, COSINE, 0] }],
  ] as const)('%s', (_name, worn) => {
    for (const chestDeg of [45, 60, 80]) {
      const { verdicts } = verdictsOf({ chestDeg, pelvisDeg: 0, waist: worn });
      expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'end']);
      expect(verdicts[0].values).toMatchObject({ source: 'one sensor' });
    }
  });
});

describe('what is kept of the spine', () => {
  const frameAt = (tS: number, deg: number): SpineFrame => {
    const one = Float64Array.of(radFromDeg(deg));
    const same = { flexionRad: one, lateralRad: one, rotationRad: one, excursionRad: one, offsetRad: one };
    const pelvis = { pelvisFlexionRad: one, pelvisLateralRad: one };
    return { n: 1, tS: Float64Array.of(tS), ...same, ...pelvis };
  };

  it('is the newest value that is not after the moment, and not too old', () => {
    const trail = new SpineTrail();
    for (let k = 0; k < 5000; k++) trail.push(frameAt(k / 10, k / 100));
    expect(trail.deg('flexion', 450.05, 0.2)).toBeCloseTo(45, 4);
    expect(trail.deg('flexion', 501, 0.8)).toBeNaN();
    expect(trail.deg('flexion', 100, 0.8)).toBeNaN();
    expect([...trail.between('flexion', 400, 400.3)].map((deg) => deg.toFixed(2))).toEqual(['40.00', '40.01', '40.02']);
  });

  it('begins anew when the clock is set back', () => {
    const trail = new SpineTrail();
    trail.push(frameAt(1000, 10));
    trail.push(frameAt(10, 20));
    expect(trail.deg('flexion', 10, 0.8)).toBeCloseTo(20, 4);
  });
});

describe('a waist sensor that fails', () => {
  it('to have an upright of its own: the chest judges until it has one', () => {
    const waist = { mount: IDENTITY_MOUNT, method: 'default', confidence: 0.2 };
    const alone = verdictsOf({ ...hinge, waistLateS: Infinity });
    expect(verdictsOf({ ...hinge, waist })).toEqual(alone);
  });

  it('before the bend: the chest judges, no later than without a waist sensor', () => {
    const alone = verdictsOf({ ...hinge, waistLateS: Infinity });
    const silent = verdictsOf({ ...hinge, waistEndsS: 7 });
    expect(silent.heardS).toEqual(alone.heardS);
    expect(silent.verdicts).toEqual(alone.verdicts);
  });

  it('within the bend: the chest judges from then on', () => {
    const { verdicts, heardS } = verdictsOf({ ...hinge, waistEndsS: 10 });
    expect(verdicts[0]?.values).toMatchObject({ source: 'one sensor' });
    expect(heardS[0]).toBeLessThan(12);
  });

  it('that comes too late to be aligned leaves the chest to judge', () => {
    const alone = verdictsOf({ ...hinge, waistLateS: Infinity });
    expect(verdictsOf({ ...hinge, waistLateS: 3 }).heardS).toEqual(alone.heardS);
  });
});
