/**
 * One operation in flight per link. noble's own promises may never settle (error response, silent peer, lost link), so
 * every operation here ends: with its result, refused, after its time limit, or when the link closes.
 */
import { PlumblineError } from '../model/errors.ts';

/** Runs one operation; `signal` is aborted as soon as nobody waits for it any more. */
export type LinkOperation<T> = (signal: AbortSignal) => Promise<T>;

interface Waiting {
  readonly begin: () => void;
  readonly reject: (error: PlumblineError) => void;
}

export class LinkQueue<Kind extends string> {
  readonly #onTimeout: (error: PlumblineError) => void;
  readonly #waiting: Waiting[] = [];
  #current: { readonly kind: Kind; readonly fail: (error: PlumblineError) => void } | undefined;
  #closed: PlumblineError | undefined;

  /** `onTimeout` must tear the link down: a radio library that did not answer once will not answer again. */
  constructor(onTimeout: (error: PlumblineError) => void) {
    this.#onTimeout = onTimeout;
  }

  /** What is in flight. */
  get current(): Kind | undefined {
    return this.#current?.kind;
  }

  /** @throws PlumblineError `radio/timeout`, `radio/closed`, or what the operation itself rejects with. */
  run<T>(kind: Kind, what: string, limitMs: number, operation: LinkOperation<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(this.#closed);
        return;
      }
      this.#waiting.push({ begin: () => this.#begin(kind, what, limitMs, operation, resolve, reject), reject });
      this.#next();
    });
  }

  /** Fails the operation in flight, if any; the next one begins. */
  refuse(error: PlumblineError): void {
    this.#current?.fail(error);
  }

  /** Rejects everything, now and later, with `radio/closed`. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = new PlumblineError('radio/closed', `expected an open link, found it closed: ${reason}`);
    const waiting = this.#waiting.splice(0);
    this.#current?.fail(this.#closed);
    for (const { reject } of waiting) reject(this.#closed);
  }

  #next(): void {
    if (!this.#current && !this.#closed) this.#waiting.shift()?.begin();
  }

  #begin<T>(
    kind: Kind,
    what: string,
    limitMs: number,
    operation: LinkOperation<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const abort = new AbortController();
    const settle = (then: () => void): void => {
      if (abort.signal.aborted) return;
      clearTimeout(timer);
      this.#current = undefined;
      abort.abort();
      then();
      this.#next();
    };
    const timer = setTimeout(() => {
      const error = new PlumblineError('radio/timeout', `expected ${what} within ${limitMs} ms, found no answer`);
      settle(() => {
        reject(error);
        this.#onTimeout(error);
      });
    }, limitMs);
    this.#current = { kind, fail: (error) => settle(() => reject(error)) };
    operation(abort.signal).then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  }
}
