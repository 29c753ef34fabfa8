/**
 * Where verdicts become alerts and acknowledgements close them. The event, the alert and the messages that tell of it
 * are stored in one batch, so that a service that is killed between raising and publishing publishes after its restart.
 */
import type { Alert } from '../model/alert.ts';
import { PlumblineError } from '../model/errors.ts';
import type { ClinicalEvent } from '../model/event.ts';
import type { Logger, OutboundMessage, RecordStore } from '../model/ports.ts';
import type { Verdict } from '../model/verdict.ts';
import { type AlarmInput, advanceAlarm } from './alarm.ts';
import { clinicalEventOf } from './clinicalEvent.ts';
import { SteadyRecord } from './steadyRecord.ts';

/** How events and alerts are told to the outside; the ids of the messages follow from what they tell. */
export interface MessageWriter {
  messagesForClinicalEvent(event: ClinicalEvent): readonly OutboundMessage[];
  messagesForAlert(alert: Alert): readonly OutboundMessage[];
}

interface AlarmDeskListeners {
  /** New, stored, and on its way. */
  readonly onClinicalEvent?: (event: ClinicalEvent) => void;
  readonly onAlert?: (alert: Alert) => void;
}

export interface AlarmDeskOptions extends AlarmDeskListeners {
  readonly record: RecordStore;
  readonly messages: MessageWriter;
  readonly logger: Logger;
}

const ACKNOWLEDGER_MAX_LENGTH = 100;
const keyOf = (personId: string, kind: string): string => `${personId} ${kind}`;

export class AlarmDesk {
  readonly #options: AlarmDeskOptions;
  readonly #steady: SteadyRecord;
  /** By person and kind. */
  readonly #open = new Map<string, Alert>();

  constructor(options: AlarmDeskOptions) {
    this.#options = options;
    this.#steady = new SteadyRecord(options.record, options.logger);
  }

  /** What the outbox sends from: the record, and what still waits to be stored. */
  get outbox(): SteadyRecord {
    return this.#steady;
  }

  /**
   * Takes up the alerts that were open when the service ended. Nobody has watched since: whether they still hold is not
   * known, so they count as over until their rule says so again; without an acknowledgement they stay open.
   * @param stillHolds what goes on without anybody watching
   */
  start(nowMs: number, stillHolds: (alert: Alert) => boolean = () => false): void {
    this.#open.clear();
    for (const alert of this.#options.record.alerts({ openOnly: true })) {
      this.#open.set(keyOf(alert.personId, alert.kind), alert);
    }
    for (const alert of this.openAlerts()) {
      if (!stillHolds(alert)) this.#advance(alert, { type: 'conditionEnded', atMs: nowMs });
    }
  }

  /** Newest first. */
  openAlerts(): Alert[] {
    return [...this.#open.values()].sort((a, b) => b.raisedMs - a.raisedMs);
  }

  onVerdict(personId: string, verdict: Verdict): void {
    const { kind, phase, decidedS } = verdict;
    const alert = this.#open.get(keyOf(personId, kind));
    if (phase === 'start') this.#raise(alert, clinicalEventOf(personId, verdict));
    else if (alert !== undefined) {
      this.#advance(alert, { type: phase === 'repeat' ? 'repeat' : 'conditionEnded', atMs: decidedS * 1000 });
    }
  }

  /**
   * Returns the alert as it is now; acknowledging again changes nothing.
   * @throws `web/invalid` when there is no such alert or nobody is named.
   */
  acknowledge(alertId: string, by: string, atMs: number): Alert {
    const name = by.trim();
    if (name === '' || name.length > ACKNOWLEDGER_MAX_LENGTH) {
      throw new PlumblineError(
        'web/invalid',
        `expected who has seen the alert, in 1 to ${ACKNOWLEDGER_MAX_LENGTH} characters, found ${name.length}`,
      );
    }
    const alert = this.openAlerts().find(({ id }) => id === alertId) ?? this.#options.record.alert(alertId);
    if (alert === undefined) {
      throw new PlumblineError('web/invalid', `expected the id of an alert, found "${alertId.slice(0, 200)}"`, {
        context: { alertId },
      });
    }
    return this.#advance(alert, { type: 'acknowledge', by: name, atMs });
  }

  #raise(alert: Alert | undefined, event: ClinicalEvent): void {
    if (this.#isKnown(event)) return;
    const { messages, onClinicalEvent, onAlert } = this.#options;
    // Severity "none" is kept and told, but nobody has to acknowledge it.
    const raised = event.severity === 'none' ? undefined : advanceAlarm(alert, { type: 'raise', event }).alert;
    const alerts = raised === undefined ? [] : [raised];
    this.#steady.write({
      clinicalEvents: [event],
      alerts,
      outbox: [
        ...messages.messagesForClinicalEvent(event),
        ...alerts.flatMap((open) => messages.messagesForAlert(open)),
      ],
    });
    if (raised !== undefined) this.#open.set(keyOf(raised.personId, raised.kind), raised);
    onClinicalEvent?.(event);
    if (raised !== undefined) onAlert?.(raised);
  }

  /** The same samples were seen before, as in a recording that is replayed again. */
  #isKnown({ id, personId, startMs }: ClinicalEvent): boolean {
    try {
      const sameStart = this.#options.record.clinicalEvents({ personId, fromMs: startMs, toMs: startMs + 1 });
      return sameStart.some((event) => event.id === id);
    } catch {
      // The record cannot be read just now: better told twice with one id than not at all.
      return false;
    }
  }

  #advance(alert: Alert, input: AlarmInput): Alert {
    const { alert: next = alert, changed } = advanceAlarm(alert, input);
    if (!changed) return next;
    this.#steady.write({ alerts: [next], outbox: this.#options.messages.messagesForAlert(next) });
    const key = keyOf(next.personId, next.kind);
    if (next.closedMs === undefined) this.#open.set(key, next);
    else this.#open.delete(key);
    this.#options.onAlert?.(next);
    return next;
  }
}
