/** What must hold for the motion core whatever the wearer does and however the samples arrive. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import type { Mount } from '../../src/model/frames.ts';
import { type MotionFrame, personalAxes, TrunkMotion } from '../../src/motion/index.ts';
import type { Operator } from '../../src/motion/operator.ts';
import { AccelerometerTilt } from '../../src/motion/orientation/accelerometerTilt.ts';
import { Vqf } from '../../src/motion/orientation/vqf.ts';
import { ForwardBend } from '../../src/motion/posture/forwardBend.ts';
import { PostureClass } from '../../src/motion/posture/postureClass.ts';
import { SideBend } from '../../src/motion/posture/sideBend.ts';
import { TrunkAngles } from '../../src/motion/posture/trunkAngles.ts';
import { TrunkRotation } from '../../src/motion/posture/trunkRotation.ts';
import { Twist } from '../../src/motion/posture/twist.ts';
import { blockOf, recordingSink, runTrunk, sensedBlock, sliceOf, STRAIGHT, type TrunkRun } from '../motion/trunkRun.ts';

const RATE_HZ = 50;
const RUNS = { numRuns: 25, seed: 20260101 };

const excursionTimes = { inS: fc.constantFrom(0.4, 0.8, 1.5), holdS: fc.constantFrom(0, 0.6, 2) };
const movement: fc.Arbitrary<Movement> = fc.oneof(
  fc
    .record({ toDeg: fc.integer({ min: -30, max: 120 }), ...excursionTimes })
    .map((e): Movement => ({ do: 'bend', ...e, backS: e.inS })),
  fc
    .record({ toDeg: fc.integer({ min: -50, max: 50 }), ...excursionTimes })
    .map((e): Movement => ({ do: 'sideBend', ...e, backS: e.inS })),
  fc
    .record({ toDeg: fc.integer({ min: -80, max: 80 }), ...excursionTimes })
    .map((e): Movement => ({ do: 'twist', ...e, backS: e.inS })),
  fc.constantFrom<Movement>({ do: 'walk', forS: 6 }, { do: 'turn', deg: -90, inS: 1.5 }, { do: 'stand', forS: 2 }),
);

interface Scene {
  readonly movements: readonly Movement[];
  readonly seed: number;
  /** Spans without samples, as [start, length] in s: one below and one above what restarts the filters. */
  readonly gaps: readonly (readonly [number, number])[];
  readonly missing: readonly number[];
}
const scene: fc.Arbitrary<Scene> = fc.record({
  movements: fc.array(movement, { minLength: 3, maxLength: 6 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
  gaps: fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0.1, 0.4, 0.7, 2)), { maxLength: 2 }),
  missing: fc.array(fc.nat({ max: 600 }), { maxLength: 5 }),
});

/** The scene's samples, with those of the gaps left out and the missing ones empty. */
function samplesOf({ movements, seed, gaps, missing }: Scene): ImuBlock & { gyrRadps: Float64Array } {
  const motion = new ScriptedMotion([{ do: 'stand', forS: 2 }, ...movements, { do: 'stand', forS: 1 }]);
  const durationS = motion.durationS;
  const whole = sensedBlock(motion, { rateHz: RATE_HZ, durationS, errors: TYPICAL_SENSOR_ERRORS, seed });
  for (const i of missing) whole.accMps2.fill(NaN, 3 * i, 3 * i + 3);
  const kept = Array.from(whole.tS.keys()).filter(
    (i) => !gaps.some(([startS, forS]) => whole.tS[i] >= startS && whole.tS[i] < startS + forS),
  );
  let next = 0;
  const block = blockOf(kept.length, RATE_HZ, (_, acc, gyr) => {
    const i = kept[next++];
    acc.set(whole.accMps2.subarray(3 * i, 3 * i + 3));
    gyr.set(whole.gyrRadps.subarray(3 * i, 3 * i + 3));
  });
  kept.forEach((i, k) => (block.tS[k] = whole.tS[i]));
  return block;
}

/** Cuts at the given fractions of the block. */
function cut(block: ImuBlock, fractions: readonly number[]): ImuBlock[] {
  const inner = fractions.map((fraction) => Math.round(fraction * block.n)).sort((a, b) => a - b);
  const cuts = [...new Set([0, ...inner, block.n])];
  return cuts.slice(1).map((to, i) => sliceOf(block, cuts[i], to));
}
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

