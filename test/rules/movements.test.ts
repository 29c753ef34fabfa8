/** The rules about turning, leaning to a side, slouching and what is better left out. Times and limits of the clinical specification 3. */
import { describe, expect, it } from 'vitest';
import type { MotionEvent, MotionEventType } from '../../src/model/event.ts';
import type { Tier } from '../../src/model/person.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { PersonRules } from '../../src/rules/personRules.ts';
import { angleSeries, type Movement, stand } from './angleSeries.ts';

const START_S = 1_786_000_000;

/** Movements, and motion events at seconds after the start; what the rules say, events being heard when they are decided. */
function said(movements: readonly Movement[], events: readonly MotionEvent[] = [], tier: Tier = 'T2'): Verdict[] {
  const verdicts: Verdict[] = [];
  const rules = new PersonRules({ tier, overrides: [] }, (verdict) => verdicts.push(verdict));
  let next = 0;
  for (const input of angleSeries(movements, 50, START_S)) {
    rules.push(input);
    while (next < events.length && events[next].decidedS <= input.tS) rules.onMotionEvent(events[next++]);
  }
  rules.interrupt();
  return verdicts;
}
const idsOf = (verdicts: readonly Verdict[]): string[] => verdicts.map(({ ruleId, phase }) => `${ruleId} ${phase}`);
const startsOf = (verdicts: readonly Verdict[]): string[] =>
  verdicts.filter(({ phase }) => phase === 'start').map(({ ruleId }) => ruleId);

function event(type: MotionEventType, atS: number, fields: Record<string, number | string> = {}): MotionEvent {
  const startS = START_S + atS;
  const times = { startS, endS: startS + 2, peakS: startS + 1, decidedS: startS + 3 };
  return { id: `${type}-${atS}`, type, ...times, confidence: 0.6, ...fields };
}
const twist = (atS: number, peakDeg: number, riseS = 1): MotionEvent =>
  event('twist', atS, { peakDeg, riseS, side: 'left' });

describe('EV-TWIST', () => {
  it.each([
    ['T1', 60],
    ['T2', 45],
    ['T3', 30],
  ] as const)('in tier %s from %i° on, with its end', (tier, limitDeg) => {
    expect(idsOf(said([stand(10)], [twist(2, limitDeg)], tier))).toEqual(['EV-TWIST start', 'EV-TWIST end']);
    expect(said([stand(10)], [twist(2, limitDeg - 0.1)], tier)).toEqual([]);
  });

  it('is not said of a slow turn, and never surer than 0.6', () => {
    expect(said([stand(10)], [twist(2, 70, 2.5)])).toEqual([]);
    expect(said([stand(10)], [twist(2, 89)])[0].confidence).toBeLessThanOrEqual(0.6);
  });
});

describe('EV-BENDTWIST', () => {
  const bend = (deg: number, more: Partial<Movement> = {}): Movement[] => [
    { toDeg: deg, s: 1 },
    { s: 2, ...more },
    { toDeg: 0, s: 1 },
  ];

  it('is said at once while bent and turned, once however long it lasts', () => {
    const turning = [10, 20].map((rotationDeg) => ({ s: 0.1, rotationDeg }));
    const held = { s: 9, rotationDeg: 32 };
    const verdicts = said([stand(2), { toDeg: 35, s: 1 }, ...turning, held, { toDeg: 0, s: 1 }, stand(5)]);
    expect(startsOf(verdicts).filter((id) => id === 'EV-BENDTWIST')).toHaveLength(1);
    const [{ decidedS, values }] = verdicts;
    expect(decidedS - START_S).toBeLessThan(3.4);
    expect(values).toMatchObject({ rotationDeg: 32, rotationLimitDeg: 30, limitDeg: 30 });
  });

  it('needs both: 29° of bending or 29° of turning is not enough', () => {
    expect(said([stand(2), ...bend(29, { rotationDeg: 60 }), stand(5)])).toEqual([]);
    expect(said([stand(2), ...bend(35, { rotationDeg: 29 }), stand(5)])).toEqual([]);
  });

  it('is not said of somebody who has stepped round and then bends straight', () => {
    const turned: Movement[] = Array.from({ length: 9 }, (_, i) => ({ s: 0.15, rotationDeg: 10 * i, stepping: true }));
    const facing = { rotationDeg: 90 };
    const pause: Movement = { ...facing, s: 1.5 };
    const down: Movement[] = [
      { ...facing, toDeg: 40, s: 1 },
      { ...facing, s: 1 },
      { ...facing, toDeg: 0, s: 1 },
    ];
    // After 6 s the heading that rotation is measured against moves along.
    const after: Movement[] = [...bend(40), stand(3)];
    expect(startsOf(said([stand(2), ...turned, pause, ...down, pause, ...after]))).not.toContain('EV-BENDTWIST');
  });

  it('is not said of somebody who steps round', () => {
    expect(said([stand(2), ...bend(35, { rotationDeg: 60, stepping: true }), stand(5)])).toEqual([]);
  });

  it('counts a twist up to 3 s before or after the bend, not 4', () => {
    const withTwistAt = (atS: number): string[] =>
      startsOf(said([stand(10), ...bend(35), stand(15)], [twist(atS, 40)]));
    // Beyond 30° from 10.86 to 13.14 s; the twist peaks 1 s after it begins.
    expect(withTwistAt(7)).toContain('EV-BENDTWIST');
    expect(withTwistAt(5.8)).not.toContain('EV-BENDTWIST');
    expect(withTwistAt(15)).toContain('EV-BENDTWIST');
    expect(withTwistAt(16.2)).not.toContain('EV-BENDTWIST');
  });
});

