/**
 * What came after its place in the stream had been given up: kept until a hole is whole or nothing more comes, then handed out
 * in order. Its times lie evenly between the two samples at the hole's edges, which were given out long ago and stay as they
 * are; a crystal is even to far less than a millisecond over such a time. Pure: time as an argument.
 */
import { SampleFlag } from '../model/block.ts';
import type { ImuPacket } from './define.ts';

/** A run of samples `[from, to)` of a packet, and when they were taken. */
export interface LateSamples {
  readonly packet: ImuPacket;
  readonly from: number;
  readonly to: number;
  /** Unix seconds, one per sample. */
  readonly tS: Float64Array;
  /** One per sample. */
  readonly flags: Uint8Array;
}

export interface HoleEdges {
  /** Index and Unix seconds of the last sample before the hole. */
  readonly beforeIndex: number;
  readonly beforeS: number;
  /** Of the first sample after it. */
  readonly afterIndex: number;
  readonly afterS: number;
}

interface Hole extends HoleEdges {
  readonly parts: { readonly packet: ImuPacket; readonly index: number; readonly from: number; readonly to: number }[];
  found: number;
}

const QUIET_MS = 10_000;
const MOST_HOLES = 64;
/** Edges that are further from what the count says lie on two time axes: the host's clock was set in between. */
const MOST_EDGE_ERROR_S = 1;

export class LateHoles {
  readonly #periodS: number;
  readonly #emit: (late: LateSamples) => void;
  #holes: Hole[] = [];
  /** When something last came late, for whichever hole: they are fetched one after the other. */
  #changedMs = 0;

  constructor(periodS: number, emit: (late: LateSamples) => void) {
    this.#periodS = periodS;
    this.#emit = emit;
  }

  open(edges: HoleEdges, nowMs: number): void {
    this.#holes.push({ ...edges, parts: [], found: 0 });
    this.#changedMs = nowMs;
    if (this.#holes.length > MOST_HOLES) this.#close(this.#holes[0]);
  }

  add(packet: ImuPacket, index: number, from: number, to: number, nowMs: number): void {
    const first = index + from;
    const hole = this.#holes.find(({ beforeIndex, afterIndex }) => first > beforeIndex && first < afterIndex);
    if (!hole) return;
    hole.parts.push({ packet, index, from, to });
    hole.found += to - from;
    this.#changedMs = nowMs;
    if (hole.found === hole.afterIndex - hole.beforeIndex - 1) this.#close(hole);
  }

  /** Nothing has come late for long: what is missing does not come any more. */
  poll(nowMs: number): void {
    if (this.#holes.length > 0 && Math.abs(nowMs - this.#changedMs) > QUIET_MS) this.flush();
  }

  /** The link was gone, and with it what had been asked for; it is asked for again. */
  resume(nowMs: number): void {
    this.#changedMs = nowMs;
  }

  /** Nothing more comes. */
  flush(): void {
    for (const hole of this.#holes) this.#close(hole);
  }

  #close(hole: Hole): void {
    this.#holes = this.#holes.filter((other) => other !== hole);
    hole.parts.sort((one, other) => one.index + one.from - (other.index + other.from));
    let nextIndex = hole.beforeIndex + 1;
    for (const { packet, index, from, to } of hole.parts) {
      const tS = Float64Array.from({ length: to - from }, (_, i) => this.#timeOf(hole, index + from + i));
      const flags = packet.flags.slice(from, to);
      for (let i = 0; i < flags.length; i++) flags[i] |= SampleFlag.backfilled;
      if (index + from > nextIndex) flags[0] |= SampleFlag.afterGap;
      nextIndex = index + to;
      this.#emit({ packet, from, to, tS, flags });
    }
  }

  #timeOf({ beforeIndex, beforeS, afterIndex, afterS }: Hole, index: number): number {
    const steps = afterIndex - beforeIndex;
    const isOneAxis = Math.abs(afterS - beforeS - steps * this.#periodS) < MOST_EDGE_ERROR_S;
    if (!isOneAxis) return afterS - (afterIndex - index) * this.#periodS;
    return beforeS + ((index - beforeIndex) / steps) * (afterS - beforeS);
  }
}
