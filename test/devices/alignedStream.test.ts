import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type AlignedBlocks, AlignedStream } from '../../src/devices/alignedStream.ts';
import { emptyBlock, type ImuBlock, SampleFlag } from '../../src/model/block.ts';
import { SoakBench } from './soakBench.ts';

const START_S = 1_700_000_000;
const SECOND = { secondRateHz: 52, secondHasGyroscope: true };

/** Samples whose values are straight lines in time, so that interpolation is exact: acc x = t, y = −t, z = 1; gyr x = 2t. */
function line(times: readonly number[], rateHz: number): ImuBlock {
  const block = emptyBlock(times.length, rateHz, true);
  times.forEach((t, i) => {
    block.tS[i] = START_S + t;
    block.accMps2.set([t, -t, 1], 3 * i);
    block.gyrRadps?.set([2 * t, 0, 0], 3 * i);
  });
  return block;
}
const times = (fromS: number, untilS: number, rateHz: number): number[] =>
  Array.from({ length: Math.round((untilS - fromS) * rateHz) }, (_, i) => fromS + i / rateHz);

function aligned(params = {}) {
  const blocks: AlignedBlocks[] = [];
  const stream = new AlignedStream({ ...SECOND, ...params }, (each) => blocks.push(each));
  const samples = () =>
    blocks.flatMap(({ main, second }) =>
      Array.from({ length: main.n }, (_, i) => ({
        tS: main.tS[i] - START_S,
        main: main.accMps2[3 * i],
        x: second.accMps2[3 * i],
        y: second.accMps2[3 * i + 1],
        gyr: second.gyrRadps?.[3 * i] ?? NaN,
        flags: second.flags[i],
      })),
    );
  return { stream, blocks, samples };
}

describe('the aligned stream', () => {
  it('interpolates the second sensor onto the times of the main one', () => {
    const { stream, samples } = aligned();
    stream.pushSecond(line(times(0, 2, 52), 52));
    stream.pushMain(line(times(0, 1.5, 100), 100));
    expect(samples()).toHaveLength(150);
    for (const { tS, main, x, y, gyr } of samples()) {
      expect(main).toBeCloseTo(tS, 6);
      expect(x).toBeCloseTo(tS, 6);
      expect(y).toBeCloseTo(-tS, 6);
      expect(gyr).toBeCloseTo(2 * tS, 6);
    }
  });

  it('waits for the second sensor no longer than it may, and then goes on without it', () => {
    const { stream, samples } = aligned();
    for (let t = 0; t < 3; t += 0.1) stream.pushMain(line(times(t, t + 0.1, 100), 100));
    expect(samples().length).toBeGreaterThanOrEqual(249);
    expect(samples().every(({ x, gyr }) => Number.isNaN(x) && Number.isNaN(gyr))).toBe(true);
    stream.flush();
    expect(samples()).toHaveLength(300);
  });

  it('is NaN in a gap of the second sensor, and marks the first sample after it', () => {
    const { stream, samples } = aligned();
    stream.pushSecond(line([...times(0, 1, 52), ...times(1.5, 3, 52)], 52));
    stream.pushMain(line(times(0, 2.5, 100), 100));
    const missing = samples().filter(({ x }) => Number.isNaN(x));
    expect(missing[0].tS).toBeGreaterThan(0.97);
    expect(missing.at(-1)?.tS).toBeLessThan(1.5);
    expect(missing.length).toBeGreaterThan(48);
    const marked = samples().filter(({ flags }) => (flags & SampleFlag.afterGap) !== 0);
    expect(marked.map(({ tS }) => Number(tS.toFixed(2)))).toEqual([1.5]);
  });

  it('one lost sample of the second sensor is a gap, its jitter is none', () => {
    const { stream, samples } = aligned();
    const second = times(0, 2, 52).map((t, i) => t + (i % 2 === 0 ? 0.002 : -0.002));
    second.splice(52, 1);
    stream.pushSecond(line(second, 52));
    stream.pushMain(line(times(0.1, 1.9, 100), 100));
    const missing = samples().filter(({ x }) => Number.isNaN(x));
    expect(missing.length).toBeGreaterThan(2);
    expect(missing.every(({ tS }) => Math.abs(tS - 1) < 0.025)).toBe(true);
  });

  it('carries flags of the neighbours', () => {
    const { stream, blocks } = aligned();
    const second = line(times(0, 1, 52), 52);
    second.flags[10] = SampleFlag.accClipped;
    second.flags[20] = SampleFlag.afterGap;
    stream.pushSecond(second);
    stream.pushMain(line(times(0, 0.9, 100), 100));
    const flags = blocks.flatMap((each) => [...each.second.flags]);
    expect(flags.filter((flag) => flag === SampleFlag.accClipped).length).toBeGreaterThanOrEqual(3);
    expect(flags.every((flag) => (flag & SampleFlag.afterGap) === 0)).toBe(true);
  });

  it('starts anew when the host clock was set back', () => {
    const { stream, samples } = aligned();
    stream.pushSecond(line(times(100, 101, 52), 52));
    stream.pushMain(line(times(100, 100.9, 100), 100));
    stream.pushMain(line(times(0, 0.5, 100), 100));
    stream.pushSecond(line(times(0, 1, 52), 52));
    stream.flush();
    expect(samples()).toHaveLength(140);
    expect(samples().filter(({ x }) => Number.isNaN(x)).length).toBeLessThan(3);
  });

  it('keeps no more than ten seconds of a second sensor whose main one is silent', () => {
    const { stream, samples } = aligned();
    for (let t = 0; t < 60; t++) stream.pushSecond(line(times(t, t + 1, 52), 52));
    stream.pushMain(line(times(40, 59.5, 100), 100));
    const known = samples().filter(({ x }) => !Number.isNaN(x));
    expect(known[0].tS).toBeGreaterThan(49);
    expect(known.length).toBeGreaterThan(900);
  });

  it('gives the same samples however the input is cut', () => {
    const mainTimes = times(0, 6, 100);
    const runs = [times(0, 2, 52), times(2.6, 6, 52)];
    const whole = aligned();
    whole.stream.pushSecond(line(runs.flat(), 52));
    whole.stream.pushMain(line(mainTimes, 100));
    whole.stream.flush();
    const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(cuts, cuts, fc.integer({ min: 0, max: 150 }), (mainCuts, secondCuts, lagMs) => {
        const { stream, samples } = aligned();
        const cut = (
          all: readonly number[],
          sizes: readonly number[],
          lagS: number,
          push: (part: number[]) => void,
        ) => {
          const parts: { readyS: number; push: () => void }[] = [];
          for (let at = 0, i = 0; at < all.length; i++) {
            const part = all.slice(at, at + sizes[i % sizes.length]);
            at += part.length;
            parts.push({ readyS: part[part.length - 1] + lagS, push: () => push(part) });
          }
          return parts;
        };
        const parts = [
          ...cut(mainTimes, mainCuts, 0.05, (part) => stream.pushMain(line(part, 100))),
          // A packet has no gap inside.
          ...runs.flatMap((run) => cut(run, secondCuts, lagMs / 1000, (part) => stream.pushSecond(line(part, 52)))),
        ];
        parts.sort((one, other) => one.readyS - other.readyS);
        for (const { push } of parts) push();
        stream.flush();
        expect(samples().slice(0, 590)).toEqual(whole.samples().slice(0, 590));
      }),
      { numRuns: 60, seed: 77 },
    );
  });
});

