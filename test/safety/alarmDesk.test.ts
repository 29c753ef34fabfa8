import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { ClinicalEvent } from '../../src/model/event.ts';
import { AlarmDesk } from '../../src/safety/alarmDesk.ts';
import { MemoryRecordStore } from '../fakes/memoryRecordStore.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { alertStateOf, messages, T0_S, verdict } from './verdicts.ts';

const fullDisk = new PlumblineError('storage/failed', 'expected room on the disk, found a full disk');
const NOW_MS = (T0_S + 100) * 1000;

function newDesk(record = new MemoryRecordStore(), stillHolds?: (alert: Alert) => boolean) {
  const logger = new QuietLogger();
  const events: ClinicalEvent[] = [];
  const alerts: Alert[] = [];
  const desk = new AlarmDesk({
    record,
    messages,
    logger,
    onClinicalEvent: (event) => events.push(event),
    onAlert: (alert) => alerts.push(alert),
  });
  desk.start(NOW_MS, stillHolds);
  const pending = (): string[] => desk.outbox.pendingMessages(100).map(({ id }) => id);
  return { desk, record, logger, events, alerts, pending };
}

describe('a verdict', () => {
  it('becomes one event, one alert and their messages, all with one id, in one batch', () => {
    const { desk, record, events, alerts, pending } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    const id = `ada.EV-BEND.${T0_S * 1000}`;
    expect(record.clinicalEvents({}).map((event) => event.id)).toEqual([id]);
    expect(record.alerts({ openOnly: true }).map((alert) => alert.id)).toEqual([id]);
    expect(pending()).toEqual([id, `${id}:ON:active:unseen:1`]);
    expect(events.map((event) => event.id)).toEqual([id]);
    expect(alerts.map((alert) => alert.id)).toEqual([id]);
  });

  it('is told only after it was stored', () => {
    const record = new MemoryRecordStore();
    let storedWhenTold = -1;
    const desk = new AlarmDesk({
      record,
      messages,
      logger: new QuietLogger(),
      onClinicalEvent: () => {
        storedWhenTold = record.pendingMessages(10).length;
      },
    });
    desk.start(NOW_MS);
    desk.onVerdict('ada', verdict('start', 0));
    expect(storedWhenTold).toBe(2);
  });

  it('that ends the condition changes the alert and adds no event', () => {
    const { desk, record, pending } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    desk.onVerdict('ada', verdict('end', 0));
    expect(record.clinicalEvents({})).toHaveLength(1);
    expect(desk.openAlerts().map(alertStateOf)).toEqual(['ON over unseen 1']);
    expect(pending()).toHaveLength(3);
  });

  it('of severity none is kept and told, without an alert', () => {
    const { desk, record, pending } = newDesk();
    desk.onVerdict('ada', verdict('start', 0, { severity: 'none' }));
    expect(record.clinicalEvents({})).toHaveLength(1);
    expect(record.alerts({})).toEqual([]);
    expect(pending()).toHaveLength(1);
  });

  it('that comes again, as in a recording that is replayed, is neither stored nor told again', () => {
    const { desk, record, events } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    desk.onVerdict('ada', verdict('end', 0));
    desk.acknowledge(events[0]?.id ?? '', 'daughter', NOW_MS);
    desk.onVerdict('ada', verdict('start', 0));
    expect(desk.openAlerts()).toEqual([]);
    expect(events).toHaveLength(1);
    expect(record.alerts({}).map(alertStateOf)).toEqual(['OFF over seen 1']);
  });

  it('is kept apart by person and kind', () => {
    const { desk } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    desk.onVerdict('bo', verdict('start', 0));
    desk.onVerdict('ada', verdict('start', 5, { kind: 'bend-hold', ruleId: 'EV-BEND-HOLD' }));
    desk.onVerdict('ada', verdict('start', 9));
    expect(
      desk
        .openAlerts()
        .map(({ personId, kind, count }) => [personId, kind, count].join(' '))
        .sort(),
    ).toEqual(['ada bend 2', 'ada bend-hold 1', 'bo bend 1']);
  });
});

