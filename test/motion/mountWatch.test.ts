/** A sensor that sits otherwise than it is said to, told from how its wearer walks. */
import { describe, expect, it } from 'vitest';
import type { ImuBlock } from '../../src/model/block.ts';
import { IDENTITY_MOUNT, type Mount } from '../../src/model/frames.ts';
import type { Calibration } from '../../src/model/person.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { type MountFinding, MountWatch } from '../../src/motion/index.ts';
import { blockOf, sliceOf } from './trunkRun.ts';

const RATE_HZ = 50;
const STEP_HZ = 1.8;

const AS_STATED: Calibration = { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'autoStance', confidence: 0.5 };
const UPSIDE_DOWN: Mount = [1, 0, 0, 0, -1, 0, 0, 0, -1];
const BACK_TO_FRONT: Mount = [-1, 0, 0, 0, 1, 0, 0, 0, -1];
const LYING_DOWN: Mount = [0, 1, 0, -1, 0, 0, 0, 0, 1];

/** Steps as the trunk feels them: pushed forward a quarter of a step before upward, side to side at half that. */
function walked(seconds: number, mount: Mount, { runs = false, leanDeg = 0 } = {}): ImuBlock {
  const size = runs ? 9 : 2;
  const sense = runs ? -1 : 1;
  return blockOf(seconds * RATE_HZ, RATE_HZ, (tS, acc) => {
    const phase = 2 * Math.PI * STEP_HZ * tS;
    const x = -STANDARD_GRAVITY_MPS2 * Math.sin(leanDeg * RAD_PER_DEG) + sense * 0.7 * size * Math.cos(phase);
    const y = STANDARD_GRAVITY_MPS2 * Math.cos(leanDeg * RAD_PER_DEG) + size * Math.sin(phase);
    const z = 1.5 * Math.sin(phase / 2 + 0.4);
    for (let c = 0; c < 3; c++) acc[c] = mount[c] * x + mount[3 + c] * y + mount[6 + c] * z;
  });
}

function findings(block: ImuBlock, calibration = AS_STATED, chunk = block.n): MountFinding[] {
  const watch = new MountWatch(RATE_HZ);
  const out: MountFinding[] = [];
  for (let from = 0; from < block.n; from += chunk) {
    const found = watch.push(sliceOf(block, from, Math.min(block.n, from + chunk)), calibration);
    if (found) out.push(found);
  }
  return out;
}

describe('the mount while walking', () => {
  it.each([
    ['upsideDown', UPSIDE_DOWN],
    ['backToFront', BACK_TO_FRONT],
    ['onItsSide', LYING_DOWN],
  ] as const)('%s is found after 40 s, and corrected', (wornAs, mount) => {
    expect(findings(walked(39, mount))).toEqual([]);
    const [found, ...more] = findings(walked(120, mount));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ wornAs, corrected: { method: 'walking' } });
    found.corrected?.mount.forEach((part, i) => expect(part).toBeCloseTo(mount[i], 9));
    expect(found.corrected?.neutralUp?.[1]).toBeGreaterThan(0.99);
    expect(found.corrected?.confidence).toBeGreaterThan(0.5);
  });

  it('as stated is not worth a word, also with the slope of a curved back', () => {
    expect(findings(walked(120, IDENTITY_MOUNT))).toEqual([]);
    const unknown: Calibration = { mount: IDENTITY_MOUNT, method: 'default', confidence: 0.2 };
    expect(findings(walked(120, IDENTITY_MOUNT, { leanDeg: 35 }), unknown)).toEqual([]);
  });

  it('slipped by 25° is reported once and not corrected', () => {
    const [found, ...more] = findings(walked(200, IDENTITY_MOUNT, { leanDeg: 25 }), AS_STATED, 10 * RATE_HZ);
    expect(found).toMatchObject({ wornAs: 'slipped', corrected: undefined });
    expect(found.offDeg).toBeCloseTo(25, 0);
    expect(more).toEqual([]);
  });

  it('running says nothing: it goes round the other way', () => {
    expect(findings(walked(120, IDENTITY_MOUNT, { runs: true }))).toEqual([]);
  });

  it('does not depend on how the stream is cut', () => {
    const block = walked(100, UPSIDE_DOWN);
    expect(findings(block, AS_STATED, 1)).toEqual(findings(block));
  });
});
