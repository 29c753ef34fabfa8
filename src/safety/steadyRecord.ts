/**
 * The record as the alarms see it: while the disk is full or failing, batches wait here in order, their messages still
 * go out, and everything is stored once the record works again.
 */
import { messageOf } from '../model/errors.ts';
import type { Logger, OutboundMessage, RecordBatch, RecordStore } from '../model/ports.ts';

type Record = Pick<RecordStore, 'write' | 'pendingMessages' | 'markSent'>;

export class SteadyRecord {
  readonly #record: Record;
  readonly #logger: Logger;
  #waiting: RecordBatch[] = [];
  /** Sent, but not yet marked so in the record: message id → Unix ms. */
  readonly #sent = new Map<string, number>();
  #isFailing = false;

  constructor(record: Record, logger: Logger) {
    this.#record = record;
    this.#logger = logger;
  }

  /** Batches that are only in memory so far. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Stores it now, or keeps it until it can be stored. */
  write(batch: RecordBatch): void {
    this.#waiting.push(batch);
    this.retry();
  }

  /** Stores what waits, oldest first. Returns false while the record fails. */
  retry(): boolean {
    if (this.#isAllStored) return true;
    return this.#attempt(() => {
      for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
        this.#record.write(batch);
        this.#waiting.shift();
      }
      for (const [id, atMs] of this.#sent) {
        this.#record.markSent(id, atMs);
        this.#sent.delete(id);
      }
    });
  }

  /** Oldest first: those of the record, then those that wait. */
  pendingMessages(limit: number): OutboundMessage[] {
    this.retry();
    let stored: OutboundMessage[] = [];
    this.#attempt(() => {
      stored = this.#record.pendingMessages(limit + this.#sent.size);
    });
    const waiting = this.#waiting.flatMap(({ outbox = [] }) => outbox);
    return [...stored, ...waiting].filter(({ id }) => !this.#sent.has(id)).slice(0, limit);
  }

  markSent(messageId: string, atMs: number): void {
    this.#sent.set(messageId, atMs);
    this.retry();
  }

  get #isAllStored(): boolean {
    return this.#waiting.length === 0 && this.#sent.size === 0;
  }

  #attempt(work: () => void): boolean {
    try {
      work();
    } catch (error) {
      // Once, not at each attempt: whoever watches the record's health is told there.
      if (!this.#isFailing) {
        this.#logger.error('record.failing', { reason: messageOf(error), waitingBatches: this.#waiting.length });
      }
      this.#isFailing = true;
      return false;
    }
    // A full disk can still be read: it works again when everything is stored.
    if (this.#isFailing && this.#isAllStored) {
      this.#isFailing = false;
      this.#logger.info('record.works-again');
    }
    return true;
  }
}
