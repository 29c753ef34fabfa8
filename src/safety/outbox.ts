/**
 * Brings waiting messages to the broker: in order, at least once, marked when the broker has accepted them.
 * They are durable before they come here; a message that is sent twice after a crash has the same id.
 */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { AlertSink, Clock, Logger, OutboundMessage, Unsubscribe } from '../model/ports.ts';

/** Runs `task` once after `delayMs`; returns what cancels it. */
type Schedule = (delayMs: number, task: () => void) => () => void;

interface OutboxSource {
  /** Oldest first. */
  pendingMessages(limit: number): OutboundMessage[];
  markSent(messageId: string, atMs: number): void;
}

export interface OutboxOptions {
  readonly source: OutboxSource;
  readonly sink: Pick<AlertSink, 'publish' | 'state' | 'onStateChange'>;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly logger: Logger;
}

export interface OutboxCounts {
  readonly sent: number;
  readonly expired: number;
  /** Not sent, because a later state of the same topic was waiting too. */
  readonly superseded: number;
  readonly failedAttempts: number;
}

const BATCH_MESSAGES = 100;
/** After an outage all of them are looked through once, so that of each retained topic only the newest state goes out. */
const ALL_MESSAGES = 1_000_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;
/** The broker has answered "no": the others go first, this one is tried again after that time. */
const REJECTED_RETRY_MS = 60_000;
const STOP_WAIT_MS = 1500;

export class OutboxDispatcher {
  readonly #options: OutboxOptions;
  /** Messages that the broker has refused: id → message. */
  readonly #refused = new Map<string, OutboundMessage>();
  readonly #counts = { sent: 0, expired: 0, superseded: 0, failedAttempts: 0 };
  #isRunning = false;
  #pumping: Promise<void> | undefined;
  #wokenAgain = false;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: (() => void) | undefined;
  #cancelRefusedRetry: (() => void) | undefined;
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get counts(): OutboxCounts {
    return { ...this.#counts };
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#unsubscribe = this.#options.sink.onStateChange((state) => {
      if (state !== 'connected') return;
      this.#refused.clear();
      this.#retryMs = FIRST_RETRY_MS;
      this.wake();
    });
    this.wake();
  }

  /** Ends after the message that is under way, or after 1.5 s; what is not accepted by then stays in the outbox. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#unsubscribe?.();
    this.#cancelRetry?.();
    this.#cancelRefusedRetry?.();
    const { schedule } = this.#options;
    let cancel: (() => void) | undefined;
    const enough = new Promise<void>((resolve) => {
      cancel = schedule(STOP_WAIT_MS, resolve);
    });
    await Promise.race([this.#pumping ?? Promise.resolve(), enough]);
    cancel?.();
  }

  /** There may be something to send. */
  wake(): void {
    if (!this.#isRunning) return;
    if (this.#pumping !== undefined) {
      this.#wokenAgain = true;
      return;
    }
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#pumping = this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  /** Resolves when everything that can go out now has gone. */
  async settled(): Promise<void> {
    this.wake();
    while (this.#pumping !== undefined) await this.#pumping;
  }

  async #pump(): Promise<void> {
    try {
      do {
        this.#wokenAgain = false;
        await this.#sendAll();
      } while (this.#wokenAgain && this.#isRunning);
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      this.#counts.failedAttempts++;
      if (this.#retryMs === FIRST_RETRY_MS) this.#options.logger.warn('outbox.waiting', { reason: messageOf(error) });
      if (this.#isRunning) this.#cancelRetry = this.#options.schedule(this.#retryMs, () => this.wake());
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
    }
  }

  async #sendAll(): Promise<void> {
    const { source } = this.#options;
    let isFirst = true;
    while (this.#isRunning) {
      let pending = source.pendingMessages(BATCH_MESSAGES + this.#refused.size);
      if (isFirst && this.#mayHaveMore(pending)) pending = source.pendingMessages(ALL_MESSAGES);
      isFirst = false;
      const next = this.#withoutSuperseded(pending).filter(({ id }) => !this.#refused.has(id));
      if (next.length === 0) return;
      for (const message of next) {
        if (!this.#isRunning) return;
        await this.#send(message);
      }
    }
  }

  /** Only while they can go out: a long outbox is not read again and again during an outage. */
  #mayHaveMore(pending: readonly OutboundMessage[]): boolean {
    return pending.length >= BATCH_MESSAGES && this.#options.sink.state === 'connected';
  }

  /**
   * An older state must not be told before or after a newer one of the same topic: to a caregiver's app it would be an
   * alarm that is long over. The newer one is durable already, so that the older ones need not be kept.
   */
  #withoutSuperseded(pending: readonly OutboundMessage[]): OutboundMessage[] {
    const { source, clock } = this.#options;
    const newestOfTopic = new Map<string, string>();
    for (const { id, topic, retain } of pending) if (retain) newestOfTopic.set(topic, id);
    return pending.filter(({ id, topic, retain }) => {
      if (!retain || newestOfTopic.get(topic) === id) return true;
      source.markSent(id, clock.nowMs());
      this.#refused.delete(id);
      this.#counts.superseded++;
      return false;
    });
  }

  async #send(message: OutboundMessage): Promise<void> {
    const { source, sink, clock, logger } = this.#options;
    const { id, expiresMs } = message;
    if (expiresMs !== undefined && expiresMs <= clock.nowMs()) {
      source.markSent(id, clock.nowMs());
      this.#counts.expired++;
      logger.warn('outbox.expired', { messageId: id, expiredForMs: Math.round(clock.nowMs() - expiresMs) });
      return;
    }
    try {
      await sink.publish(message);
    } catch (error) {
      if (error instanceof PlumblineError && error.code === 'mqtt/rejected') {
        this.#putAside(message, error);
        return;
      }
      throw error;
    }
    source.markSent(id, clock.nowMs());
    this.#counts.sent++;
  }

  #putAside(message: OutboundMessage, error: PlumblineError): void {
    const { schedule, logger } = this.#options;
    this.#counts.failedAttempts++;
    this.#refused.set(message.id, message);
    logger.error('outbox.refused', { messageId: message.id, topic: message.topic, reason: error.message });
    this.#cancelRefusedRetry ??= schedule(REJECTED_RETRY_MS, () => {
      this.#cancelRefusedRetry = undefined;
      this.#refused.clear();
      this.wake();
    });
  }
}
