import { describe, expect, it } from 'vitest';
import type { ImuPacket } from '../../src/devices/define.ts';
import { LateHoles } from '../../src/devices/lateHoles.ts';

const PERIOD_S = 0.01;
const FIRST = { beforeIndex: 99, beforeS: 1, afterIndex: 140, afterS: 1.41 };
const SECOND = { beforeIndex: 199, beforeS: 2, afterIndex: 220, afterS: 2.21 };

function packet(n = 10): ImuPacket {
  return {
    n,
    tick: 0,
    sequence: 0,
    firstSampleIndex: 0,
    accMps2: new Float64Array(3 * n),
    gyrRadps: undefined,
    flags: new Uint8Array(n),
    backfilled: true,
    overrunBefore: false,
    timeBaseReset: false,
  };
}

function holes(): { late: LateHoles; handedOut: () => number[] } {
  const times: number[] = [];
  const late = new LateHoles(PERIOD_S, ({ tS }) => times.push(...tS));
  return { late, handedOut: () => times };
}

describe('samples that come after their place was given up', () => {
  it('are handed out in order as soon as their hole is whole, evenly between its edges', () => {
    const { late, handedOut } = holes();
    late.open(FIRST, 0);
    for (const index of [130, 100, 120, 110]) late.add(packet(), index, 0, 10, 100);
    expect(handedOut()).toHaveLength(40);
    handedOut().forEach((t, i) => expect(t).toBeCloseTo(1.01 + i * PERIOD_S, 9));
  });

  it('are not given up because the link is lost again while they are fetched', () => {
    const { late, handedOut } = holes();
    late.open(FIRST, 0);
    late.add(packet(), 100, 0, 10, 1000);
    // Forty seconds out of reach; the first packet after it says that the session goes on.
    late.resume(42_000);
    late.poll(42_000);
    for (const index of [110, 120, 130]) late.add(packet(), index, 0, 10, 42_500);
    expect(handedOut()).toHaveLength(40);
  });

  it('of a second hole are waited for while the first one is still being fetched', () => {
    const { late, handedOut } = holes();
    late.open(FIRST, 0);
    late.open(SECOND, 1000);
    for (const [i, index] of [100, 110, 120, 130].entries()) {
      late.add(packet(), index, 0, 10, 4000 * (i + 1));
      late.poll(4000 * (i + 1));
    }
    for (const index of [200, 210]) late.add(packet(), index, 0, 10, 17_000);
    expect(handedOut()).toHaveLength(60);
  });

  it('are handed out as far as they have come when nothing more comes', () => {
    const { late, handedOut } = holes();
    late.open(FIRST, 0);
    late.add(packet(), 110, 0, 10, 1000);
    late.poll(10_000);
    expect(handedOut()).toEqual([]);
    late.poll(11_001);
    expect(handedOut()).toHaveLength(10);
  });
});
