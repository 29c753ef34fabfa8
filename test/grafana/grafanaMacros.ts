/**
 * What Grafana does to a query before InfluxDB sees it, and stricter: anything that it would pass on unreplaced is an error.
 * First the dashboard's variables (templateSrv), then the macros of the backend (pkg/tsdb/influxdb/models/query.go).
 */

/** `All` is a value of its own: with `allValue` Grafana puts that in as it stands, without quoting. */
export type VariableValue = { readonly text: string } | { readonly verbatim: string };

export interface QueryContext {
  readonly variables: Readonly<Record<string, VariableValue>>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
}

/** @throws Error that names the variable, format or macro nobody would replace. */
export function interpolate(query: string, context: QueryContext): string {
  const withVariables = query.replaceAll(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) =>
    variableText(context, name, format),
  );
  const complete = withVariables
    .replaceAll('$timeFilter', `time >= ${context.fromMs}ms and time <= ${context.toMs}ms`)
    .replaceAll('$__interval_ms', String(context.intervalMs))
    .replaceAll('$__interval', formatInterval(context.intervalMs));
  const left = /\$(?!\/)\S+|\[\[\S+/.exec(complete);
  if (left) throw new Error(`expected only known variables and macros, found ${left[0]} in ${query}`);
  return complete;
}

function variableText({ variables }: QueryContext, name: string, format: string | undefined): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`expected a variable of the dashboard, found \${${name}}`);
  if ('verbatim' in value) return value.verbatim;
  if (format === undefined || format === 'raw') return value.text;
  if (format === 'regex') return value.text.replaceAll(/[\\^$*+?.()|[\]{}/]/g, String.raw`\$&`);
  throw new Error(`expected the format regex or none, found \${${name}:${format}}`);
}

/** Grafana's steps: the length of a bucket is rounded to one of these. */
const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** Length of a bucket for a range, never shorter than `shortestMs`. */
export function intervalMs(rangeMs: number, maxDataPoints: number, shortestMs: number): number {
  const wantedMs = rangeMs / maxDataPoints;
  const nearestMs = STEPS_MS.reduce((best, step) =>
    Math.abs(step - wantedMs) < Math.abs(best - wantedMs) ? step : best,
  );
  return Math.max(nearestMs, shortestMs);
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `1m` → 60000 */
export function parseInterval(text: string): number {
  const parts = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!parts) throw new Error(`expected an interval such as 1s, 1m, 1h, found "${text}"`);
  return Number(parts[1]) * UNITS_MS[parts[2] as keyof typeof UNITS_MS];
}

/** 90000 → `90s`; the largest unit without a remainder. */
export function formatInterval(ms: number): string {
  const [unit, unitMs] =
    Object.entries(UNITS_MS)
      .toReversed()
      .find(([, candidateMs]) => ms % candidateMs === 0) ?? (['ms', 1] as const);
  return `${ms / unitMs}${unit}`;
}
