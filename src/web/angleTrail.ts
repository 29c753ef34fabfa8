/** The last minute of one sensor's forward lean, so that a page shows it at once when it opens. */
import type { AnglesMessage, TrailView } from './wire.ts';

const TRAIL_MS = 62_000;
/** Five points a second are enough for a line on a page. */
const SPACING_MS = 190;

export class AngleTrail {
  readonly #tMs: number[] = [];
  readonly #flexionDeg: number[] = [];
  latest: AnglesMessage;

  constructor(first: AnglesMessage) {
    this.latest = first;
    this.push(first);
  }

  push(message: AnglesMessage): void {
    this.latest = message;
    const { tMs, flexionDeg } = message;
    const lastMs = this.#tMs.at(-1) ?? -Infinity;
    if (tMs - lastMs < SPACING_MS) return;
    this.#tMs.push(tMs);
    this.#flexionDeg.push(Math.round(flexionDeg * 10) / 10);
    while ((this.#tMs[0] ?? tMs) < tMs - TRAIL_MS) {
      this.#tMs.shift();
      this.#flexionDeg.shift();
    }
  }

  view(): TrailView {
    const { personId, site } = this.latest;
    const startMs = this.#tMs[0] ?? 0;
    return {
      personId,
      site,
      startMs,
      afterMs: this.#tMs.map((tMs) => Math.round(tMs - startMs)),
      flexionDeg: [...this.#flexionDeg],
    };
  }
}