describe('how the stream is cut', () => {
  it('does not matter, with gyroscope', () => {
    fc.assert(
      fc.property(scene, fractions, (of, at) => {
        const block = samplesOf(of);
        expect(runTrunk(cut(block, at))).toEqual(runTrunk([block]));
      }),
      RUNS,
    );
  });

  it('does not matter, without gyroscope', () => {
    fc.assert(
      fc.property(scene, fractions, (of, at) => {
        const block = { ...samplesOf(of), gyrRadps: undefined };
        expect(runTrunk(cut(block, at))).toEqual(runTrunk([block]));
      }),
      RUNS,
    );
  });

  it('does not matter when every sample comes alone', () => {
    const block = samplesOf({ movements: [{ do: 'walk', forS: 6 }], seed: 3, gaps: [[4, 0.7]], missing: [50] });
    const alone = Array.from({ length: block.n }, (_, i) => sliceOf(block, i, i + 1));
    expect(runTrunk(alone)).toEqual(runTrunk([block]));
  });

  it('gives every sample one causal and one settled value, missing ones included', () => {
    fc.assert(
      fc.property(scene, fractions, (of, at) => {
        const block = samplesOf(of);
        const run = runTrunk(cut(block, at));
        expect(run.tS).toEqual([...block.tS]);
        expect(run.settledTS).toEqual([...block.tS]);
      }),
      RUNS,
    );
  });

  it.each([5, 20, 25, 100, 200])('no settled value comes before the causal one of its sample at %i Hz', (rateHz) => {
    const motion = new ScriptedMotion([{ do: 'stand', forS: 20 }]);
    const block = sensedBlock(motion, { rateHz, durationS: 20, errors: TYPICAL_SENSOR_ERRORS, seed: 1 });
    const causal = new Set<number>();
    const early: number[] = [];
    const core = new TrunkMotion(
      { rateHz, placement: 'chest', hasGyroscope: true, calibration: STRAIGHT },
      {
        onFrame: (frame) => frame.tS.subarray(0, frame.n).forEach((tS) => causal.add(tS)),
        onSettled: ({ n, tS }) => early.push(...tS.subarray(0, n).filter((one) => !causal.has(one))),
      },
    );
    core.push(block);
    core.flush();
    expect(causal.size).toBe(block.n);
    expect(early).toEqual([]);
  });
});

describe('how the sensor sits', () => {
  const close = (a: TrunkRun, b: TrunkRun, tolerance: number): void => {
    const columns = [
      'flexionDeg',
      'flexionRateDps',
      'lateralDeg',
      'rotationDeg',
      'inclinationDeg',
      'settledUp',
    ] as const;
    for (const column of columns) {
      const worst = a[column].reduce((most, value, i) => {
        const other = b[column][i];
        if (Number.isNaN(value) && Number.isNaN(other)) return most;
        return Math.max(most, Math.abs(value - other));
      }, 0);
      // NaN on one side only is no small difference.
      expect(worst).toBeLessThan(tolerance);
    }
    expect(a.events.map(({ type }) => type)).toEqual(b.events.map(({ type }) => type));
  };

  /** The same movement from a sensor turned by `turn` (row-major, body → sensor), and the mount that says so. */
  function turned(
    block: ImuBlock & { gyrRadps: Float64Array },
    turn: readonly number[],
  ): { block: ImuBlock; mount: Mount } {
    const apply = (from: Float64Array): Float64Array => {
      const to = new Float64Array(from.length);
      for (let o = 0; o < from.length; o += 3) {
        for (let r = 0; r < 3; r++) {
          to[o + r] = turn[3 * r] * from[o] + turn[3 * r + 1] * from[o + 1] + turn[3 * r + 2] * from[o + 2];
        }
      }
      return to;
    };
    // Rows of the mount are segment axes in sensor axes: the columns of the turn.
    const [a, b, c, d, e, f, g, h, i] = turn;
    return {
      block: { ...block, accMps2: apply(block.accMps2), gyrRadps: apply(block.gyrRadps) },
      mount: [a, d, g, b, e, h, c, f, i],
    };
  }

  const QUARTERS: readonly (readonly number[])[] = [
    [0, 1, 0, 0, 0, 1, 1, 0, 0],
    [0, -1, 0, 1, 0, 0, 0, 0, 1],
    [-1, 0, 0, 0, 1, 0, 0, 0, -1],
    [1, 0, 0, 0, -1, 0, 0, 0, -1],
    [0, 0, -1, 0, -1, 0, -1, 0, 0],
  ];

  it('turning sensor and mount together by quarter turns changes nothing', () => {
    fc.assert(
      fc.property(scene, fc.constantFrom(...QUARTERS), (of, turn) => {
        const straight = samplesOf(of);
        const { block, mount } = turned(straight, turn);
        close(runTrunk([block], { calibration: { ...STRAIGHT, mount } }), runTrunk([straight]), 1e-9);
      }),
      RUNS,
    );
  });

  it('turning sensor and mount together by any angle changes nothing', () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    fc.assert(
      fc.property(scene, angle, angle, angle, (of, x, y, z) => {
        const straight = samplesOf(of);
        const { block, mount } = turned(straight, rotationOf(x, y, z));
        close(runTrunk([block], { calibration: { ...STRAIGHT, mount } }), runTrunk([straight]), 1e-8);
      }),
      RUNS,
    );
  });
});

/** Rx · Ry · Rz, row-major. */
function rotationOf(x: number, y: number, z: number): number[] {
  const [cx, sx, cy, sy, cz, sz] = [x, y, z].flatMap((a) => [Math.cos(a), Math.sin(a)]);
  return [
    cy * cz,
    -cy * sz,
    sy,
    cx * sz + sx * sy * cz,
    cx * cz - sx * sy * sz,
    -sx * cy,
    sx * sz - cx * sy * cz,
    sx * cz + cx * sy * sz,
    cx * cy,
  ];
}

