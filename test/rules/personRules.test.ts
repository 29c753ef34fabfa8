import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MotionEvent } from '../../src/model/event.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { RuleInput } from '../../src/rules/define.ts';
import { RULES } from '../../src/rules/index.ts';
import { PersonRules, type PersonRulesSnapshot } from '../../src/rules/personRules.ts';
import { angleSeries, bend, type Movement, spoken, stand, startsOf, verdictsOf } from './angleSeries.ts';

const ada = { tier: 'T2', overrides: [] } as const;

describe('the catalogue of rules', () => {
  it('has unique ids and topic-safe kinds, and every rule has a source', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(new Set(RULES.map(({ kind }) => kind)).size).toBe(RULES.length);
    for (const { kind, source } of RULES) {
      expect(kind).toMatch(/^[a-z0-9-]+$/);
      expect(source).not.toBe('');
    }
  });

  it('never frightens, blames or diagnoses the wearer', () => {
    for (const { text } of RULES) expect(text).not.toMatch(/danger|wrong|bad|fracture|osteoporosis|risk|!/i);
  });
});

describe('missing data', () => {
  it('is never counted as held: a bend across a gap is said only when enough of it was measured', () => {
    const split = (lostS: number): Verdict[] =>
      verdictsOf(
        [
          stand(2),
          { toDeg: 50, s: 0.3 },
          { s: 0.6 },
          { s: lostS, lost: true },
          { s: 0.6 },
          { toDeg: 0, s: 0.3 },
          stand(2),
        ],
        ada,
      );
    expect(spoken(split(0.4))).toContain('EV-BEND start');
    expect(spoken(split(0.8))).toEqual([]);
  });

  it('is not part of the hold time', () => {
    const held = (s: number): Verdict[] =>
      verdictsOf([{ toDeg: 35, s: 0.5 }, { s: 20 }, { s: 1.5, lost: true }, { s }, stand(4)], ada);
    expect(spoken(held(9))).toEqual([]);
    expect(spoken(held(11))).toContain('EV-BEND-HOLD start');
  });

  it('of more than 2 s ends what held, at the last moment that was seen', () => {
    const verdicts = verdictsOf(
      [stand(2), { toDeg: 50, s: 0.5 }, { s: 3 }, { s: 10, lost: true }, { s: 0.5 }, stand(2)],
      ada,
    );
    expect(spoken(verdicts)).toEqual(['EV-BEND start', 'EV-BEND end']);
    expect(verdicts.at(-1)?.decidedS).toBeCloseTo(1_786_000_000 + 5.5, 2);
    expect(verdicts.at(-1)?.values.durationS).toBeLessThan(3.2);
  });

  it('is the same as moments that are marked invalid', () => {
    const script = (kind: Partial<Movement>): Movement[] => [
      stand(1),
      { toDeg: 50, s: 0.5 },
      { s: 0.6 },
      { s: 5, ...kind },
      { s: 1.5 },
      stand(3),
    ];
    expect(verdictsOf(script({ invalid: true }), ada)).toEqual(verdictsOf(script({ lost: true }), ada));
  });

  it('may stand in single numbers: NaN is missing', () => {
    const verdicts: Verdict[] = [];
    const rules = new PersonRules(ada, (verdict) => verdicts.push(verdict));
    for (const input of angleSeries([stand(1), ...bend(50, 3), stand(2)])) {
      rules.push(input);
      rules.push({ ...input, tS: input.tS + 0.001, flexionDeg: Number.NaN });
      rules.push({ ...input, tS: Number.NaN });
    }
    expect(startsOf(verdicts, 'EV-BEND')).toHaveLength(1);
  });

  it('does not come from moments that arrive twice or late', () => {
    const inputs = [...angleSeries([stand(1), ...bend(50, 0.5), stand(2)])];
    const verdicts: Verdict[] = [];
    const rules = new PersonRules(ada, (verdict) => verdicts.push(verdict));
    for (const [i, input] of inputs.entries()) {
      rules.push(input);
      rules.push(input);
      rules.push(inputs[Math.max(0, i - 3)] ?? input);
    }
    expect(spoken(verdicts)).toEqual([]);
  });
});

describe('the end of a stream', () => {
  const bent = (): { rules: PersonRules; verdicts: Verdict[] } => {
    const verdicts: Verdict[] = [];
    const rules = new PersonRules(ada, (verdict) => verdicts.push(verdict));
    for (const input of angleSeries([stand(1), { toDeg: 50, s: 1 }, { s: 3 }])) rules.push(input);
    return { rules, verdicts };
  };

  it('ends what holds, once', () => {
    const { rules, verdicts } = bent();
    rules.interrupt();
    rules.interrupt();
    expect(spoken(verdicts)).toEqual(['EV-BEND start', 'EV-BEND end']);
  });

  it('comes also with a sensor that was taken off', () => {
    const { rules, verdicts } = bent();
    const event: MotionEvent = { id: 'offBody-1', type: 'offBody', startS: 1, endS: 61, decidedS: 61, confidence: 1 };
    rules.onMotionEvent(event);
    expect(spoken(verdicts)).toEqual(['EV-BEND start', 'EV-BEND end']);
  });

  it('a bend that turns out to be part of a transfer is corrected and not counted', () => {
    const { rules, verdicts } = bent();
    const startS = verdicts[0]?.startS ?? 0;
    const times = { startS: startS - 0.5, endS: startS + 2, decidedS: startS + 3 };
    rules.onMotionEvent({ id: 'sitToStand-1', type: 'sitToStand', ...times, confidence: 0.9 });
    expect(verdicts.at(-1)).toMatchObject({ ruleId: 'EV-BEND', phase: 'end', values: { partOf: 'sitToStand' } });
    expect(rules.snapshot().rules['EV-BEND-REP']).toMatchObject({ bendsS: [] });
  });
});

