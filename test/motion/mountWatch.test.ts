/** A sensor that sits otherwise than it is said to, told from how its wearer walks. */
import { describe, expect, it } from 'vitest';
import type { ImuBlock } from '../../src/model/block.ts';
import { IDENTITY_MOUNT, type Mount } from '../../src/model/frames.ts';
import type { Calibration } from '../../src/model/person.ts';
import { type MountFinding, MountWatch } from '../../src/motion/index.ts';
import { sliceOf } from './trunkRun.ts';
import { walked } from './walkedBlock.ts';

const RATE_HZ = 50;

const AS_STATED: Calibration = { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'autoStance', confidence: 0.5 };
const UPSIDE_DOWN: Mount = [1, 0, 0, 0, -1, 0, 0, 0, -1];
const BACK_TO_FRONT: Mount = [-1, 0, 0, 0, 1, 0, 0, 0, -1];
const LYING_DOWN: Mount = [0, 1, 0, -1, 0, 0, 0, 0, 1];

function findings(block: ImuBlock, stated = AS_STATED, chunk = block.n): MountFinding[] {
  const watch = new MountWatch(RATE_HZ);
  let calibration = stated;
  const out: MountFinding[] = [];
  for (let from = 0; from < block.n; from += chunk) {
    const found = watch.push(sliceOf(block, from, Math.min(block.n, from + chunk)), calibration);
    if (found) out.push(found);
    calibration = found?.corrected ?? calibration;
  }
  return out;
}

describe('the mount while walking', () => {
  it.each([
    ['upsideDown', UPSIDE_DOWN],
    ['onItsSide', LYING_DOWN],
  ] as const)('%s is found after 40 s, and corrected', (wornAs, mount) => {
    expect(findings(walked(RATE_HZ, 39, mount))).toEqual([]);
    const [found, ...more] = findings(walked(RATE_HZ, 120, mount));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ wornAs, corrected: { method: 'walking' } });
    found.corrected?.mount.forEach((part, i) => expect(part).toBeCloseTo(mount[i], 9));
    expect(found.corrected?.neutralUp?.[1]).toBeGreaterThan(0.99);
    expect(found.corrected?.confidence).toBeGreaterThan(0.5);
  });

  it('back to front is reported once and not corrected: a wrong turn would hide every bend', () => {
    const [found, ...more] = findings(walked(RATE_HZ, 200, BACK_TO_FRONT), AS_STATED, 10 * RATE_HZ);
    expect(found).toMatchObject({ wornAs: 'backToFront', corrected: undefined });
    expect(more).toEqual([]);
  });

  it('a value that is missing in one axis does not blind it', () => {
    const block = walked(RATE_HZ, 120, UPSIDE_DOWN);
    block.accMps2[3 * 500 + 1] = Number.NaN;
    expect(findings(block)).toHaveLength(1);
  });

  it('as stated is not worth a word, also with the slope of a curved back', () => {
    expect(findings(walked(RATE_HZ, 120, IDENTITY_MOUNT))).toEqual([]);
    const unknown: Calibration = { mount: IDENTITY_MOUNT, method: 'default', confidence: 0.2 };
    expect(findings(walked(RATE_HZ, 120, IDENTITY_MOUNT, { leanDeg: 35 }), unknown)).toEqual([]);
  });

  it('slipped by 25° is reported once and not corrected', () => {
    const [found, ...more] = findings(walked(RATE_HZ, 200, IDENTITY_MOUNT, { leanDeg: 25 }), AS_STATED, 10 * RATE_HZ);
    expect(found).toMatchObject({ wornAs: 'slipped', corrected: undefined });
    expect(found.offDeg).toBeCloseTo(25, 0);
    expect(more).toEqual([]);
  });

  it('running says nothing: it goes round the other way', () => {
    expect(findings(walked(RATE_HZ, 120, IDENTITY_MOUNT, { runs: true }))).toEqual([]);
  });

  it('does not depend on how the stream is cut', () => {
    const block = walked(RATE_HZ, 100, UPSIDE_DOWN);
    expect(findings(block, AS_STATED, 1)).toEqual(findings(block));
  });
});
