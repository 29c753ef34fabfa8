/** What happened, newest first, in plain words. */
import { useState } from 'preact/hooks';
import type { EventRow } from '../words/eventWords.ts';
import { durationWords, eventTime } from '../words/timeWords.ts';

const FEW = 6;

function Row({ row, nowMs }: { row: EventRow; nowMs: number }) {
  return (
    <li class="event">
      <time class="event-time">{eventTime(row.startMs, nowMs)}</time>
      <div>
        <p class="event-words">{row.words}</p>
        {row.verdicts.length > 0 && <p class="event-verdict">{row.verdicts.join(', ')}</p>}
      </div>
      <p class="event-size">
        {row.depth !== undefined && <span>{row.depth}</span>}
        {row.durationS !== undefined && <span class="soft">{durationWords(row.durationS)}</span>}
      </p>
    </li>
  );
}

export function EventPanel({
  rows,
  nowMs,
  headingId,
}: {
  rows: readonly EventRow[];
  nowMs: number;
  headingId: string;
}) {
  const [isLong, setLong] = useState(false);
  const shown = isLong ? rows : rows.slice(0, FEW);
  return (
    <section class="card" aria-labelledby={headingId}>
      <h3 id={headingId}>Events</h3>
      {rows.length === 0 ? (
        <p class="empty">Nothing yet. Bends and other movements appear here as they happen.</p>
      ) : (
        <ol class="events">
          {shown.map((row) => (
            <Row key={row.id} row={row} nowMs={nowMs} />
          ))}
        </ol>
      )}
      {rows.length > FEW && (
        <button type="button" class="button button-quiet" aria-expanded={isLong} onClick={() => setLong(!isLong)}>
          {isLong ? 'Show fewer events' : `Show all ${rows.length} events`}
        </button>
      )}
    </section>
  );
}
