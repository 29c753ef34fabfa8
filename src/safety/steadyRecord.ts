/**
 * The record as the alarms see it: while the disk is full or failing, batches wait here in order, their messages still
 * go out, and everything is stored once the record works again. A row that the record will never take, such as one with
 * a NaN, is set aside alone; what comes with it and after it is stored.
 */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Logger, OutboundMessage, RecordBatch, RecordStore } from '../model/ports.ts';
import { namesOfRows, singleRows } from './singleRows.ts';

type Record = Pick<RecordStore, 'write' | 'pendingMessages' | 'markSent'>;

/** More than this is counted, not logged: one wrong device must not fill the log. */
const LOGGED_REFUSALS = 20;

/** The rows are at fault: they will be refused as often as they are written. */
const isRefusal = (error: unknown): boolean =>
  error instanceof PlumblineError && error.context['fault'] === 'constraint';

export class SteadyRecord {
  readonly #record: Record;
  readonly #logger: Logger;
  #waiting: RecordBatch[] = [];
  /** Sent, but not yet marked so in the record: message id → Unix ms. */
  readonly #sent = new Map<string, number>();
  /** Messages that the record will never take; they still go out. */
  #onlyInMemory: OutboundMessage[] = [];
  #refusedCount = 0;
  #isFailing = false;

  constructor(record: Record, logger: Logger) {
    this.#record = record;
    this.#logger = logger;
  }

  /** Batches that are only in memory so far. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Rows that the record will never take, since the start. */
  get refusedCount(): number {
    return this.#refusedCount;
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
        this.#store(batch);
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
    const waiting = [...this.#onlyInMemory, ...this.#waiting.flatMap(({ outbox = [] }) => outbox)];
    return [...stored, ...waiting].filter(({ id }) => !this.#sent.has(id)).slice(0, limit);
  }

  markSent(messageId: string, atMs: number): void {
    this.#onlyInMemory = this.#onlyInMemory.filter(({ id }) => id !== messageId);
    this.#sent.set(messageId, atMs);
    this.retry();
  }

  /** The first that waits: stored whole, or else row by row without those that are refused. */
  #store(batch: RecordBatch): void {
    try {
      this.#record.write(batch);
      this.#waiting.shift();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const rows = singleRows(batch);
      // They take the place of the batch, so that none is lost when the disk fails between them.
      if (rows.length > 1) this.#waiting.splice(0, 1, ...rows);
      else this.#setAside(batch, messageOf(error));
    }
  }

  #setAside(row: RecordBatch, reason: string): void {
    this.#waiting.shift();
    this.#onlyInMemory.push(...(row.outbox ?? []));
    this.#refusedCount += 1;
    if (this.#refusedCount > LOGGED_REFUSALS) return;
    this.#logger.error('record.row-refused', { rows: namesOfRows(row), reason, rowsSoFar: this.#refusedCount });
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
