/** Lets each kind of problem through once a minute, with how often it happened meanwhile: bad bytes come by the thousand. Pure. */

const QUIET_MS = 60_000;
const MOST_KINDS = 64;

export class ProblemGate {
  readonly #kinds = new Map<string, { saidMs: number; held: number }>();

  /** The line to say now, or undefined. Two lines that differ in their numbers or bytes only are of one kind. */
  pass(message: string, nowMs: number): string | undefined {
    const kind = kindOf(message);
    const known = this.#kinds.get(kind);
    if (known && Math.abs(nowMs - known.saidMs) < QUIET_MS) {
      known.held++;
      return undefined;
    }
    if (!known && this.#kinds.size >= MOST_KINDS) this.#kinds.clear();
    this.#kinds.set(kind, { saidMs: nowMs, held: 0 });
    return known && known.held > 0 ? `${message} (and ${known.held} like it)` : message;
  }
}

const kindOf = (message: string): string =>
  message
    .replaceAll(/\b[0-9a-f]{2}\b|[0-9]+(?:[.][0-9]+)?/g, '#')
    // However many bytes are shown.
    .replaceAll(/#(?: #)+/g, '#');
