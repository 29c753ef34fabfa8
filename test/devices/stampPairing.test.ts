/** Halves that come apart with stamps of one clock: each sample of acceleration gets the rotation of its own moment, or none. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import type { DeviceClockSpec, ImuPart } from '../../src/devices/define.ts';
import { StampPairing } from '../../src/devices/stampPairing.ts';
import { SampleFlag } from '../../src/model/block.ts';

const CLOCK: DeviceClockSpec = { tickHz: 1e6, stampOf: 'last', wrapTicks: Infinity, quantisationS: 1e-6 };
const RATE_HZ = 52;
const RATES = { rateHz: RATE_HZ, gyroRateHz: RATE_HZ };
const PERIOD_S = 1 / RATE_HZ;
/** Where the device's clock stands when the true time is 0. */
const CLOCK_OFFSET_S = 599_616_000;

interface StreamTruth {
  /** What the sensor really runs at. */
  readonly rateHz?: number;
  readonly startS?: number;
  readonly samplesPerPart?: (part: number) => number;
  readonly jitterS?: (part: number) => number;
  /** Its stamps, of true seconds. */
  readonly clockS?: (trueS: number) => number;
}

interface SentPart {
  readonly part: ImuPart;
  readonly sentS: number;
}

/** Acceleration x is the sample's true time; rotation x is twice that time, so reading between samples is exact. */
function partsOf(
  quantity: ImuPart['quantity'],
  durationS: number,
  { rateHz = RATE_HZ, startS = 0, samplesPerPart = () => 26, jitterS = () => 0, clockS = (s) => s }: StreamTruth = {},
  clock = CLOCK,
): SentPart[] {
  const parts: SentPart[] = [];
  for (let index = 0, number = 0; startS + index / rateHz < durationS; number++) {
    const n = samplesPerPart(number);
    const times = Array.from({ length: n }, (_, i) => startS + (index + i) / rateHz);
    const stampedS = clock.stampOf === 'last' ? times[n - 1] : times[0];
    const ticks = Math.round((CLOCK_OFFSET_S + clockS(stampedS) + jitterS(number)) * clock.tickHz);
    const values = Float64Array.from(times.flatMap((t) => (quantity === 'acc' ? [t, 9.8, 0] : [2 * t, 1, 0])));
    const tick = Number.isFinite(clock.wrapTicks) ? ticks % clock.wrapTicks : ticks;
    parts.push({ part: { quantity, n, tick, values, flags: new Uint8Array(n) }, sentS: times[n - 1] });
    index += n;
  }
  return parts;
}

interface Joined {
  /** True seconds, from the acceleration. */
  readonly trueS: number;
  readonly rotation: number;
  readonly flags: number;
}

/** Sends them in the order in which they were complete. */
function join(
  parts: readonly SentPart[],
  clock = CLOCK,
): { samples: Joined[]; ticks: { tick: number; lastS: number }[] } {
  const samples: Joined[] = [];
  const ticks: { tick: number; lastS: number }[] = [];
  const pairing = new StampPairing(clock, RATES, (packet) => {
    const lengths = [packet.accMps2.length / 3, (packet.gyrRadps?.length ?? 0) / 3, packet.flags.length];
    if (lengths.some((length) => length !== packet.n)) throw new Error(`expected ${packet.n}, found ${lengths.join()}`);
    for (let i = 0; i < packet.n; i++) {
      samples.push({
        trueS: packet.accMps2[3 * i],
        rotation: packet.gyrRadps?.[3 * i] ?? NaN,
        flags: packet.flags[i],
      });
    }
    ticks.push({ tick: packet.tick ?? NaN, lastS: packet.accMps2[3 * (packet.n - 1)] });
  });
  for (const { part, sentS } of parts.toSorted((a, b) => a.sentS - b.sentS)) pairing.push(part, 1000 * sentS);
  return { samples, ticks };
}

/** In order, none twice, and each with the rotation of its moment. */
function expectTrue(samples: readonly Joined[], mostErrorS = 1e-6): void {
  expect(backward(samples)).toEqual([]);
  expect(samples.filter(({ trueS, rotation }) => !(Math.abs(rotation / 2 - trueS) < mostErrorS))).toEqual([]);
}

