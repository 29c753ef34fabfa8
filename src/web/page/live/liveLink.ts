/** Keeps the live stream open: notices a dead link by missing beats, and resumes where it was. */
import { LINK_LOST_MS, type LiveEventName } from '../../wire.ts';
import type { LiveStore } from './liveStore.ts';

const RETRY_MS = 2000;
const WATCH_MS = 1000;

const EVENT_NAMES = [
  'snapshot',
  'angles',
  'motionEvent',
  'clinicalEvent',
  'alert',
  'device',
  'people',
  'stages',
  'beat',
] as const satisfies readonly LiveEventName[];

export class LiveLink {
  readonly #store: LiveStore;
  readonly #personId: string | null;
  #source: EventSource | undefined;
  #lastEventId = '';
  #aliveMs = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(store: LiveStore, personId: string | null) {
    this.#store = store;
    this.#personId = personId;
  }

  start(): void {
    this.#open();
    setInterval(() => {
      if (this.#retry === undefined && Date.now() - this.#aliveMs > LINK_LOST_MS) this.#lost();
    }, WATCH_MS);
  }

  #open(): void {
    this.#retry = undefined;
    this.#aliveMs = Date.now();
    const query = new URLSearchParams();
    if (this.#personId !== null) query.set('person', this.#personId);
    if (this.#lastEventId !== '') query.set('lastEventId', this.#lastEventId);
    const source = new EventSource(`api/live?${query}`);
    this.#source = source;
    for (const name of EVENT_NAMES) this.#listen(source, name);
    // Its own reconnecting gives up after some kinds of error, so every error is answered here.
    source.addEventListener('error', () => this.#lost());
  }

  #listen(source: EventSource, name: LiveEventName): void {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      if (source !== this.#source) return;
      this.#aliveMs = Date.now();
      if (message.lastEventId !== '') this.#lastEventId = message.lastEventId;
      this.#store.apply(name, JSON.parse(message.data), this.#aliveMs);
    });
  }

  #lost(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#store.setLink('lost');
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), RETRY_MS);
  }
}