describe('EV-SIDE', () => {
  const lean = (lateralDeg: number, s: number, more: Partial<Movement> = {}): Movement => ({ lateralDeg, s, ...more });

  it.each([
    [25, 1.2, 1],
    [-25, 1.2, 1],
    [24.9, 5, 0],
    [40, 0.9, 0],
    [70, 5, 0],
  ])('%f° for %f s: said %i times', (deg, s, count) => {
    expect(startsOf(said([stand(2), lean(deg, s), stand(3)]))).toHaveLength(count);
  });

  it('names the side and ends', () => {
    const verdicts = said([stand(2), lean(-30, 2), stand(3)]);
    expect(idsOf(verdicts)).toEqual(['EV-SIDE start', 'EV-SIDE end']);
    expect(verdicts[0].values).toMatchObject({ side: 'left', peakDeg: 30, limitDeg: 25 });
  });

  it('is not said on the way to lying on a side, however slowly', () => {
    const down = Array.from({ length: 80 }, (_, i) => lean(i, 0.1));
    expect(said([stand(2), ...down, lean(85, 60)])).toEqual([]);
  });

  it('is not said of somebody who walks, or lies', () => {
    expect(said([stand(2), lean(30, 3, { stepping: true }), stand(2)])).toEqual([]);
    expect(said([stand(2), lean(30, 3, { posture: 'lying' }), stand(2)])).toEqual([]);
  });
});

describe('EV-SLOUCH', () => {
  const sitAt = (deg: number, s: number): Movement => ({ toDeg: deg, s, posture: 'sitting' });
  const slouched = (minutes: number): Movement[] => [sitAt(13, 0.1), sitAt(13, minutes * 60)];

  it('comes after the minutes of the tier, again each time as long, at most four times an hour', () => {
    const verdicts = said(slouched(55));
    expect(idsOf(verdicts)).toEqual([
      'EV-SLOUCH start',
      'EV-SLOUCH repeat',
      'EV-SLOUCH repeat',
      'EV-SLOUCH repeat',
      'EV-SLOUCH end',
    ]);
    expect(Math.round((verdicts[0].decidedS - START_S) / 60)).toBe(10);
    expect(Math.round((verdicts[1].decidedS - START_S) / 60)).toBe(20);
  });

  it('begins anew after sitting up for 3 s, and goes on after 1 s', () => {
    const twice = (pauseS: number): Verdict[] =>
      said([...slouched(6), sitAt(0, 0.1), sitAt(0, pauseS), ...slouched(6)]);
    expect(twice(3)).toEqual([]);
    expect(startsOf(twice(1))).toEqual(['EV-SLOUCH']);
  });

  it('never ends without having begun', () => {
    const six = Array.from({ length: 6 }, () => [...slouched(10.1), sitAt(0, 0.1), sitAt(0, 3)]).flat();
    const ids = idsOf(said(six));
    expect(ids.filter((id) => id === 'EV-SLOUCH end')).toHaveLength(
      ids.filter((id) => id === 'EV-SLOUCH start').length,
    );
  });
});

