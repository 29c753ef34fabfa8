/**
 * `plumbline replay` of public recordings with a real Mosquitto and a real InfluxDB: the main job, end to end.
 *
 * The recordings go well beyond the limit of tier T2 (45° for 1 s). UMAFall S11 Bending 2, chest: bends down to 88° at
 * 4.4 s. SisFall SA03 D16 R04 (pick something up from the floor), waist: 66° at 7.0 s; SA01's D16 stay below 45°.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionedSources } from '../grafana/provisionedSources.ts';
import { type DashboardAnswers, type DashboardJson, runDashboardQueries } from '../grafana/runDashboard.ts';
import { type Influxd, startInfluxd } from '../services/influxd.ts';
import { type Mosquitto, startMosquitto } from '../services/mosquitto.ts';
import { hasShared } from '../sharedData.ts';
import { Caregiver } from '../sinks/mqtt/caregiver.ts';
import { configIn, type Ended, PlumblineProcess, temporaryFolder } from './plumblineProcess.ts';
import { type WrittenRecording, writeRecording } from './recordings.ts';
import { readRecord } from './recordReader.ts';

const SPEED = 5;
const LIMIT_DEG = 45;

const RECORDINGS = [
  {
    set: 'umafall',
    subject: 'S11',
    id: 'Bending_2_2016-06-10_17-34-45_chest',
    placement: 'chest',
    peakDeg: 88,
    peakAtS: 4.4,
  },
  { set: 'sisfall', subject: 'SA03', id: 'D16_R04', placement: 'waist', peakDeg: 66, peakAtS: 7 },
] as const;

const dashboard = JSON.parse(
  readFileSync(new URL('../../grafana/dashboards/patient-day.json', import.meta.url), 'utf8'),
) as DashboardJson;

describe.skipIf(!hasShared).each(RECORDINGS)('replay of $set $subject $id', (recording) => {
  const folder = temporaryFolder();
  let mosquitto: Mosquitto;
  let influxd: Influxd;
  let caregiver: Caregiver;
  let written: WrittenRecording;
  let replay: PlumblineProcess;
  let startedMs: number;
  let ended: Ended;
  let personId: string;

  beforeAll(async () => {
    [mosquitto, influxd] = await Promise.all([startMosquitto(), startInfluxd()]);
    caregiver = await Caregiver.join(mosquitto.url, { protocolVersion: 5 });
    written = writeRecording(folder.path, recording);
    const config = configIn(folder.path, {
      mqtt: { broker: 'external', url: mosquitto.url },
      influx: { url: influxd.url, ...influxd.writer },
    });
    startedMs = Date.now();
    replay = new PlumblineProcess(['replay', written.path, '--speed', String(SPEED)], { config, folder: folder.path });
    ended = await replay.ended;
    personId = /as (replay-\S+)/.exec(replay.stdout)?.[1] ?? '';
  }, 90_000);
  afterAll(async () => {
    replay?.signal('SIGKILL');
    await caregiver?.leave();
    await Promise.all([mosquitto?.stop(), influxd?.stop()]);
    folder.remove();
  });

  it('ends by itself with code 0, all samples received, and nothing to complain about', () => {
    // The device of SisFall reads 9 % too much at rest, and that of UMAFall is too slow for falls; Plumbline says so.
    const complaints =
      recording.set === 'sisfall'
        ? [expect.stringMatching(/expected about 9\.8 m\/s² at rest/)]
        : [expect.stringMatching(/^falls cannot be seen at this rate: expected at least 50 Hz/)];
    expect(replay.log.map(({ message }) => message)).toEqual(complaints);
    expect(ended.code).toBe(0);
    expect(replay.stdout).toMatch(/\d+ samples received, 0 lost/);
    expect(replay.stdout).toContain('EV-BEND');
  });

  it('puts the forward bend into the record, as deep and as late as it was', () => {
    const rows = readRecord(folder.path, `SELECT body_json FROM motion_event WHERE type = 'forwardBend'`);
    const bends = rows.map(({ body_json }) => JSON.parse(String(body_json)) as Record<string, number>);
    expect(bends).toHaveLength(1);
    const [{ peakDeg, peakS, startS, endS, durationS }] = bends;
    expect(Math.abs(peakDeg - recording.peakDeg)).toBeLessThan(4);
    const [first] = readRecord(folder.path, 'SELECT min(t_ms) AS t_ms FROM series');
    const fromStartS = peakS - Number(first?.t_ms) / 1000;
    // Seconds of the record are whole ones.
    expect(Math.abs(fromStartS - recording.peakAtS)).toBeLessThan(1.2);
    expect(startS).toBeLessThan(peakS);
    expect(peakS).toBeLessThan(endS);
    expect(durationS).toBeCloseTo(endS - startS, 1);
  });

  it('covers the whole recording with seconds, none of them twice, none invented', () => {
    const seconds = readRecord(folder.path, 'SELECT t_ms, coverage FROM series ORDER BY t_ms');
    const coveredS = seconds.reduce((sum, { coverage }) => sum + Number(coverage), 0);
    expect(Math.abs(coveredS - written.durationS)).toBeLessThan(0.5);
    expect(seconds.every(({ t_ms }, i) => i === 0 || Number(t_ms) - Number(seconds[i - 1].t_ms) === 1000)).toBe(true);
  });

  it('tells Mosquitto of it once: the event, and the alert that stays', () => {
    const [stored, ...others] = readRecord(folder.path, `SELECT * FROM clinical_event WHERE rule_id = 'EV-BEND'`);
    expect(others).toEqual([]);
    const events = caregiver.on(`plumbline/v1/${personId}/event`).filter((one) => one['event_type'] === 'EV-BEND');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ id: stored?.id, kind: 'bend', text: stored?.text });
    expect(Number((events[0]['values'] as Record<string, unknown>)['peakDeg'])).toBeGreaterThan(LIMIT_DEG);
    const alerts = caregiver.on(`plumbline/v1/${personId}/state/alert/bend`);
    expect(alerts[0]).toMatchObject({ state: 'ON', alert_id: stored?.id, active: true, count: 1 });
    expect(alerts.at(-1)).toMatchObject({ state: 'ON', active: false, ack: null });
  });

  it('leaves the alert retained for whoever comes later', async () => {
    const topic = `plumbline/v1/${personId}/state/alert/bend`;
    const newcomer = await Caregiver.join(mosquitto.url, { protocolVersion: 5 });
    await expect.poll(() => newcomer.on(topic)).toMatchObject([{ state: 'ON', ack: null }]);
    await newcomer.leave();
  });

  it('brings every second and the event to InfluxDB', async () => {
    const [count] = readRecord(folder.path, 'SELECT count(*) AS n FROM series');
    const posture = await influxd.rows('SELECT * FROM posture', 'plumbline_1s');
    expect(posture).toHaveLength(Number(count?.n));
    expect(posture.every((row) => row['patient'] === personId)).toBe(true);
    const deepest = Math.max(...posture.map((row) => Number(row['flexion_max_deg'])));
    expect(Math.abs(deepest - recording.peakDeg)).toBeLessThan(4);
    const events = await influxd.rows('SELECT * FROM event', 'plumbline_long');
    expect(events.map((row) => row['type'])).toEqual(expect.arrayContaining(['forwardBend', 'EV-BEND']));
  });

  it('shows in the rows of the dashboard', async () => {
    const answers = await patientDay(influxd, personId, startedMs, written.durationS);
    const rowsOf = (title: string): number =>
      answers.panels
        .filter((panel) => panel.title === title)
        .reduce((sum, { rowsWithValue }) => sum + rowsWithValue, 0);
    expect(answers.variables['patient']).toEqual([personId]);
    expect(answers.variables['site']).toEqual([recording.placement]);
    expect(rowsOf('Bends and other movements of the spine')).toBeGreaterThan(0);
    expect(answers.annotations.some(({ rowsWithValue }) => rowsWithValue > 0)).toBe(true);
  });
});

it.skipIf(!hasShared)('a replay reports its own events, not those of an earlier one in the same record', async () => {
  const folder = temporaryFolder();
  try {
    const config = configIn(folder.path);
    const outputs: string[] = [];
    for (const recording of RECORDINGS) {
      const { path } = writeRecording(folder.path, recording);
      const replay = new PlumblineProcess(['replay', path, '--speed', '20'], { config, folder: folder.path });
      expect((await replay.ended).code).toBe(0);
      outputs.push(replay.stdout);
    }
    const alertsIn = (text: string): number => text.match(/^alert .*EV-BEND\.\d/gm)?.length ?? 0;
    expect(outputs.map(alertsIn)).toEqual([1, 1]);
    expect(outputs[1]).not.toContain('umafall');
  } finally {
    folder.remove();
  }
});

it.skipIf(hasShared)('skipped: no ../shared', () => undefined);

/** A replay at speed 5 dates its samples five times as fast as the wall clock runs. */
function patientDay(
  influxd: Influxd,
  patient: string,
  startedMs: number,
  durationS: number,
): Promise<DashboardAnswers> {
  const sources = provisionedSources({
    INFLUX_URL: influxd.url,
    INFLUX_READER_USER: influxd.reader.username,
    INFLUX_READER_PASSWORD: influxd.reader.password,
  });
  const toMs = startedMs + SPEED * 60_000 + durationS * 1000;
  return runDashboardQueries(dashboard, { sources, fromMs: startedMs - 60_000, toMs, variables: { patient } });
}
