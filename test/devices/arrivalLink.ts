/** A link as wearables without a clock have it: samples in packets, sent when they are full, carried by connection events. */
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';

export interface ArrivalLink {
  readonly rateHz: number;
  readonly samplesPerPacket: number;
  readonly seed: number;
  /** 0: each packet has an event of its own. */
  readonly connectionIntervalMs?: number;
  readonly jitterMs?: number;
}

export interface ArrivingPacket {
  readonly index: number;
  readonly n: number;
  /** True Unix seconds of each sample. */
  readonly trueS: readonly number[];
  /** Without any loss or stall. */
  readonly arrivalMs: number;
}

export const START_S = 1_700_000_000;

/** In order, as a link delivers; several packets of one connection event arrive together. */
export function* arrivalsOf(link: ArrivalLink, durationS: number): Generator<ArrivingPacket> {
  const { rateHz, samplesPerPacket: n, connectionIntervalMs = 0, jitterMs = 0 } = link;
  const carry = eventTimes(connectionIntervalMs, jitterMs, link.seed);
  for (let index = 0; (index + n) / rateHz <= durationS; index += n) {
    const trueS = Array.from({ length: n }, (_, i) => START_S + (index + i) / rateHz);
    yield { index, n, trueS, arrivalMs: carry(trueS[n - 1] * 1000) };
  }
}

/** When what is ready at a moment arrives: with the next connection event, each of which is late by its own jitter. */
export function eventTimes(connectionIntervalMs: number, jitterMs: number, seed: number): (readyMs: number) => number {
  const random = seededRandom(seed);
  let event = -Infinity;
  let arrivalMs = -Infinity;
  return (readyMs) => {
    const next = connectionIntervalMs === 0 ? readyMs : Math.ceil(readyMs / connectionIntervalMs);
    if (next === event) return arrivalMs;
    event = next;
    const dueMs = connectionIntervalMs === 0 ? readyMs : next * connectionIntervalMs;
    arrivalMs = Math.max(arrivalMs, dueMs + random() * jitterMs);
    return arrivalMs;
  };
}
