import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/model/errors.ts';
import type { LimitOverride, Tier } from '../../src/model/person.ts';
import {
  becauseOfLimit,
  effectiveLimits,
  explainLimit,
  LIMIT_KEYS,
  parseLimitOverrides,
} from '../../src/rules/limits.ts';
import { LIMITS } from '../../src/rules/limitTable.ts';
import { RULES } from '../../src/rules/index.ts';
import { SHARED } from '../sharedData.ts';

const override = (key: string, value: number): LimitOverride => ({
  key,
  value,
  reason: 'agreed at the visit',
  by: 'pt.smith',
});
const person = (tier: Tier, ...overrides: LimitOverride[]) => ({ tier, overrides });

const clinicalPath = join(SHARED, 'spec/clinical');
const hasClinical = existsSync(clinicalPath);
const readClinical = (file: string): unknown => JSON.parse(readFileSync(join(clinicalPath, file), 'utf8'));

describe.skipIf(!hasClinical)(`the clinical specification${hasClinical ? '' : ' (skipped: no ../shared)'}`, () => {
  it('gives the value of each tier, the hard range, the unit and the source of every limit', () => {
    const { tiers, limits } = readClinical('limits.json') as {
      tiers: Tier[];
      limits: { key: string; unit: string; values: number[]; hardMin: number; hardMax: number; evidence: string }[];
    };
    for (const definition of LIMITS) {
      const spec = limits.find(({ key }) => key === definition.key);
      expect(spec, definition.key).toBeDefined();
      expect(tiers.map((tier) => definition.values[tier])).toEqual(spec?.values);
      expect([definition.hardMin, definition.hardMax]).toEqual([spec?.hardMin, spec?.hardMax]);
      expect(definition.unit).toBe(spec?.unit);
      const source =
        spec?.evidence === 'as flexCautionDeg' ? explainLimit(person('T1'), 'flexCautionDeg').source : spec?.evidence;
      expect(definition.source).toBe(source);
    }
  });

  it('gives every rule its text for the wearer and its severity', () => {
    const { events } = readClinical('events.json') as {
      events: { id: string; patientText: string; priority: string }[];
    };
    for (const { id, text, severity } of RULES) {
      const spec = events.find((event) => event.id === id);
      expect({ id, text, severity }).toEqual({ id, text: spec?.patientText, severity: spec?.priority });
    }
  });
});

describe('limits of a person', () => {
  it('are those of the tier', () => {
    expect(effectiveLimits(person('T2'))).toEqual({
      flexCautionDeg: 30,
      flexAlertDeg: 45,
      spineFlexAlertDeg: 30,
      flexMinDurS: 1,
      flexHoldS: 30,
      bendPerHour: 12,
      bendBurstN: 10,
      flexVelDegS: 90,
      slouchDeg: 12,
      slouchMin: 10,
      twistDeg: 45,
      sideDeg: 25,
      comboFlexDeg: 30,
      comboTwistDeg: 30,
    });
  });

  it('are what the therapist set, where she set one', () => {
    const limits = effectiveLimits(person('T2', override('flexAlertDeg', 50)));
    expect(limits.flexAlertDeg).toBe(50);
    expect(limits.flexCautionDeg).toBe(30);
  });

  it('are those of the tier where a stored value is outside the hard range, and say so', () => {
    const view = explainLimit(person('T1', override('flexAlertDeg', 85)), 'flexAlertDeg');
    expect(view).toMatchObject({ value: 60, origin: 'tier' });
    expect(view.explanation).toContain('85 set by pt.smith is outside 20 to 80 and not used');
  });

  it('never let the caution zone begin above the alert angle', () => {
    const ada = person('T1', override('flexAlertDeg', 40));
    expect(effectiveLimits(ada).flexCautionDeg).toBe(40);
    expect(explainLimit(ada, 'flexCautionDeg').explanation).toContain('not above flexAlertDeg');
  });

  it('explain themselves: value, whose, source, range', () => {
    expect(explainLimit(person('T3'), 'flexHoldS')).toEqual({
      key: 'flexHoldS',
      value: 15,
      unit: 's above flexCautionDeg',
      origin: 'tier',
      explanation: 'bent forward for too long (EV-BEND-HOLD): 15 s above flexCautionDeg for tier T3',
      source: '[D]; flexion and kyphosis raise spine load [E:NACHEM,BRUNO12] (secondary / model); time [D]',
      min: 5,
      max: 240,
    });
    const view = explainLimit(person('T3', override('flexHoldS', 25)), 'flexHoldS');
    expect(view).toMatchObject({ value: 25, origin: 'override' });
    expect(view.explanation).toContain('25 s above flexCautionDeg set by pt.smith (tier T3: 15): agreed at the visit');
    for (const key of LIMIT_KEYS) expect(explainLimit(person('T2'), key).source).not.toBe('');
  });

  it('explain themselves to the outside without the name and words of who set them', () => {
    const because = becauseOfLimit(person('T2', override('flexAlertDeg', 50)), 'flexAlertDeg');
    expect(because).toContain(
      'The limit is 50° of forward lean, set for this person in place of the usual 45 of fracture tier T2; source',
    );
    expect(because).not.toContain('smith');
    expect(because).not.toContain('visit');
  });
});

describe('what a therapist sets', () => {
  it('is taken inside the hard range, ends included', () => {
    expect(parseLimitOverrides([override('flexAlertDeg', 20), override('flexHoldS', 240)])).toHaveLength(2);
  });

  it.each([
    [
      'beyond the range',
      [override('flexAlertDeg', 81)],
      '0.value: expected 20 to 80 deg trunk inclination for flexAlertDeg, found 81',
    ],
    ['below the range', [override('flexMinDurS', 0.4)], 'expected 0.5 to 5 s for flexMinDurS, found 0.4'],
    ['not a number', [{ ...override('flexAlertDeg', 50), value: Number.NaN }], '0.value'],
    [
      'without a reason',
      [{ ...override('flexAlertDeg', 50), reason: 'because  ' }],
      'expected a reason of 10 characters or more',
    ],
    ['without a name', [{ ...override('flexAlertDeg', 50), by: ' ' }], 'expected who set it'],
    ['an unknown limit', [override('flexAlarmDeg', 50)], '0.key'],
    ['one limit twice', [override('flexHoldS', 20), override('flexHoldS', 30)], 'found flexHoldS twice'],
    ['no list at all', 'flexAlertDeg=50', 'overrides'],
  ])('is refused when it is %s', (_name, overrides, expected) => {
    const parse = (): unknown => parseLimitOverrides(overrides);
    expect(parse).toThrow(PlumblineError);
    expect(parse).toThrow(expect.objectContaining({ code: 'config/invalid' }));
    expect(parse).toThrow(expected);
  });
});
