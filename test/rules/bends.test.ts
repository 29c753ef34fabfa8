import { describe, expect, it } from 'vitest';
import type { Tier } from '../../src/model/person.ts';
import { effectiveLimits } from '../../src/rules/limits.ts';
import { bend, type Movement, spoken, stand, startsOf, verdictsOf } from './angleSeries.ts';

const T0_S = 1_786_000_000;
const TIERS: Tier[] = ['T1', 'T2', 'T3'];
const limitsOf = (tier: Tier) => effectiveLimits({ tier, overrides: [] });
const times = <T>(n: number, make: () => T[]): T[] => Array.from({ length: n }, make).flat();

describe('golden scenarios of the clinical specification, 3b', () => {
  it('GS-01: 46° in 1.5 s held 1.2 s is one EV-BEND, peak 46°, with a cue', () => {
    const verdicts = verdictsOf([stand(5), { toDeg: 46, s: 1.5 }, { s: 1.2 }, { toDeg: 0, s: 1.5 }, stand(5)], {
      tier: 'T2',
    });
    expect(spoken(verdicts, true)).toEqual(['EV-BEND start', 'EV-BEND end']);
    expect(verdicts[0]?.cue).toBe(true);
    expect(verdicts[1]?.values.peakDeg).toBeCloseTo(46, 5);
  });

  it('GS-02: the same at 44° is none', () => {
    expect(
      verdictsOf([stand(5), { toDeg: 44, s: 1.5 }, { s: 1.2 }, { toDeg: 0, s: 1.5 }, stand(5)], { tier: 'T2' }),
    ).toEqual([]);
  });

  it('GS-03: at 50° for 0.8 s is none', () => {
    expect(spoken(verdictsOf([stand(5), ...bend(50, 0.74), stand(5)], { tier: 'T2' }))).toEqual([]);
  });

  it('GS-04: 32° for 31 s is EV-BEND-HOLD and no EV-BEND', () => {
    const verdicts = verdictsOf([stand(5), { toDeg: 32, s: 1.5 }, { s: 31 }, { toDeg: 0, s: 1.5 }, stand(5)], {
      tier: 'T2',
    });
    expect(spoken(verdicts, true)).toEqual(['EV-BEND-HOLD start', 'EV-BEND-HOLD end']);
    expect(verdicts[0]?.values).toMatchObject({ heldS: 30, meanDeg: 32 });
  });

  it('GS-05: ten 62° bends, one each 25 s, are ten EV-BEND, one EV-BEND-REP and at most five cues', () => {
    const one: Movement[] = [{ toDeg: 62, s: 1.5 }, { s: 2 }, { toDeg: 0, s: 1.5 }, { s: 20 }];
    const verdicts = verdictsOf([stand(5), ...times(10, () => one)], { tier: 'T1' });
    expect(startsOf(verdicts, 'EV-BEND')).toHaveLength(10);
    expect(startsOf(verdicts, 'EV-BEND-REP')).toHaveLength(1);
    expect(verdicts.filter(({ cue }) => cue).length).toBeLessThanOrEqual(5);
    expect(verdicts.filter(({ cue }) => cue).length).toBeGreaterThan(0);
  });

  it('GS-06: a chair rise with a lean of 40° for 1.5 s is none', () => {
    const rise: Movement[] = [
      { toDeg: 40, s: 0.7, transfer: true },
      { s: 1.5, transfer: true },
      { toDeg: 0, s: 0.7, transfer: true },
    ];
    expect(verdictsOf([stand(5), ...rise, stand(5)], { tier: 'T3' })).toEqual([]);
    const notARise = rise.map((movement) => ({ ...movement, transfer: false }));
    expect(spoken(verdictsOf([stand(5), ...notARise, stand(5)], { tier: 'T3' }))).toContain('EV-BEND start');
  });

  it('GS-08: lying supine or prone for half an hour is no posture event', () => {
    const supine: Movement[] = [
      { toDeg: -90, s: 3, posture: 'lying' },
      { s: 1800, posture: 'lying' },
    ];
    const prone: Movement[] = [
      { toDeg: 85, s: 3, posture: 'lying' },
      { s: 1800, posture: 'lying' },
    ];
    expect(verdictsOf([...supine, ...prone], { tier: 'T3' }, 10)).toEqual([]);
  });
});

