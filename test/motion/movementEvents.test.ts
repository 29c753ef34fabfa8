/** Movements whose truth is known, through a sensor of ordinary quality: which events they are, and which they are not. */
import { describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import type { MotionEvent, MotionEventType } from '../../src/model/event.ts';
import {
  orientationInto,
  rotationBetweenInto,
  toSegmentInto,
  type TrunkAngles,
} from '../../firmware-mocks/trunkPose.ts';
import { radFromDeg, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { blockOf, runTrunk, sensedBlock } from './trunkRun.ts';

const RATES_HZ = [25, 52, 100, 200];
const stand = (forS: number): Movement => ({ do: 'stand', forS });
const excursion = (what: 'bend' | 'sideBend' | 'twist', toDeg: number, more: Partial<Movement> = {}): Movement =>
  ({ do: what, toDeg, inS: 1, holdS: 1, backS: 1, ...more }) as Movement;

function eventsOf(movements: readonly Movement[], rateHz = 100): MotionEvent[] {
  const motion = new ScriptedMotion([stand(3), ...movements]);
  const block = sensedBlock(motion, { rateHz, durationS: motion.durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 7 });
  return runTrunk([block]).events;
}
const typesOf = (events: readonly MotionEvent[]): MotionEventType[] => events.map(({ type }) => type);
const only = (events: readonly MotionEvent[], type: MotionEventType): MotionEvent[] =>
  events.filter((event) => event.type === type);
const sit = (forS: number): Movement => ({ do: 'sit', forS });

describe.each(RATES_HZ)('at %i Hz', (rateHz) => {
  it.each([
    ['sideBend', 30, 'right'],
    ['sideBend', -30, 'left'],
    ['twist', 40, 'left'],
    ['twist', -40, 'right'],
  ] as const)('a %s to %i° is one, to the %s, and nothing else', (what, toDeg, side) => {
    const events = eventsOf([excursion(what, toDeg), stand(3)], rateHz);
    expect(typesOf(events)).toEqual([what]);
    expect(events[0].side).toBe(side);
    expect(Math.abs(Number(events[0].peakDeg) - Math.abs(toDeg))).toBeLessThan(3);
    // Down at 3 s, there at 4 s, back at 6 s.
    expect(events[0].startS).toBeGreaterThan(3);
    expect(events[0].peakS).toBeGreaterThan(3.8);
    expect(events[0].endS).toBeLessThan(6);
    expect(events[0].decidedS).toBeLessThan(7.1);
  });

  it.each([
    [90, 'left'],
    [-180, 'right'],
  ])('a turn on the spot of %i° is one, to the %s, and no twist', (deg, side) => {
    const events = eventsOf([{ do: 'turn', deg, inS: 2.5 }, stand(8)], rateHz);
    expect(typesOf(events)).toEqual(['turn']);
    expect(events[0].side).toBe(side);
    expect(Math.abs(Number(events[0].angleDeg) - Math.abs(deg))).toBeLessThan(6);
  });

  it('walking and jogging are none but impacts', () => {
    const jog: Movement = { do: 'walk', forS: 60, cadencePerMin: 165, bounceMm: 60 };
    const events = eventsOf([{ do: 'walk', forS: 60 }, jog], rateHz);
    expect(events.filter(({ type }) => type !== 'impact')).toEqual([]);
  });
});

describe('side bends and twists', () => {
  it.each(['sideBend', 'twist'] as const)('a %s to 17° is none, one to 24° is', (what) => {
    expect(eventsOf([excursion(what, 17), stand(3)])).toEqual([]);
    expect(typesOf(eventsOf([excursion(what, 24), stand(3)]))).toEqual([what]);
  });

  it('a side bend of 0.2 s is none: 20° for 0.5 s', () => {
    expect(eventsOf([excursion('sideBend', 21, { inS: 0.3, holdS: 0.05, backS: 0.3 }), stand(3)])).toEqual([]);
  });

  it('left and right in a row are one each, in order', () => {
    const there = [40, -40, 40, -40].map((deg) => excursion('twist', deg, { holdS: 0.2 }));
    expect(eventsOf([...there, stand(3)]).map(({ type, side }) => `${type} ${String(side)}`)).toEqual([
      'twist left',
      'twist right',
      'twist left',
      'twist right',
    ]);
  });

  it('a twist that is held for 7 s is a turn: it has not come back in 6 s', () => {
    const events = eventsOf([excursion('twist', 50, { holdS: 7 }), stand(8)]);
    expect(typesOf(events)).toEqual(['turn', 'turn']);
    expect(events.map(({ side }) => side)).toEqual(['left', 'right']);
  });

  it('one sensor is sure of a twist by 0.6 at most, and names itself', () => {
    const [twist] = eventsOf([excursion('twist', 60), stand(3)]);
    expect(twist.confidence).toBeLessThanOrEqual(0.6);
    expect(twist.source).toBe('thorax');
  });

  it('lying on a side is no side bend', () => {
    const events = eventsOf([sit(2), { do: 'lie', how: 'logRoll', forS: 20 }]);
    expect(only(events, 'sideBend')).toEqual([]);
  });
});

describe('bend and twist', () => {
  const both = (flexionDeg: number, rotationDeg: number, pauseS: number): MotionEvent[] =>
    eventsOf([excursion('bend', flexionDeg), stand(pauseS), excursion('twist', rotationDeg), stand(5)]);

  it('2 s after one another are a bendTwist beside the bend and the twist', () => {
    const events = both(45, 36, 2);
    expect(typesOf(events).toSorted()).toEqual(['bendTwist', 'forwardBend', 'twist']);
    const [{ flexionDeg, rotationDeg, side }] = only(events, 'bendTwist');
    expect(Math.abs(Number(flexionDeg) - 45)).toBeLessThan(2);
    expect(Math.abs(Number(rotationDeg) - 36)).toBeLessThan(3);
    expect(side).toBe('left');
  });

  it('the twist first counts too', () => {
    expect(
      only(eventsOf([excursion('twist', 36), stand(1), excursion('bend', 45), stand(5)]), 'bendTwist'),
    ).toHaveLength(1);
  });

  it('5 s apart they are not', () => {
    expect(typesOf(both(45, 36, 5))).toEqual(['forwardBend', 'twist']);
  });
});

describe('a twist at the bottom of a bend', () => {
  it.each([45, 60, 80])('of %i° is a twist and a bendTwist', (bendDeg) => {
    const RATE_HZ = 100;
    const angles: TrunkAngles = { flexionRad: 0, lateralRad: 0, rotationRad: 0, headingRad: 0 };
    const [now, next] = [new Float64Array(9), new Float64Array(9)];
    const ramp = (tS: number, fromS: number, forS: number): number =>
      0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, Math.max(0, (tS - fromS) / forS)));
    const orient = (tS: number, out: Float64Array): void => {
      angles.flexionRad = radFromDeg(bendDeg) * (ramp(tS, 4, 1.5) - ramp(tS, 9, 1.5));
      angles.rotationRad = radFromDeg(40) * (ramp(tS, 6, 0.8) - ramp(tS, 7.5, 0.8));
      orientationInto(angles, out);
    };
    const block = blockOf(15 * RATE_HZ, RATE_HZ, (tS, acc, gyr) => {
      orient(tS - 1 / RATE_HZ, now);
      orient(tS, next);
      rotationBetweenInto(now, next, gyr, 0);
      for (let c = 0; c < 3; c++) gyr[c] *= RATE_HZ;
      toSegmentInto(next, 0, 0, STANDARD_GRAVITY_MPS2, acc, 0);
    });
    const { events } = runTrunk([block]);
    expect(
      typesOf(events)
        .filter((type) => type !== 'sideBend')
        .toSorted(),
    ).toEqual(['bendTwist', 'forwardBend', 'twist']);
    expect(Math.abs(Number(only(events, 'twist')[0].peakDeg) - 40)).toBeLessThan(3);
  });
});