describe('new limits', () => {
  it('are used from the next moment on; what is going on goes on', () => {
    const verdicts: Verdict[] = [];
    const rules = new PersonRules(ada, (verdict) => verdicts.push(verdict));
    const inputs = [...angleSeries([stand(1), { toDeg: 40, s: 0.5 }, { s: 3 }, { s: 3 }, stand(3)])];
    for (const [i, input] of inputs.entries()) {
      if (i === 200) rules.setPerson({ tier: 'T3', overrides: [] });
      if (i === 300) rules.setPerson({ tier: 'T1', overrides: [] });
      rules.push(input);
    }
    expect(spoken(verdicts)).toEqual(['EV-BEND start', 'EV-BEND end']);
    expect(verdicts[0]?.because).toContain('tier T3');
    expect(verdicts[0]?.decidedS).toBeCloseTo(1_786_000_000 + 5, 1);
  });
});

describe('the state of the rules', () => {
  const movement = fc.record({
    toDeg: fc.integer({ min: -20, max: 90 }),
    s: fc.integer({ min: 1, max: 40 }).map((n) => n / 4),
    posture: fc.constantFrom<RuleInput['posture']>('standing', 'standing', 'walking', 'lying'),
    transfer: fc.boolean(),
    lost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  });
  const tier = fc.constantFrom('T1' as const, 'T2' as const, 'T3' as const);

  it('survives JSON: saving and going on elsewhere, at any moments, makes no difference', () => {
    fc.assert(
      fc.property(
        fc.array(movement, { maxLength: 25 }),
        tier,
        fc.array(fc.nat(2000), { maxLength: 6 }),
        (movements, t, cuts) => {
          const person = { tier: t, overrides: [] };
          const whole = verdictsOf(movements, person, 20);
          const cutAt = new Set(cuts);
          const verdicts: Verdict[] = [];
          const onVerdict = (verdict: Verdict): void => void verdicts.push(verdict);
          let rules = new PersonRules(person, onVerdict);
          let i = 0;
          for (const input of angleSeries(movements, 20)) {
            if (cutAt.has(i++)) {
              const saved = JSON.parse(JSON.stringify(rules.snapshot())) as PersonRulesSnapshot;
              rules = new PersonRules(person, onVerdict);
              rules.restore(saved);
            }
            rules.push(input);
          }
          expect(verdicts).toEqual(whole);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it('keeps verdicts in pairs: every start ends before the next start of its rule, in order of time', () => {
    fc.assert(
      fc.property(fc.array(movement, { maxLength: 40 }), tier, (movements, t) => {
        const verdicts = verdictsOf(movements, { tier: t }, 20);
        const open = new Set<string>();
        let decidedS = 0;
        for (const { ruleId, phase, startS, ...verdict } of verdicts) {
          expect(phase === 'start').toBe(!open.has(ruleId));
          if (phase === 'start') open.add(ruleId);
          if (phase === 'end') open.delete(ruleId);
          expect(startS).toBeLessThanOrEqual(verdict.decidedS);
          expect(verdict.confidence).toBeGreaterThanOrEqual(0);
          expect(verdict.confidence).toBeLessThanOrEqual(1);
          // An interruption is dated back to the last moment that was seen, never before it.
          expect(verdict.decidedS).toBeGreaterThanOrEqual(decidedS);
          decidedS = verdict.decidedS;
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('of another version is left aside', () => {
    const rules = new PersonRules(ada, () => {});
    rules.restore({ version: 0, cues: { cuesS: [1], lastByRuleS: {} }, rules: {} });
    expect(rules.snapshot().cues.cuesS).toEqual([]);
  });

  it('stays small over a long day of bending', () => {
    const rules = new PersonRules({ tier: 'T3', overrides: [] }, () => {});
    const day: Movement[] = Array.from({ length: 600 }, () => [...bend(40, 1.5), stand(5)]).flat();
    for (const input of angleSeries(day, 20)) rules.push(input);
    expect(JSON.stringify(rules.snapshot()).length).toBeLessThan(16_000);
  });
});

describe('cues', () => {
  it('stay within six in an hour; what is beyond is stored all the same', () => {
    const hour: Movement[] = Array.from({ length: 30 }, () => [...bend(50, 1.5), stand(100)]).flat();
    const verdicts = verdictsOf(hour, ada, 20);
    expect(startsOf(verdicts, 'EV-BEND')).toHaveLength(30);
    expect(verdicts.filter(({ cue }) => cue)).toHaveLength(6);
  });

  it('never come with the end of something', () => {
    const verdicts = verdictsOf([stand(1), ...bend(60, 40), stand(5)], ada);
    expect(verdicts.filter(({ phase, cue }) => phase === 'end' && cue)).toEqual([]);
  });
});
