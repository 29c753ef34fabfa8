/** Scores as the scorers write them, made up for tests. */
import type { Figure, ScorerResult, Scores, Target } from '../../bench/validation/scores.ts';

export const figure = (given: Partial<Figure>): Figure => ({
  label: 'a figure',
  value: 1,
  unit: '%',
  ci: null,
  n: 1,
  failures: 0,
  ...given,
});

export const resultOf = (scorer: string, given: Partial<ScorerResult> = {}): ScorerResult => ({
  scorer,
  recordings: 1,
  failures: [],
  runFailures: [],
  figures: {},
  tables: [],
  ...given,
});

export function scoresOf(figures: Readonly<Record<string, Figure>>, targets: readonly Target[] = []): Scores {
  const scorers = [...new Set(Object.keys(figures).map((name) => name.split('.')[0]))];
  const results = scorers.map((scorer) => {
    const own = Object.entries(figures).filter(([name]) => name.startsWith(`${scorer}.`));
    return [scorer, resultOf(scorer, { figures: Object.fromEntries(own) })] as const;
  });
  return { targets, results: Object.fromEntries(results) };
}
