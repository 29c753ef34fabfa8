import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, isOpen } from '../../src/model/alert.ts';
import type { ClinicalEvent } from '../../src/model/event.ts';
import { type AlarmInput, advanceAlarm } from '../../src/safety/alarm.ts';
import { clinicalEventOf } from '../../src/safety/clinicalEvent.ts';
import { T0_S, verdict } from './verdicts.ts';

const event = (atS: number, more: Partial<ClinicalEvent> = {}): ClinicalEvent => ({
  ...clinicalEventOf('ada', verdict('start', atS)),
  ...more,
});
const after = (...inputs: AlarmInput[]): Alert | undefined =>
  inputs.reduce<Alert | undefined>((alert, input) => advanceAlarm(alert, input).alert, undefined);

const raise = (atS: number): AlarmInput => ({ type: 'raise', event: event(atS) });
const ended = (atMs: number): AlarmInput => ({ type: 'conditionEnded', atMs });
const seen = (atMs: number, by = 'daughter'): AlarmInput => ({ type: 'acknowledge', by, atMs });

describe('a clinical event', () => {
  it('has the same id for the same person, rule and start', () => {
    expect(event(0).id).toBe(`ada.EV-BEND.${T0_S * 1000}`);
    expect(event(0)).toEqual(event(0));
    expect(event(0)).toMatchObject({ startMs: T0_S * 1000, decidedMs: T0_S * 1000 + 1000, kind: 'bend' });
  });

  it('has whole milliseconds, whatever the sample clock says', () => {
    expect(clinicalEventOf('ada', verdict('start', 0.123_456_7))).toMatchObject({ startMs: T0_S * 1000 + 123 });
  });
});

describe('an alert', () => {
  it('is raised with the id of its event, active and not seen', () => {
    expect(after(raise(0))).toEqual({
      id: event(0).id,
      personId: 'ada',
      kind: 'bend',
      ruleId: 'EV-BEND',
      severity: 'low',
      text: 'You bent far forward.',
      because: 'flexAlertDeg 60 deg',
      active: true,
      raisedMs: T0_S * 1000 + 1000,
      lastMs: T0_S * 1000 + 1000,
      count: 1,
    });
  });

  it('stays open when the condition is over but nobody has seen it', () => {
    const alert = after(raise(0), ended(2000));
    expect(alert).toMatchObject({ active: false });
    expect(alert && isOpen(alert)).toBe(true);
  });

  it('stays open when it was seen but the condition holds, and closes when it ends', () => {
    const held = after(raise(0), seen(1500));
    expect(held && isOpen(held)).toBe(true);
    expect(after(raise(0), seen(1500), ended(2000))).toMatchObject({
      active: false,
      closedMs: 2000,
      acknowledged: { by: 'daughter', atMs: 1500 },
    });
  });

  it('closes when it is over and then seen', () => {
    expect(after(raise(0), ended(2000), seen(3000))).toMatchObject({ closedMs: 3000 });
  });

  it('does not change when it is acknowledged a second time, open or closed', () => {
    for (const before of [after(raise(0), seen(1)), after(raise(0), ended(1), seen(2))]) {
      expect(advanceAlarm(before, seen(9, 'somebody else'))).toEqual({ alert: before, changed: false });
    }
  });

  it('counts what happens again while it is open, under its first id', () => {
    const alert = after(raise(0), ended(2000), raise(60));
    expect(alert).toMatchObject({ id: event(0).id, count: 2, active: true, lastMs: (T0_S + 61) * 1000 });
  });

  it('is to be seen again when it happens again after it was seen', () => {
    const alert = after(raise(0), seen(1500), raise(60));
    expect(alert).toMatchObject({ count: 2 });
    expect(alert).not.toHaveProperty('acknowledged');
  });

  it('stays seen when the same condition is only said again', () => {
    expect(after(raise(0), seen(1500), { type: 'repeat', atMs: 5000 })).toMatchObject({
      count: 2,
      acknowledged: { by: 'daughter', atMs: 1500 },
    });
  });

  it('takes the higher severity', () => {
    const high: AlarmInput = { type: 'raise', event: event(60, { severity: 'high' }) };
    const low: AlarmInput = { type: 'raise', event: event(90) };
    expect(after(raise(0), high, low)).toMatchObject({ severity: 'high', count: 3 });
  });

  it('does not change when the very same event comes again', () => {
    const alert = after(raise(0));
    expect(advanceAlarm(alert, raise(0))).toEqual({ alert, changed: false });
  });

  it('that is closed gives way to a new one', () => {
    expect(after(raise(0), ended(1), seen(2), raise(60))).toMatchObject({ id: event(60).id, count: 1, active: true });
  });

  it('cannot end, repeat or be seen before it was raised', () => {
    for (const input of [ended(1), seen(1), { type: 'repeat', atMs: 1 } as const]) {
      expect(advanceAlarm(undefined, input)).toEqual({ alert: undefined, changed: false });
    }
  });

  it('is closed exactly when it is seen and over, in whatever order things come', () => {
    const input = fc.oneof(
      fc.nat(50).map(raise),
      fc.nat(99_999).map(ended),
      fc.nat(99_999).map((atMs) => seen(atMs)),
      fc.nat(99_999).map((atMs): AlarmInput => ({ type: 'repeat', atMs })),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 30 }), (inputs) => {
        let alert: Alert | undefined;
        for (const next of inputs) {
          const before = alert;
          const step = advanceAlarm(before, next);
          alert = step.alert;
          expect(step.changed).toBe(alert !== before);
          if (alert === undefined) continue;
          expect(isOpen(alert)).toBe(alert.active || alert.acknowledged === undefined);
          if (before && isOpen(before)) {
            expect(alert.id).toBe(before.id);
            expect(alert.count).toBeGreaterThanOrEqual(before.count);
            expect(alert.lastMs).toBeGreaterThanOrEqual(before.lastMs);
          }
        }
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});
