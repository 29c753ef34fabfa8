import { describe, expect, it } from 'vitest';
import { SampleFlag } from '../../../src/model/block.ts';
import type { MotionEvent } from '../../../src/model/event.ts';
import { mps2FromG, RAD_PER_DEG } from '../../../src/model/units.ts';
import { createFrame, Mark } from '../../../src/motion/motionFrame.ts';
import { Impact } from '../../../src/motion/loading/impact.ts';
import { type Posture, POSTURE_INDEX } from '../../../src/motion/posture/postureClass.ts';

interface Run {
  readonly rateHz?: number;
  readonly placement?: 'chest' | 'waist';
  readonly gainRatio?: number;
  readonly posture?: Posture;
  readonly inclinationDeg?: number;
  readonly clipAtG?: number;
  readonly missing?: (tS: number) => boolean;
  readonly restoredAtS?: number;
}

/** Vertical acceleration above one g over time, with three quiet seconds before it (times are counted from after them). */
function impactsOf(dynamicG: (tS: number) => number, forS: number, run: Run = {}): MotionEvent[] {
  const { rateHz = 100, gainRatio = 1, posture = 'upright', inclinationDeg = 3, clipAtG = Infinity } = run;
  const quietS = 3;
  let operator = new Impact(rateHz, run.placement ?? 'waist');
  const events: MotionEvent[] = [];
  const frame = createFrame(1);
  frame.n = 1;
  for (let k = 0; k < (quietS + forS) * rateHz; k++) {
    const tS = k / rateHz - quietS;
    const measured = gainRatio * (1 + (tS < 0 ? 0 : dynamicG(tS)));
    frame.tS[0] = tS;
    const afterGap = run.missing?.(tS - 1 / rateHz) ?? false;
    frame.stepS[0] = (afterGap ? 2 : 1) / rateHz;
    frame.marks[0] = k === 0 ? Mark.restart : run.missing?.(tS) ? Mark.missing : afterGap ? Mark.gapBefore : 0;
    frame.flags[0] = measured >= clipAtG ? SampleFlag.accClipped : 0;
    frame.acc.set([0, mps2FromG(Math.min(clipAtG, measured)), 0]);
    frame.accSizeMps2[0] = Math.abs(frame.acc[1]);
    frame.up.set([0, 1, 0]);
    frame.inclinationRad[0] = inclinationDeg * RAD_PER_DEG;
    frame.posture[0] = POSTURE_INDEX[posture];
    if (run.restoredAtS !== undefined && Math.abs(tS - run.restoredAtS) < 0.5 / rateHz) {
      const state = structuredClone(operator.snapshot());
      operator = new Impact(rateHz, run.placement ?? 'waist');
      operator.restore(state);
    }
    operator.push(frame, (event) => events.push(event));
  }
  operator.flush((event) => events.push(event));
  return events;
}

/** Raised cosine of `widthS` whose peak falls on `atS`. */
const bump =
  (peakG: number, atS: number, widthS = 0.08) =>
  (tS: number): number =>
    Math.abs(tS - atS) < widthS / 2 ? (peakG / 2) * (1 + Math.cos((2 * Math.PI * (tS - atS)) / widthS)) : 0;
const sumOf =
  (...parts: readonly ((tS: number) => number)[]) =>
  (tS: number): number =>
    parts.reduce((sum, part) => sum + part(tS), 0);

