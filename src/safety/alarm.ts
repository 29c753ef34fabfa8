/**
 * The alert as a state machine; pure transitions. One open alert per person and kind:
 *
 *   none ─ raise ─▶ open, active ─ conditionEnded ─▶ open ─ acknowledge ─▶ closed
 *                        └──────── acknowledge ─▶ open, acknowledged ─ conditionEnded ─▶ closed
 *
 * It stays open until a person has seen it AND it is over. What happens meanwhile raises `count` and `lastMs`.
 */
import { type Alert, isOpen } from '../model/alert.ts';
import { type ClinicalEvent, SEVERITIES } from '../model/event.ts';

export type AlarmInput =
  /** It happened, for the first time or again. */
  | { readonly type: 'raise'; readonly event: ClinicalEvent }
  /** It still holds, and is said again. */
  | { readonly type: 'repeat'; readonly atMs: number }
  | { readonly type: 'conditionEnded'; readonly atMs: number }
  | { readonly type: 'acknowledge'; readonly by: string; readonly atMs: number };

export interface AlarmStep {
  readonly alert: Alert | undefined;
  readonly changed: boolean;
}

export function advanceAlarm(alert: Alert | undefined, input: AlarmInput): AlarmStep {
  if (input.type === 'raise') return raise(alert, input.event);
  if (alert === undefined || !isOpen(alert)) return { alert, changed: false };
  if (input.type === 'acknowledge') return acknowledge(alert, input.by, Math.round(input.atMs));
  if (input.type === 'repeat') {
    return changed({ ...alert, active: true, count: alert.count + 1, lastMs: later(alert.lastMs, input.atMs) });
  }
  if (!alert.active) return { alert, changed: false };
  return changed({ ...alert, active: false, ...(alert.acknowledged ? { closedMs: Math.round(input.atMs) } : {}) });
}

function acknowledge(alert: Alert, by: string, atMs: number): AlarmStep {
  if (alert.acknowledged) return { alert, changed: false };
  return changed({ ...alert, acknowledged: { by, atMs }, ...(alert.active ? {} : { closedMs: atMs }) });
}

function raise(alert: Alert | undefined, event: ClinicalEvent): AlarmStep {
  if (alert?.id === event.id) return { alert, changed: false };
  if (alert === undefined || !isOpen(alert)) return changed(newAlert(event));
  // Whoever acknowledged has not seen this one: it is to be seen again.
  const { acknowledged: _seen, ...unseen } = alert;
  return changed({
    ...unseen,
    severity: SEVERITIES.indexOf(event.severity) > SEVERITIES.indexOf(alert.severity) ? event.severity : alert.severity,
    text: event.text,
    because: event.because,
    active: true,
    count: alert.count + 1,
    lastMs: later(alert.lastMs, event.decidedMs),
  });
}

function newAlert({ id, personId, kind, ruleId, severity, text, because, decidedMs }: ClinicalEvent): Alert {
  const atMs = Math.round(decidedMs);
  return { id, personId, kind, ruleId, severity, text, because, active: true, raisedMs: atMs, lastMs: atMs, count: 1 };
}

const changed = (alert: Alert): AlarmStep => ({ alert, changed: true });
const later = (aMs: number, bMs: number): number => Math.max(aMs, Math.round(bMs));
