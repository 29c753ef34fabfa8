/** How far the times of samples are from the truth: by wearable, crystal and radio, and when clocks are disturbed. */
import { describe, expect, it } from 'vitest';
import { DeviceClock } from '../../src/devices/deviceClock.ts';
import { exchangeAt, packetsOf, percentile, type SimulatedLink, tickAt } from './simulatedClock.ts';

const START_S = 1_700_000_000;

interface Wearable extends Pick<SimulatedLink, 'rateHz' | 'samplesPerPacket' | 'tickHz' | 'wrapTicks' | 'stampOf'> {
  /** It answers time exchanges, one a minute. */
  readonly exchanges: boolean;
}
const PLUMBLINE = { rateHz: 100, samplesPerPacket: 10, tickHz: 32_768, wrapTicks: 2 ** 32, exchanges: true };
const MOVESENSE = { rateHz: 52, samplesPerPacket: 4, tickHz: 1000, wrapTicks: 2 ** 32, exchanges: false };
const XSENS = { rateHz: 60, samplesPerPacket: 1, tickHz: 1e6, wrapTicks: 2 ** 32, exchanges: false };
const POLAR = {
  rateHz: 52,
  samplesPerPacket: 36,
  tickHz: 1e9,
  wrapTicks: 2 ** 64,
  exchanges: false,
  stampOf: 'last',
} as const;

const UNIFORM_30 = { jitterMs: 30 };
const eventsEvery = (intervalMs: number) => ({ jitterMs: 3, intervalMs });

interface Disturbance {
  /** Added to the host's clock, by true seconds since the start. */
  readonly hostAheadS?: (elapsedS: number) => number;
  /** The host hears nothing for this time: packets come when it is over. */
  readonly suspendedS?: readonly [from: number, until: number];
  readonly isLost?: boolean;
}

/** Signed errors, ms, of the samples that `counts`, and what was noticed. */
function run(
  link: SimulatedLink & Pick<Wearable, 'exchanges'>,
  durationS: number,
  counts: (elapsedS: number) => boolean,
  { hostAheadS = () => 0, suspendedS = [Infinity, Infinity], isLost = false }: Disturbance = {},
) {
  const { tickHz, wrapTicks, stampOf = 'first' } = link;
  const clock = new DeviceClock({ tickHz, wrapTicks, stampOf, quantisationS: 1 / tickHz }, link.rateHz);
  clock.startEpoch('a');
  const errorsMs: number[] = [];
  const notices: string[] = [];
  let rises = true;
  let lastS = -Infinity;
  let nextExchangeS = 0;
  for (const packet of packetsOf(link, durationS)) {
    const atS = packet.trueS[0] - START_S;
    const isSuspended = atS >= suspendedS[0] && atS < suspendedS[1];
    if (isSuspended && isLost) continue;
    const aheadS = hostAheadS(atS);
    if (link.exchanges && atS >= nextExchangeS && !isSuspended) {
      nextExchangeS = atS + 60;
      const exchange = exchangeAt(link, packet.trueS[0], (trueS) => tickOf(link, packet.index, packet.trueS[0], trueS));
      notices.push(clock.exchange({ ...exchange, hostMs: exchange.hostMs + aheadS * 1000 }));
    }
    const arrivalMs = isSuspended ? (START_S + suspendedS[1]) * 1000 : packet.arrivalMs;
    notices.push(clock.observe(packet.index, packet.n, packet.tick, arrivalMs + aheadS * 1000));
    const tS = new Float64Array(packet.n);
    clock.stamp(packet.index, packet.n, tS);
    for (let i = 0; i < packet.n; i++) {
      if (tS[i] <= lastS && (i > 0 || notices.at(-1) === 'ok')) rises = false;
      lastS = tS[i];
      if (counts(atS)) errorsMs.push((tS[i] - packet.trueS[i] - hostAheadS(packet.trueS[i] - START_S)) * 1000);
    }
  }
  return {
    p99Ms: percentile(errorsMs.map(Math.abs), 0.99),
    errorsMs,
    notices: notices.filter((n) => n !== 'ok'),
    clock,
    rises,
  };
}

/** With a crystal that warms up the tick of a moment is counted from the sample beside it. */
function tickOf(link: SimulatedLink, index: number, sampleS: number, trueS: number): number {
  if (!link.warmthPpm) return tickAt(link, trueS);
  const deviceS = index / link.rateHz + (trueS - sampleS) * (1 + link.driftPpm * 1e-6);
  return Math.floor((link.startTick ?? 0) + deviceS * link.tickHz) % link.wrapTicks;
}

