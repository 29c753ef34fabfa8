import type { LinkState } from '../live/liveStore.ts';
import { clockTime } from '../words/timeWords.ts';
import { Brand } from './Brand.tsx';

const LINK_WORDS: Readonly<Record<LinkState, string>> = {
  connecting: 'Connecting…',
  open: 'Live',
  lost: 'Not connected',
};

export function TopBar({ link, serverMs }: { link: LinkState; serverMs: number }) {
  return (
    <header class="top">
      <h1>
        <Brand />
      </h1>
      <p class="top-state">
        <span class={`link link-${link}`}>{LINK_WORDS[link]}</span>
        {link === 'open' && <span class="top-time">{clockTime(serverMs)}</span>}
      </p>
    </header>
  );
}