describe('an acknowledgement', () => {
  it('closes what is over and keeps open what holds', () => {
    const { desk, record } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    const id = `ada.EV-BEND.${T0_S * 1000}`;
    expect(alertStateOf(desk.acknowledge(id, ' daughter ', NOW_MS))).toBe('ON active seen 1');
    expect(record.alert(id)?.acknowledged).toEqual({ by: 'daughter', atMs: NOW_MS });
    desk.onVerdict('ada', verdict('end', 0));
    expect(desk.openAlerts()).toEqual([]);
    expect(record.alerts({}).map(alertStateOf)).toEqual(['OFF over seen 1']);
  });

  it('a second time changes nothing and sends nothing, even of a closed alert', () => {
    const { desk, pending } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    desk.onVerdict('ada', verdict('end', 0));
    const id = desk.openAlerts()[0]?.id ?? '';
    const first = desk.acknowledge(id, 'daughter', NOW_MS);
    const sent = pending();
    expect(desk.acknowledge(id, 'son', NOW_MS + 1)).toEqual(first);
    expect(pending()).toEqual(sent);
  });

  it.each([
    ['an unknown alert', 'nonsense', 'daughter', 'expected the id of an alert, found "nonsense"'],
    ['nobody', `ada.EV-BEND.${T0_S * 1000}`, '  ', 'expected who has seen the alert'],
    ['a novel', `ada.EV-BEND.${T0_S * 1000}`, 'x'.repeat(101), 'expected who has seen the alert'],
  ])('of or by %s is refused', (_name, id, by, expected) => {
    const { desk } = newDesk();
    desk.onVerdict('ada', verdict('start', 0));
    const acknowledge = (): Alert => desk.acknowledge(id, by, NOW_MS);
    expect(acknowledge).toThrow(expect.objectContaining({ code: 'web/invalid' }));
    expect(acknowledge).toThrow(expected);
  });
});

describe('after a restart', () => {
  it('open alerts are open, count as over, and what was not sent is still to be sent', () => {
    const before = newDesk();
    before.desk.onVerdict('ada', verdict('start', 0));
    const unsent = before.pending();
    const { desk, pending, events } = newDesk(before.record);
    expect(desk.openAlerts().map(alertStateOf)).toEqual(['ON over unseen 1']);
    expect(pending().slice(0, unsent.length)).toEqual(unsent);
    expect(events).toEqual([]);
  });

  it('what was seen and held before is closed', () => {
    const before = newDesk();
    before.desk.onVerdict('ada', verdict('start', 0));
    before.desk.acknowledge(before.events[0]?.id ?? '', 'daughter', NOW_MS);
    const { desk, record } = newDesk(before.record);
    expect(desk.openAlerts()).toEqual([]);
    expect(record.alerts({}).map(alertStateOf)).toEqual(['OFF over seen 1']);
  });

  it('what goes on without anybody watching is not over', () => {
    const before = newDesk();
    before.desk.onVerdict('ada', verdict('start', 0));
    before.desk.onVerdict('bo', verdict('start', 0));
    before.desk.acknowledge(before.events[0]?.id ?? '', 'daughter', NOW_MS);
    const { desk } = newDesk(before.record, ({ personId }) => personId === 'ada');
    expect(desk.openAlerts().map(alertStateOf).sort()).toEqual(['ON active seen 1', 'ON over unseen 1']);
  });

  it('what still holds is counted on the alert that is open', () => {
    const before = newDesk();
    before.desk.onVerdict('ada', verdict('start', 0));
    const { desk } = newDesk(before.record);
    desk.onVerdict('ada', verdict('start', 300));
    expect(desk.openAlerts().map(alertStateOf)).toEqual(['ON active unseen 2']);
  });
});

describe('while the disk is full', () => {
  it('alerts are raised, go out and can be acknowledged, and all is stored once there is room', () => {
    const { desk, record, logger, alerts, pending } = newDesk();
    record.fault = fullDisk;
    desk.onVerdict('ada', verdict('start', 0));
    desk.onVerdict('ada', verdict('end', 0));
    const id = desk.openAlerts()[0]?.id ?? '';
    desk.acknowledge(id, 'daughter', NOW_MS);
    expect(alerts.map(alertStateOf)).toEqual(['ON active unseen 1', 'ON over unseen 1', 'OFF over seen 1']);
    const all = pending();
    expect(all).toHaveLength(4);
    expect(record.clinicalEvents({})).toEqual([]);
    for (const sent of all.slice(0, 2)) desk.outbox.markSent(sent, NOW_MS);
    expect(pending()).toEqual(all.slice(2));
    expect(logger.of('record.failing')).toHaveLength(1);

    record.fault = undefined;
    expect(desk.outbox.retry()).toBe(true);
    expect(desk.outbox.waitingCount).toBe(0);
    expect(record.clinicalEvents({}).map((event) => event.id)).toEqual([id]);
    expect(record.alerts({}).map(alertStateOf)).toEqual(['OFF over seen 1']);
    expect(record.pendingMessages(10).map((message) => message.id)).toEqual(all.slice(2));
    expect(logger.of('record.works-again')).toHaveLength(1);
  });
});
