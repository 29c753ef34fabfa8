/** One radio, many wearables to find: it scans while at least one of them is missing, because scanning takes air time from the links. */
import { messageOf } from '../../model/errors.ts';
import type { BleCentral, Logger } from '../../model/ports.ts';

export class SharedScan {
  readonly #central: BleCentral;
  readonly #logger: Logger;
  readonly #claimed = new Set<string>();
  #seekers = 0;
  /** Scan commands one after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(central: BleCentral, logger: Logger) {
    this.#central = central;
    this.#logger = logger;
    central.onStateChange((state) => {
      if (state === 'poweredOn' && this.#seekers > 0) this.#enqueue(() => central.startScan());
    });
  }

  /** Scanning is on until the answer is called. @throws `radio/unavailable` when the adapter refuses. */
  async acquire(): Promise<() => void> {
    this.#seekers++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#seekers--;
      this.#enqueue(async () => {
        if (this.#seekers === 0) await this.#central.stopScan();
      });
    };
    const started = this.#queue.then(() => this.#central.startScan());
    this.#queue = started.catch(() => undefined);
    try {
      await started;
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** From the connection to its end a wearable belongs to one session. Undefined: another one has it. */
  claim(peerId: string): (() => void) | undefined {
    if (this.#claimed.has(peerId)) return undefined;
    this.#claimed.add(peerId);
    return () => this.#claimed.delete(peerId);
  }

  #enqueue(command: () => Promise<void>): void {
    this.#queue = this.#queue
      .then(command)
      .catch((error: unknown) => this.#logger.warn('scan.refused', { reason: messageOf(error) }));
  }
}