describe.each(TIERS)('EV-BEND in tier %s', (tier) => {
  const { flexAlertDeg, flexCautionDeg, flexMinDurS } = limitsOf(tier);

  it('is said at the limit, not 1° under it', () => {
    expect(spoken(verdictsOf([stand(2), ...bend(flexAlertDeg, 1.5), stand(3)], { tier }))).toContain('EV-BEND start');
    expect(spoken(verdictsOf([stand(2), ...bend(flexAlertDeg - 1, 1.5), stand(3)], { tier }))).toEqual([]);
  });

  it('is said as soon as the angle was held long enough, while still bent', () => {
    const [verdict] = startsOf(verdictsOf([stand(2), { toDeg: flexAlertDeg, s: 1 }, { s: 10 }], { tier }), 'EV-BEND');
    expect(verdict?.startS).toBeCloseTo(T0_S + 3, 2);
    expect(verdict?.decidedS).toBeCloseTo(T0_S + 3 + flexMinDurS, 2);
  });

  it('is over when the angle was below the caution angle for 1 s, not before', () => {
    const up: Movement[] = [{ toDeg: flexAlertDeg + 5, s: 0.5 }, { s: 2 }, { toDeg: flexCautionDeg - 1, s: 0.02 }];
    expect(spoken(verdictsOf([...up, { s: 0.9 }], { tier }))).toEqual(['EV-BEND start']);
    expect(spoken(verdictsOf([...up, { s: 1.1 }], { tier }))).toEqual(['EV-BEND start', 'EV-BEND end']);
    const dip: Movement[] = [...up, { s: 0.9 }, { toDeg: flexCautionDeg, s: 0.1 }, { s: 2 }];
    expect(spoken(verdictsOf(dip, { tier }))).toEqual(['EV-BEND start']);
  });
});

describe('EV-BEND', () => {
  it('says what happened, how sure it is, against which limit, from what source', () => {
    const [verdict] = verdictsOf([stand(2), { toDeg: 50, s: 1 }, { s: 2 }], { tier: 'T2' });
    expect(verdict).toMatchObject({
      ruleId: 'EV-BEND',
      kind: 'bend',
      severity: 'low',
      phase: 'start',
      confidence: 0.85,
      text: 'You bent far forward. Next time bend your hips and knees and keep your back long.',
      values: { peakDeg: 50, limitDeg: 45, heldS: 1, source: 'one sensor' },
    });
    expect(verdict?.because).toContain(
      'The limit is 45° of forward lean, the usual value for fracture tier T2; source [R:ISO11226]',
    );
  });

  it('follows the limit that the therapist set', () => {
    const overrides = [{ key: 'flexAlertDeg', value: 55, reason: 'agreed at the visit', by: 'pt.smith' }];
    expect(spoken(verdictsOf([stand(2), ...bend(54, 2), stand(2)], { tier: 'T2', overrides }))).toEqual([]);
    expect(spoken(verdictsOf([stand(2), ...bend(55, 2), stand(2)], { tier: 'T2', overrides }))).toContain(
      'EV-BEND start',
    );
  });

  it('is not said of somebody reclined, lying or of unknown posture', () => {
    for (const posture of ['reclined', 'lying', 'unknown'] as const) {
      expect(
        verdictsOf(
          [
            { toDeg: 70, s: 1, posture },
            { s: 5, posture },
          ],
          { tier: 'T1' },
        ),
      ).toEqual([]);
    }
  });

  it('is over when the wearer turns out to lie down', () => {
    const verdicts = verdictsOf([stand(2), { toDeg: 70, s: 1.5 }, { s: 3 }, { s: 5, posture: 'lying' }], {
      tier: 'T1',
    });
    expect(spoken(verdicts)).toEqual(['EV-BEND start', 'EV-BEND end']);
  });

  it('counts one movement once, however often it dips below the limit', () => {
    const wave = times(5, (): Movement[] => [{ toDeg: 65, s: 0.5 }, { s: 1.5 }, { toDeg: 50, s: 0.5 }]);
    expect(spoken(verdictsOf([stand(2), ...wave, stand(2)], { tier: 'T1' }))).toEqual(['EV-BEND start', 'EV-BEND end']);
  });
});

describe.each(TIERS)('EV-BEND-HOLD in tier %s', (tier) => {
  const { flexCautionDeg, flexHoldS } = limitsOf(tier);

  it('is said at the caution angle after the hold time, not 1° under and not 1 s earlier', () => {
    const held = (deg: number, s: number): string[] =>
      spoken(verdictsOf([stand(2), ...bend(deg, s), stand(4)], { tier }));
    expect(held(flexCautionDeg, flexHoldS + 0.1)).toEqual(['EV-BEND-HOLD start', 'EV-BEND-HOLD end']);
    expect(held(flexCautionDeg - 1, flexHoldS + 10)).toEqual([]);
    expect(held(flexCautionDeg, flexHoldS - 1)).toEqual([]);
  });

  it('is repeated each second multiple of the hold time, three times at most', () => {
    const verdicts = verdictsOf([stand(2), ...bend(flexCautionDeg, 11 * flexHoldS), stand(4)], { tier }, 20);
    const said = verdicts.filter(({ ruleId, phase }) => ruleId === 'EV-BEND-HOLD' && phase !== 'end');
    expect(said.map(({ phase }) => phase)).toEqual(['start', 'repeat', 'repeat', 'repeat']);
    expect(said.map(({ values }) => values.heldS)).toEqual([1, 3, 5, 7].map((n) => n * flexHoldS));
    expect(new Set(said.map(({ startS }) => startS)).size).toBe(1);
  });
});

describe('EV-BEND-HOLD', () => {
  it('goes on over dips of up to 2 s and not over longer ones', () => {
    const dipped = (s: number): string[] =>
      spoken(
        verdictsOf(
          [{ toDeg: 35, s: 0.5 }, { s: 20 }, { toDeg: 20, s: 0.02 }, { s }, { toDeg: 35, s: 0.02 }, { s: 12 }],
          { tier: 'T2' },
        ),
      );
    expect(dipped(1.8)).toEqual(['EV-BEND-HOLD start']);
    expect(dipped(2.2)).toEqual([]);
  });
});