describe('state', () => {
  it('saved in the middle, cloned and restored elsewhere goes on bit for bit', () => {
    fc.assert(
      fc.property(scene, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (of, at, hasGyroscope) => {
        const samples = samplesOf(of);
        const block: ImuBlock = hasGyroscope ? samples : { ...samples, gyrRadps: undefined };
        const [first, second] = [0, 1].map(() => recordingSink());
        const options = { rateHz: RATE_HZ, placement: 'chest', hasGyroscope, calibration: STRAIGHT } as const;
        const before = new TrunkMotion(options, first.sink);
        const after = new TrunkMotion(options, second.sink);
        const middle = Math.round(at * block.n);
        if (middle > 0) before.push(sliceOf(block, 0, middle));
        const saved = structuredClone(before.snapshot());
        const earlier = structuredClone(first.run);
        // What happens to the original afterwards does not reach the saved state.
        before.push(samplesAfter(block));
        after.restore(saved);
        if (middle < block.n) after.push(sliceOf(block, middle, block.n));
        after.flush();
        expect(joined(earlier, second.run)).toEqual(runTrunk([block]));
        // Nothing is forgotten in it: what is saved of the restored is what would have been saved.
        const restored = new TrunkMotion(options, recordingSink().sink);
        restored.restore(saved);
        expect(restored.snapshot()).toEqual(saved);
      }),
      RUNS,
    );
  });

  it('is the same in the end however the stream was cut, whichever operators there are', () => {
    fc.assert(
      fc.property(scene, fractions, (of, at) => {
        const block = samplesOf(of);
        const stateAfter = (blocks: readonly ImuBlock[]): unknown => {
          const options = { rateHz: RATE_HZ, placement: 'waist', hasGyroscope: true, calibration: STRAIGHT } as const;
          const core = new TrunkMotion(options, recordingSink().sink);
          for (const one of blocks) core.push(one);
          return core.snapshot();
        };
        expect(stateAfter(cut(block, at))).toEqual(stateAfter([block]));
      }),
      RUNS,
    );
  });

  const OPERATORS: readonly (readonly [string, () => Pick<Operator, 'push' | 'reset'>])[] = [
    ['Vqf', () => new Vqf(RATE_HZ)],
    ['AccelerometerTilt', () => new AccelerometerTilt(RATE_HZ)],
    ['TrunkAngles', () => new TrunkAngles(RATE_HZ, personalAxes())],
    ['TrunkRotation', () => new TrunkRotation()],
    ['PostureClass', () => new PostureClass(RATE_HZ)],
    ['ForwardBend', () => new ForwardBend('thorax')],
    ['SideBend', () => new SideBend()],
    ['Twist', () => new Twist('thorax')],
  ];

  it.each(OPERATORS)('%s is as new after reset', (_, create) => {
    fc.assert(
      fc.property(scene, scene, (earlier, of) => {
        const used = create();
        feed(used, framesOf(samplesOf(earlier)));
        used.reset();
        const frames = framesOf(samplesOf(of));
        const fresh = structuredClone(frames);
        expect(feed(used, frames)).toEqual(feed(create(), fresh));
        expect(frames).toEqual(fresh);
      }),
      { ...RUNS, numRuns: 10 },
    );
  });
});

/** What both runs have in each column, one after the other. */
function joined(earlier: TrunkRun, later: TrunkRun): Record<string, unknown[]> {
  const rest = new Map<string, readonly unknown[]>(Object.entries(later));
  return Object.fromEntries(
    Object.entries(earlier).map(([column, values]) => [column, [...values, ...(rest.get(column) ?? [])]]),
  );
}

/** Some samples later than the block's, of somebody who leans. */
function samplesAfter(block: ImuBlock): ImuBlock {
  const random = seededRandom(5);
  const later = blockOf(300, RATE_HZ, (_, acc, gyr) => {
    acc.set([-6 + random(), 7 + random(), random()]);
    gyr.set([random(), random(), random()]);
  });
  for (let i = 0; i < later.n; i++) later.tS[i] += block.tS[block.n - 1] + 1 / RATE_HZ;
  return block.gyrRadps ? later : { ...later, gyrRadps: undefined };
}

/** Copies of all frames as the core works on them, every column filled. */
function framesOf(block: ImuBlock): MotionFrame[] {
  const frames: MotionFrame[] = [];
  const options = { rateHz: RATE_HZ, placement: 'chest', hasGyroscope: true, calibration: STRAIGHT } as const;
  new TrunkMotion(options, { onFrame: (frame) => frames.push(structuredClone(frame)) }).push(block);
  return frames;
}

function feed(operator: Pick<Operator, 'push'>, frames: readonly MotionFrame[]): unknown[] {
  const events: unknown[] = [];
  for (const frame of frames) operator.push(frame, (event) => events.push(event));
  return events;
}
