/** What every record must do, whatever it is made of. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { ClinicalEvent } from '../../src/model/event.ts';
import type { Person } from '../../src/model/person.ts';
import type {
  DeviceHealth,
  OutboundMessage,
  RecordStore,
  SeriesSecond,
  StoredMotionEvent,
} from '../../src/model/ports.ts';

const T0_MS = 1_786_000_000_000;

const clinicalEvent = (n: number, personId = 'ada'): ClinicalEvent => ({
  id: `${personId}.EV-BEND.${T0_MS + n}`,
  personId,
  ruleId: 'EV-BEND',
  kind: 'bend',
  severity: 'low',
  startMs: T0_MS + n,
  decidedMs: T0_MS + n + 1000,
  confidence: 0.9,
  text: 'You bent far forward.',
  values: { flexionDeg: 62.5, source: 'one sensor' },
  because: 'limit 60°',
});

const motionEvent = (n: number, personId = 'ada'): StoredMotionEvent => {
  const startS = (T0_MS + n) / 1000;
  return {
    personId,
    id: `${personId}.forwardBend-${T0_MS + n}`,
    site: 'chest',
    event: {
      id: `forwardBend-${T0_MS + n}`,
      type: 'forwardBend',
      startS,
      endS: startS + 2,
      decidedS: startS + 2,
      confidence: 0.8,
      peakDeg: 62,
    },
  };
};

const alert = (n: number, more: Partial<Alert> = {}): Alert => ({
  id: `ada.EV-BEND-REP.${T0_MS + n}`,
  personId: 'ada',
  kind: 'bend-rep',
  ruleId: 'EV-BEND-REP',
  severity: 'medium',
  text: 'Take a short rest.',
  because: '10 bends in 5 min',
  active: true,
  raisedMs: T0_MS + n,
  lastMs: T0_MS + n,
  count: 1,
  ...more,
});

const message = (n: number): OutboundMessage => ({
  id: `message-${n}`,
  topic: 'plumbline/v1/ada/event',
  payload: `{"n":${n}}`,
  retain: false,
  qos: 1,
  expiresMs: T0_MS + 60_000,
});

const second = (n: number, personId = 'ada', site = 'chest'): SeriesSecond => ({
  personId,
  site,
  tMs: T0_MS + n * 1000,
  values: { flexionDeg: 12.25, lateralDeg: -3 },
  activity: 'standing',
  coverage: 0.5,
});

const health: DeviceHealth = {
  personId: 'ada',
  deviceId: 'plumbline-0001',
  kind: 'plumbline-imu',
  state: 'streaming',
  samples: 1000,
  lostSamples: 2,
  repairedSamples: 1,
  reconnects: 0,
  batteryPct: 80,
};

const person = (id: string, more: Partial<Person> = {}): Person => ({
  id,
  displayName: `Mrs ${id}`,
  tier: 'T2',
  overrides: [],
  ...more,
});

/** `create` returns a new, empty record that is not open yet; `reopened` returns it after a restart. */
export function recordStoreContract(
  name: string,
  create: () => { store: RecordStore; reopened: () => RecordStore },
): void {
  describe(`RecordStore contract: ${name}`, () => {
    let store: RecordStore;
    let reopened: () => RecordStore;
    beforeEach(() => {
      ({ store, reopened } = create());
      store.open();
    });
    afterEach(() => store.close());

    it('is empty at first', () => {
      expect(store.people()).toEqual([]);
      expect(store.alerts({})).toEqual([]);
      expect(store.clinicalEvents({})).toEqual([]);
      expect(store.motionEvents({})).toEqual([]);
      expect(store.pendingMessages(10)).toEqual([]);
      expect(store.journalAfter(0, 10)).toEqual([]);
      expect(store.cursor('influx')).toBe(0);
      expect(store.alert('nobody')).toBeUndefined();
      expect(store.calibration('ada', 'chest')).toBeUndefined();
    });

    it('gives back every part of a batch as it was written', () => {
      store.write({
        motionEvents: [motionEvent(0)],
        clinicalEvents: [clinicalEvent(0)],
        alerts: [alert(0)],
        outbox: [message(0)],
        series: [second(0)],
        health: [{ tMs: T0_MS, health }],
      });
      expect(store.motionEvents({})).toEqual([motionEvent(0)]);
      expect(store.clinicalEvents({})).toEqual([clinicalEvent(0)]);
      expect(store.alerts({})).toEqual([alert(0)]);
      expect(store.alert(alert(0).id)).toEqual(alert(0));
      expect(store.pendingMessages(10)).toEqual([message(0)]);
      expect(store.series({ personId: 'ada', site: 'chest', fromMs: T0_MS, toMs: T0_MS + 1 })).toEqual([second(0)]);
      const entries = store.journalAfter(0, 10);
      expect(entries.find(({ kind }) => kind === 'health')).toMatchObject({ tMs: T0_MS, health });
    });

    it('finds the newest second of a sensor', () => {
      expect(store.latestSecondMs('ada', 'chest')).toBeUndefined();
      store.write({ series: [second(2), second(0), second(1)] });
      expect(store.latestSecondMs('ada', 'chest')).toBe(second(2).tMs);
      expect(store.latestSecondMs('ada', 'waist')).toBeUndefined();
    });

    it('keeps everything over a restart', () => {
      store.write({ clinicalEvents: [clinicalEvent(0)], alerts: [alert(0)], outbox: [message(0), message(1)] });
      store.savePerson(person('ada'));
      store.saveCursor('influx', 7);
      store.markSent('message-0', T0_MS);
      store.close();
      store = reopened();
      store.open();
      expect(store.clinicalEvents({})).toEqual([clinicalEvent(0)]);
      expect(store.alerts({ openOnly: true })).toEqual([alert(0)]);
      expect(store.pendingMessages(10)).toEqual([message(1)]);
      expect(store.people()).toEqual([person('ada')]);
      expect(store.cursor('influx')).toBe(7);
      const before = store.journalAfter(0, 10).length;
      store.write({ series: [second(0)] });
      const after = store.journalAfter(0, 10);
      expect(after).toHaveLength(before + 1);
      expect(new Set(after.map(({ position }) => position)).size).toBe(after.length);
    });

    it('counts the rows after a position as it would give them, up to a limit', () => {
      const isSame = (position: number): void =>
        expect(store.journalCount?.(position, 100)).toBe(store.journalAfter(position, 100).length);
      isSame(0);
      store.write({
        clinicalEvents: [clinicalEvent(0)],
        series: [second(0), second(1)],
        motionEvents: [motionEvent(0)],
      });
      // A row that is there already, and a batch that is refused, take no position.
      store.write({ series: [second(1), second(2)] });
      expect(() => store.write({ series: [second(3)], outbox: [{ ...message(1), qos: 2 as 1 }] })).toThrow();
      for (const position of [0, 2, 5, 9]) isSame(position);
      expect(store.journalCount?.(0, 100)).toBe(5);
      expect(store.journalCount?.(0, 3)).toBe(3);
    });

    it('stores nothing of a batch when one part cannot be stored', () => {
      const bad = { ...message(1), qos: 2 as 1 };
      const write = (): void =>
        store.write({
          clinicalEvents: [clinicalEvent(0)],
          alerts: [alert(0)],
          series: [second(0)],
          outbox: [message(0), bad],
        });
      expect(write).toThrow(PlumblineError);
      expect(write).toThrow(expect.objectContaining({ code: 'storage/failed' }));
      expect(store.clinicalEvents({})).toEqual([]);
      expect(store.alerts({})).toEqual([]);
      expect(store.pendingMessages(10)).toEqual([]);
      expect(store.journalAfter(0, 10)).toEqual([]);
      store.write({ clinicalEvents: [clinicalEvent(0)] });
      expect(store.clinicalEvents({})).toHaveLength(1);
    });

    it('leaves ids that are present as they are and replaces alerts', () => {
      const batch = {
        motionEvents: [motionEvent(0)],
        clinicalEvents: [clinicalEvent(0)],
        series: [second(0)],
        outbox: [message(0)],
      };
      store.write({ ...batch, alerts: [alert(0)] });
      store.write({
        motionEvents: [{ ...motionEvent(0), site: 'waist' }],
        clinicalEvents: [{ ...clinicalEvent(0), text: 'other' }],
        series: [{ ...second(0), coverage: 1 }],
        outbox: [{ ...message(0), payload: 'other' }],
        alerts: [alert(0, { count: 2, lastMs: T0_MS + 5 })],
      });
      expect(store.motionEvents({})).toEqual(batch.motionEvents);
      expect(store.clinicalEvents({})).toEqual(batch.clinicalEvents);
      expect(store.series({ personId: 'ada', site: 'chest', fromMs: 0, toMs: 2 * T0_MS })).toEqual(batch.series);
      expect(store.pendingMessages(10)).toEqual(batch.outbox);
      expect(store.alerts({})).toEqual([alert(0, { count: 2, lastMs: T0_MS + 5 })]);
      expect(store.journalAfter(0, 10)).toHaveLength(3);
    });

    it('does not send a message again that was sent before', () => {
      store.write({ outbox: [message(0)] });
      store.markSent('message-0', T0_MS);
      store.write({ outbox: [message(0)] });
      expect(store.pendingMessages(10)).toEqual([]);
    });

    it('hands out messages oldest first, in the order of writing, up to the limit', () => {
      store.write({ outbox: [message(9), message(3)] });
      store.write({ outbox: [message(5)] });
      expect(store.pendingMessages(2).map(({ id }) => id)).toEqual(['message-9', 'message-3']);
      store.markSent('message-9', T0_MS);
      store.markSent('message-unknown', T0_MS);
      expect(store.pendingMessages(5).map(({ id }) => id)).toEqual(['message-3', 'message-5']);
    });

    it('finds events by person and half-open span, newest first', () => {
      for (const n of [1000, 3000, 2000])
        store.write({ clinicalEvents: [clinicalEvent(n)], motionEvents: [motionEvent(n)] });
      store.write({ clinicalEvents: [clinicalEvent(2500, 'bo')], motionEvents: [motionEvent(2500, 'bo')] });
      const query = { personId: 'ada', fromMs: T0_MS + 1000, toMs: T0_MS + 3000 };
      expect(store.clinicalEvents(query)).toEqual([clinicalEvent(2000), clinicalEvent(1000)]);
      expect(store.motionEvents(query)).toEqual([motionEvent(2000), motionEvent(1000)]);
      expect(store.clinicalEvents({ limit: 2 })).toEqual([clinicalEvent(3000), clinicalEvent(2500, 'bo')]);
      expect(store.motionEvents({ fromMs: T0_MS + 2500 })).toEqual([motionEvent(3000), motionEvent(2500, 'bo')]);
    });

    it('finds seconds by person, site and half-open span, oldest first', () => {
      store.write({ series: [second(2), second(0), second(1), second(1, 'bo'), second(1, 'ada', 'waist')] });
      const query = { personId: 'ada', site: 'chest', fromMs: T0_MS, toMs: T0_MS + 2000 };
      expect(store.series(query)).toEqual([second(0), second(1)]);
    });

    it('lists alerts newest first, all or open ones, of all or of one person', () => {
      const acknowledged = { by: 'daughter', atMs: T0_MS + 90 };
      const closed = alert(0, { active: false, acknowledged, closedMs: T0_MS + 100 });
      const held = alert(2, { personId: 'bo', id: 'bo.x', acknowledged });
      store.write({ alerts: [closed, alert(1), held] });
      expect(store.alerts({})).toEqual([held, alert(1), closed]);
      expect(store.alerts({ openOnly: true })).toEqual([held, alert(1)]);
      expect(store.alerts({ personId: 'ada', openOnly: true })).toEqual([alert(1)]);
      expect(store.alerts({ limit: 1 })).toEqual([held]);
    });

    it('journals series, events and health in the order of writing, in pages without gap or repeat', () => {
      store.write({ series: [second(0), second(1)], health: [{ tMs: T0_MS, health }] });
      store.write({
        clinicalEvents: [clinicalEvent(0)],
        motionEvents: [motionEvent(0)],
        alerts: [alert(0)],
        outbox: [message(0)],
      });
      store.write({ series: [second(1), second(2)] });
      const all = store.journalAfter(0, 100);
      expect(all.map(({ kind }) => kind).sort()).toEqual(
        ['clinicalEvent', 'health', 'motionEvent', 'series', 'series', 'series'].sort(),
      );
      expect(all.map(({ position }) => position)).toEqual(
        [...all].map(({ position }) => position).sort((a, b) => a - b),
      );
      expect(all.at(-1)).toMatchObject({ kind: 'series', second: second(2) });
      const paged = [];
      for (let position = 0; ; ) {
        const page = store.journalAfter(position, 2);
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(2);
        paged.push(...page);
        position = page.at(-1)?.position ?? position;
      }
      expect(paged).toEqual(all);
    });

    it('leaves missing numbers out, it never makes them null or zero', () => {
      store.write({ series: [{ ...second(0), values: { flexionDeg: Number.NaN, lateralDeg: 1 } }] });
      const [stored] = store.series({ personId: 'ada', site: 'chest', fromMs: T0_MS, toMs: T0_MS + 1 });
      expect(stored?.values).toEqual({ lateralDeg: 1 });
    });

    it('saves people with their limits and replaces them as a whole', () => {
      const overrides = [
        { key: 'flexAlertDeg', value: 50, reason: 'agreed at the visit', by: 'pt.smith' },
        { key: 'flexHoldS', value: 20, reason: 'agreed at the visit', by: 'pt.smith' },
      ];
      store.savePerson(person('bo'));
      store.savePerson(person('ada', { overrides }));
      expect(store.people()).toEqual([person('ada', { overrides }), person('bo')]);
      store.savePerson(person('ada', { tier: 'T3', displayName: 'Ada' }));
      expect(store.people()[0]).toEqual(person('ada', { tier: 'T3', displayName: 'Ada' }));
    });

    it('returns the latest calibration of a person and site', () => {
      const mount = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;
      const old = { mount, method: 'default', confidence: 0.2 };
      const latest = { mount, neutralUp: [0.1, 0.99, 0] as const, method: 'stance', confidence: 0.9 };
      store.saveCalibration('ada', 'chest', latest, T0_MS + 1);
      store.saveCalibration('ada', 'chest', old, T0_MS);
      store.saveCalibration('ada', 'waist', old, T0_MS + 2);
      expect(store.calibration('ada', 'chest')).toEqual(latest);
      expect(store.calibration('ada', 'waist')).toEqual(old);
      expect(store.calibration('bo', 'chest')).toBeUndefined();
    });

    it('takes text of any kind as text', () => {
      const nasty = `'); DROP TABLE alert; -- "✓ ${'x'.repeat(5000)}`;
      store.savePerson(person('ada', { displayName: nasty }));
      store.write({ clinicalEvents: [{ ...clinicalEvent(0), text: nasty }] });
      expect(store.people()[0]?.displayName).toBe(nasty);
      expect(store.clinicalEvents({ personId: "ada' OR '1'='1" })).toEqual([]);
      expect(store.clinicalEvents({})[0]?.text).toBe(nasty);
    });

    it('hands out copies: changing one does not change the record', () => {
      store.savePerson(person('ada'));
      Object.assign(store.people()[0] ?? {}, { displayName: 'changed' });
      expect(store.people()).toEqual([person('ada')]);
    });
  });
}