describe('held and abrupt flexion', () => {
  it.each([
    [25, 20, 1],
    [25, 12, 0],
    [16, 30, 0],
  ])('%i° for %i s: %i times sustainedFlexion', (toDeg, holdS, count) => {
    const events = only(eventsOf([excursion('bend', toDeg, { holdS }), stand(5)]), 'sustainedFlexion');
    expect(events).toHaveLength(count);
    if (count > 0) expect(Math.abs(Number(events[0].meanDeg) - toDeg)).toBeLessThan(2);
  });

  it('standing up straight for 1.5 s does not end it, for 4 s it does', () => {
    const twice = (pauseS: number): MotionEvent[] =>
      only(
        eventsOf([excursion('bend', 28, { holdS: 20 }), stand(pauseS), excursion('bend', 28, { holdS: 20 }), stand(5)]),
        'sustainedFlexion',
      );
    expect(twice(0.5)).toHaveLength(1);
    expect(twice(4)).toHaveLength(2);
  });

  it('a jerk of 15° within 0.2 s that returns at once is one, a slow nod of 15° is none', () => {
    const jerk = eventsOf([excursion('bend', 15, { inS: 0.2, holdS: 0, backS: 0.4 }), stand(3)]);
    expect(typesOf(jerk)).toEqual(['abruptFlexion']);
    expect(Number(jerk[0].peakRateDps)).toBeGreaterThan(60);
    expect(eventsOf([excursion('bend', 15), stand(3)])).toEqual([]);
  });

  it('a fast bend that stays down is a bend and no jerk', () => {
    expect(typesOf(eventsOf([excursion('bend', 50, { inS: 0.5, holdS: 3 }), stand(3)]))).toEqual(['forwardBend']);
  });
});