describe('EV-PROHIB', () => {
  const crunches = (count: number, peakDeg: number): MotionEvent[] =>
    Array.from({ length: count }, (_, i) => ({ ...event('crunch', 2 + 4 * i, { peakDeg }), decidedS: START_S + 20 }));
  const lying: Movement[] = [
    { toDeg: -90, s: 1, posture: 'lying' },
    { s: 60, posture: 'lying' },
  ];

  it('is said once of a bout of sit-ups that raise the trunk by 30° or more', () => {
    expect(idsOf(said(lying, crunches(3, 45)))).toEqual(['EV-PROHIB start', 'EV-PROHIB end']);
    expect(said(lying, crunches(5, 45)).filter(({ phase }) => phase === 'start')).toHaveLength(1);
    expect(said(lying, crunches(2, 45))).toEqual([]);
    expect(said(lying, crunches(3, 29))).toEqual([]);
  });

  const touch = (upDeg: number): Movement[] => [
    { toDeg: 85, s: 1.5 },
    { toDeg: upDeg, s: 1.5 },
  ];
  it.each([
    ['two toe touches', [...touch(0), ...touch(0)], true],
    ['two that bounce halfway up', [...touch(55), ...touch(0)], true],
    ['one', touch(0), false],
    ['one that trembles', [...touch(75), ...touch(0)], false],
    ['two, 40 s apart', [...touch(0), stand(40), ...touch(0)], false],
  ])('%s', (_name, movements, isSaid) => {
    expect(startsOf(said([stand(2), ...movements, stand(2)])).includes('EV-PROHIB')).toBe(isSaid);
  });

  it('is said of five hard twists in a minute', () => {
    const twists = (count: number): MotionEvent[] => Array.from({ length: count }, (_, i) => twist(2 + 5 * i, 50));
    expect(startsOf(said([stand(60)], twists(5)))).toContain('EV-PROHIB');
    expect(startsOf(said([stand(60)], twists(4)))).not.toContain('EV-PROHIB');
  });

  it('is not said again of a single repetition after a bout', () => {
    const bout = [2, 5, 8, 11, 14].map((atS) => twist(atS, 50));
    const starts = said([stand(80)], [...bout, twist(52, 50)]).filter(
      ({ ruleId, phase }) => ruleId === 'EV-PROHIB' && phase === 'start',
    );
    expect(starts).toHaveLength(1);
  });

  it('is not said of somebody who lies on a side a little on the front and rolls', () => {
    const onSide: Movement = { toDeg: 85, s: 5, lateralDeg: 64 };
    const rolled: Movement = { toDeg: 0, s: 3, lateralDeg: 64 };
    expect(said([onSide, rolled, onSide, rolled, onSide])).toEqual([]);
  });
});

describe('EV-CALIB', () => {
  const otherwise = { isWornDifferently: true };
  it('is said once while the sensor sits otherwise, and posture is not judged meanwhile', () => {
    const verdicts = said([
      stand(5),
      { s: 5, ...otherwise },
      { toDeg: 60, s: 1, ...otherwise },
      { s: 40, lateralDeg: 30, ...otherwise },
      { toDeg: 0, s: 1, ...otherwise },
      stand(5),
      { toDeg: 60, s: 1.5 },
      { s: 2 },
    ]);
    expect(idsOf(verdicts)).toEqual(['EV-CALIB start', 'EV-CALIB end', 'EV-BEND start', 'EV-BEND end']);
  });
});

describe('EV-GETUP and EV-JERK are counted and nobody is told', () => {
  it.each([
    ['getUp', { rollDeg: 12 }, 'EV-GETUP'],
    ['lieDown', { rollDeg: 12 }, 'EV-GETUP'],
    ['abruptFlexion', { peakRateDps: 70, peakDeg: 12 }, 'EV-JERK'],
  ] as const)('%s', (type, fields, ruleId) => {
    const [verdict, end] = said([stand(10)], [event(type, 2, fields)]);
    expect(verdict).toMatchObject({ ruleId, severity: 'none', cue: false, phase: 'start' });
    expect(end.phase).toBe('end');
  });

  it('rolled by 30° or more, slower than 60°/s: not counted', () => {
    expect(said([stand(10)], [event('getUp', 2, { rollDeg: 31 })])).toEqual([]);
    expect(said([stand(10)], [event('abruptFlexion', 2, { peakRateDps: 59, peakDeg: 12 })])).toEqual([]);
  });
});

describe('a clock that is set back by three hours', () => {
  function around(first: readonly Movement[], second: readonly Movement[]): Verdict[] {
    const verdicts: Verdict[] = [];
    const rules = new PersonRules({ tier: 'T2', overrides: [] }, (verdict) => verdicts.push(verdict));
    for (const input of angleSeries(first, 50, START_S)) rules.push(input);
    rules.interrupt();
    verdicts.length = 0;
    for (const input of angleSeries(second, 50, START_S - 3 * 3600)) rules.push(input);
    rules.interrupt();
    return verdicts;
  }
  const toeTouch: Movement[] = [stand(2), { toDeg: 85, s: 1.5 }, { toDeg: 0, s: 1.5 }, stand(3)];
  const fast: Movement[] = [stand(2), { toDeg: 40, s: 0.3 }, { toDeg: 0, s: 1 }, stand(3)];

  it('neither adds what was before to what comes, nor silences it', () => {
    expect(startsOf(around(toeTouch, toeTouch))).not.toContain('EV-PROHIB');
    expect(startsOf(around(fast, fast))).toContain('EV-BEND-FAST');
  });
});
