import { describe, expect, it } from 'vitest';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { SecondSummarizer, type SecondSummary } from '../../src/motion/secondSummary.ts';
import { POSTURE_INDEX } from '../../src/motion/posture/postureClass.ts';
import { type Columns, feed } from './framesOf.ts';

const G = STANDARD_GRAVITY_MPS2;
const RATE_HZ = 50;
const REST: Columns = {
  acc: [0, G, 0],
  flexionRad: 0.1,
  flexionRateRadps: 0,
  lateralRad: 0,
  rotationRad: 0,
  inclinationRad: 0.1,
  posture: POSTURE_INDEX.upright,
};

function run(seconds: number, columnsAt: (i: number) => Columns | undefined, startS = 0): SecondSummary[] {
  const out: SecondSummary[] = [];
  const summarizer = new SecondSummarizer(RATE_HZ);
  feed(
    RATE_HZ,
    Math.round(seconds * RATE_HZ),
    (i) => columnsAt(i),
    (frame) => summarizer.push(frame, (second) => out.push(second)),
    startS,
  );
  summarizer.flush((second) => out.push(second));
  return out;
}

describe('seconds', () => {
  it('hold means, extremes and the most frequent posture of a whole second of the clock', () => {
    const [first, second, ...others] = run(2, (i) => ({
      ...REST,
      flexionRad: (i < 50 ? i % 50 : 10) * RAD_PER_DEG,
      flexionRateRadps: (i === 20 ? 77 : 3) * RAD_PER_DEG,
      lateralRad: -5 * RAD_PER_DEG,
      rotationRad: 4 * RAD_PER_DEG,
      inclinationRad: 6 * RAD_PER_DEG,
      posture: i < 20 ? POSTURE_INDEX.walking : POSTURE_INDEX.upright,
    }));
    expect(others).toEqual([]);
    expect([first.secondS, second.secondS]).toEqual([0, 1]);
    expect(first.values.flexionDeg).toBeCloseTo(24.5, 9);
    expect(first.values.flexionMaxDeg).toBeCloseTo(49, 9);
    expect(first.values.flexionRateMaxDps).toBeCloseTo(77, 9);
    expect(first.values.lateralDeg).toBeCloseTo(-5, 9);
    expect(first.values.rotationDeg).toBeCloseTo(4, 9);
    expect(first.values.inclinationDeg).toBeCloseTo(6, 9);
    expect(first).toMatchObject({ activity: 'upright', coverage: 1 });
    expect(second.values.flexionMaxDeg).toBeCloseTo(10, 9);
  });

  it('movement is the standard deviation of |acc| in g', () => {
    const [still] = run(1, () => REST);
    // ±0.1 g to and fro has a standard deviation of 0.1 g.
    const [moved] = run(1, (i) => ({ ...REST, acc: [0, G * (1 + (i % 2 === 0 ? 0.1 : -0.1)), 0] }));
    expect(still.values.movementG).toBeCloseTo(0, 6);
    expect(moved.values.movementG).toBeCloseTo(0.1, 9);
  });

  it('a gap is not made up: no second without samples, and coverage says how much there was', () => {
    const seconds = run(5, (i) => (i >= 75 && i < 210 ? undefined : REST));
    expect(seconds.map(({ secondS }) => secondS)).toEqual([0, 1, 4]);
    expect(seconds.map(({ coverage }) => coverage)).toEqual([1, 0.5, 0.8]);
  });

  it('what is not defined is left out and never 0', () => {
    const [lyingOnASide] = run(1, () => ({ ...REST, flexionRad: NaN, flexionRateRadps: NaN, rotationRad: NaN }));
    expect(Object.keys(lyingOnASide.values).sort()).toEqual(['inclinationDeg', 'lateralDeg', 'movementG']);
  });

  it('means count only the samples that have a value', () => {
    const [second] = run(1, (i) => ({ ...REST, flexionRad: i < 10 ? 20 * RAD_PER_DEG : NaN }));
    expect(second.values.flexionDeg).toBeCloseTo(20, 9);
  });

  it('are those of the clock, also in Unix time and when the stream begins within one', () => {
    const seconds = run(2, () => REST, 1_790_000_000.5);
    expect(seconds.map(({ secondS }) => secondS)).toEqual([1_790_000_000, 1_790_000_001, 1_790_000_002]);
    expect(seconds[0].coverage).toBeCloseTo(0.5, 1);
  });
});