describe('lying down and getting up', () => {
  const rise: Movement = { do: 'standUp' };
  const night = (down: 'straight' | 'logRoll', up: 'straight' | 'logRoll', upInS = 3): MotionEvent[] =>
    eventsOf([sit(4), { do: 'lie', how: down, forS: 30 }, { do: 'getUp', how: up, inS: upInS }, rise]);

  it('straight down and up: lieDown, getUp, sitUp, roll about 0°', () => {
    const events = night('straight', 'straight');
    expect(typesOf(events).filter((type) => type !== 'forwardBend')).toEqual(['lieDown', 'getUp', 'sitUp']);
    for (const event of events) if (event.rollDeg !== undefined) expect(event.rollDeg).toBeLessThan(10);
  });

  it('over the side: a log roll and no sit-up, roll beyond 45°', () => {
    const events = night('logRoll', 'logRoll');
    expect(typesOf(events).filter((type) => type !== 'forwardBend')).toEqual(['lieDown', 'getUp', 'logRoll']);
    for (const event of events) if (event.rollDeg !== undefined) expect(event.rollDeg).toBeGreaterThan(45);
  });

  it('straight up in 24 s is getting up, and no sit-up', () => {
    expect(only(night('straight', 'straight', 24), 'sitUp')).toEqual([]);
    expect(only(night('straight', 'straight', 24), 'getUp')).toHaveLength(1);
  });

  it('leaning back for 1 s and forward bends are no lying down', () => {
    expect(only(eventsOf([sit(3), excursion('bend', -70, { holdS: 0.5 }), rise]), 'lieDown')).toEqual([]);
    expect(only(eventsOf([excursion('bend', 90, { holdS: 10 }), stand(3)]), 'lieDown')).toEqual([]);
  });
});

describe('crunches', () => {
  const lie: Movement[] = [sit(3), { do: 'lie', how: 'straight', forS: 10 }];
  const raise = (toDeg: number): Movement => excursion('bend', toDeg, { inS: 1.5, holdS: 0.5, backS: 1.5 });
  const rest: Movement = excursion('bend', -90, { inS: 0.5, holdS: 0.5, backS: 0.5 });

  it.each([
    [1, 0],
    [2, 0],
    [3, 3],
    [5, 5],
  ])('%i times to 45° are %i crunches', (times, count) => {
    const events = eventsOf([...lie, ...Array.from({ length: times }, () => [raise(-45), rest]).flat(), rest]);
    expect(only(events, 'crunch')).toHaveLength(count);
    expect(only(events, 'getUp')).toEqual([]);
    for (const { peakDeg } of only(events, 'crunch')) expect(Math.abs(Number(peakDeg) - 45)).toBeLessThan(4);
  });

  it('three bends of somebody who stands are none', () => {
    expect(only(eventsOf([raise(45), stand(1), raise(45), stand(1), raise(45), stand(2)]), 'crunch')).toEqual([]);
  });
});
