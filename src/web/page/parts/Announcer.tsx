/** Says aloud, for screen readers, what others see: alerts at once, events gently and not too often. */
import { useEffect, useState } from 'preact/hooks';
import type { LiveStore, News } from '../live/liveStore.ts';
import { eventRows } from '../words/eventWords.ts';

const SPACING_MS = 4000;

function eventNews(news: readonly News[]): string {
  const motion = news.flatMap((item) => (item.kind === 'motionEvent' ? [item.stored] : []));
  const clinical = news.flatMap((item) => (item.kind === 'clinicalEvent' ? [item.event] : []));
  const rows = eventRows(motion, clinical);
  const latest = rows[0];
  if (!latest) return '';
  const text = [latest.words, latest.depth, ...latest.verdicts].filter((part) => part !== undefined).join(', ');
  return rows.length > 1 ? `${rows.length} new events. Latest: ${text}.` : `${text}.`;
}

export function Announcer({ store }: { store: LiveStore }) {
  const [alertText, setAlertText] = useState('');
  const [eventText, setEventText] = useState('');
  useEffect(() => {
    let waiting: News[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = (): void => {
      timer = undefined;
      if (waiting.length === 0) return;
      setEventText(eventNews(waiting));
      waiting = [];
      timer = setTimeout(say, SPACING_MS);
    };
    const unsubscribe = store.onNews((news) => {
      if (news.kind === 'alert') {
        const name = store.people.find(({ id }) => id === news.alert.personId)?.displayName ?? '';
        setAlertText(`New alert for ${name}: ${news.alert.text}`);
        return;
      }
      waiting.push(news);
      // A moment later, so that a bend and the verdict about it are said as one.
      timer ??= setTimeout(say, 300);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [store]);
  return (
    <div class="unseen-text">
      <p role="alert">{alertText}</p>
      <p role="status">{eventText}</p>
    </div>
  );
}
