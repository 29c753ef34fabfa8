/**
 * Keeps InfluxDB level with the record: reads the journal from where it stood, writes, remembers where it stands.
 * After an outage, or into an empty InfluxDB, it catches up by the same loop. A row that InfluxDB will never take is skipped alone.
 */
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { Clock, JournalEntry, Logger, RecordStore, SeriesStore } from '../../model/ports.ts';
import { type Backoff, backoffMs, type Schedule, scheduleWithTimers } from '../schedule.ts';

const RETRY: Backoff = { firstMs: 500, maxMs: 30_000 };
const CURSOR = 'influx';
/** More than this is counted, not logged: one wrong device must not fill the log. */
const LOGGED_SKIPS = 20;
const COUNTED_WAITING = 10_000;

export interface InfluxProjectorOptions {
  readonly record: RecordStore;
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often it looks for new rows. */
  readonly pollMs?: number;
  readonly batchEntries?: number;
  readonly schedule?: Schedule;
  /** 0..1 */
  readonly random?: () => number;
}

export interface ProjectionLag {
  /** Rows of the record that are not in InfluxDB yet, counted up to 10 000. */
  readonly waitingEntries: number;
  /** 0 while all is well, else for how long writing has failed. */
  readonly failingForMs: number;
  /** Rows that InfluxDB will never take, since the start. */
  readonly skippedEntries: number;
  /** "expected …, found …"; undefined while all is well. */
  readonly problem: string | undefined;
}

export class InfluxProjector {
  readonly #record: RecordStore;
  readonly #store: SeriesStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pollMs: number;
  readonly #batchEntries: number;
  readonly #schedule: Schedule;
  readonly #random: () => number;
  #isRunning = false;
  #cancelTimer = (): void => {};
  /** One after the other: the loop, and whoever asks to catch up. */
  #turn: Promise<void> = Promise.resolve();
  #failedAttempts = 0;
  #failingSinceMs: number | undefined;
  #problem: string | undefined;
  #skippedEntries = 0;

  constructor(options: InfluxProjectorOptions) {
    this.#record = options.record;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#pollMs = options.pollMs ?? 1_000;
    this.#batchEntries = options.batchEntries ?? 2_000;
    this.#schedule = options.schedule ?? scheduleWithTimers;
    this.#random = options.random ?? Math.random;
  }

  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#store.start();
    void this.#loop();
  }

  /** What is not written yet stays in the record for the next start. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancelTimer();
    await this.#store.stop();
    await this.#turn;
  }

  /**
   * Resolves when everything that is in the record now is in InfluxDB.
   * @throws PlumblineError `influx/unavailable`, `storage/failed`
   */
  async catchUp(): Promise<void> {
    const run = this.#turn.then(() => this.#drain());
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** Cheap: asked by every health check and every beat of a page. @throws PlumblineError `storage/failed` */
  lag(): ProjectionLag {
    return {
      waitingEntries: this.#countWaiting(),
      failingForMs: this.#failingSinceMs === undefined ? 0 : this.#clock.nowMs() - this.#failingSinceMs,
      skippedEntries: this.#skippedEntries,
      problem: this.#problem,
    };
  }

  #countWaiting(): number {
    const position = this.#record.cursor(CURSOR);
    return (
      this.#record.journalCount?.(position, COUNTED_WAITING) ??
      this.#record.journalAfter(position, COUNTED_WAITING).length
    );
  }

  async #loop(): Promise<void> {
    let waitMs = this.#pollMs;
    try {
      await this.catchUp();
      this.#onWorking();
    } catch (error) {
      waitMs = this.#onFailing(messageOf(error));
    }
    if (this.#isRunning) this.#cancelTimer = this.#schedule(waitMs, () => void this.#loop());
  }

  async #drain(): Promise<void> {
    while (this.#isRunning) {
      const entries = this.#record.journalAfter(this.#record.cursor(CURSOR), this.#batchEntries);
      if (entries.length === 0) return;
      await this.#project(entries);
    }
  }

  /**
   * Halves a batch until the row that is refused stands alone. The cursor follows what is done, in order; rows beyond it may have
   * been written and will be again: the same tags and time take the same place.
   */
  async #project(entries: readonly JournalEntry[]): Promise<void> {
    try {
      await this.#store.write(entries);
    } catch (error) {
      if (!(error instanceof PlumblineError) || error.code !== 'influx/rejected') throw error;
      if (entries.length > 1) {
        const middle = Math.ceil(entries.length / 2);
        await this.#project(entries.slice(0, middle));
        await this.#project(entries.slice(middle));
        return;
      }
      for (const entry of entries) this.#skip(entry, error.message);
    }
    const last = entries.at(-1);
    if (last) this.#record.saveCursor(CURSOR, last.position);
  }

  #skip({ position, kind }: JournalEntry, problem: string): void {
    this.#skippedEntries += 1;
    if (this.#skippedEntries > LOGGED_SKIPS) return;
    this.#logger.warn('influx.skipped', { position, kind, problem, entriesSoFar: this.#skippedEntries });
  }

  #onWorking(): void {
    if (this.#failingSinceMs !== undefined) {
      this.#logger.info('influx.caughtUp', { failedForMs: this.#clock.nowMs() - this.#failingSinceMs });
    }
    this.#failedAttempts = 0;
    this.#failingSinceMs = undefined;
    this.#problem = undefined;
  }

  /** @returns how long to wait before the next attempt, ms. */
  #onFailing(problem: string): number {
    this.#failingSinceMs ??= this.#clock.nowMs();
    // Once for each kind of trouble, not for each attempt.
    if (problem !== this.#problem && this.#isRunning) this.#logger.warn('influx.down', { problem });
    this.#problem = problem;
    const waitMs = backoffMs(this.#failedAttempts, RETRY, this.#random);
    this.#failedAttempts += 1;
    return waitMs;
  }
}