describe.each(TIERS)('EV-BEND-REP in tier %s', (tier) => {
  const { flexAlertDeg, bendPerHour, bendBurstN } = limitsOf(tier);
  const bends = (n: number, everyS: number): Movement[] =>
    times(n, () => [...bend(flexAlertDeg + 5, 1.5), stand(everyS - 2.1)]);

  it('is said at the number of bends within five minutes, not at one less', () => {
    const everyS = 290 / bendBurstN;
    expect(startsOf(verdictsOf(bends(bendBurstN, everyS), { tier }), 'EV-BEND-REP')).toHaveLength(1);
    expect(startsOf(verdictsOf(bends(bendBurstN - 1, everyS), { tier }), 'EV-BEND-REP')).toEqual([]);
  });

  it('is said at the number of bends within an hour, not at one less', () => {
    const everyS = 3500 / bendPerHour;
    const [verdict] = startsOf(verdictsOf(bends(bendPerHour, everyS), { tier }, 20), 'EV-BEND-REP');
    expect(verdict?.values).toMatchObject({ bendsInHourCount: bendPerHour, limitCount: bendPerHour });
    expect(verdict?.because).toContain('bends in an hour');
    expect(startsOf(verdictsOf(bends(bendPerHour - 1, everyS), { tier }, 20), 'EV-BEND-REP')).toEqual([]);
  });
});

describe('EV-BEND-REP', () => {
  const bends = (n: number, everyS: number): Movement[] => times(n, () => [...bend(40, 1.5), stand(everyS - 2.1)]);

  it('is said once an hour, however many bends follow, and names the limit that was passed', () => {
    const verdicts = verdictsOf(bends(130, 60), { tier: 'T3' }, 20).filter(({ ruleId }) => ruleId === 'EV-BEND-REP');
    expect(verdicts.map(({ phase }) => phase)).toEqual(['start', 'repeat', 'repeat']);
    expect(verdicts[0]?.because).toContain('bends in an hour');
    const [first, second] = verdicts;
    expect((second?.decidedS ?? 0) - (first?.decidedS ?? 0)).toBeGreaterThanOrEqual(3600);
  });

  it('is over when there are fewer bends again', () => {
    const verdicts = verdictsOf([...bends(6, 20), stand(3700)], { tier: 'T3' }, 20);
    expect(spoken(verdicts).filter((said) => said.startsWith('EV-BEND-REP'))).toEqual([
      'EV-BEND-REP start',
      'EV-BEND-REP end',
    ]);
  });
});

describe.each(TIERS)('EV-BEND-FAST in tier %s', (tier) => {
  const { flexVelDegS } = limitsOf(tier);
  const to = (deg: number, s: number): Movement[] => [
    stand(2),
    { toDeg: deg, s },
    { s: 0.5 },
    { toDeg: 0, s: 2 },
    stand(2),
  ];
  const starts = (movements: Movement[]): number =>
    startsOf(verdictsOf(movements, { tier }, 100), 'EV-BEND-FAST').length;

  it('is said at the speed limit with 20° of movement, not below either', () => {
    expect(starts(to(0.4 * flexVelDegS, 0.4))).toBe(1);
    expect(starts(to(0.4 * (flexVelDegS - 1), 0.4))).toBe(0);
    expect(starts(to(19, 0.1))).toBe(0);
  });
});

describe('EV-BEND-FAST', () => {
  const fast: Movement[] = [{ toDeg: 40, s: 0.25 }, { s: 0.5 }, { toDeg: 0, s: 2 }];

  it('is said once a minute', () => {
    const verdicts = verdictsOf(
      times(8, () => [...fast, stand(12.25)]),
      { tier: 'T1' },
      100,
    );
    expect(startsOf(verdicts, 'EV-BEND-FAST')).toHaveLength(2);
  });

  it('is not made of a slow lean and a small quick move', () => {
    expect(
      startsOf(
        verdictsOf([stand(1), { toDeg: 18, s: 3 }, { s: 1 }, { toDeg: 30, s: 0.06 }, { s: 2 }], { tier: 'T1' }, 100),
        'EV-BEND-FAST',
      ),
    ).toEqual([]);
  });

  it('is not said of a chair rise', () => {
    const rise = fast.map((movement) => ({ ...movement, transfer: true }));
    expect(verdictsOf([stand(1), ...rise, stand(1)], { tier: 'T3' })).toEqual([]);
  });

  it('comes first: the bend that it becomes is stored without a second cue', () => {
    const verdicts = verdictsOf([stand(1), { toDeg: 70, s: 0.4 }, { s: 3 }], { tier: 'T1' }, 100);
    const said = verdicts.filter(({ phase }) => phase === 'start');
    expect(said.map(({ ruleId, cue }) => [ruleId, cue])).toEqual([
      ['EV-BEND-FAST', true],
      ['EV-BEND', false],
    ]);
  });
});
