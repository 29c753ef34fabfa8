/** What the scorers beside the repository write as JSON, and which of it makes a run worthless. */
export interface Figure {
  readonly label: string;
  readonly value: number | null;
  readonly unit: string;
  readonly ci: readonly [number, number] | null;
  /** Of how many it is made; of what, the group says. */
  readonly n: number | null;
  /** Recordings that it should cover and that could not be analysed. */
  readonly failures: number;
}

export interface Target {
  readonly key: string;
  readonly op: '>=' | '<=';
  readonly target: number;
  /** The best figure known for the same quantity. */
  readonly anchor?: number;
}

interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface ScorerResult {
  readonly scorer: string;
  readonly crashed?: boolean;
  readonly recordings: number;
  readonly failures: readonly { readonly name: string; readonly reason: string }[];
  readonly runFailures: readonly string[];
  readonly figures: Readonly<Record<string, Figure>>;
  readonly tables?: readonly Table[];
}

export interface Scores {
  readonly targets: readonly Target[];
  readonly results: Readonly<Record<string, ScorerResult>>;
}

export const figuresOf = ({ results }: Scores): Readonly<Record<string, Figure>> =>
  Object.fromEntries(Object.values(results).flatMap(({ figures }) => Object.entries(figures)));

/** Scorers that ended early, and recordings that could not be analysed: with any of them the figures are not to be trusted. */
export function brokenRuns({ results }: Scores): string[] {
  return Object.values(results)
    .filter((r) => r.crashed || r.failures.length > 0 || r.runFailures.length > 0 || !(r.recordings > 0))
    .map((r) => {
      const found = [
        ...(r.crashed ? ['the scorer ended early'] : []),
        ...(r.recordings > 0 ? [] : ['no recording']),
        ...r.runFailures,
        ...r.failures.map(({ name, reason }) => `${name}: ${reason}`),
      ];
      return `${r.scorer}: expected every recording analysed, found ${found.join('; ')}`;
    });
}