const backward = (samples: readonly Joined[]): Joined[] =>
  samples.filter(({ trueS }, i) => i > 0 && !(trueS > samples[i - 1].trueS));

const missingBetween = (samples: readonly Joined[]): number =>
  samples.slice(1).reduce((sum, { trueS }, i) => sum + Math.round((trueS - samples[i].trueS) * RATE_HZ) - 1, 0);

describe('halves of one clock', () => {
  it.each([0, 0.1, 0.4, 0.5, 0.7, 0.99])('that are %s periods apart give every sample once', (phase) => {
    const acc = partsOf('acc', 20, { startS: 1 });
    const gyr = partsOf('gyr', 22, { startS: phase * PERIOD_S, samplesPerPart: () => 17 });
    const { samples } = join([...acc, ...gyr]);
    // Beyond the newest rotation the nearest one is taken, within half a period.
    expectTrue(samples, 0.51 * PERIOD_S);
    expect(samples.filter(({ trueS, rotation }) => Math.abs(rotation / 2 - trueS) > 1e-6).length).toBeLessThan(45);
    expect(samples[0].trueS).toBe(1);
    expect(missingBetween(samples)).toBe(0);
    expect(samples.at(-1)?.trueS).toBeGreaterThan(19.9);
  });

  it('that run off their nominal rate, each in its own way, keep their moments over minutes', () => {
    const acc = partsOf('acc', 300, { rateHz: 51.2, startS: 0.3 });
    const gyr = partsOf('gyr', 302, { rateHz: 53.1, samplesPerPart: (k) => 20 + (k % 7) });
    const { samples } = join([...acc, ...gyr]);
    // Only the first packet of each lies by its nominal period: half a second of it, 2 % off.
    expectTrue(
      samples.filter(({ trueS }) => trueS < 2),
      0.025,
    );
    expectTrue(
      samples.filter(({ trueS }) => trueS >= 2),
      0.51 * PERIOD_S,
    );
    expect(samples.length).toBeGreaterThan(299 * 51.2);
    expect(Math.max(...samples.slice(1).map(({ trueS }, i) => trueS - samples[i].trueS))).toBeLessThan(1.01 / 51.2);
  });

  it('are stamped as the acceleration was', () => {
    const { ticks } = join([...partsOf('acc', 10, { startS: 1 }), ...partsOf('gyr', 12)]);
    expect(ticks.length).toBeGreaterThan(15);
    for (const { tick, lastS } of ticks) expect(Math.abs(tick / 1e6 - CLOCK_OFFSET_S - lastS)).toBeLessThan(2e-6);
  });

  it('begin where rotation begins, and a packet that is cut there is stamped by its own last sample', () => {
    const acc = partsOf('acc', 5);
    const gyr = partsOf('gyr', 5, { startS: 0.1, samplesPerPart: (k) => (k === 0 ? 3 : 26) });
    const lostGyr = gyr.filter((_, k) => k !== 1);
    const { samples, ticks } = join([...acc, ...lostGyr]);
    // Three samples of rotation, then a hole.
    expect(samples[0].trueS).toBeGreaterThanOrEqual(0.1 - 0.51 * PERIOD_S);
    expect(samples.filter(({ trueS }) => trueS < 0.3).length).toBeLessThanOrEqual(4);
    expect(Math.abs(ticks[0].tick / 1e6 - CLOCK_OFFSET_S - ticks[0].lastS)).toBeLessThan(2e-6);
    expectTrue(samples, 0.51 * PERIOD_S);
  });

  it('carry the flags of both, and are missing where either is', () => {
    const acc = partsOf('acc', 3, { startS: 0.5 });
    const gyr = partsOf('gyr', 4, { startS: 0.5 });
    gyr[1].part.flags[3] = SampleFlag.gyrClipped;
    gyr[2].part.values.fill(NaN, 30, 33);
    acc[1].part.flags[5] = SampleFlag.accClipped;
    const { samples } = join([...acc, ...gyr]);
    expect(samples.filter(({ flags }) => (flags & SampleFlag.gyrClipped) !== 0).length).toBeGreaterThanOrEqual(1);
    expect(samples.filter(({ flags }) => (flags & SampleFlag.accClipped) !== 0)).toHaveLength(1);
    const missing = samples.filter(({ trueS, rotation }) => Number.isNaN(trueS) && Number.isNaN(rotation));
    expect(missing.length).toBeGreaterThanOrEqual(1);
    expect(missing.length).toBeLessThanOrEqual(2);
  });
});

