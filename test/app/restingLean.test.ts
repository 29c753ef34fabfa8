import { describe, expect, it } from 'vitest';
import { DaySummaries } from '../../src/app/daySummary.ts';
import type { SecondSummary } from '../../src/motion/index.ts';

const second = (secondS: number, flexionDeg: number, more: Partial<SecondSummary['values']> = {}): SecondSummary => ({
  secondS,
  values: { flexionDeg, flexionRateMaxDps: 2, movementG: 0.005, ...more },
  activity: 'upright',
  coverage: 1,
});
type Lean = { restingS: number; medianDeg: number | null; byHourDeg: Record<string, number> };
function leanOf(seconds: readonly SecondSummary[]): Lean {
  const days = new DaySummaries('2026-03-01T08:00:00Z', 'chest');
  for (const one of seconds) days.addSecond(one);
  return (days.toJson()[0] as { restingLean: Lean }).restingLean;
}
const minutes = (fromMin: number, count: number, deg: number): SecondSummary[] =>
  Array.from({ length: count * 60 }, (_, i) => second(fromMin * 60 + i, deg));

describe('the lean at rest', () => {
  it('is the median of the day and of each hour by the clock', () => {
    const lean = leanOf([...minutes(0, 50, 2.1), ...minutes(60, 50, 6.1), ...minutes(120, 55, 9.1)]);
    expect(lean.byHourDeg).toEqual({ '8': 2.25, '9': 6.25, '10': 9.25 });
    expect(lean.medianDeg).toBe(6.25);
  });

  it('leaves out bending, walking, lying and what moves', () => {
    const moving = Array.from({ length: 600 }, (_, i) => second(i, 40, { flexionRateMaxDps: 30 }));
    const shaken = Array.from({ length: 600 }, (_, i) => second(600 + i, 40, { movementG: 0.2 }));
    const lying = minutes(20, 10, -88).map((one) => ({ ...one, activity: 'lying' as const }));
    expect(leanOf([...moving, ...shaken, ...lying])).toEqual({ restingS: 0, medianDeg: null, byHourDeg: {} });
  });

  it('says nothing from less than five minutes', () => {
    expect(leanOf(minutes(0, 4, 5)).medianDeg).toBeNull();
    expect(leanOf(minutes(0, 5, 5)).medianDeg).toBe(5.25);
  });
});
