/**
 * The golden scenarios GS-01 to GS-13 of the clinical specification, 3b, as a wearer's sensor would see them: scripted movement →
 * noisy sensor → motion core → rules. The same scenarios as bare angle series stand in bends.test.ts; GS-06, rising from a chair, only
 * there: the motion core does not recognise transfers yet.
 */
import { describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import { IDENTITY_MOUNT } from '../../src/model/frames.ts';
import type { Tier } from '../../src/model/person.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { Pipeline } from '../../src/pipeline.ts';
import { sensedBlock } from '../motion/trunkRun.ts';

const RATE_HZ = 50;
const stand = (forS: number): Movement => ({ do: 'stand', forS });
const bend = (toDeg: number, inS: number, holdS: number, backS = inS): Movement => ({
  do: 'bend',
  toDeg,
  inS,
  holdS,
  backS,
});

function verdictsOf(tier: Tier, movements: readonly Movement[]): Verdict[] {
  const motion = new ScriptedMotion([stand(5), ...movements]);
  const verdicts: Verdict[] = [];
  const pipeline = new Pipeline(
    {
      person: { id: 'anna', displayName: 'Anna', tier, overrides: [] },
      placement: 'chest',
      calibration: { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 },
      gyroTiming: 'integratesBackward',
      capabilities: { falls: true, sway: 'full', haptic: true },
      withRules: true,
    },
    {
      onVerdict: (verdict) => verdicts.push(verdict),
      onMotionEvent: () => undefined,
      onSecond: () => undefined,
      onAngles: () => undefined,
      onCalibration: () => undefined,
      onWornDifferently: () => undefined,
    },
  );
  const { durationS } = motion;
  pipeline.push(sensedBlock(motion, { rateHz: RATE_HZ, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 3 }));
  pipeline.end();
  return verdicts.filter(({ phase }) => phase === 'start');
}
const idsOf = (verdicts: readonly Verdict[]): string[] => verdicts.map(({ ruleId }) => ruleId);
const cuesOf = (verdicts: readonly Verdict[]): string[] => idsOf(verdicts.filter(({ cue }) => cue));

describe('golden scenarios', () => {
  it('GS-01: to 46° in 1.5 s, held 1.2 s, is one EV-BEND with a cue', () => {
    const verdicts = verdictsOf('T2', [bend(46.5, 1.5, 1.2), stand(3)]);
    expect(idsOf(verdicts)).toEqual(['EV-BEND']);
    expect(cuesOf(verdicts)).toEqual(['EV-BEND']);
    expect(Math.abs(Number(verdicts[0].values.peakDeg) - 46)).toBeLessThan(2);
  });

  it('GS-02: the same at 44° is none', () => {
    expect(idsOf(verdictsOf('T2', [bend(43.5, 1.5, 1.2), stand(3)]))).toEqual([]);
  });

  it('GS-03: 50° for 0.8 s is none', () => {
    expect(idsOf(verdictsOf('T2', [bend(50, 1.5, 0.1), stand(3)]))).toEqual([]);
  });

  it('GS-04: 32° for 31 s is EV-BEND-HOLD and no EV-BEND', () => {
    expect(idsOf(verdictsOf('T2', [bend(32, 1.5, 31), stand(3)]))).toEqual(['EV-BEND-HOLD']);
  });

  it('GS-05: ten bends to 62°, one each 25 s, are ten EV-BEND, one EV-BEND-REP, at most five cues', () => {
    const ten = Array.from({ length: 10 }, () => [bend(62.5, 1.5, 2), stand(20)]).flat();
    const ids = idsOf(verdictsOf('T1', ten));
    expect(ids.filter((id) => id === 'EV-BEND')).toHaveLength(10);
    expect(ids.filter((id) => id === 'EV-BEND-REP')).toHaveLength(1);
    expect(cuesOf(verdictsOf('T1', ten)).length).toBeLessThanOrEqual(5);
  });

  it('GS-08: half an hour on the back is no posture event, for nobody', () => {
    const night: Movement[] = [
      { do: 'sit', forS: 5 },
      { do: 'lie', how: 'logRoll', forS: 1800 },
    ];
    expect(idsOf(verdictsOf('T2', night))).toEqual([]);
  });

  it('GS-09: seated 13° forward for 10 min is EV-SLOUCH at 10:00; 11° for 20 min is none', () => {
    const seated = (leanDeg: number, minutes: number): Verdict[] =>
      verdictsOf('T2', [{ do: 'sit', forS: minutes * 60 + 5, leanDeg }]);
    const [slouch, ...others] = seated(13, 10);
    expect(slouch.ruleId).toBe('EV-SLOUCH');
    expect(others).toEqual([]);
    // Seated at 7 s; the lean of sitting down ends within a second.
    expect(Math.abs(slouch.decidedS - (7 + 600))).toBeLessThan(5);
    expect(seated(11, 20)).toEqual([]);
  });

  it('GS-10: 50° in 1 s with planted feet is EV-TWIST, at most 0.6 sure; the same with steps is none', () => {
    const planted = verdictsOf('T2', [{ do: 'twist', toDeg: 50, inS: 1, holdS: 0.5, backS: 1 }, stand(4)]);
    expect(idsOf(planted)).toEqual(['EV-TWIST']);
    expect(planted[0].confidence).toBeLessThanOrEqual(0.6);
    const stepped: Movement[] = [
      { do: 'walk', forS: 1.7 },
      { do: 'turn', deg: 50, inS: 1 },
      { do: 'walk', forS: 1.7 },
      { do: 'turn', deg: -50, inS: 1 },
      { do: 'walk', forS: 1.7 },
      stand(10),
    ];
    expect(idsOf(verdictsOf('T2', stepped))).toEqual([]);
  });

  it('GS-11: 32° of flexion and 36° of yaw within 2 s are EV-BENDTWIST with one cue', () => {
    const verdicts = verdictsOf('T2', [
      bend(33, 0.8, 0.5, 0.6),
      { do: 'twist', toDeg: 37, inS: 0.7, holdS: 0.3, backS: 0.7 },
      stand(6),
    ]);
    expect(idsOf(verdicts)).toEqual(['EV-BENDTWIST']);
    expect(cuesOf(verdicts)).toHaveLength(1);
  });

  const onTheBack: Movement[] = [
    { do: 'sit', forS: 5 },
    { do: 'lie', how: 'logRoll', forS: 15 },
  ];

  it('GS-12: from the back to 45° and down, three times in 20 s, is EV-PROHIB; once, then sitting up, is none', () => {
    const up: Movement = { do: 'bend', toDeg: -45, inS: 2, holdS: 1, backS: 2 };
    const pause: Movement = { do: 'bend', toDeg: -90, inS: 0.5, holdS: 0.5, backS: 0.5 };
    const straight: Movement[] = [
      { do: 'sit', forS: 5 },
      { do: 'lie', how: 'straight', forS: 15 },
    ];
    expect(idsOf(verdictsOf('T2', [...straight, up, pause, up, pause, up, pause]))).toContain('EV-PROHIB');
    const once = verdictsOf('T2', [...straight, up, pause, { do: 'getUp', how: 'straight' }]);
    expect(idsOf(once)).not.toContain('EV-PROHIB');
  });

  it('GS-13: rolled beyond 60° before sitting up is fine; straight up is EV-GETUP, which nobody is alarmed by', () => {
    expect(idsOf(verdictsOf('T2', [...onTheBack, { do: 'getUp', how: 'logRoll' }]))).toEqual([]);
    const straight = verdictsOf('T2', [...onTheBack, { do: 'getUp', how: 'straight' }]).filter(
      ({ ruleId }) => ruleId === 'EV-GETUP',
    );
    expect(straight).toHaveLength(1);
    expect(straight[0]).toMatchObject({ severity: 'none', cue: false });
  });
});
