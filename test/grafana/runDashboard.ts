/** Runs every query of a dashboard as Grafana would, without Grafana: variables in order, then panels, then annotations. */
import {
  formatInterval,
  interpolate,
  intervalMs,
  parseInterval,
  type QueryContext,
  type VariableValue,
} from './grafanaMacros.ts';
import type { ProvisionedSource } from './provisionedSources.ts';

type Cell = string | number | boolean | null;

/** One line of a chart, or one table. */
interface AnsweredSeries {
  /** Legend entry, the alias filled in. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface AnsweredQuery {
  /** The panel's title, the variable's or the annotation's name. */
  readonly title: string;
  readonly refId: string;
  /** As it was sent. */
  readonly query: string;
  readonly series: readonly AnsweredSeries[];
  /** Columns of all series, `time` and tags included, sorted. */
  readonly columns: readonly string[];
  /** Rows in which something but the time is not null. */
  readonly rowsWithValue: number;
  /** Columns that are null in every row. */
  readonly emptyColumns: readonly string[];
}

export interface DashboardAnswers {
  /** What each variable offers. */
  readonly variables: Readonly<Record<string, readonly string[]>>;
  readonly panels: readonly AnsweredQuery[];
  readonly annotations: readonly AnsweredQuery[];
}

export interface DashboardRun {
  /** From `provisionedSources`. */
  readonly sources: readonly ProvisionedSource[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Chosen values; a variable that is not named takes its default, or the first that it offers. */
  readonly variables?: Readonly<Record<string, string>>;
  /** About the width of the widest panel in pixels. */
  readonly maxDataPoints?: number;
}

/** The parts of a dashboard that have to do with queries. */
export interface DashboardJson {
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: { readonly list: readonly AnnotationJson[] };
  readonly panels: readonly PanelJson[];
}
interface SourceRef {
  readonly type: string;
  readonly uid: string;
}
interface VariableJson {
  readonly name: string;
  readonly query: string;
  readonly datasource: SourceRef;
  readonly allValue?: string;
  readonly current?: { readonly value: string };
}
interface AnnotationJson {
  readonly name: string;
  readonly datasource: SourceRef;
  readonly target: { readonly refId: string; readonly query: string };
}
interface TargetJson {
  readonly refId: string;
  readonly datasource: SourceRef;
  readonly query: string;
  readonly alias?: string;
  readonly resultFormat: string;
}
interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly interval?: string;
  readonly targets?: readonly TargetJson[];
  readonly options?: { readonly reduceOptions?: { readonly fields?: string } };
  readonly fieldConfig?: {
    readonly overrides?: readonly { readonly matcher: { readonly id: string; readonly options?: unknown } }[];
  };
}

/** @throws Error for a query that InfluxDB refuses, an unknown variable, macro, alias or data source. */
export async function runDashboardQueries(dashboard: DashboardJson, run: DashboardRun): Promise<DashboardAnswers> {
  const { offered, chosen } = await resolveVariables(dashboard.templating.list, run);
  const context = (interval: string | undefined, source: ProvisionedSource): QueryContext => ({
    variables: chosen,
    fromMs: run.fromMs,
    toMs: run.toMs,
    intervalMs: intervalMs(
      run.toMs - run.fromMs,
      run.maxDataPoints ?? 1_000,
      Math.max(...[source.timeInterval, ...(interval === undefined ? [] : [interval])].map(parseInterval)),
    ),
  });
  const panels: AnsweredQuery[] = [];
  for (const panel of dashboard.panels) {
    for (const target of panel.targets ?? []) {
      const source = sourceOf(run, target.datasource);
      panels.push(await answer(panel.title, target, source, context(panel.interval, source)));
    }
  }
  const annotations: AnsweredQuery[] = [];
  for (const { name, datasource, target } of dashboard.annotations.list) {
    const source = sourceOf(run, datasource);
    if (!target.query.includes('$timeFilter')) throw new Error(`${name}: expected $timeFilter in ${target.query}`);
    annotations.push(await answer(name, target, source, context(undefined, source)));
  }
  return { variables: offered, panels, annotations };
}

async function resolveVariables(
  variables: readonly VariableJson[],
  run: DashboardRun,
): Promise<{ offered: Record<string, string[]>; chosen: Record<string, VariableValue> }> {
  const offered: Record<string, string[]> = {};
  const chosen: Record<string, VariableValue> = {};
  for (const variable of variables) {
    const source = sourceOf(run, variable.datasource);
    const query = interpolate(variable.query, { ...run, variables: chosen, intervalMs: 1_000 });
    const series = await ask(source, query);
    const values = series.flatMap(({ rows }) => rows.map((row) => String(row[1])));
    offered[variable.name] = values;
    chosen[variable.name] = choose(variable, values, run.variables?.[variable.name]);
  }
  return { offered, chosen };
}

