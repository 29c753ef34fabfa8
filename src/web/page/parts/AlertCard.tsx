import type { Alert } from '../../../model/alert.ts';
import type { Severity } from '../../../model/event.ts';
import { eventTime, plural } from '../words/timeWords.ts';
import { Mark, type MarkShape } from './Mark.tsx';

const SEVERITY: Readonly<Record<Severity, { readonly word: string; readonly shape: MarkShape }>> = {
  none: { word: 'For information', shape: 'well' },
  low: { word: 'Note', shape: 'caution' },
  medium: { word: 'Please look', shape: 'caution' },
  high: { word: 'Urgent', shape: 'limit' },
};

function Acknowledged({ alert, nowMs }: { alert: Alert; nowMs: number }) {
  const { acknowledged, active } = alert;
  if (!acknowledged) return null;
  return (
    <p class="alert-seen">
      <Mark shape="well" />
      <span>
        Seen by {acknowledged.by} at {eventTime(acknowledged.atMs, nowMs)}.{' '}
        {active && 'It stays here until it is over.'}
      </span>
    </p>
  );
}

export function AlertCard({
  alert,
  name,
  nowMs,
  isBusy,
  onSeen,
}: {
  alert: Alert;
  /** The wearer's. */
  name: string;
  nowMs: number;
  isBusy: boolean;
  onSeen: () => void;
}) {
  const { word, shape } = SEVERITY[alert.severity];
  const times = alert.count > 1 ? `${plural(alert.count, 'time')}, last ${eventTime(alert.lastMs, nowMs)}` : '';
  return (
    <li class={`alert alert-${alert.severity}`}>
      <Mark shape={shape} />
      <div class="alert-body">
        <p class="alert-meta">
          <strong>{word}</strong> · {name} · <time>{eventTime(alert.raisedMs, nowMs)}</time>
          {times && ` · ${times}`} · {alert.active ? 'still going on' : 'over'}
        </p>
        <h3>{alert.text}</h3>
        <details>
          <summary>Why this alert</summary>
          <p>{alert.because}</p>
        </details>
      </div>
      {alert.acknowledged ? (
        <Acknowledged alert={alert} nowMs={nowMs} />
      ) : (
        <button type="button" class="button" aria-disabled={isBusy} onClick={onSeen}>
          I have seen it
          <span class="unseen-text">: {alert.text}</span>
        </button>
      )}
    </li>
  );
}
