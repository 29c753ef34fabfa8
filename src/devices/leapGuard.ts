/**
 * Tells a damaged sample index from a device that has started to count anew: one leap is damage, three that follow each
 * other are a restart. Without it a single bad packet would be written down as hours of loss. Pure: time as an argument.
 */
import type { DeviceClockSpec, ImuPacket } from './define.ts';

const LEAPS_TO_BELIEVE = 3;
/** More than a link can hold back before it is given up. */
const SLACK_S = 10;
/** Between the index and the device's own clock: the true rate differs from its name, and packets from the moment of their stamp. */
const TICK_SLACK_S = 1;
const RATE_SLACK = 1.5;

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
  readonly #clock: DeviceClockSpec | undefined;
  #endIndex: number | undefined;
  #lastMs = 0;
  #lastTick: number | undefined;
  #doubted: PlacedPacket[] = [];

  constructor(rateHz: number, clock: DeviceClockSpec | undefined) {
    this.#rateHz = rateHz;
    this.#clock = clock;
  }

  judge(placed: PlacedPacket): LeapVerdict {
    const { packet, index, arrivalMs } = placed;
    const endIndex = index + packet.n;
    if (packet.backfilled) return this.#judgeSentAgain(endIndex);
    if (this.#endIndex === undefined || this.#isPlausible(placed)) {
      // Their true places stay empty and are counted as lost.
      this.#doubted = [];
      if (endIndex >= (this.#endIndex ?? endIndex)) this.#lastTick = packet.tick;
      this.#endIndex = Math.max(this.#endIndex ?? endIndex, endIndex);
      this.#lastMs = arrivalMs;
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
    this.#lastTick = packet.tick;
    return { verdict: 'restarted', packets };
  }

  /** What is asked for was missed before something that has come: it cannot lie ahead of that. */
  #judgeSentAgain(endIndex: number): LeapVerdict {
    const liveEndIndex = this.#endIndex ?? endIndex;
    return endIndex <= liveEndIndex ? { verdict: 'plausible' } : { verdict: 'doubted', expectedIndex: liveEndIndex };
  }

  /** Ahead by no more than the time that has passed allows, on both clocks, behind by no more than a repeated packet would be. */
  #isPlausible({ packet, index, arrivalMs }: PlacedPacket): boolean {
    const leadS = (index - (this.#endIndex ?? index)) / this.#rateHz;
    const elapsedS = Math.max(0, arrivalMs - this.#lastMs) / 1000;
    const longestS = Math.min(
      RATE_SLACK * (elapsedS + SLACK_S),
      RATE_SLACK * this.#tickedS(packet, elapsedS) + TICK_SLACK_S,
    );
    return leadS <= longestS && leadS >= -SLACK_S;
  }

  /** Since the last packet by the device's clock. Where the index is read from that clock itself it proves nothing: Infinity. */
  #tickedS({ tick, firstSampleIndex }: ImuPacket, elapsedS: number): number {
    if (!this.#clock || firstSampleIndex === undefined) return Infinity;
    if (tick === undefined || this.#lastTick === undefined) return Infinity;
    const { tickHz, wrapTicks } = this.#clock;
    const tickedS = ((((tick - this.#lastTick) % wrapTicks) + wrapTicks) % wrapTicks) / tickHz;
    const wrapS = wrapTicks / tickHz;
    return tickedS + wrapS * Math.max(0, Math.round((elapsedS - tickedS) / wrapS));
  }
}
