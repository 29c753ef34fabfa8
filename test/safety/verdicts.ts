/** Verdicts and messages as the rules and the message writer would make them. */
import type { Alert } from '../../src/model/alert.ts';
import { isOpen } from '../../src/model/alert.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { MessageWriter } from '../../src/safety/alarmDesk.ts';

export const T0_S = 1_786_000_000;

export const verdict = (phase: Verdict['phase'], atS: number, more: Partial<Verdict> = {}): Verdict => ({
  ruleId: 'EV-BEND',
  kind: 'bend',
  severity: 'low',
  phase,
  startS: T0_S + atS,
  decidedS: T0_S + atS + 1,
  values: { peakDeg: 62 },
  confidence: 0.9,
  text: 'You bent far forward.',
  because: 'flexAlertDeg 60 deg',
  cue: true,
  ...more,
});

export const alertStateOf = (alert: Alert): string =>
  [
    isOpen(alert) ? 'ON' : 'OFF',
    alert.active ? 'active' : 'over',
    alert.acknowledged ? 'seen' : 'unseen',
    alert.count,
  ].join(' ');

export const messages: MessageWriter = {
  messagesForClinicalEvent: ({ id, personId }) => [
    { id, topic: `plumbline/v1/${personId}/event`, payload: `{"id":"${id}"}`, retain: false, qos: 1 },
  ],
  messagesForAlert: (alert) => [
    {
      id: `${alert.id}:${alertStateOf(alert).replaceAll(' ', ':')}`,
      topic: `plumbline/v1/${alert.personId}/state/alert/${alert.kind}`,
      payload: JSON.stringify({ state: alertStateOf(alert) }),
      retain: true,
      qos: 1,
    },
  ],
};
