/** Streams share working memory: whatever is pushed from within a push, each finds what it finds alone. */
import { describe, expect, it } from 'vitest';
import { STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { TrunkMotion } from '../../src/motion/index.ts';
import { createFrame, type MotionFrame } from '../../src/motion/motionFrame.ts';
import type { MotionSink } from '../../src/motion/trunkMotion.ts';
import { blockOf, recordingSink, sliceOf, STRAIGHT, type TrunkRun } from './trunkRun.ts';

const RATE_HZ = 50;
const OPTIONS = { rateHz: RATE_HZ, placement: 'chest', hasGyroscope: true, calibration: STRAIGHT } as const;

/** 20 s of swaying by another angle for each stream; in blocks of 10. */
function swaying(sizeRad: number) {
  const whole = blockOf(20 * RATE_HZ, RATE_HZ, (tS, acc, gyr) => {
    const angleRad = sizeRad * Math.sin(tS);
    acc.set([-STANDARD_GRAVITY_MPS2 * Math.sin(angleRad), STANDARD_GRAVITY_MPS2 * Math.cos(angleRad), 0]);
    gyr.set([0, 0, -sizeRad * Math.cos(tS)]);
  });
  return Array.from({ length: whole.n / 10 }, (_, b) => sliceOf(whole, 10 * b, 10 * b + 10));
}

const outer = swaying(0.9);
const inner = swaying(0.3);

function alone(blocks: ReturnType<typeof swaying>): TrunkRun {
  const { run, sink } = recordingSink();
  const motion = new TrunkMotion(OPTIONS, sink);
  for (const block of blocks) motion.push(block);
  motion.flush();
  return run;
}

/** Every callback of the outer stream pushes a block into the inner one before it looks at what it was handed. */
function nested(from: 'onFrame' | 'onSettled'): { outer: TrunkRun; inner: TrunkRun } {
  const other = recordingSink();
  const second = new TrunkMotion(OPTIONS, other.sink);
  const { run, sink } = recordingSink();
  let b = 0;
  const pushFirst =
    <T>(look: ((handed: T) => void) | undefined) =>
    (handed: T): void => {
      const most = from === 'onFrame' ? b + 1 : inner.length;
      for (; b < most; b++) second.push(inner[b]);
      look?.(handed);
    };
  const nesting: MotionSink = { ...sink, [from]: pushFirst<never>(sink[from]) };
  const first = new TrunkMotion(OPTIONS, nesting);
  for (const block of outer) first.push(block);
  first.flush();
  second.flush();
  return { outer: run, inner: other.run };
}

describe('shared working memory', () => {
  it.each(['onFrame', 'onSettled'] as const)('a push from within %s disturbs neither stream', (from) => {
    expect(nested(from)).toEqual({ outer: alone(outer), inner: alone(inner) });
  });

  it('is given back after an error', () => {
    const failing = new TrunkMotion(OPTIONS, {
      onFrame: () => {
        throw new Error('full disk');
      },
    });
    const seen = new Set<MotionFrame>();
    const watching = new TrunkMotion(OPTIONS, { onFrame: (frame) => seen.add(frame) });
    watching.push(outer[0]);
    expect(() => failing.push(outer[0])).toThrow('full disk');
    watching.push(outer[1]);
    expect(seen.size).toBe(1);
  });

  it('a stream with a frame of its own keeps it readable while others go on', () => {
    const frame = createFrame();
    new TrunkMotion(OPTIONS, {}, frame).push(outer[5]);
    const kept = structuredClone(frame);
    alone(inner);
    expect(frame).toEqual(kept);
  });
});