describe('lost packets', () => {
  it('of rotation leave their moments missing, and no others', () => {
    const gyr = partsOf('gyr', 31);
    const kept = gyr.filter((_, k) => k % 9 !== 4);
    const { samples } = join([...partsOf('acc', 30, { startS: 0.2 }), ...kept]);
    expectTrue(samples, 0.51 * PERIOD_S);
    const lost = gyr.filter((_, k) => k % 9 === 4 && k <= 58).length * 26;
    expect(Math.abs(missingBetween(samples) - lost)).toBeLessThanOrEqual(2 * 7);
  });

  it('of acceleration leave theirs missing', () => {
    const acc = partsOf('acc', 30, { startS: 0.2 });
    const { samples } = join([...acc.filter((_, k) => k % 5 !== 2), ...partsOf('gyr', 31)]);
    expectTrue(samples, 0.51 * PERIOD_S);
    expect(missingBetween(samples)).toBe(acc.filter((_, k) => k % 5 === 2 && k < acc.length - 1).length * 26);
  });

  it('that are much shorter than the one after them are noticed as well', () => {
    const lengths = (k: number): number => (k % 2 === 0 ? 10 : 50);
    const acc = partsOf('acc', 60, { startS: 0.2, samplesPerPart: lengths });
    const { samples } = join([...acc.filter((_, k) => k !== 30), ...partsOf('gyr', 61)]);
    expectTrue(samples, 0.51 * PERIOD_S);
    expect(missingBetween(samples)).toBe(10);
  });

  it('that come twice are taken once', () => {
    const acc = partsOf('acc', 20, { startS: 0.2 });
    const gyr = partsOf('gyr', 21);
    const twice = [...acc, ...gyr].flatMap((sent, k) => (k % 4 === 1 ? [sent, sent] : [sent]));
    const { samples } = join(twice);
    expectTrue(samples, 0.51 * PERIOD_S);
    expect(missingBetween(samples)).toBe(0);
  });
});

