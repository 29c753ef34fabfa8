/** Every query of the dashboard, run on a real InfluxDB that our own writer has filled, as a user who may only read. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../src/motion/metrics.ts';
import { influxConfigSchema } from '../../src/sinks/influx/config.ts';
import { InfluxSeriesStore } from '../../src/sinks/influx/seriesStore.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { type Influxd, startInfluxd } from '../services/influxd.ts';
import { provisionedSources } from './provisionedSources.ts';
import { type AnsweredQuery, type DashboardAnswers, type DashboardJson, runDashboardQueries } from './runDashboard.ts';
import { END_MS, GAP, HOLDS, LYING_FROM_S, seededDay, START_MS } from './seededDay.ts';

const dashboard = JSON.parse(
  readFileSync(new URL('../../grafana/dashboards/patient-day.json', import.meta.url), 'utf8'),
) as DashboardJson;
const asking = dashboard.panels.filter(({ targets }) => targets !== undefined);

let influxd: Influxd;
let answers: DashboardAnswers;

const sourcesFor = (user: { username: string; password: string }) =>
  provisionedSources({
    INFLUX_URL: influxd.url,
    INFLUX_READER_USER: user.username,
    INFLUX_READER_PASSWORD: user.password,
  });

const run = (variables: Record<string, string>, user = influxd.reader): Promise<DashboardAnswers> =>
  runDashboardQueries(dashboard, { sources: sourcesFor(user), fromMs: START_MS, toMs: END_MS - 1, variables });

const answersOf = (title: string, from = answers): AnsweredQuery[] =>
  from.panels.filter((panel) => panel.title === title);
const onlyAnswer = (title: string, from = answers): AnsweredQuery => {
  const [answer, ...others] = answersOf(title, from);
  if (answer === undefined || others.length > 0) throw new Error(`expected one query of "${title}"`);
  return answer;
};
const column = (answer: AnsweredQuery, name: string, series = 0): unknown[] => {
  const one = answer.series[series];
  const index = one?.columns.indexOf(name) ?? -1;
  if (one === undefined || index < 0) throw new Error(`expected a column ${name} in "${answer.title}"`);
  return one.rows.map((row) => row[index]);
};

beforeAll(async () => {
  influxd = await startInfluxd();
  const config = influxConfigSchema.parse({ url: influxd.url, ...influxd.writer });
  const store = new InfluxSeriesStore({ config, catalogue: METRICS, logger: new QuietLogger() });
  await store.start();
  await store.write(seededDay());
  await store.stop();
  answers = await run({ patient: 'p1' });
});
afterAll(() => influxd?.stop());

describe('Patient day, on a real InfluxDB', () => {
  it('offers the people and the places of their sensors', () => {
    expect(answers.variables).toEqual({ patient: ['p1', 'p12'], site: ['chest'] });
  });

  it.each(asking.map(({ title }) => title))('answers "%s" with rows and no empty column', (title) => {
    for (const { refId, rowsWithValue, emptyColumns } of answersOf(title)) {
      expect(rowsWithValue, refId).toBeGreaterThan(0);
      expect(emptyColumns, refId).toEqual([]);
    }
  });

  it('answers with the columns that the panels show', () => {
    const columns = Object.fromEntries(
      answers.panels.map((answer) => [`${answer.title} ${answer.refId}`, answer.columns.join(' ')]),
    );
    expect(columns).toMatchInlineSnapshot(`
      {
        "Battery A": "device time worst",
        "Bends A": "bends time",
        "Bends and other movements of the spine A": "confidence dur_s id peak_deg peak_rate_dps time type",
        "Bends in each hour A": "bends time",
        "Bends in each hour B": "minutes of data site time",
        "Clock A": "device time worst",
        "Data coverage A": "coverage site time",
        "Data in this time A": "measured site time",
        "Fastest forward movement A": "max site time",
        "Forward lean A": "largest mean site time",
        "Inclination A": "highest lowest mean site time",
        "Last data A": "coverage time",
        "Latest battery A": "battery device time",
        "Latest forward lean A": "latest site time",
        "Latest posture A": "activity time",
        "Lost data A": "device time worst",
        "Movement A": "highest lowest mean site time",
        "Posture and activity A": "activity site time",
        "Reconnections A": "device time worst",
        "Sideways lean A": "highest lowest mean site time",
        "Signal A": "device time worst",
        "Spinal flexion A": "highest lowest mean site time",
        "Spinal rotation A": "highest lowest mean site time",
        "Time in each range of forward lean A": "duration site time",
        "Time in each range of forward lean B": "duration site time",
        "Time in each range of forward lean C": "duration site time",
        "Time in each range of forward lean D": "duration site time",
        "Time in each range of forward lean E": "duration site time",
        "Time in each range of forward lean F": "duration site time",
        "Times without data A": "dur_s time type",
        "Torso rotation A": "highest lowest mean site time",
        "What crossed this person’s limits A": "confidence id severity text time type",
      }
    `);
  });

  it.each(asking)('has the columns that "$title" names in its options', (panel) => {
    const shown = answersOf(panel.title).flatMap(({ series, columns }) => [
      ...series.map(({ name }) => name),
      ...columns.map((name) => (name === 'time' ? 'Time' : name)),
    ]);
    const reduced = (panel.options?.reduceOptions?.fields ?? '').replaceAll(/^\/\^|\$\/$/g, '');
    const named = (panel.fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => matcher.id === 'byName')
      .map(({ matcher }) => String(matcher.options))
      // Sensors that this person does not wear.
      .filter((name) => !/\((?:waist|lowerBack)\)$/.test(name));
    expect(shown).toEqual(expect.arrayContaining([...named, ...(reduced === '' ? [] : [reduced])]));
  });

  it('breaks the line of the lean where there was no data', () => {
    const { series } = onlyAnswer('Forward lean');
    const inGap = series.map(({ rows }) =>
      rows.filter(([tMs]) => Number(tMs) >= START_MS + GAP.fromS * 1_000 && Number(tMs) < START_MS + GAP.toS * 1_000),
    );
    expect(series.map(({ name }) => name)).toEqual(['mean (chest)', 'largest (chest)']);
    for (const rows of inGap) {
      expect(rows.length).toBeGreaterThan(10);
      expect(rows.every(([, value]) => value === null)).toBe(true);
    }
  });

  it('shows the deepest lean of each point though the mean hides it', () => {
    const { series } = onlyAnswer('Forward lean');
    const largest = series[1]?.rows.map(([, value]) => Number(value)) ?? [];
    expect(Math.max(...largest)).toBe(97);
  });

  it('says 0 % coverage in the gap and 100 % outside', () => {
    const answer = onlyAnswer('Data coverage');
    const coverage = new Map(answer.series[0]?.rows.map(([tMs, value]) => [(Number(tMs) - START_MS) / 1_000, value]));
    expect(coverage.get(GAP.fromS)).toBe(0);
    expect(coverage.get(GAP.toS)).toBe(1);
    expect(coverage.get(0)).toBe(1);
  });

  it('adds up the seconds in each range of lean, without lying', () => {
    const seconds = answersOf('Time in each range of forward lean').map((answer) => [
      answer.series[0]?.name,
      column(answer, 'duration')[0],
    ]);
    const held = (fromDeg: number, toDeg: number): number =>
      HOLDS.filter(({ flexionDeg }) => flexionDeg >= fromDeg && flexionDeg < toDeg).reduce(
        (sum, { fromS, toS }) => sum + toS - fromS,
        0,
      );
    const upright = LYING_FROM_S - (GAP.toS - GAP.fromS) - held(-90, 180);
    expect(seconds).toEqual([
      ['leaning back, more than 10° (chest)', 7],
      ['upright, up to 20° (chest)', upright],
      ['20° to 45° (chest)', 10],
      ['45° to 60° (chest)', 20],
      ['60° to 90° (chest)', 5],
      ['beyond 90° (chest)', 3],
    ]);
  });

  it('counts bends by clock hour, beside the minutes of data', () => {
    const [bends, minutes] = answersOf('Bends in each hour');
    if (bends === undefined || minutes === undefined) throw new Error('expected two queries');
    expect(bends.series.map(({ rows }) => rows)).toEqual([
      [
        [START_MS, 2],
        [START_MS + 3_600_000, 1],
      ],
    ]);
    expect(column(minutes, 'minutes of data')).toEqual([55, 60]);
    expect(column(onlyAnswer('Bends'), 'bends')).toEqual([3]);
  });

  it('lists the movements newest first, with id, depth, duration', () => {
    const table = onlyAnswer('Bends and other movements of the spine');
    expect(column(table, 'type')).toEqual(['forwardBend', 'twist', 'forwardBend', 'forwardBend']);
    expect(column(table, 'peak_deg')).toEqual([40, 25, 72, 52]);
    expect(column(table, 'dur_s')).toEqual([4, 2, 5, 20]);
    expect(column(table, 'id')[3]).toBe(`p1.forwardBend-${START_MS + 200_000}`);
  });

  it('lists what crossed the limits with the text that was said, and marks it in the charts', () => {
    const table = onlyAnswer('What crossed this person’s limits');
    expect(column(table, 'id')).toEqual([`p1.EV-BEND.${START_MS + 301_000}`, `p1.EV-BEND.${START_MS + 201_000}`]);
    const [marks] = answers.annotations;
    if (marks === undefined) throw new Error('expected an annotation');
    expect(column(marks, 'time')).toHaveLength(2);
    expect(column(marks, 'text')[0]).toMatch(/^You bent far forward\./);
    expect(column(marks, 'severity')).toEqual(['low', 'low']);
  });

  it('lists the gap', () => {
    const table = onlyAnswer('Times without data');
    expect(column(table, 'type')).toEqual(['gap']);
    expect(column(table, 'dur_s')).toEqual([GAP.toS - GAP.fromS]);
  });

  it('never shows another person, though the name begins alike', async () => {
    const other = await run({ patient: 'p12' });
    expect(column(onlyAnswer('Bends', other), 'bends')).toEqual([1]);
    expect(onlyAnswer('Forward lean', other).series.map(({ name }) => name)).toEqual([
      'mean (waist)',
      'largest (waist)',
    ]);
    for (const { series } of answers.panels) {
      for (const { tags } of series) expect(Object.values(tags)).not.toContain('p12-sensor');
    }
  });

  it('asks nothing of a sensor that was not chosen', async () => {
    const chest = await run({ patient: 'p1', site: 'chest' });
    expect(onlyAnswer('Forward lean', chest).rowsWithValue).toBe(onlyAnswer('Forward lean').rowsWithValue);
    await expect(run({ patient: 'p1', site: 'waist' })).rejects.toThrow(
      /variable site: expected one of \[chest\], found waist/,
    );
  });
});

describe('the rights of the user in Grafana', () => {
  it('a user without READ sees nothing', async () => {
    await expect(run({ patient: 'p1' }, influxd.writer)).rejects.toThrow(/not authorized/);
  });

  it('the reader cannot write or drop', async () => {
    const drop = influxd.query('DROP SERIES FROM "posture"', { database: 'plumbline_1s', user: influxd.reader });
    await expect(drop).rejects.toThrow(/not authorized|requires/);
    const body = 'posture,patient=x,site=chest flexion_deg=1';
    const response = await fetch(`${influxd.url}/write?db=plumbline_1s&precision=ms`, {
      method: 'POST',
      body,
      headers: {
        authorization: `Basic ${Buffer.from(`${influxd.reader.username}:${influxd.reader.password}`).toString('base64')}`,
      },
    });
    expect(response.status).toBe(403);
  });
});
