/**
 * Notifications on their way to the service: gathered per turn of the event loop, and held back while the channel is
 * full, so that a busy service neither costs a message per notification nor fills this process's memory.
 */
import type { Notification } from './radioProtocol.ts';

const MAX_IN_CHANNEL = 64;
/** About a minute of a hundred wearables. */
const MAX_WAITING = 100_000;

export interface NotificationOutboxOptions {
  readonly send: (items: readonly Notification[], onSent: () => void) => void;
  /** The service did not take them for so long that the oldest were given up. */
  readonly onDropped: (count: number) => void;
}

export class NotificationOutbox {
  readonly #options: NotificationOutboxOptions;
  #waiting: Notification[] = [];
  #inChannel = 0;
  #scheduled = false;

  constructor(options: NotificationOutboxOptions) {
    this.#options = options;
  }

  add(notification: Notification): void {
    this.#waiting.push(notification);
    if (this.#waiting.length > MAX_WAITING) {
      const dropped = this.#waiting.splice(0, MAX_WAITING / 10).length;
      this.#options.onDropped(dropped);
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#inChannel < MAX_IN_CHANNEL) this.flush();
    });
  }

  /** Sends what is waiting, however full the channel is. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const items = this.#waiting;
    this.#waiting = [];
    this.#inChannel++;
    this.#options.send(items, () => {
      this.#inChannel--;
      if (this.#inChannel < MAX_IN_CHANNEL) this.flush();
    });
  }
}
