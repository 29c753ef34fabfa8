/** A wearable's clock and a radio's delays, as numbers: what the device clock has to see through. */
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';

export interface SimulatedLink {
  readonly rateHz: number;
  readonly samplesPerPacket: number;
  readonly tickHz: number;
  readonly wrapTicks: number;
  /** + : the device's seconds are too short, so it counts too fast. */
  readonly driftPpm: number;
  readonly jitterMs: number;
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

/** The device's tick at a true moment. */
export function tickAt(link: SimulatedLink, trueS: number): number {
  const elapsedS = trueS - (link.startS ?? 1_700_000_000);
  const ticks = (link.startTick ?? 0) + elapsedS * (1 + link.driftPpm * 1e-6) * link.tickHz;
  return Math.floor(ticks) % link.wrapTicks;
}

export function* packetsOf(link: SimulatedLink, durationS: number): Generator<SimulatedPacket> {
  const random = seededRandom(link.seed);
  const { rateHz, samplesPerPacket: n, startS = 1_700_000_000 } = link;
  // The samples follow the device's own crystal.
  const truePeriodS = 1 / (rateHz * (1 + link.driftPpm * 1e-6));
  let lastArrivalMs = 0;
  for (let index = 0; index * truePeriodS < durationS; index += n) {
    const trueS = Array.from({ length: n }, (_, i) => startS + (index + i) * truePeriodS);
    const sent = trueS[n - 1] * 1000;
    const arrivalMs = Math.max(lastArrivalMs, sent + random() * link.jitterMs);
    lastArrivalMs = arrivalMs;
    yield { index, n, tick: tickAt(link, trueS[0]), arrivalMs, trueS };
  }
}

export function percentile(values: readonly number[], ratio: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))];
}
