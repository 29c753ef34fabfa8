import { describe, expect, it } from 'vitest';
import type { ImuPacket, StreamStart } from '../../src/devices/define.ts';
import { ImuStream, type StreamGap } from '../../src/devices/imuStream.ts';
import { movesense } from '../../src/devices/movesense.ts';
import { plumblineReference } from '../../src/devices/plumblineReference.ts';
import { type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import { packetsOf, percentile, type SimulatedLink, type SimulatedPacket } from './simulatedClock.ts';

const PLUMBLINE_LINK: SimulatedLink = {
  rateHz: 100,
  samplesPerPacket: 10,
  tickHz: 32_768,
  wrapTicks: 2 ** 32,
  driftPpm: 50,
  jitterMs: 20,
  seed: 31,
  startTick: 2 ** 32 - 32_768 * 20,
};
const MOVESENSE_LINK = {
  ...PLUMBLINE_LINK,
  rateHz: 52,
  samplesPerPacket: 4,
  tickHz: 1000,
  startTick: 2 ** 32 - 20_000,
};
const START: StreamStart = { rateHz: 100, hasGyroscope: true, epoch: 'boot-1', backfillPackets: 64 };
const INDEX_START = 2 ** 32 - 1500;

function streamOf(device: typeof movesense) {
  const blocks: ImuBlock[] = [];
  const gaps: StreamGap[] = [];
  const problems: string[] = [];
  const wanted: [number, number][] = [];
  const stream = new ImuStream(device, {
    block: (block) => blocks.push(block),
    gap: (gap) => gaps.push(gap),
    problem: (message) => problems.push(message),
    wanted: (firstSequence, count) => wanted.push([firstSequence, count]),
  });
  return { stream, blocks, gaps, problems, wanted };
}

/** As the reference device counts: all three counters wrap during the run. */
function plumblinePacket({ index, n, tick }: SimulatedPacket, changes: Partial<ImuPacket> = {}): ImuPacket {
  return {
    n,
    tick,
    sequence: (65_500 + index / n) % 65_536,
    firstSampleIndex: (INDEX_START + index) % 2 ** 32,
    accMps2: Float64Array.from({ length: 3 * n }, (_, i) => (i % 3 === 1 ? 9.81 : 0)),
    gyrRadps: new Float64Array(3 * n),
    flags: new Uint8Array(n),
    backfilled: false,
    overrunBefore: false,
    timeBaseReset: false,
    ...changes,
  };
}

const movesensePacket = (packet: SimulatedPacket): ImuPacket =>
  plumblinePacket(packet, { sequence: undefined, firstSampleIndex: undefined });

const samplesIn = (blocks: readonly ImuBlock[]): number => blocks.reduce((total, { n }) => total + n, 0);
const rises = (blocks: readonly ImuBlock[]): boolean => {
  const tS = blocks.flatMap((block) => [...block.tS]);
  return tS.every((t, i) => i === 0 || t > tS[i - 1]);
};

describe('the stream of a device that counts', () => {
  it('goes through wraps of sequence, index and ticks without a trace', () => {
    const { stream, blocks, gaps, problems } = streamOf(plumblineReference);
    stream.start(START);
    const errorsMs: number[] = [];
    for (const packet of packetsOf(PLUMBLINE_LINK, 120)) {
      stream.push(plumblinePacket(packet), packet.arrivalMs);
      const last = blocks.at(-1);
      if (last && packet.index > 3000) errorsMs.push(Math.abs(last.tS[0] - packet.trueS[0]) * 1000);
    }
    expect(gaps).toEqual([]);
    expect(problems).toEqual([]);
    expect(samplesIn(blocks)).toBe(12_010);
    expect(rises(blocks)).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
    expect(stream.stats).toMatchObject({ samples: 12_010, lostSamples: 0, timeQuality: 'good' });
  });

  it('marks the first sample after a loss and says how much is missing', () => {
    const { stream, blocks, gaps } = streamOf(plumblineReference);
    stream.start({ ...START, backfillPackets: 0 });
    for (const packet of packetsOf(PLUMBLINE_LINK, 30)) {
      if (packet.index >= 1000 && packet.index < 1050) continue;
      stream.push(plumblinePacket(packet), packet.arrivalMs);
    }
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ missingSamples: 50, reason: 'radioLoss' });
    expect(gaps[0].endS - gaps[0].startS).toBeCloseTo(0.51, 2);
    const marked = blocks.filter(({ flags }) => flags.some((flag) => (flag & SampleFlag.afterGap) !== 0));
    expect(marked).toHaveLength(1);
    expect(marked[0].tS[0]).toBe(gaps[0].endS);
    expect(rises(blocks)).toBe(true);
  });

  it('does not take a damaged index for hours of loss', () => {
    const { stream, blocks, gaps, problems } = streamOf(plumblineReference);
    stream.start({ ...START, backfillPackets: 0 });
    for (const packet of packetsOf(PLUMBLINE_LINK, 30)) {
      const damaged = packet.index === 2000 ? { firstSampleIndex: 123_456_789 } : {};
      stream.push(plumblinePacket(packet, damaged), packet.arrivalMs);
    }
    expect(problems).toEqual([expect.stringMatching(/^sample index: expected about \d+, found \d+; held back$/)]);
    expect(gaps.map(({ missingSamples }) => missingSamples)).toEqual([10]);
    expect(rises(blocks)).toBe(true);
  });

  it.each([1200, 150, -800])('counts a packet whose index is damaged by %d as lost, and nothing else', (byIndex) => {
    const { stream, gaps } = streamOf(plumblineReference);
    stream.start({ ...START, backfillPackets: 0 });
    for (const packet of packetsOf(PLUMBLINE_LINK, 30)) {
      const damaged = packet.index === 2000 ? { firstSampleIndex: INDEX_START + packet.index + byIndex } : {};
      stream.push(plumblinePacket(packet, damaged), packet.arrivalMs);
    }
    expect(gaps.map(({ missingSamples }) => missingSamples)).toEqual([10]);
    expect(stream.stats).toMatchObject({ samples: 3000, lostSamples: 10 });
  });

  it('leaves the place of a packet empty that is sent again with a damaged index, and nothing else', () => {
    const { stream, gaps, problems } = streamOf(plumblineReference);
    stream.start(START);
    for (const packet of packetsOf(PLUMBLINE_LINK, 30)) {
      if (packet.index !== 500) stream.push(plumblinePacket(packet), packet.arrivalMs);
      stream.poll(packet.arrivalMs);
      if (packet.index !== 520) continue;
      const damaged = { sequence: (65_500 + 50) % 65_536, firstSampleIndex: INDEX_START + 500 + 2 ** 24 };
      stream.push(plumblinePacket(packet, { ...damaged, backfilled: true }), packet.arrivalMs + 20);
    }
    stream.flush();
    expect(problems).toEqual([expect.stringMatching(/^sample index: expected about \d+, found \d+; held back$/)]);
    expect(gaps.map(({ missingSamples }) => missingSamples)).toEqual([10]);
    expect(stream.stats).toMatchObject({ samples: 3000, lostSamples: 10, lateSamples: 0 });
  });

  it('follows a device that counts anew without having said so', () => {
    const { stream, blocks, gaps, problems } = streamOf(plumblineReference);
    stream.start(START);
    let pushed = 0;
    for (const packet of packetsOf(PLUMBLINE_LINK, 60)) {
      const restarted = packet.index >= 3000 ? { firstSampleIndex: packet.index - 3000 } : {};
      stream.push(plumblinePacket(packet, restarted), packet.arrivalMs);
      pushed += packet.n;
    }
    expect(problems.at(-1)).toContain('counts anew');
    expect(gaps.map(({ reason }) => reason)).toEqual(['deviceRestarted']);
    expect(samplesIn(blocks)).toBe(pushed);
    expect(rises(blocks)).toBe(true);
  });

  it('starts a new time axis when the device says that its time base was reset', () => {
    const { stream, blocks, gaps } = streamOf(plumblineReference);
    stream.start(START);
    const errorsMs: number[] = [];
    for (const packet of packetsOf(PLUMBLINE_LINK, 90)) {
      const isAfter = packet.index >= 3000;
      const tick = isAfter ? (packet.tick + 987_654_321) % 2 ** 32 : packet.tick;
      // Flagged for a while, as a careful device does: it is one reset all the same.
      const timeBaseReset = isAfter && packet.index < 3050;
      stream.push(plumblinePacket(packet, { tick, timeBaseReset }), packet.arrivalMs);
      if (packet.index > 6000) errorsMs.push(Math.abs((blocks.at(-1)?.tS[0] ?? NaN) - packet.trueS[0]) * 1000);
    }
    expect(gaps.map(({ reason }) => reason)).toEqual(['deviceRestarted']);
    expect(rises(blocks)).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('keeps the clock over a restart of the stream in the same boot', () => {
    const { stream, blocks, gaps } = streamOf(plumblineReference);
    stream.start(START);
    const errorsMs: number[] = [];
    let restarts = 0;
    for (const packet of packetsOf(PLUMBLINE_LINK, 60)) {
      if (packet.index === 4000) {
        stream.start(START);
        restarts++;
      }
      if (packet.index >= 3000 && packet.index < 4000) continue;
      const index = packet.index >= 4000 ? { firstSampleIndex: packet.index - 4000 } : {};
      stream.push(plumblinePacket(packet, index), packet.arrivalMs);
      if (packet.index >= 4000) errorsMs.push(Math.abs((blocks.at(-1)?.tS[0] ?? NaN) - packet.trueS[0]) * 1000);
    }
    expect(restarts).toBe(1);
    expect(gaps).toHaveLength(1);
    expect(gaps[0].reason).toBe('reconnected');
    expect(gaps[0].missingSamples).toBe(1000);
    // Good from the first sample on: nothing has to settle again.
    expect(Math.max(...errorsMs)).toBeLessThan(5);
  });

  it('says that the host clock was set, and goes on from the new time', () => {
    const { stream, blocks, gaps } = streamOf(plumblineReference);
    stream.start(START);
    for (const packet of packetsOf(PLUMBLINE_LINK, 60)) {
      const shiftMs = packet.index >= 3000 ? -3_600_000 : 0;
      stream.push(plumblinePacket(packet), packet.arrivalMs + shiftMs);
    }
    expect(gaps.map(({ reason }) => reason)).toEqual(['hostClockSet']);
    expect(gaps[0].endS - gaps[0].startS).toBeLessThan(-3500);
    expect(blocks.at(-1)?.tS[0]).toBeCloseTo(1_700_000_060 - 3600, 0);
  });
});

describe('the stream of a device whose session outlives the link', () => {
  const DEEP: StreamStart = { ...START, backfillPackets: 1200 };

  /** Out of range from sample `from` to `until`; what is asked for comes at 50 packets a second. */
  function outOfRange(
    from: number,
    until: number,
    options: { readonly answers?: boolean; readonly start?: StreamStart; readonly again?: StreamStart } = {},
  ) {
    const { answers = true, start = DEEP } = options;
    const { again = start } = options;
    const late: ImuBlock[] = [];
    const blocks: ImuBlock[] = [];
    const gaps: StreamGap[] = [];
    const requests: [number, number][] = [];
    const queue: SimulatedPacket[] = [];
    const packets = [...packetsOf(PLUMBLINE_LINK, 100)];
    const stream = new ImuStream(plumblineReference, {
      block: (block) => blocks.push(block),
      gap: (gap) => gaps.push(gap),
      problem: (message) => expect.unreachable(message),
      wanted: (first, count) => {
        requests.push([first, count]);
        if (answers) queue.push(...packets.slice((first + 36) % 65_536, ((first + 36) % 65_536) + count));
      },
      late: (block) => late.push(block),
    });
    stream.start(start);
    let isOut = false;
    let worstDelayMs = 0;
    for (const packet of packets) {
      const { index, arrivalMs } = packet;
      if (index >= from && index < until) {
        if (!isOut) stream.flush();
        isOut = true;
        continue;
      }
      if (isOut) stream.start(again);
      isOut = false;
      stream.push(plumblinePacket(packet), arrivalMs);
      // Five packets of the memory between two of the live stream.
      for (const stored of queue.splice(0, 5))
        stream.push(plumblinePacket(stored, { backfilled: true }), arrivalMs + 50);
      stream.poll(arrivalMs + 60);
      worstDelayMs = Math.max(worstDelayMs, arrivalMs - (blocks.at(-1)?.tS[0] ?? 0) * 1000);
    }
    return { stream, blocks, gaps, late, requests, worstDelayMs };
  }

  it('goes on without a gap when what was missed can be fetched in time', () => {
    const { stream, blocks, gaps, late, requests } = outOfRange(3000, 3800);
    expect(gaps).toEqual([]);
    expect(late).toEqual([]);
    expect(rises(blocks)).toBe(true);
    expect(samplesIn(blocks)).toBe(10_010);
    expect(stream.stats).toMatchObject({ lostSamples: 0, repairedSamples: 800 });
    expect(Math.max(...requests.map(([, count]) => count))).toBeLessThanOrEqual(32);
    expect(requests.reduce((total, [, count]) => total + count, 0)).toBe(80);
  });

  it('after a long absence shows the present at once, and hands out the past apart when it is whole', () => {
    const { stream, blocks, gaps, late, requests, worstDelayMs } = outOfRange(3000, 7000);
    expect(gaps.map(({ missingSamples, reason }) => [missingSamples, reason])).toEqual([[4000, 'radioLoss']]);
    expect(samplesIn(blocks)).toBe(6010);
    expect(samplesIn(late)).toBe(4000);
    expect(rises(blocks)).toBe(true);
    expect(rises(late)).toBe(true);
    expect(late[0].tS[0]).toBeCloseTo(gaps[0].startS + 0.01, 3);
    expect(late.at(-1)?.tS.at(-1)).toBeCloseTo(gaps[0].endS - 0.01, 3);
    expect(late.every(({ flags }) => flags.every((flag) => (flag & SampleFlag.backfilled) !== 0))).toBe(true);
    expect(late.some(({ flags }) => (flags[0] & SampleFlag.afterGap) !== 0)).toBe(false);
    expect(worstDelayMs).toBeLessThan(250);
    expect(Math.max(...requests.map(([, count]) => count))).toBeLessThanOrEqual(16);
    expect(stream.stats).toMatchObject({ lostSamples: 4000, lateSamples: 4000, repairedSamples: 0 });
  });

  it('gives up after three seconds when nothing comes back', () => {
    const { gaps, blocks, worstDelayMs } = outOfRange(3000, 3800, { answers: false });
    expect(gaps.map(({ missingSamples, reason }) => [missingSamples, reason])).toEqual([[800, 'radioLoss']]);
    expect(samplesIn(blocks)).toBe(9210);
    expect(worstDelayMs).toBeGreaterThan(2900);
    expect(worstDelayMs).toBeLessThan(8000 + 3400);
  });

  it('asks for no more than the device keeps, and says where the rest is missing', () => {
    const { requests, late } = outOfRange(3000, 7000, { start: { ...DEEP, backfillPackets: 200 } });
    const asked = requests.reduce((total, [, count]) => total + count, 0);
    expect(asked).toBeLessThanOrEqual(200);
    expect(asked).toBeGreaterThan(150);
    expect(samplesIn(late)).toBe(10 * asked);
    expect(late[0].flags[0] & SampleFlag.afterGap).not.toBe(0);
  });

  it('asks for nothing of before when the device has restarted meanwhile', () => {
    const { requests, gaps } = outOfRange(3000, 7000, { again: { ...DEEP, epoch: 'boot-2' } });
    expect(requests).toEqual([]);
    expect(gaps.map(({ reason }) => reason)).toEqual(['reconnected']);
  });
});

describe('the stream of a device that only stamps', () => {
  it.each([0, 0.02, -0.02])('finds lost packets by their stamps, with a rate %d off its name', (rateError) => {
    const { stream, blocks, gaps, problems } = streamOf(movesense);
    stream.start({ ...START, rateHz: 52, epoch: '', backfillPackets: 0 });
    let lost = 0;
    const link = { ...MOVESENSE_LINK, rateHz: 52 * (1 + rateError) };
    for (const packet of packetsOf(link, 120)) {
      if (packet.index >= 400 && (packet.index / 4) % 50 < 3) {
        lost += packet.n;
        continue;
      }
      stream.push(movesensePacket(packet), packet.arrivalMs);
    }
    expect(problems).toEqual([]);
    expect(stream.stats.lostSamples).toBe(lost);
    expect(gaps.every(({ missingSamples, reason }) => missingSamples === 12 && reason === 'radioLoss')).toBe(true);
    expect(rises(blocks)).toBe(true);
  });

  it('finds its place again after the sensor was silent for no whole number of packets', () => {
    const { stream, blocks, gaps, problems } = streamOf(movesense);
    stream.start({ ...START, rateHz: 52, epoch: '', backfillPackets: 0 });
    const errorsMs: number[] = [];
    for (const packet of packetsOf(MOVESENSE_LINK, 60)) {
      const silentS = packet.index >= 1000 ? 1.5 / 52 + 2 : 0;
      const tick = Math.floor(packet.tick + silentS * 1000) % 2 ** 32;
      stream.push(movesensePacket({ ...packet, tick }), packet.arrivalMs + silentS * 1000);
      const last = blocks.at(-1);
      if (last && packet.index >= 1000) errorsMs.push(Math.abs(last.tS[0] - packet.trueS[0] - silentS) * 1000);
    }
    expect(problems).toEqual([]);
    expect(gaps).toHaveLength(1);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(12);
    expect(errorsMs.at(-1)).toBeLessThan(4);
  });

  it('throws a repeated packet out', () => {
    const { stream, blocks } = streamOf(movesense);
    stream.start({ ...START, rateHz: 52, epoch: '', backfillPackets: 0 });
    let repeated = 0;
    for (const packet of packetsOf(MOVESENSE_LINK, 20)) {
      stream.push(movesensePacket(packet), packet.arrivalMs);
      if (packet.index % 40 !== 0) continue;
      stream.push(movesensePacket(packet), packet.arrivalMs + 1);
      repeated += packet.n;
    }
    expect(stream.stats.duplicateSamples).toBe(repeated);
    expect(stream.stats.lostSamples).toBe(0);
    expect(rises(blocks)).toBe(true);
  });
});

it('packets before the start of the stream are ignored', () => {
  const { stream, blocks } = streamOf(plumblineReference);
  for (const packet of packetsOf(PLUMBLINE_LINK, 1)) stream.push(plumblinePacket(packet), packet.arrivalMs);
  expect(blocks).toEqual([]);
});

describe('the stream of a device that counts packets and stamps (format 0x12)', () => {
  const single = (packet: SimulatedPacket, sequence: number): ImuPacket =>
    plumblinePacket(packet, { sequence: sequence % 65_536, firstSampleIndex: undefined });
  const link = { ...PLUMBLINE_LINK, samplesPerPacket: 1 };

  it('tells radio loss from an overrun of the sensor', () => {
    const { stream, gaps, problems } = streamOf(plumblineReference);
    stream.start({ ...START, backfillPackets: 0 });
    let sequence = 65_000;
    for (const packet of packetsOf(link, 30)) {
      const isOverrun = packet.index >= 1000 && packet.index < 1025;
      if (!isOverrun) sequence++;
      if (isOverrun || (packet.index >= 2000 && packet.index < 2007)) continue;
      stream.push(single(packet, sequence), packet.arrivalMs);
    }
    expect(problems).toEqual([]);
    expect(gaps.map(({ missingSamples, reason }) => [missingSamples, reason])).toEqual([
      [25, 'sensorOverrun'],
      [7, 'radioLoss'],
    ]);
  });
});
