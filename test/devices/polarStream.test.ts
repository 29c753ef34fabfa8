/** Stamped packets of unequal length, as Polar sends them, on the host's time axis. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import type { DeviceDefinition, ImuPart } from '../../src/devices/define.ts';
import { ImuStream, type StreamGap } from '../../src/devices/imuStream.ts';
import { polarH10 } from '../../src/devices/polarH10.ts';
import { polarVerity } from '../../src/devices/polarVerity.ts';

const EPOCH_S = 1_700_000_000;
const CLOCK_BEGINS_S = 599_616_000;

interface Link {
  readonly rateHz: number;
  readonly samplesPerPart: (number: number) => number;
  readonly isLost?: (quantity: ImuPart['quantity'], number: number) => boolean;
  /** Device seconds of true seconds since the start. */
  readonly clockS?: (trueS: number) => number;
  readonly quantities?: readonly ImuPart['quantity'][];
  readonly nominalHz?: number;
}

interface Sample {
  readonly tS: number;
  readonly trueS: number;
}

/** Acceleration x is the true Unix time of the sample, less the epoch. */
function play(device: DeviceDefinition, durationS: number, link: Link) {
  const { rateHz, samplesPerPart, isLost = () => false, quantities = ['acc'], nominalHz = rateHz } = link;
  const { clockS = (s) => CLOCK_BEGINS_S + 100 + 1.00003 * s } = link;
  const samples: Sample[] = [];
  const gaps: StreamGap[] = [];
  const stream = new ImuStream(device, {
    block: ({ n, tS, accMps2 }) => {
      for (let i = 0; i < n; i++) samples.push({ tS: tS[i] - EPOCH_S, trueS: accMps2[3 * i] });
    },
    gap: (gap) => gaps.push(gap),
    problem: () => undefined,
    wanted: () => undefined,
  });
  stream.start({ rateHz: nominalHz, hasGyroscope: quantities.length > 1, epoch: '', backfillPackets: 0 });
  const random = seededRandom(3);
  const sent = quantities.flatMap((quantity, q) => {
    const parts: { part: ImuPart; sentS: number }[] = [];
    for (let index = 0, number = 0; index / rateHz < durationS; number++) {
      const n = samplesPerPart(number);
      const times = Array.from({ length: n }, (_, i) => q * 0.007 + (index + i) / rateHz);
      const tick = Math.floor(clockS(times[n - 1]) * 1e6);
      const values = Float64Array.from(times.flatMap((t) => [t, 9.8, 0]));
      if (!isLost(quantity, number)) {
        parts.push({ part: { quantity, n, tick, values, flags: new Uint8Array(n) }, sentS: times[n - 1] });
      }
      index += n;
    }
    return parts;
  });
  let arrivalMs = 0;
  for (const { part, sentS } of sent.toSorted((a, b) => a.sentS - b.sentS)) {
    arrivalMs = Math.max(arrivalMs, 1000 * (EPOCH_S + sentS) + 30 * random());
    stream.pushPart(part, arrivalMs);
  }
  return { samples, gaps, stats: stream.stats };
}

const rises = (samples: readonly Sample[]): boolean => samples.every(({ tS }, i) => i === 0 || tS > samples[i - 1].tS);
const mostErrorS = (samples: readonly Sample[]): number =>
  Math.max(...samples.map(({ tS, trueS }) => Math.abs(tS - trueS)));

describe.each([
  ['H10', polarH10, { rateHz: 100, quantities: ['acc'] }],
  ['Verity Sense', polarVerity, { rateHz: 51.3, nominalHz: 52, quantities: ['acc', 'gyr'] }],
] as const)('the stream of a %s', (_name, device, base) => {
  const link: Link = { ...base, samplesPerPart: (k) => 20 + ((7 * k) % 17) };

  it('has the times of its samples within the delay of the radio', () => {
    const { samples, gaps } = play(device, 120, link);
    expect(gaps).toEqual([]);
    expect(rises(samples)).toBe(true);
    expect(samples.length).toBeGreaterThan(118 * link.rateHz);
    expect(mostErrorS(samples.filter(({ trueS }) => trueS > 20))).toBeLessThan(0.035);
  });

  it('counts what was lost, and keeps the times of the rest', () => {
    const { samples, gaps, stats } = play(device, 120, {
      ...link,
      isLost: (quantity, k) => quantity === 'acc' && k % 11 === 7,
    });
    expect(gaps.length).toBeGreaterThan(5);
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['radioLoss']));
    expect(rises(samples)).toBe(true);
    expect(stats.lostSamples / (stats.samples + stats.lostSamples)).toBeCloseTo(1 / 11, 1);
    const missing = samples.slice(1).reduce((sum, { trueS }, i) => {
      return sum + Math.round((trueS - samples[i].trueS) * link.rateHz) - 1;
    }, 0);
    expect(Math.abs(stats.lostSamples - missing)).toBeLessThanOrEqual(gaps.length);
    expect(mostErrorS(samples.filter(({ trueS }) => trueS > 20))).toBeLessThan(0.035);
  });

  it('notices a lost packet that is much shorter than the one after it', () => {
    const lengths = (k: number): number => (k % 2 === 0 ? 12 : 60);
    const { samples, gaps, stats } = play(device, 120, {
      ...link,
      samplesPerPart: lengths,
      isLost: (quantity, k) => quantity === 'acc' && k === 40,
    });
    expect(gaps.map(({ reason, missingSamples }) => ({ reason, missingSamples }))).toEqual([
      { reason: 'radioLoss', missingSamples: 12 },
    ]);
    expect(stats.lostSamples).toBe(12);
    expect(mostErrorS(samples.filter(({ trueS }) => trueS > 20))).toBeLessThan(0.035);
  });

  it('goes on after a clock that began anew, with a gap', () => {
    const resetS = 60;
    const { samples, gaps } = play(device, 120, {
      ...link,
      clockS: (s) => CLOCK_BEGINS_S + (s < resetS ? 5000 + s : s - resetS),
    });
    expect(gaps.map(({ reason }) => reason)).toEqual(['deviceRestarted']);
    expect(rises(samples)).toBe(true);
    expect(samples.filter(({ trueS }) => trueS < resetS - 1.5).length).toBeGreaterThan((resetS - 2.5) * link.rateHz);
    expect(samples.filter(({ trueS }) => trueS > resetS).length).toBeGreaterThan((60 - 4) * link.rateHz);
    expect(mostErrorS(samples.filter(({ trueS }) => trueS > 80))).toBeLessThan(0.05);
  });
});
