/** The guided stance: at a wall, then relaxed; the wall is zero. */
import { describe, expect, it } from 'vitest';
import { StanceGuide } from '../../src/app/pairing/stanceGuide.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import { IDENTITY_MOUNT } from '../../src/model/frames.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { blockOf } from '../motion/trunkRun.ts';

const RATE_HZ = 50;

/** Standing still, the chest tipped forward. */
const stood = (forwardDeg: number): ImuBlock =>
  blockOf(10 * RATE_HZ, RATE_HZ, (_, acc) => {
    const rad = forwardDeg * RAD_PER_DEG;
    acc.set([-Math.sin(rad) * STANDARD_GRAVITY_MPS2, Math.cos(rad) * STANDARD_GRAVITY_MPS2, 0]);
  });

function guided(wallDeg: number, relaxedDeg: number): { guide: StanceGuide; second: ReturnType<StanceGuide['end']> } {
  const guide = new StanceGuide({ placement: 'chest', gyroTiming: 'instantaneous', mount: IDENTITY_MOUNT });
  guide.begin('first');
  guide.push(stood(wallDeg));
  expect(guide.end()).toEqual({ ok: true });
  guide.begin('second');
  guide.push(stood(relaxedDeg));
  return { guide, second: guide.end() };
}

/** A lean of 15° within a second and back, with this much turning about the long axis beside it. */
const leaned = (twistDps: number): ImuBlock =>
  blockOf(4 * RATE_HZ, RATE_HZ, (tS, acc, gyr) => {
    const rad = 15 * RAD_PER_DEG * Math.sin((Math.PI * tS) / 2) ** 2;
    acc.set([-Math.sin(rad) * STANDARD_GRAVITY_MPS2, Math.cos(rad) * STANDARD_GRAVITY_MPS2, 0]);
    const rate = 15 * RAD_PER_DEG * (Math.PI / 2) * Math.sin(Math.PI * tS);
    gyr.set([0, twistDps * RAD_PER_DEG * Math.sin(2 * Math.PI * tS), -rate]);
  });

describe('a guided stance', () => {
  it('takes the wall for upright and keeps how far the wearer sinks when relaxed', () => {
    const { guide, second } = guided(5, 8);
    expect(second).toEqual({ ok: true });
    const { neutralUp = [0, 0, 0], relaxedOffsetDeg, method, confidence } = guide.calibration ?? {};
    expect(method).toBe('guidedStance');
    expect(Math.atan2(-neutralUp[0], neutralUp[1]) / RAD_PER_DEG).toBeCloseTo(5, 6);
    expect(relaxedOffsetDeg).toBeCloseTo(3, 6);
    expect(confidence).toBeCloseTo(0.7, 6);
  });

  it('more than 4° apart is refused, with the reason', () => {
    const { guide, second } = guided(5, 10);
    expect(second).toEqual({
      ok: false,
      reason: 'expected both stances within 4° of each other, found them 5.0° apart: did the sensor slip?',
    });
    expect(guide.calibration).toBeUndefined();
  });

  it('a lean with a turn beside it is asked for once more, in words', () => {
    const guide = new StanceGuide({ placement: 'chest', gyroTiming: 'instantaneous', mount: undefined });
    for (const part of ['first', 'second'] as const) {
      guide.begin(part);
      guide.push(stood(0));
      expect(guide.end()).toEqual({ ok: true });
    }
    guide.begin('lean');
    guide.push(leaned(40));
    const askew = guide.end();
    expect(askew).toMatchObject({ ok: false });
    if (!askew.ok) expect(askew.reason).toContain('without turning or leaning sideways');
  });
});