describe('a stream that stops', () => {
  it('of rotation lets nothing through, and goes on when it comes back', () => {
    const gyr = partsOf('gyr', 120).filter(({ sentS }) => sentS < 20 || sentS > 80);
    const { samples } = join([...partsOf('acc', 119, { startS: 0.2 }), ...gyr]);
    const isPresent = (from: number, to: number): boolean => samples.some(({ trueS }) => trueS > from && trueS < to);
    expect([isPresent(5, 19), isPresent(21, 79), isPresent(82, 118)]).toEqual([true, false, true]);
    // The first packet of rotation after so long a silence is not believed until another one follows it.
    expect(samples.filter(({ trueS }) => trueS > 81).length).toBeGreaterThan(37 * RATE_HZ);
    expectTrue(samples, 0.51 * PERIOD_S);
  });

  it('of acceleration does not fill the memory with rotation', () => {
    const lengths: number[] = [];
    const pairing = new StampPairing(CLOCK, RATES, () => undefined);
    for (const { part, sentS } of partsOf('gyr', 600)) {
      pairing.push(part, 1000 * sentS);
      lengths.push(pairing.countWaiting);
    }
    expect(Math.max(...lengths)).toBeLessThan(10 * RATE_HZ);
  });

  it('of rotation does not fill the memory with acceleration, whatever its stamps say', () => {
    const pairing = new StampPairing(CLOCK, RATES, () => undefined);
    let most = 0;
    for (const { part, sentS } of partsOf('acc', 300, { clockS: (s) => s / 1000, samplesPerPart: () => 4 })) {
      pairing.push(part, 1000 * sentS);
      most = Math.max(most, pairing.countWaiting);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(300);
  });
});

describe('a clock that is set', () => {
  /** At 30 s of true time; the streams notice it each with its own next packet. */
  const SET_AT_S = 30;

  it.each([
    ['back to the day it began', -500_000],
    ['back by three seconds', -3],
    ['ahead by an hour', 3600],
    ['ahead by eleven years', 347_000_000],
  ])('%s costs half a second at most, and mixes no moments', (_how, byS) => {
    const clockS = (s: number): number => (s < SET_AT_S ? s : s + byS);
    const acc = partsOf('acc', 90, { startS: 0.2, clockS });
    const gyr = partsOf('gyr', 91, { clockS, samplesPerPart: () => 31 });
    const { samples, ticks } = join([...acc, ...gyr]);
    // A packet in which the clock was set has one half of its samples on another time axis.
    expectTrue(
      samples.filter(({ trueS }) => Math.abs(trueS - SET_AT_S) > 1),
      0.51 * PERIOD_S,
    );
    expect(backward(samples)).toEqual([]);
    expect(samples[0].trueS).toBe(0.2);
    expect(samples.at(-1)?.trueS).toBeGreaterThan(89.4);
    expect(missingBetween(samples)).toBeLessThan(RATE_HZ / 2);
    expect(ticks.at(-1)?.tick).toBeCloseTo((CLOCK_OFFSET_S + byS + (ticks.at(-1)?.lastS ?? NaN)) * 1e6, -1);
  });

  it('by one damaged stamp costs nothing but its packet', () => {
    const acc = partsOf('acc', 40, { startS: 0.2, jitterS: (k) => (k === 20 ? 1e6 : k === 50 ? -1e6 : 0) });
    const { samples } = join([...acc, ...partsOf('gyr', 41)]);
    expectTrue(samples, 0.51 * PERIOD_S);
    expect(missingBetween(samples)).toBe(2 * 26);
  });
});

it('stamps of first samples that wrap are joined as well', () => {
  const clock: DeviceClockSpec = { tickHz: 1000, stampOf: 'first', wrapTicks: 2 ** 16, quantisationS: 0.001 };
  const acc = partsOf('acc', 200, { startS: 0.2 }, clock);
  const { samples, ticks } = join([...acc, ...partsOf('gyr', 201, {}, clock)], clock);
  expectTrue(samples, 0.51 * PERIOD_S + 0.002);
  expect(missingBetween(samples)).toBe(0);
  expect(samples.length).toBeGreaterThan(198 * RATE_HZ);
  expect(ticks.every(({ tick }) => tick >= 0 && tick < 2 ** 16)).toBe(true);
});

it('whatever is lost, late or uneven: in order, none twice, and near its moment', () => {
  const stream = fc.record({
    rateError: fc.double({ min: -0.03, max: 0.03, noNaN: true }),
    startS: fc.double({ min: 0, max: 1, noNaN: true }),
    lossRatio: fc.double({ min: 0, max: 0.3, noNaN: true }),
    longest: fc.integer({ min: 1, max: 60 }),
    jitterMs: fc.double({ min: 0, max: 8, noNaN: true }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });
  fc.assert(
    fc.property(stream, stream, (accSpec, gyrSpec) => {
      const sent = [['acc', accSpec] as const, ['gyr', gyrSpec] as const].flatMap(([quantity, spec]) => {
        const random = seededRandom(spec.seed);
        return partsOf(quantity, 30, {
          rateHz: RATE_HZ * (1 + spec.rateError),
          startS: spec.startS,
          samplesPerPart: () => 1 + Math.floor(random() * spec.longest),
          jitterS: () => ((random() - 0.5) * spec.jitterMs) / 1000,
        }).filter(() => random() >= spec.lossRatio);
      });
      const { samples } = join(sent);
      // A few samples of a short lost packet over which a long one is stretched are the most that a stamp can hide.
      expectTrue(samples, 0.2);
    }),
    { numRuns: 60, seed: 11 },
  );
});