function choose(variable: VariableJson, values: readonly string[], wanted: string | undefined): VariableValue {
  const value = wanted ?? variable.current?.value ?? values[0];
  if (value === '$__all' && variable.allValue !== undefined) return { verbatim: variable.allValue };
  if (value === undefined || !values.includes(value)) {
    throw new Error(
      `variable ${variable.name}: expected one of [${values.join(', ')}], found ${value ?? 'nothing to choose'}`,
    );
  }
  return { text: value };
}

function sourceOf(run: DashboardRun, ref: SourceRef): ProvisionedSource {
  const source = run.sources.find(({ uid }) => uid === ref.uid);
  if (source === undefined || ref.type !== 'influxdb') {
    throw new Error(`expected a provisioned InfluxDB data source, found ${ref.type} ${ref.uid}`);
  }
  return source;
}

async function answer(
  title: string,
  target: Pick<TargetJson, 'refId' | 'query' | 'alias'> & { readonly resultFormat?: string },
  source: ProvisionedSource,
  context: QueryContext,
): Promise<AnsweredQuery> {
  const query = interpolate(target.query, context);
  const answered = await ask(source, query);
  const frames = target.resultFormat === 'time_series' ? answered.flatMap(linesOf) : answered;
  const series = frames.map((one) => ({ ...one, name: legend(title, target.alias, one, context) }));
  return {
    title,
    refId: target.refId,
    query,
    series,
    columns: [...new Set(series.flatMap(({ columns, tags }) => [...columns, ...Object.keys(tags)]))].sort(),
    rowsWithValue: series.reduce((count, { columns, rows }) => count + rows.filter(hasValue(columns)).length, 0),
    emptyColumns: emptyColumns(series),
  };
}

function emptyColumns(series: readonly InfluxSeries[]): string[] {
  const filled = ({ columns, rows }: InfluxSeries): string[] =>
    columns.filter((_, index) => rows.some((row) => row[index] !== null));
  const withValue = new Set(series.flatMap(filled));
  return [...new Set(series.flatMap(({ columns }) => columns))].filter((column) => !withValue.has(column));
}

/** A chart draws one line for each value column. */
const linesOf = (series: InfluxSeries): InfluxSeries[] =>
  series.columns.flatMap((column, index) =>
    column === 'time'
      ? []
      : [
          {
            ...series,
            columns: ['time', column],
            rows: series.rows.map((row) => [row[0] ?? null, row[index] ?? null]),
          },
        ],
  );

const hasValue =
  (columns: readonly string[]) =>
  (row: readonly Cell[]): boolean =>
    row.some((cell, index) => columns[index] !== 'time' && cell !== null);

/** pkg/tsdb/influxdb/influxql/util/util.go, FormatFrameName; what it would leave standing is an error. */
function legend(title: string, alias: string | undefined, series: InfluxSeries, context: QueryContext): string {
  return (alias ?? '$m.$col').replaceAll(/\$(\w+)/g, (variable, name: string) => {
    if (name === 'm' || name === 'measurement') return series.name;
    if (name === 'col') return series.columns.filter((column) => column !== 'time').join(',');
    if (name === '__interval') return formatInterval(context.intervalMs);
    const tag = series.tags[name.replace(/^tag_/, '')];
    if (!name.startsWith('tag_') || tag === undefined) {
      throw new Error(`${title}: expected an alias of the query's own tags, found ${variable}`);
    }
    return tag;
  });
}

interface InfluxSeries {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

interface InfluxAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name: string;
      readonly tags?: Record<string, string>;
      readonly columns: string[];
      readonly values: Cell[][];
    }[];
  }[];
}

/** pkg/tsdb/influxdb/influxql/influxql.go, createRequest: database and precision in the address, the query in the body. */
async function ask(source: ProvisionedSource, query: string): Promise<InfluxSeries[]> {
  const address = new URL('/query', source.url);
  address.search = new URLSearchParams({
    db: source.database,
    epoch: 'ms',
    ...(source.httpMode === 'GET' ? { q: query } : {}),
  }).toString();
  const response = await fetch(address, {
    method: source.httpMode,
    ...(source.httpMode === 'POST' ? { body: new URLSearchParams({ q: query }) } : {}),
    headers: {
      authorization: `Basic ${Buffer.from(`${source.username}:${source.password}`).toString('base64')}`,
    },
    signal: AbortSignal.timeout(30_000),
  });
  const body = (await response.json()) as InfluxAnswer;
  const results = body.results ?? [];
  const error = body.error ?? results.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new Error(`InfluxDB refuses ${query}: ${error}`);
  if (results.length !== 1) throw new Error(`expected one statement, found ${results.length}: ${query}`);
  return (results[0]?.series ?? []).map(({ name, tags, columns, values }) => ({
    name,
    tags: tags ?? {},
    columns,
    rows: values,
  }));
}
