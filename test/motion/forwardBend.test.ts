import { describe, expect, it } from 'vitest';
import type { MotionEvent } from '../../src/model/event.ts';
import { RAD_PER_DEG } from '../../src/model/units.ts';
import { Mark } from '../../src/motion/motionFrame.ts';
import { ForwardBend } from '../../src/motion/posture/forwardBend.ts';
import { type Posture, POSTURE_INDEX } from '../../src/motion/posture/postureClass.ts';
import { type Columns, feed } from './framesOf.ts';

const RATE_HZ = 100;

interface Moment {
  readonly flexionDeg: number;
  readonly posture?: Posture;
  readonly lateralDeg?: number;
  readonly rateDps?: number;
  readonly marks?: number;
  readonly stepS?: number;
}

/** Flexion in degrees for every sample; `undefined` is a missing one. */
function run(moments: readonly (Moment | undefined)[]): MotionEvent[] {
  const bend = new ForwardBend('thorax');
  const events: MotionEvent[] = [];
  feed(
    RATE_HZ,
    moments.length,
    (i): Columns | undefined => {
      const moment = moments[i];
      return (
        moment && {
          flexionRad: moment.flexionDeg * RAD_PER_DEG,
          flexionRateRadps: (moment.rateDps ?? 0) * RAD_PER_DEG,
          lateralRad: (moment.lateralDeg ?? 0) * RAD_PER_DEG,
          posture: POSTURE_INDEX[moment.posture ?? 'upright'],
          ...(moment.marks === undefined ? {} : { marks: moment.marks }),
          ...(moment.stepS === undefined ? {} : { stepS: moment.stepS }),
        }
      );
    },
    (frame) => bend.push(frame, (event) => events.push(event)),
  );
  bend.flush((event) => events.push(event));
  return events;
}

const held = (flexionDeg: number, seconds: number, more: Partial<Moment> = {}): Moment[] =>
  Array.from({ length: Math.round(seconds * RATE_HZ) }, () => ({ flexionDeg, ...more }));
const upright = held(2, 1);

describe('forward bend', () => {
  it.each([
    [29.9, 2, 0],
    [30.1, 2, 1],
    [30.1, 0.25, 0],
    [30.1, 0.35, 1],
    [90, 0.25, 0],
  ])('%f° held for %f s is %i event(s): 30° for 0.3 s', (deg, seconds, count) => {
    expect(run([...upright, ...held(deg, seconds), ...upright])).toHaveLength(count);
  });

  it('ends below 20° and not before: 21° in between is one bend, 19° makes two', () => {
    expect(run([...upright, ...held(40, 1), ...held(21, 1), ...held(40, 1), ...upright])).toHaveLength(1);
    expect(run([...upright, ...held(40, 1), ...held(19, 1), ...held(40, 1), ...upright])).toHaveLength(2);
  });

  it('going up and down about 30° without 0.3 s above it is none', () => {
    const flutter = Array.from({ length: 10 }, () => [...held(32, 0.2), ...held(28, 0.2)]).flat();
    expect(run([...upright, ...flutter, ...upright])).toEqual([]);
  });

  it('tells depth, time and side of the deepest moment, speed, and times beyond 45° and 60°', () => {
    const [event, ...others] = run([
      ...held(5, 1),
      ...held(25, 0.5, { rateDps: 80 }),
      ...held(50, 1),
      ...held(70, 0.5, { lateralDeg: 12 }),
      ...held(50, 1),
      ...held(10, 1),
    ]);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ id: 'forwardBend-1000', type: 'forwardBend', source: 'thorax', deep: true });
    expect(event.startS).toBeCloseTo(1, 6);
    expect(event.endS).toBeCloseTo(4, 6);
    expect(event.decidedS).toBe(event.endS);
    expect(event.peakS).toBeCloseTo(2.5, 6);
    expect(event.peakDeg).toBeCloseTo(70, 9);
    expect(event.peakRateDps).toBeCloseTo(80, 9);
    expect(event.durationS).toBeCloseTo(3, 6);
    expect(event.lateralAtPeakDeg).toBeCloseTo(12, 9);
    expect(event.over45S).toBeCloseTo(2.5, 6);
    expect(event.over60S).toBeCloseTo(0.5, 6);
    expect(event).not.toHaveProperty('cutShort');
  });

  it('is deep from 60° on', () => {
    const deepOf = (deg: number): unknown => run([...upright, ...held(deg, 1), ...upright])[0].deep;
    expect([deepOf(59.9), deepOf(60.1)]).toEqual([false, true]);
  });

  it('coming from lying or reclined is no bend: that is getting up', () => {
    for (const posture of ['lying', 'reclined'] as const) {
      expect(run([...held(-60, 2, { posture }), ...held(40, 1), ...upright])).toEqual([]);
    }
    expect(run([...held(-60, 2, { posture: 'lying' }), ...upright, ...held(40, 1), ...upright])).toHaveLength(1);
  });

  it('that turns out to be lying prone is told once, as corrected, and rising from it is no second one', () => {
    const events = run([...upright, ...held(90, 20), ...held(90, 5, { posture: 'lying' }), ...upright]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ correctedAs: 'lying', confidence: 0.3 });
    expect(events[0].durationS).toBeCloseTo(20, 1);
  });

  it('cut off by a long gap is reported as cut short, with less confidence, and goes on as a new one after it', () => {
    const restart = Mark.restart | Mark.gapBefore;
    const events = run([
      ...upright,
      ...held(50, 2),
      { flexionDeg: 50, marks: restart, stepS: 3 },
      ...held(50, 1),
      ...upright,
    ]);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ cutShort: true, confidence: 0.5 });
    expect(events[0].endS).toBeCloseTo(2.99, 6);
    expect(events[1].confidence).toBeGreaterThan(0.5);
    expect(events[1].startS).toBeCloseTo(5.99, 6);
  });

  it('not yet confirmed when data end is not reported', () => {
    expect(run([...upright, ...held(50, 0.2)])).toEqual([]);
    expect(run([...upright, ...held(50, 1)])).toMatchObject([{ cutShort: true }]);
  });

  it('lying prone with gaps in the data is not one bend after the other', () => {
    const prone = held(90, 5, { posture: 'lying' });
    const afterGap: Moment = { flexionDeg: 90, posture: 'lying', marks: Mark.restart | Mark.gapBefore, stepS: 1 };
    const night = Array.from({ length: 6 }, () => [afterGap, ...prone]).flat();
    expect(run([...held(-80, 5, { posture: 'lying' }), ...prone, ...night])).toEqual([]);
  });

  it('is not disturbed by missing samples and undefined angles', () => {
    const hole: (Moment | undefined)[] = [undefined, undefined, { flexionDeg: NaN }];
    expect(run([...upright, ...held(40, 1), ...hole, ...held(40, 1), ...upright])).toHaveLength(1);
  });
});