describe('two wearables of one person', () => {
  const benches: SoakBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.stop();
  });

  it.each(['plumbline', 'movesense'] as const)(
    'a sharp movement is at the same time in a plumbline and in a %s, to 10 ms',
    async (kind) => {
      const everyS = 2;
      const bench = new SoakBench(
        [
          { kind: 'plumbline', driftPpm: 80, jitterMs: 10, seed: 61 },
          { kind, driftPpm: -80, jitterMs: 60, seed: 62 },
        ],
        {
          // A push of a tenth of a second: half a sine of 5 m/s² beside gravity.
          feel: (trueS, out) => {
            const sinceS = trueS % everyS;
            out.set([sinceS < 0.1 ? 5 * Math.sin((Math.PI * sinceS) / 0.1) : 0, 9.81, 0, 0, 0, 0]);
          },
          onBlock: (wearable, block) => (wearable === 0 ? stream.pushMain(block) : stream.pushSecond(block)),
        },
      );
      benches.push(bench);
      const pushes = new Map<number, { main: number[]; second: number[] }>();
      const stream = new AlignedStream(
        { secondRateHz: kind === 'plumbline' ? 100 : 52, secondHasGyroscope: true },
        ({ main, second }) => {
          for (let i = 0; i < main.n; i++) {
            const nearest = Math.round((main.tS[i] - 0.05) / everyS);
            if (Math.abs(main.tS[i] - 0.05 - nearest * everyS) > 0.2) continue;
            const sums = pushes.get(nearest) ?? { main: [0, 0], second: [0, 0] };
            pushes.set(nearest, sums);
            for (const [block, sum] of [
              [main, sums.main],
              [second, sums.second],
            ] as const) {
              sum[0] += block.accMps2[3 * i];
              sum[1] += block.accMps2[3 * i] * (main.tS[i] - nearest * everyS);
            }
          }
        },
      );
      await bench.start();
      await bench.run(600);
      // The first pushes aside, at which nothing is known yet; the last may be cut.
      const lagsMs = [...pushes.values()]
        .slice(5, -1)
        .map(({ main, second }) => Math.abs(second[1] / second[0] - main[1] / main[0]) * 1000);
      expect(lagsMs.length).toBeGreaterThan(260);
      expect(lagsMs.filter(Number.isNaN)).toEqual([]);
      expect(Math.max(...lagsMs)).toBeLessThan(10);
      // With the third time exchange the crystals are known.
      expect(Math.max(...lagsMs.slice(60))).toBeLessThan(5);
    },
    300_000,
  );
});
