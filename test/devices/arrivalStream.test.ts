/** Streams of wearables that neither stamp nor count: times, and what was lost, rest on arrivals alone. */
import { describe, expect, it } from 'vitest';
import type { ImuPacket, StreamStart } from '../../src/devices/define.ts';
import { ImuStream, type StreamGap } from '../../src/devices/imuStream.ts';
import { type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import { type ArrivalLink, arrivalsOf, START_S } from './arrivalLink.ts';
import { percentile } from './simulatedClock.ts';

const CLOCKLESS = { clock: undefined, sequenceWrap: undefined };
const METAMOTION = { nominalHz: 100, samplesPerPacket: 3 };
const ARDUINO = { nominalHz: 104, samplesPerPacket: 1 };

/** Each sample carries its true time in a trace of forward acceleration, so that the time it is given can be compared. */
const TRACE_MPS2_PER_S = 1e-9;
function packetOf(trueS: readonly number[]): ImuPacket {
  const n = trueS.length;
  return {
    n,
    tick: undefined,
    sequence: undefined,
    firstSampleIndex: undefined,
    accMps2: Float64Array.from({ length: 3 * n }, (_, i) =>
      i % 3 === 0 ? (trueS[i / 3] - START_S) * TRACE_MPS2_PER_S : i % 3 === 1 ? 9.81 : 0,
    ),
    gyrRadps: new Float64Array(3 * n),
    flags: new Uint8Array(n),
    backfilled: false,
    overrunBefore: false,
    timeBaseReset: false,
  };
}

interface Fate {
  readonly isLost?: boolean;
  /** When it arrives instead, if that is later; Unix ms. */
  readonly notBeforeMs?: number;
  /** Of the host's clock. */
  readonly shiftMs?: number;
}

interface Placed {
  readonly trueS: number;
  readonly errorMs: number;
}

function run(
  nominal: typeof METAMOTION,
  link: Partial<ArrivalLink>,
  durationS: number,
  fateOf: (tS: number, index: number) => Fate = () => ({}),
) {
  const blocks: ImuBlock[] = [];
  const gaps: StreamGap[] = [];
  const placed: Placed[] = [];
  /** How long after its arrival the latest block came out. */
  let longestHeldMs = 0;
  let nowMs = 0;
  const stream = new ImuStream(CLOCKLESS, {
    block: (block) => {
      blocks.push(block);
      for (let i = 0; i < block.n; i++) {
        const trueS = block.accMps2[3 * i] / TRACE_MPS2_PER_S;
        placed.push({ trueS, errorMs: (block.tS[i] - START_S - trueS) * 1000 });
        longestHeldMs = Math.max(longestHeldMs, nowMs - (START_S + trueS) * 1000);
      }
    },
    gap: (gap) => gaps.push(gap),
    problem: (message) => {
      throw new Error(message);
    },
    wanted: () => undefined,
  });
  const start: StreamStart = { rateHz: nominal.nominalHz, hasGyroscope: true, epoch: '', backfillPackets: 0 };
  stream.start(start);
  const whole = { rateHz: nominal.nominalHz, samplesPerPacket: nominal.samplesPerPacket, seed: 7, ...link };
  let lost = 0;
  for (const packet of arrivalsOf({ connectionIntervalMs: 30, jitterMs: 20, ...whole }, durationS)) {
    const { isLost = false, notBeforeMs = 0, shiftMs = 0 } = fateOf(packet.trueS[0] - START_S, packet.index);
    if (isLost) {
      lost += packet.n;
      continue;
    }
    nowMs = Math.max(packet.arrivalMs, notBeforeMs);
    if (stream.dueMs !== undefined && nowMs >= stream.dueMs) stream.poll(nowMs);
    stream.push(packetOf(packet.trueS), nowMs + shiftMs);
  }
  stream.flush();
  return { stream, blocks, gaps, placed, lost, longestHeldMs };
}

const rises = (blocks: readonly ImuBlock[]): boolean => {
  const tS = blocks.flatMap((block) => [...block.tS]);
  return tS.every((t, i) => i === 0 || t > tS[i - 1]);
};

const sizesAfter = (placed: readonly Placed[], fromS: number): number[] =>
  placed.filter(({ trueS }) => trueS >= fromS).map(({ errorMs }) => Math.abs(errorMs));

/** What a packet may wait for its connection event: nothing that arrives tells it from the time of the sample. */
const CONNECTION_INTERVAL_MS = 30;
/** Of a gap's ends and of what is missing in it. */
const GAP_TOLERANCE_S = 0.06;

describe.each([
  ['MetaMotion', METAMOTION, [0.98, 0.995, 1, 1.02]],
  ['Arduino', ARDUINO, [0.9, 0.98, 1.04, 1.1]],
] as const)('the rate of %s', (_name, nominal, ratios) => {
  it.each(ratios)('of %d times its name is learned, and nothing is taken for lost', (ratio) => {
    const rateHz = nominal.nominalHz * ratio;
    const { stream, blocks, gaps, placed } = run(nominal, { rateHz }, 240);
    expect(gaps).toEqual([]);
    expect(rises(blocks)).toBe(true);
    expect(stream.stats.timeQuality).toBe('arrival');
    expect(1 + stream.stats.driftPpm * 1e-6).toBeCloseTo(1 / ratio, 3);
    expect(percentile(sizesAfter(placed, 30), 0.99)).toBeLessThan(CONNECTION_INTERVAL_MS);
    expect(percentile(sizesAfter(placed, 8), 0.99)).toBeLessThan(40);
    expect(stream.stats.clockResidualMs).toBeLessThan(CONNECTION_INTERVAL_MS);
  });
});

it('with one packet for each connection event of 50 ms and 30 ms of jitter times are as good', () => {
  const { gaps, placed } = run(METAMOTION, { rateHz: 99.1, connectionIntervalMs: 50, jitterMs: 30 }, 240);
  expect(gaps).toEqual([]);
  expect(percentile(sizesAfter(placed, 30), 0.99)).toBeLessThan(25);
});

describe.each([
  ['MetaMotion', METAMOTION, 0.995],
  ['Arduino', ARDUINO, 0.93],
] as const)('a silence of %s', (_name, nominal, ratio) => {
  const rateHz = nominal.nominalHz * ratio;

  it.each([
    [60, 0.3],
    [60, 1],
    [60, 3],
    [60, 4.5],
    [12, 1],
  ])('at %d s of %d s in which samples were lost is a gap, and what follows has its right time', (atS, lostS) => {
    const { stream, blocks, gaps, placed, lost } = run(nominal, { rateHz }, 120, (tS) => ({
      isLost: tS >= atS && tS < atS + lostS,
    }));
    expect(gaps.map(({ reason }) => reason)).toEqual(['radioLoss']);
    expect(Math.abs(gaps[0].missingSamples - lost)).toBeLessThan(GAP_TOLERANCE_S * rateHz);
    expect(Math.abs(gaps[0].startS - START_S - atS)).toBeLessThan(GAP_TOLERANCE_S);
    expect(Math.abs(gaps[0].endS - START_S - atS - lostS)).toBeLessThan(GAP_TOLERANCE_S);
    expect(stream.stats.lostSamples).toBe(gaps[0].missingSamples);
    expect(rises(blocks)).toBe(true);
    // Right from the first sample on: no time is stretched over it.
    expect(Math.max(...sizesAfter(placed, atS))).toBeLessThan(50);
    const marked = blocks.filter(({ flags }) => flags.some((flag) => (flag & SampleFlag.afterGap) !== 0));
    expect(marked.map(({ tS }) => tS[0])).toEqual([gaps[0].endS]);
  });

  it.each([0.3, 1, 3, 4.5])('of %d s after which a burst brings everything is no gap', (stallS) => {
    const { stream, blocks, gaps, placed, longestHeldMs } = run(nominal, { rateHz }, 120, (tS) => ({
      notBeforeMs: tS >= 60 && tS < 60 + stallS ? (START_S + 60 + stallS) * 1000 : 0,
    }));
    expect(gaps).toEqual([]);
    expect(stream.stats.lostSamples).toBe(0);
    expect(rises(blocks)).toBe(true);
    expect(Math.max(...sizesAfter(placed, 30))).toBeLessThan(35);
    // The burst itself decides.
    expect(longestHeldMs).toBeLessThan(1000 * stallS + 200);
  });

  it('whose backlog comes at twice its pace is no gap', () => {
    const { gaps, placed } = run(nominal, { rateHz }, 120, (tS) => ({
      notBeforeMs: tS >= 60 ? (START_S + 61.5 + (tS - 60) / 2) * 1000 : 0,
    }));
    expect(gaps).toEqual([]);
    expect(Math.max(...sizesAfter(placed, 30))).toBeLessThan(35);
  });

  it('that goes on after a single packet is judged by what comes in the end', () => {
    const stallEndMs = (START_S + 62.5) * 1000;
    const { gaps } = run(nominal, { rateHz }, 120, (tS) => {
      if (tS >= 60 && tS < 60.03) return { notBeforeMs: (START_S + 61.5) * 1000 };
      return { notBeforeMs: tS >= 60.03 && tS < 62.5 ? stallEndMs : 0 };
    });
    expect(gaps).toEqual([]);
  });

  it('that the wearable had begun to keep in its memory is a gap behind what it had kept', () => {
    const { gaps, placed, lost } = run(nominal, { rateHz }, 120, (tS) => ({
      isLost: tS >= 60.2 && tS < 62,
      notBeforeMs: tS >= 60 && tS < 60.2 ? (START_S + 62) * 1000 : 0,
    }));
    expect(gaps).toHaveLength(1);
    expect(Math.abs(gaps[0].startS - START_S - 60.2)).toBeLessThan(0.1);
    expect(Math.abs(gaps[0].missingSamples - lost)).toBeLessThan(GAP_TOLERANCE_S * rateHz);
    // The last of what it kept, as fresh as what came after, may be taken for it.
    expect(sizesAfter(placed, 30).filter((sizeMs) => sizeMs > 60).length).toBeLessThan(0.08 * rateHz);
  });

  it('that follows another within the second is a gap of its own', () => {
    const { gaps, placed, lost } = run(nominal, { rateHz }, 120, (tS) => ({
      isLost: (tS >= 60 && tS < 60.8) || (tS >= 61 && tS < 61.6),
    }));
    expect(gaps.map(({ reason }) => reason)).toEqual(['radioLoss', 'radioLoss']);
    const missing = gaps.reduce((total, { missingSamples }) => total + missingSamples, 0);
    expect(Math.abs(missing - lost)).toBeLessThan(GAP_TOLERANCE_S * rateHz);
    expect(Math.max(...sizesAfter(placed, 60))).toBeLessThan(60);
  });

  it('in which the stream ends leaves nothing held back', () => {
    const { placed, lost } = run(nominal, { rateHz }, 61.2, (tS) => ({ isLost: tS >= 60 && tS < 61 }));
    const expected = Math.floor((61.2 * rateHz) / nominal.samplesPerPacket) * nominal.samplesPerPacket - lost;
    expect(placed).toHaveLength(expected);
  });
});

it('a single lost packet, which is no silence, is found by the delay that stays', () => {
  const { gaps, placed } = run({ nominalHz: 25, samplesPerPacket: 3 }, { rateHz: 25.1 }, 120, (_tS, index) => ({
    isLost: index === 1500,
  }));
  expect(gaps.map(({ reason, missingSamples }) => [reason, missingSamples])).toEqual([['radioLoss', 3]]);
  expect(percentile(sizesAfter(placed, 75), 0.99)).toBeLessThan(25);
});

it('one loss in a hundred packets bends the rate, and time stays right', () => {
  const { stream, placed, blocks } = run(METAMOTION, { rateHz: 100 }, 240, (_tS, index) => ({
    isLost: (index / 3) % 97 === 5,
  }));
  expect(rises(blocks)).toBe(true);
  expect(stream.stats.driftPpm).toBeGreaterThan(5000);
  expect(percentile(sizesAfter(placed, 30), 0.99)).toBeLessThan(45);
});

describe('a host clock that is set', () => {
  it.each([0.4, 2, 20, 3600])('forward by %d s looks like a loss, and is told as one', (shiftS) => {
    const { gaps, placed, blocks } = run(METAMOTION, { rateHz: 100.5 }, 120, (tS) => ({
      shiftMs: tS >= 60 ? 1000 * shiftS : 0,
    }));
    expect(gaps.map(({ reason }) => reason)).toEqual(['radioLoss']);
    expect(rises(blocks)).toBe(true);
    const after = placed.filter(({ trueS }) => trueS >= 70).map(({ errorMs }) => Math.abs(errorMs - 1000 * shiftS));
    expect(percentile(after, 0.99)).toBeLessThan(30);
  });

  it.each([1, 20, 3600])('back by %d s starts a new time axis at once', (shiftS) => {
    const { gaps, placed } = run(METAMOTION, { rateHz: 100.5 }, 120, (tS) => ({
      shiftMs: tS >= 60 ? -1000 * shiftS : 0,
    }));
    expect(gaps.map(({ reason }) => reason)).toEqual(['hostClockSet']);
    const after = placed.filter(({ trueS }) => trueS >= 61).map(({ errorMs }) => Math.abs(errorMs + 1000 * shiftS));
    expect(percentile(after, 0.99)).toBeLessThan(35);
  });

  it('back by 0.2 s is worked in, and time never runs backward', () => {
    const { gaps, placed, blocks } = run(METAMOTION, { rateHz: 100.5 }, 150, (tS) => ({
      shiftMs: tS >= 60 ? -200 : 0,
    }));
    expect(gaps).toEqual([]);
    expect(rises(blocks)).toBe(true);
    const after = placed.filter(({ trueS }) => trueS >= 90).map(({ errorMs }) => Math.abs(errorMs + 200));
    expect(percentile(after, 0.99)).toBeLessThan(30);
  });
});
