import { describe, expect, it } from 'vitest';
import { degFromRad, radFromDeg } from '../../../src/model/units.ts';
import { bodyInSegment, SpineAngles } from '../../../src/motion/index.ts';
import { personalAxes } from '../../../src/motion/posture/trunkAngles.ts';
import { type Pose, quatOf } from './spinePoses.ts';

function spineOf(chest: Pose, pelvis: Pose, offsetDeg = 0): number[] {
  const body = bodyInSegment(personalAxes());
  const spine = new SpineAngles(body, body);
  const out = new Float64Array(3);
  spine.take(quatOf(chest), 0, quatOf(pelvis), 0);
  spine.anglesInto(radFromDeg(offsetDeg), out);
  return [...out].map(degFromRad);
}

const close = (found: readonly number[], expected: readonly number[]): void =>
  expected.forEach((deg, c) => expect(found[c]).toBeCloseTo(deg, 6));

describe('the pose table: chest, pelvis → flexion, lateral, rotation of the spine', () => {
  it.each<[string, Pose, Pose, [number, number, number]]>([
    ['upright', [0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ['hip hinge', [62, 0, 0], [60, 0, 0], [2, 0, 0]],
    ['rounding', [40, 0, 0], [5, 0, 0], [35, 0, 0]],
    ['slumped on a chair', [20, 0, 0], [-25, 0, 0], [45, 0, 0]],
    ['hanging down, spine at a right angle', [150, 0, 0], [60, 0, 0], [90, 0, 0]],
    ['spine beyond a right angle', [110, 0, 0], [10, 0, 0], [100, 0, 0]],
    ['twist with the pelvis still', [0, 0, 30], [0, 0, 0], [0, 0, 30]],
    ['right rotation', [0, 0, -30], [0, 0, 0], [0, 0, -30]],
    ['pelvis alone turned left', [0, 0, 0], [0, 0, 30], [0, 0, -30]],
    ['both turned together', [0, 0, 0, 130], [0, 0, 0, 130], [0, 0, 0]],
    ['hip hinge after a turn', [92, 0, 0, -170], [90, 0, 0, -170], [2, 0, 0]],
    ['side bend to the right', [0, 25, 0], [0, 5, 0], [0, 20, 0]],
    ['bent and twisted on a still pelvis', [40, 0, 45], [0, 0, 0], [40, 0, 45]],
    ['all three', [40, 15, 25], [0, 0, 0], [40, 15, 25]],
    ['lying on the back', [-90, 0, 0], [-90, 0, 0], [0, 0, 0]],
  ])('%s', (_what, chest, pelvis, expected) => close(spineOf(chest, pelvis), expected));

  it('the offset of the headings is taken off', () =>
    close(spineOf([40, 10, 20, 57], [10, 0, 0, 17], 40), spineOf([40, 10, 20], [10, 0, 0])));

  it('without a common heading: against gravity, and no rotation', () => {
    const [flexion, lateral, rotation] = spineOf([62, 0, 0, 80], [60, 0, 0], NaN);
    close([flexion, lateral], [2, 0]);
    expect(rotation).toBeNaN();
  });

  it('bent fully sideways there is neither flexion nor rotation', () => {
    const [flexion, lateral, rotation] = spineOf([0, 85, 0], [0, 0, 0]);
    expect([flexion, rotation]).toEqual([NaN, NaN]);
    expect(lateral).toBeCloseTo(85, 6);
  });

  it('is relative to the uprights of both', () => {
    const tilt = radFromDeg(15);
    const chestBody = bodyInSegment(personalAxes([-Math.sin(tilt), Math.cos(tilt), 0]));
    const spine = new SpineAngles(chestBody, bodyInSegment(personalAxes()));
    const out = new Float64Array(3);
    spine.take(quatOf([55, 0, 0]), 0, quatOf([10, 0, 0]), 0);
    spine.anglesInto(0, out);
    close([...out].map(degFromRad), [30, 0, 0]);
  });
});
