/** EV-BEND of a wearer with fracture tier T3 and two sensors: limit of the chest 30°, of the spine 20°. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/model/verdict.ts';
import { PersonRules } from '../../src/rules/personRules.ts';

/** Seconds, chest against gravity, spine; NaN: no second sensor. */
type Pose = readonly [number, number, number];

const RATE_HZ = 50;

function verdictsOf(poses: readonly Pose[]): Verdict[] {
  const verdicts: Verdict[] = [];
  const rules = new PersonRules({ tier: 'T3', overrides: [] }, (verdict) => verdicts.push(verdict));
  let sample = 0;
  for (const [forS, flexionDeg, spineFlexionDeg] of poses) {
    for (let i = 0; i < forS * RATE_HZ; i++, sample++) {
      const inclinationDeg = Math.abs(flexionDeg);
      const tS = 1_786_000_000 + sample / RATE_HZ;
      const fixed = {
        flexionRateDps: 0,
        lateralDeg: 0,
        rotationDeg: 0,
        stepping: false,
        posture: 'standing',
        transfer: false,
        isWornDifferently: false,
        valid: true,
      } as const;
      rules.push({ tS, flexionDeg, spineFlexionDeg, inclinationDeg, ...fixed });
    }
  }
  return verdicts.filter(({ ruleId }) => ruleId === 'EV-BEND');
}

const STAND: Pose = [2, 0, 0];

describe('EV-BEND with two sensors', () => {
  it.each<[string, Pose, number]>([
    ['a hip hinge', [3, 62, 2], 0],
    ['spine just below its limit', [3, 62, 19], 0],
    ['spine at its limit', [3, 62, 20.5], 2],
    ['spine beyond its limit, chest hardly bent', [3, 12, 35], 2],
    ['too short', [0.8, 40, 35], 0],
  ])('%s', (_what, pose, count) => expect(verdictsOf([STAND, pose, STAND])).toHaveLength(count));

  it('of somebody slumped with an upright chest is one, and over when the spine is straight', () => {
    const verdicts = verdictsOf([STAND, [10, 12, 35], STAND]);
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'end']);
    expect(verdicts[1].values).toMatchObject({ peakDeg: 35, durationS: 10, source: 'two sensors' });
  });

  it('is judged by the chest from the moment that the spine is not known', () => {
    const verdicts = verdictsOf([STAND, [3, 62, 2], [3, 62, NaN], STAND]);
    expect(verdicts[0].values).toMatchObject({ peakDeg: 62, source: 'one sensor', limitDeg: 30 });
    expect(verdicts[0].decidedS - 1_786_000_005).toBeCloseTo(1, 1);
  });

  it('goes on when the spine is lost within it, and keeps the degrees that it began with', () => {
    const verdicts = verdictsOf([STAND, [2, 45, 35], [2, 50, NaN], [2, 0, NaN]]);
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'end']);
    expect(verdicts[1].values).toMatchObject({ peakDeg: 35, source: 'two sensors' });
  });

  it('begun by the chest is over when the spine turns out to be straight', () => {
    const verdicts = verdictsOf([STAND, [2, 62, NaN], [3, 62, 2]]);
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'end']);
  });
});
