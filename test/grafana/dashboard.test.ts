/** The committed dashboards are what the catalogue gives, and Grafana can lay them out. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles, dashboardText } from '../../grafana/dashboardFile.ts';
import { describedDashboards } from '../../grafana/dashboardGuide.ts';
import { influxColumns } from '../../grafana/influxColumns.ts';
import { MOTION_EVENT_TYPES, SEVERITIES } from '../../src/model/event.ts';
import { METRICS, POSTURES } from '../../src/motion/index.ts';
import { influxConfigSchema } from '../../src/sinks/influx/config.ts';
import { influxFieldName, influxMeasurements } from '../../src/sinks/influx/schema.ts';
import { provisionedSources } from './provisionedSources.ts';

const ROOT = new URL('../../', import.meta.url);
const fileUrl = (path: string): URL => new URL(path, ROOT);
const UPDATE = process.env['UPDATE_DASHBOARDS'] === '1';

interface PanelFile {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly {
    readonly refId: string;
    readonly query: string;
    readonly datasource: { readonly uid: string };
  }[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
      readonly custom?: { readonly spanNulls?: boolean | number };
    };
  };
}

interface DashboardFileJson {
  readonly id?: number;
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly annotations: {
    readonly list: readonly { readonly query: string; readonly target: { readonly query: string } }[];
  };
  readonly panels: readonly PanelFile[];
}

const FILES = dashboardFiles();

describe.each(FILES)('grafana/dashboards/$name', ({ name, dashboard }) => {
  const committed = fileUrl(`grafana/dashboards/${name}`);
  if (UPDATE) writeFileSync(committed, dashboardText(dashboard));
  const text = readFileSync(committed, 'utf8');
  const json = JSON.parse(text) as DashboardFileJson;
  const charts = json.panels.filter(({ type }) => type !== 'row');
  const asking = charts.filter(({ targets }) => targets !== undefined);

  it('is what the catalogue gives (if not: npm run dashboards)', () => {
    expect(text).toBe(dashboardText(dashboard));
  });

  it('has a fixed uid, no id of one installation, and cannot be changed in the browser', () => {
    expect(json.uid).toMatch(/^plumbline-[a-z-]{1,30}$/);
    expect(json).not.toHaveProperty('id');
    expect(json.editable).toBe(false);
    expect(json.schemaVersion).toBe(42);
  });

  it('numbers its panels once and gives each its own title', () => {
    expect(new Set(json.panels.map(({ id }) => id)).size).toBe(json.panels.length);
    expect(new Set(charts.map(({ title }) => title)).size).toBe(charts.length);
  });

  it('lays panels on 24 columns without overlap and without a hole', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of json.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          expect(taken.get(`${x},${y}`), `${title} at column ${x}, row ${y}`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
    const rows = Math.max(...json.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(taken.size).toBe(24 * rows);
  });

  it.each(charts)('explains "$title"', ({ description }) => {
    expect(description?.length ?? 0).toBeGreaterThan(30);
    expect(description).toMatch(/[.!?]$/);
  });

  it.each(asking)('gives "$title" a unit and thresholds', ({ fieldConfig }) => {
    expect(fieldConfig?.defaults.unit).toBeTruthy();
    expect(fieldConfig?.defaults.thresholds?.steps[0]?.value).toBeNull();
    const values = fieldConfig?.defaults.thresholds?.steps.slice(1).map(({ value }) => value ?? Number.NaN) ?? [];
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  it.each(charts.filter(({ type }) => type === 'timeseries' || type === 'state-timeline'))(
    'shows gaps of "$title" as gaps',
    ({ fieldConfig }) => {
      const bridged = fieldConfig?.defaults.custom?.spanNulls;
      expect(bridged === false || (typeof bridged === 'number' && bridged <= 180_000)).toBe(true);
    },
  );

  it('asks only within the chosen time and for the chosen person', () => {
    const queries = asking.flatMap(({ targets }) => targets ?? []).map(({ query }) => query);
    for (const query of [...queries, ...json.annotations.list.map((annotation) => annotation.query)]) {
      expect(query).toContain('$timeFilter');
      expect(query).toContain('"patient" =~ /^${patient:regex}$/');
    }
  });

  it('uses only variables that it has, each after the ones it depends on', () => {
    const used = (query: string): string[] => [...query.matchAll(/\$\{(\w+)/g)].map(([, variable]) => variable ?? '');
    const declared: string[] = [];
    for (const variable of json.templating.list) {
      expect(declared).toEqual(expect.arrayContaining(used(variable.query)));
      declared.push(variable.name);
    }
    for (const { query } of asking.flatMap(({ targets }) => targets ?? [])) {
      expect(declared).toEqual(expect.arrayContaining(used(query)));
    }
  });

  it('asks data sources that are provisioned, and says so when a panel asks two', () => {
    const known = provisionedSources({ INFLUX_URL: '', INFLUX_READER_USER: '', INFLUX_READER_PASSWORD: '' });
    const uids = known.map(({ uid }) => uid);
    for (const { title, datasource, targets } of asking) {
      const asked = new Set(targets?.map((target) => target.datasource.uid));
      expect(uids, title).toEqual(expect.arrayContaining([...asked]));
      expect(datasource?.uid, title).toBe(asked.size === 1 ? [...asked][0] : '-- Mixed --');
    }
  });

  it('says the same annotation query to old and new versions of Grafana', () => {
    for (const annotation of json.annotations.list) expect(annotation.target.query).toBe(annotation.query);
  });

  it('shows every metric of the catalogue', () => {
    const queries = asking.flatMap(({ targets }) => targets ?? []).map(({ query }) => query);
    for (const { id } of METRICS) {
      expect(
        queries.some((query) => query.includes(`("${influxFieldName(id)}")`)),
        id,
      ).toBe(true);
    }
  });

  it('has words for every movement, posture and severity that can be stored', () => {
    for (const word of [...MOTION_EVENT_TYPES, ...POSTURES, ...SEVERITIES]) expect(text).toContain(`"${word}": {`);
  });
});

describe('the generator', () => {
  const columns = influxColumns(influxMeasurements(METRICS));

  it('refuses a column that the InfluxDB writer does not store', () => {
    expect(() => columns.field('event', 'peak_angle')).toThrow(
      /expected a field of event \(.*peak_deg.*\), found "peak_angle"/,
    );
    expect(() => columns.tag('posture', 'device')).toThrow(
      /expected a tag of posture \(patient, site\), found "device"/,
    );
    expect(() => columns.metric('twistDeg')).toThrow(/found "twistDeg"/);
  });

  it('leaves no dashboard in the folder that nobody generates', () => {
    expect(readdirSync(fileUrl('grafana/dashboards')).sort()).toEqual(FILES.map(({ name }) => name).sort());
  });
});

describe('provisioning', () => {
  it('has one data source for each database that is written, with unique fixed uids', () => {
    const sources = provisionedSources({ INFLUX_URL: 'u', INFLUX_READER_USER: 'r', INFLUX_READER_PASSWORD: 'p' });
    expect(new Set(sources.map(({ uid }) => uid)).size).toBe(2);
    const { databases } = influxConfigSchema.parse({ url: 'http://localhost:8086' });
    expect(sources.map(({ database }) => database)).toEqual([databases.series, databases.long]);
    expect(sources.every(({ username, password, url }) => username === 'r' && password === 'p' && url === 'u')).toBe(
      true,
    );
  });

  it('holds no password', () => {
    const text = readFileSync(fileUrl('grafana/provisioning/datasources/plumbline.yaml'), 'utf8');
    expect([...text.matchAll(/password: (.*)/g)].map(([, value]) => value)).toEqual([
      '$INFLUX_READER_PASSWORD',
      '$INFLUX_READER_PASSWORD',
    ]);
  });

  it('reads dashboards from files that the browser cannot change', () => {
    const file = parse(readFileSync(fileUrl('grafana/provisioning/dashboards/plumbline.yaml'), 'utf8')) as {
      providers: { type: string; allowUiUpdates: boolean; folder?: string; options: Record<string, unknown> }[];
    };
    expect(file.providers).toHaveLength(1);
    expect(file.providers[0]).toMatchObject({ type: 'file', allowUiUpdates: false });
    expect(file.providers[0]?.options).toEqual({ path: '$PLUMBLINE_DASHBOARDS', foldersFromFilesStructure: true });
    expect(file.providers[0]).not.toHaveProperty('folder');
  });
});

describe('docs/dashboards.md', () => {
  const guide = fileUrl('docs/dashboards.md');
  const marked = /(<!-- generated: dashboards -->\n)[\s\S]*(<!-- end of generated -->)/;
  const generated = `$1${describedDashboards(FILES.map(({ dashboard }) => dashboard))}$2`;
  if (UPDATE) writeFileSync(guide, readFileSync(guide, 'utf8').replace(marked, generated));

  it('describes the panels as they are (if not: npm run dashboards)', () => {
    const text = readFileSync(guide, 'utf8');
    expect(text).toMatch(marked);
    expect(text).toBe(text.replace(marked, generated));
  });
});
