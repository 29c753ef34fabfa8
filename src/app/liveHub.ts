/** `LiveFeed` in memory: hands each message to everybody who listens; a listener that fails harms nobody else. */
import { messageOf } from '../model/errors.ts';
import type { LiveFeed, LiveMessage, Logger, Unsubscribe } from '../model/ports.ts';

export class LiveHub implements LiveFeed {
  readonly #listeners = new Set<(message: LiveMessage) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  subscribe(listener: (message: LiveMessage) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(message: LiveMessage): void {
    for (const listener of this.#listeners) {
      try {
        listener(message);
      } catch (error) {
        this.#logger.error('live.listener-failed', { reason: messageOf(error) });
      }
    }
  }
}
