import { describe, expect, it } from 'vitest';
import { LiveStore, type News } from '../../src/web/page/live/liveStore.ts';
import type { AnglesMessage, Snapshot } from '../../src/web/wire.ts';
import { bendAlert, bendStored, bendVerdict, sensorHealth } from '../fakes/scriptedView.ts';

const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  serverMs: 1_000_000,
  resumed: false,
  people: [{ id: 'anna', displayName: 'Anna', tier: 'T2', limits: [] }],
  devices: [],
  stages: [],
  openAlerts: [],
  motionEvents: [],
  clinicalEvents: [],
  angles: [],
  trails: [],
  ...more,
});
const angles = (tMs: number, site = 'chest'): AnglesMessage => ({
  type: 'angles',
  personId: 'anna',
  site,
  tMs,
  flexionDeg: 5,
  lateralDeg: 0,
  rotationDeg: 0,
  inclinationDeg: 5,
  posture: 'standing',
});
function watched(): { store: LiveStore; news: News[] } {
  const store = new LiveStore();
  const news: News[] = [];
  store.onNews((item) => news.push(item));
  return { store, news };
}

describe('what the page knows', () => {
  it('an alert is news once, however often it is sent, and not when the page opens', () => {
    const { store, news } = watched();
    const old = bendAlert(bendVerdict(1, 47));
    store.apply('snapshot', snapshot({ openAlerts: [old] }), 0);
    store.apply('alert', { ...old, count: 2 }, 1);
    expect(news).toEqual([]);
    const fresh = bendAlert(bendVerdict(2, 47));
    store.apply('alert', fresh, 2);
    store.apply('alert', { ...fresh, active: false }, 3);
    expect(news).toMatchObject([{ kind: 'alert', alert: { id: fresh.id } }]);
  });

  it('an alert raised while the page was away is news when it comes back; one closed meanwhile is gone', () => {
    const { store, news } = watched();
    const old = bendAlert(bendVerdict(1, 47));
    const fresh = bendAlert(bendVerdict(2, 47));
    store.apply('snapshot', snapshot({ openAlerts: [old] }), 0);
    store.setLink('lost');
    store.apply('snapshot', snapshot({ openAlerts: [fresh] }), 60_000);
    expect(news).toMatchObject([{ kind: 'alert', alert: { id: fresh.id } }]);
    expect(store.alerts.get(old.id)?.closedMs).toBeDefined();
    expect(store.link).toBe('open');
  });

  it('an event that comes twice after a resume is one event and one piece of news', () => {
    const { store, news } = watched();
    const bend = bendStored(10, 50);
    store.apply('snapshot', snapshot({ motionEvents: [bend] }), 0);
    store.apply('motionEvent', bend, 1);
    store.apply('clinicalEvent', bendVerdict(10_000, 50), 2);
    store.apply('clinicalEvent', bendVerdict(10_000, 50), 3);
    expect(store.motionEvents.size).toBe(1);
    expect(news.map(({ kind }) => kind)).toEqual(['clinicalEvent']);
  });

  it('angles that were old when the page opened do not count as seen', () => {
    const { store } = watched();
    store.apply('snapshot', snapshot({ angles: [angles(990_000)] }), 50_000);
    expect(store.track('anna')?.isSeen(50_000)).toBe(false);
    store.apply('angles', angles(1_000_100), 50_100);
    expect(store.track('anna')?.isSeen(50_100)).toBe(true);
  });

  it('with two sensors the page leans with the chest', () => {
    const { store } = watched();
    store.apply('angles', angles(1, 'waist'), 1);
    store.apply('angles', angles(1, 'chest'), 1);
    store.apply('angles', angles(2, 'waist'), 2);
    expect(store.track('anna')?.latest.site).toBe('chest');
    expect(store.track('bert')).toBeUndefined();
  });

  it('tells the service’s time from the page’s', () => {
    const { store } = watched();
    store.apply('snapshot', snapshot(), 400);
    expect(store.serverMs(500)).toBe(1_000_100);
    store.apply('beat', { serverMs: 2_000_000 }, 1000);
    expect(store.serverMs(1000)).toBe(2_000_000);
  });

  it('devices that are gone from the snapshot are gone', () => {
    const { store } = watched();
    store.apply('device', sensorHealth(), 0);
    store.apply('snapshot', snapshot(), 1);
    expect(store.devices.size).toBe(0);
  });

  it('holds a bounded number of events over a long day', () => {
    const { store } = watched();
    for (let s = 0; s < 1000; s++) store.apply('motionEvent', bendStored(s, 50), s);
    expect(store.motionEvents.size).toBe(200);
    const open = bendAlert(bendVerdict(0, 47));
    store.apply('alert', open, 0);
    for (let s = 1; s < 1000; s++) store.apply('alert', bendAlert(bendVerdict(s, 47), { closedMs: s }), s);
    expect(store.alerts.size).toBe(201);
    expect(store.alerts.get(open.id)).toEqual(open);
    expect([...store.motionEvents.values()].every(({ event }) => event.startS >= 797)).toBe(true);
  });
});
