/**
 * Messages of one sender back in their order: HTTP requests overtake each other, and are lost or sent twice. A missing one is waited
 * for a moment, then given up; what comes after it was given up, or a second time, is counted and left out. Pure: time as an argument.
 */

export interface NumberedMessage {
  readonly messageId: number;
  readonly sessionId: string;
  /** The newest time in it, in any unit that grows; NaN: none. */
  readonly newestUs: number;
}

export interface MessageCounts {
  readonly lost: number;
  readonly repeated: number;
  /** Came after they had been given up; still lost. */
  readonly late: number;
}

/** As long as a request takes that has to be sent anew by the network. */
const HOLD_MS = 1000;
const MOST_HELD = 3;
/** More cannot have been lost between two messages that follow each other: the counter itself has leapt. */
const MOST_LOST = 10_000;
const REMEMBERED_SESSIONS = 8;
const REMEMBERED_LOSSES = 64;
const REMEMBERED_MESSAGES = 64;

interface Held<M> {
  readonly message: M;
  readonly arrivalMs: number;
}

export class MessageOrder<M extends NumberedMessage> {
  readonly #release: (message: M, arrivalMs: number) => void;
  readonly #lost: (count: number) => void;
  readonly #counts = { lost: 0, repeated: 0, late: 0 };
  #sessionId: string | undefined;
  #pastSessions: string[] = [];
  #nextId = 0;
  #newestUs = -Infinity;
  #held: Held<M>[] = [];
  /** Ids and newest times of the latest that were released. */
  #released = new Map<number, number>();
  #losses: { readonly start: number; readonly end: number }[] = [];

  constructor(sink: {
    readonly release: (message: M, arrivalMs: number) => void;
    /** So many in a row are missing before the one that is released next. */
    readonly lost: (count: number) => void;
  }) {
    this.#release = sink.release;
    this.#lost = sink.lost;
  }

  get counts(): MessageCounts {
    return this.#counts;
  }

  add(message: M, arrivalMs: number): void {
    if (message.sessionId !== this.#sessionId && !this.#begin(message)) return;
    const ahead = message.messageId - this.#nextId;
    if (ahead < 0) return this.#takeOld(message, arrivalMs);
    if (this.#held.some((held) => held.message.messageId === message.messageId)) {
      this.#counts.repeated++;
      return;
    }
    if (ahead > MOST_LOST) {
      this.flush();
      this.#nextId = message.messageId;
    }
    this.#held.push({ message, arrivalMs });
    this.#held.sort((a, b) => a.message.messageId - b.message.messageId);
    this.#drain(arrivalMs);
  }

  /** Gives up what has been waited for long enough. */
  poll(nowMs: number): void {
    this.#drain(nowMs);
  }

  /** Gives up everything that is waited for. */
  flush(): void {
    this.#drain(Infinity);
  }

  /** False: it belongs to a session that is over. */
  #begin({ sessionId, messageId }: M): boolean {
    if (this.#pastSessions.includes(sessionId)) {
      this.#counts.late++;
      return false;
    }
    this.flush();
    if (this.#sessionId !== undefined) this.#pastSessions = [...this.#pastSessions, this.#sessionId];
    this.#pastSessions = this.#pastSessions.slice(-REMEMBERED_SESSIONS);
    this.#sessionId = sessionId;
    this.#nextId = messageId;
    this.#losses = [];
    this.#released.clear();
    return true;
  }

  #takeOld(message: M, arrivalMs: number): void {
    const { messageId, newestUs } = message;
    if (this.#losses.some(({ start, end }) => messageId >= start && messageId < end)) this.#counts.late++;
    else if (newestUs > this.#newestUs && this.#released.get(messageId) !== newestUs) {
      // News under an old number: the app counts anew.
      this.flush();
      this.#losses = [];
      this.#hand(message, arrivalMs);
    } else this.#counts.repeated++;
  }

  #drain(nowMs: number): void {
    for (let head = this.#held.at(0); head !== undefined; head = this.#held.at(0)) {
      const missing = head.message.messageId - this.#nextId;
      // Whichever way the clock was set meanwhile.
      const hasWaited = this.#held.some(({ arrivalMs }) => Math.abs(nowMs - arrivalMs) >= HOLD_MS);
      if (missing > 0 && !hasWaited && this.#held.length <= MOST_HELD) return;
      this.#held.shift();
      if (missing > 0) this.#giveUp(missing);
      this.#hand(head.message, head.arrivalMs);
    }
  }

  #giveUp(count: number): void {
    this.#counts.lost += count;
    this.#losses.push({ start: this.#nextId, end: this.#nextId + count });
    if (this.#losses.length > REMEMBERED_LOSSES) this.#losses.shift();
    this.#lost(count);
  }

  #hand(message: M, arrivalMs: number): void {
    this.#nextId = message.messageId + 1;
    this.#released.set(message.messageId, message.newestUs);
    for (const [oldest] of this.#released) {
      if (this.#released.size <= REMEMBERED_MESSAGES) break;
      this.#released.delete(oldest);
    }
    this.#newestUs = Number.isNaN(message.newestUs) ? this.#newestUs : message.newestUs;
    this.#release(message, arrivalMs);
  }
}
