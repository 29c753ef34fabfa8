/** A wearable's clock and a radio's delays, as numbers: what the device clock has to see through. */
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import type { ClockSample } from '../../src/devices/define.ts';

export interface SimulatedLink {
  readonly rateHz: number;
  readonly samplesPerPacket: number;
  readonly tickHz: number;
  readonly wrapTicks: number;
  /** + : the device's seconds are too short, so it counts too fast. */
  readonly driftPpm: number;
  /** Changes of it by warmth, on top; argument: true seconds since the start. */
  readonly warmthPpm?: (elapsedS: number) => number;
  /** Uniform delay of each packet, in order. */
  readonly jitterMs: number;
  /** Beside that: nothing arrives but at connection events of this period. */
  readonly intervalMs?: number;
  /** Default `first`. */
  readonly stampOf?: 'first' | 'last';
  readonly seed: number;
  readonly startTick?: number;
  readonly startS?: number;
}

export interface SimulatedPacket {
  readonly index: number;
  readonly n: number;
  readonly tick: number;
  readonly arrivalMs: number;
  /** True Unix seconds of each sample. */
  readonly trueS: readonly number[];
}

const START_S = 1_700_000_000;
/** Share of packets that need another connection event. */
const REPEATED_RATIO = 0.05;
/** Radio, controller and host after the event. */
const STACK_MS = 0.5;

/** The device's tick at a true moment. */
export function tickAt(link: SimulatedLink, trueS: number): number {
  const elapsedS = trueS - (link.startS ?? START_S);
  const ticks = (link.startTick ?? 0) + elapsedS * (1 + link.driftPpm * 1e-6) * link.tickHz;
  return Math.floor(ticks) % link.wrapTicks;
}

/** The first connection event from a moment on. */
const eventAfterMs = ({ intervalMs = 0 }: SimulatedLink, ms: number): number =>
  intervalMs === 0 ? ms : Math.ceil(ms / intervalMs) * intervalMs;

export function* packetsOf(link: SimulatedLink, durationS: number): Generator<SimulatedPacket> {
  const random = seededRandom(link.seed);
  const { rateHz, samplesPerPacket: n, startS = START_S, warmthPpm, stampOf = 'first' } = link;
  let lastArrivalMs = 0;
  let elapsedS = 0;
  for (let index = 0; elapsedS < durationS; index += n) {
    // The samples follow the device's own crystal.
    const driftPpm = link.driftPpm + (warmthPpm?.(elapsedS) ?? 0);
    const truePeriodS = 1 / (rateHz * (1 + driftPpm * 1e-6));
    const firstS = elapsedS;
    const trueS = Array.from({ length: n }, (_, i) => startS + firstS + i * truePeriodS);
    elapsedS += n * truePeriodS;
    const readyMs = trueS[n - 1] * 1000 + random() * link.jitterMs;
    const isRepeated = link.intervalMs !== undefined && random() < REPEATED_RATIO;
    const eventMs = eventAfterMs(link, readyMs) + (isRepeated ? (link.intervalMs ?? 0) : 0);
    const arrivalMs = Math.max(lastArrivalMs, link.intervalMs === undefined ? eventMs : eventMs + STACK_MS);
    lastArrivalMs = arrivalMs;
    const stamped = stampOf === 'first' ? index : index + n - 1;
    const tick = warmthPpm
      ? Math.floor((link.startTick ?? 0) + (stamped / rateHz) * link.tickHz) % link.wrapTicks
      : tickAt(link, trueS[stamped - index]);
    yield { index, n, tick, arrivalMs, trueS };
  }
}

/** The best of eight time exchanges at connection events, begun at a true moment: request and answer each wait for one. */
export function exchangeAt(link: SimulatedLink, trueS: number, tickOf: (trueS: number) => number): ClockSample {
  let best: ClockSample | undefined;
  let sentMs = trueS * 1000;
  for (let i = 0; i < 8; i++) {
    sentMs += 6.25 * (i + (((trueS / 60) * 0.618_034) % 1));
    const heardMs = eventAfterMs(link, sentMs + STACK_MS);
    const receivedMs = eventAfterMs(link, heardMs + 1) + STACK_MS;
    const uncertaintyMs = (receivedMs - sentMs) / 2;
    if (!best || uncertaintyMs < best.uncertaintyMs) {
      best = { tick: tickOf(heardMs / 1000), hostMs: (sentMs + receivedMs) / 2, uncertaintyMs };
    }
    sentMs = receivedMs;
  }
  return best as ClockSample;
}

export function percentile(values: readonly number[], ratio: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))];
}
