/** Draws anew when something changed, at most ten times a second, and every second for the ages shown. */
import { useEffect, useState } from 'preact/hooks';
import type { LiveStore } from '../live/liveStore.ts';

const DRAW_MS = 100;
const TICK_MS = 1000;

/** The page's clock at this drawing, Unix ms. */
export function useLive(store: LiveStore): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      waiting = undefined;
      setNowMs(Date.now());
    };
    const unsubscribe = store.onChange(() => {
      waiting ??= setTimeout(draw, DRAW_MS);
    });
    const ticker = setInterval(draw, TICK_MS);
    return () => {
      unsubscribe();
      clearInterval(ticker);
      clearTimeout(waiting);
    };
  }, [store]);
  return nowMs;
}