describe('the time of a sample is within 5 ms at p99', () => {
  const afterTwoMinutes = (elapsedS: number): boolean => elapsedS >= 120;
  it.each([
    ['Plumbline', PLUMBLINE, 'uniform delays up to 30 ms', UNIFORM_30],
    ['Plumbline', PLUMBLINE, 'connection events every 15 ms', eventsEvery(15)],
    ['Plumbline', PLUMBLINE, 'connection events every 30 ms', eventsEvery(30)],
    ['Plumbline', PLUMBLINE, 'connection events every 48.75 ms', eventsEvery(48.75)],
    // Ten samples are two intervals: all packets wait equally long for minutes, up to 50 ms; only the exchanges see it.
    ['Plumbline', PLUMBLINE, 'connection events every 50 ms', eventsEvery(50)],
    ['Movesense', MOVESENSE, 'uniform delays up to 30 ms', UNIFORM_30],
    ['Movesense', MOVESENSE, 'connection events every 30 ms', eventsEvery(30)],
    ['Xsens-like', XSENS, 'uniform delays up to 30 ms', UNIFORM_30],
    ['Xsens-like', XSENS, 'connection events every 30 ms', eventsEvery(30)],
    ['Polar-like', POLAR, 'uniform delays up to 30 ms', UNIFORM_30],
    ['Polar-like', POLAR, 'connection events every 30 ms', eventsEvery(30)],
  ] as const)('%s, %s', (_name, wearable, _delays, delays) => {
    for (const driftPpm of [100, 20, -100]) {
      const link = { ...wearable, ...delays, driftPpm, seed: 200 + driftPpm, startTick: 12_345 };
      const { p99Ms, rises, clock } = run(link, 720, afterTwoMinutes);
      expect(p99Ms).toBeLessThan(5);
      expect(rises).toBe(true);
      expect(Math.abs(clock.driftPpm + driftPpm)).toBeLessThan(30);
    }
  });

  it('without exchanges a wait that is the same for all packets stays in the times, but no more than one interval', () => {
    const link = { ...PLUMBLINE, ...eventsEvery(50), exchanges: false, driftPpm: 100, seed: 3 };
    expect(run(link, 720, afterTwoMinutes).p99Ms).toBeLessThan(54);
  });

  it('over 24 h of a crystal that swings by 20 ppm with warmth', () => {
    const warmthPpm = (elapsedS: number): number => 20 * Math.sin((2 * Math.PI * elapsedS) / 86_400);
    const day = { ...MOVESENSE, ...UNIFORM_30, driftPpm: 30, warmthPpm, seed: 8 };
    // One packet in ten is enough for the clock, and ten times as fast.
    const sparse = { ...day, rateHz: 5.2 };
    expect(run(sparse, 86_400, afterTwoMinutes).p99Ms).toBeLessThan(5);
    const synchronised = { ...PLUMBLINE, ...eventsEvery(30), driftPpm: 30, warmthPpm, seed: 9, rateHz: 10 };
    expect(run(synchronised, 86_400, afterTwoMinutes).p99Ms).toBeLessThan(5);
  });

  it.each([
    ['Plumbline', PLUMBLINE, 2 ** 32 - 32_768 * 200],
    ['Movesense', MOVESENSE, 2 ** 32 - 200_000],
    ['Xsens-like', XSENS, 2 ** 32 - 200e6],
  ])('where the ticks of a %s wrap', (_name, wearable, startTick) => {
    const link = { ...wearable, ...eventsEvery(30), driftPpm: 60, seed: 4, startTick };
    const { p99Ms, notices, rises } = run(link, 400, afterTwoMinutes);
    expect(notices).toEqual([]);
    expect(rises).toBe(true);
    expect(p99Ms).toBeLessThan(5);
  });

  it.each([
    ['Plumbline', PLUMBLINE, 'lost', true],
    ['Plumbline', PLUMBLINE, 'handed over at once afterwards', false],
    ['Movesense', MOVESENSE, 'lost', true],
    ['Movesense', MOVESENSE, 'handed over at once afterwards', false],
  ] as const)(
    'after the computer of a %s slept for ten minutes, their packets %s',
    (_name, wearable, _what, isLost) => {
      const link = { ...wearable, ...UNIFORM_30, driftPpm: -100, seed: 5 };
      const asleep = { suspendedS: [300, 900], isLost } as const;
      const { p99Ms, rises } = run(link, 1200, (s) => (s >= 120 && s < 300) || s >= 960, asleep);
      expect(rises).toBe(true);
      expect(p99Ms).toBeLessThan(5);
    },
  );

  it.each([
    ['Plumbline', PLUMBLINE, 2],
    ['Plumbline', PLUMBLINE, -2],
    ['Movesense', MOVESENSE, 2],
    ['Movesense', MOVESENSE, -2],
  ])('a minute after the host clock of a %s was set by %d s, which is said once', (_name, wearable, stepS) => {
    const link = { ...wearable, ...UNIFORM_30, driftPpm: 100, seed: 6 };
    const hostAheadS = (s: number): number => (s >= 310 ? stepS : 0);
    const { p99Ms, notices } = run(link, 700, (s) => (s >= 120 && s < 300) || s >= 370, { hostAheadS });
    expect(notices).toEqual(['hostStepped']);
    expect(p99Ms).toBeLessThan(5);
  });
});

describe('a host clock that is slewed by 500 ppm for a minute, as time servers do', () => {
  it.each([30, -30])(
    '%d ms in all are followed to within the change itself, and forgotten at the next exchange',
    (slewMs) => {
      const link = { ...PLUMBLINE, ...UNIFORM_30, driftPpm: 20, seed: 7 };
      const hostAheadS = (s: number): number => (slewMs / 1000) * Math.min(1, Math.max(0, (s - 300) / 60));
      const during = run(link, 700, (s) => s >= 300 && s < 420, { hostAheadS });
      expect(during.notices).toEqual([]);
      expect(during.rises).toBe(true);
      expect(during.p99Ms).toBeLessThan(32);
      expect(run(link, 700, (s) => s >= 490, { hostAheadS }).p99Ms).toBeLessThan(5);
    },
  );
});
