/**
 * Tells a damaged sample index from a device that has started to count anew: one leap is damage, three that follow each
 * other are a restart. Without it a single bad packet would be written down as hours of loss. Pure: time as an argument.
 */
import type { ImuPacket } from './define.ts';

const LEAPS_TO_BELIEVE = 3;
/** More than a link can hold back before it is given up. */
const SLACK_S = 10;

export interface PlacedPacket {
  readonly packet: ImuPacket;
  /** Index of its first sample, unwrapped. */
  readonly index: number;
  readonly arrivalMs: number;
}

export type LeapVerdict =
  | { readonly verdict: 'plausible' }
  | { readonly verdict: 'doubted'; readonly expectedIndex: number }
  /** The doubted packets, oldest first, are the new stream's beginning. */
  | { readonly verdict: 'restarted'; readonly packets: readonly PlacedPacket[] };

export class LeapGuard {
  readonly #rateHz: number;
  #endIndex: number | undefined;
  #lastMs = 0;
  #doubted: PlacedPacket[] = [];

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  judge(placed: PlacedPacket): LeapVerdict {
    const { packet, index, arrivalMs } = placed;
    const endIndex = index + packet.n;
    if (this.#endIndex === undefined || packet.backfilled || this.#isPlausible(index, arrivalMs)) {
      // Their true places stay empty and are counted as lost.
      this.#doubted = [];
      if (!packet.backfilled) {
        this.#endIndex = Math.max(this.#endIndex ?? endIndex, endIndex);
        this.#lastMs = arrivalMs;
      }
      return { verdict: 'plausible' };
    }
    const last = this.#doubted.at(-1);
    const follows =
      last !== undefined && index >= last.index + last.packet.n && index < last.index + SLACK_S * this.#rateHz;
    this.#doubted = follows ? [...this.#doubted, placed] : [placed];
    if (this.#doubted.length < LEAPS_TO_BELIEVE) return { verdict: 'doubted', expectedIndex: this.#endIndex };
    const packets = this.#doubted;
    this.#doubted = [];
    this.#endIndex = endIndex;
    this.#lastMs = arrivalMs;
    return { verdict: 'restarted', packets };
  }

  /** Ahead by no more than the time that has passed allows, behind by no more than a repeated packet would be. */
  #isPlausible(index: number, arrivalMs: number): boolean {
    const lead = index - (this.#endIndex ?? index);
    const elapsedS = Math.max(0, arrivalMs - this.#lastMs) / 1000;
    return lead <= 1.5 * (elapsedS + SLACK_S) * this.#rateHz && lead >= -SLACK_S * this.#rateHz;
  }
}