describe('impact', () => {
  it.each([
    [0.48, []],
    [0.52, ['low']],
    [0.98, ['low']],
    [1.02, ['medium']],
    [1.48, ['medium']],
    [1.52, ['high']],
    [4, ['high']],
  ])('a peak of %f g above one g is %j', (peakG, bands) => {
    const events = impactsOf(bump(peakG, 1), 2);
    expect(events.map(({ band }) => band)).toEqual(bands);
    for (const { peakG: read, peakS } of events) {
      expect(read).toBeCloseTo(peakG, 3);
      expect(peakS).toBeCloseTo(1, 6);
    }
  });

  it.each([0.97, 1.03])('an accelerometer that reads %f g at rest finds the same 1.8 g', (gainRatio) => {
    const [{ peakG }] = impactsOf(bump(1.8, 1), 2, { gainRatio });
    expect(peakG).toBeCloseTo(1.8, 2);
  });

  it('rest that is not one g by far is no gain: the threshold stays', () => {
    expect(impactsOf(bump(0.3, 1), 2, { gainRatio: 0.6 })).toEqual([]);
  });

  it('peaks within 0.2 s are one impact, the hardest; 0.3 s apart they are two', () => {
    const [only, ...more] = impactsOf(sumOf(bump(1.2, 1), bump(1.7, 1.15)), 2);
    expect(more).toEqual([]);
    expect([only.peakG, only.peakS].map((v) => Number(v).toFixed(2))).toEqual(['1.70', '1.15']);
    expect(impactsOf(sumOf(bump(1.2, 1), bump(1.7, 1.3)), 2)).toHaveLength(2);
  });

  it('a push of half a second is one, however long it stays above the threshold', () => {
    expect(impactsOf(bump(1, 1, 0.9), 2)).toHaveLength(1);
  });

  it('slope is the steepest rise: 1 g in two hundredths of a second is 50 g/s', () => {
    const ramp = (tS: number): number => (tS < 1 ? 0 : tS <= 1.02 ? 50 * (tS - 1) : 0);
    const [{ slopeGps }] = impactsOf(ramp, 2);
    expect(slopeGps).toBeCloseTo(50, 1);
  });

  it.each([
    ['lying', 85],
    ['reclined', 50],
    ['upright', 80],
  ] as const)('while %s at %i° it is no loading', (posture, inclinationDeg) => {
    expect(impactsOf(bump(2, 1), 2, { posture, inclinationDeg })).toEqual([]);
  });

  it('beyond the range of the sensor it is marked, at least as hard as what was read', () => {
    const [event] = impactsOf(bump(3, 1), 2, { clipAtG: 2 });
    expect(event).toMatchObject({ clipped: true, band: 'medium' });
    expect(event.peakG).toBeCloseTo(1, 6);
  });

  it('says that a chest sensor is not calibrated', () => {
    expect(impactsOf(bump(2, 1), 2, { placement: 'chest' })[0].calibrated).toBe(false);
    expect(impactsOf(bump(2, 1), 2)[0].calibrated).toBe(true);
  });

  it('a slow sensor says that peaks are blurred and is trusted less', () => {
    const at = (rateHz: number): MotionEvent => impactsOf(bump(2, 1), 2, { rateHz })[0];
    expect(at(25).blurred).toBe(true);
    expect(at(50).blurred).toBeUndefined();
    expect(at(25).confidence).toBeLessThan(at(50).confidence);
    expect(at(50).confidence).toBeLessThan(at(100).confidence);
  });

  it('is decided at most one refractory time after the peak', () => {
    const [{ peakS = NaN, decidedS }] = impactsOf(bump(1.2, 1), 2);
    expect(decidedS - peakS).toBeCloseTo(0.2, 1);
  });

  it('a missing sample on the way up makes no slope of its own', () => {
    const step = (tS: number): number => (tS < 1 ? 0 : tS < 1.1 ? 1 + (tS - 1) : 0);
    const [whole] = impactsOf(step, 2);
    const [gappy] = impactsOf(step, 2, { missing: (tS) => Math.abs(tS - 0.99) < 0.001 });
    expect(whole.slopeGps).toBeCloseTo(100, 0);
    expect(gappy.slopeGps).toBeLessThan(2);
    expect(gappy.peakG).toBeCloseTo(Number(whole.peakG), 6);
  });

  it('continues from a snapshot in the middle of an impact as if never interrupted', () => {
    expect(impactsOf(bump(1.8, 1), 2, { restoredAtS: 1.02 })).toEqual(impactsOf(bump(1.8, 1), 2));
  });
});
