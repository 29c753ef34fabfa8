import { describe, expect, it } from 'vitest';
import type { Movement } from '../../../firmware-mocks/movement.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../../firmware-mocks/sensorErrors.ts';
import { bendPattern } from '../../../src/motion/spine/spineFields.ts';
import { at, range, runPair } from './spinePoses.ts';

const stand = (forS: number): Movement => ({ do: 'stand', forS });
const bend = (toDeg: number): Movement => ({ do: 'bend', toDeg, inS: 1.5, holdS: 2, backS: 1.5 });
const bends = (toDeg: number): Movement[] => [stand(10), bend(toDeg), stand(5)];
/** The deepest moment of `bends`. */
const DEEP_S = 12.5;

describe('a chest and a pelvis sensor', () => {
  it('a clean hip hinge reads about 0', () => {
    const { flexionDeg, events } = runPair({ chest: bends(62), pelvis: bends(60) });
    expect(Math.max(...range(flexionDeg, 10, 15).map(Math.abs))).toBeLessThan(4);
    expect(Math.abs(at(flexionDeg, DEEP_S) - 2)).toBeLessThan(2);
    const [event] = events.filter(({ type }) => type === 'forwardBend');
    expect(event).toMatchObject({ source: 'thorax', pattern: 'hinge' });
    expect(Number(event['spineFlexionDeg'])).toBeCloseTo(2, 0);
    expect(Math.abs(Number(event['pelvisDeg']) - 60)).toBeLessThan(2);
  });

  it('a rounded back is told from it', () => {
    const { flexionDeg, events } = runPair(
      { chest: bends(40), pelvis: bends(5) },
      { chestErrors: TYPICAL_SENSOR_ERRORS },
    );
    expect(Math.abs(at(flexionDeg, DEEP_S) - 35)).toBeLessThan(2);
    expect(events.find(({ type }) => type === 'forwardBend')).toMatchObject({ pattern: 'rounding' });
  });

  const twist: Movement = { do: 'twist', toDeg: 30, inS: 1, holdS: 0.5, backS: 1 };

  it('a twist over a still pelvis is the spine’s, and surer than from one sensor', () => {
    const { rotationDeg, events } = runPair({ chest: [stand(10), twist, stand(5)], pelvis: [stand(17.5)] });
    expect(Math.abs(at(rotationDeg, 11.2) - 30)).toBeLessThan(2);
    const [event] = events.filter(({ type }) => type === 'twist');
    expect(Math.abs(Number(event['spineRotationDeg']) - 30)).toBeLessThan(3);
    expect(event.confidence).toBeGreaterThan(0.75);
  });

  it('a twist from the hips is none of the spine’s', () => {
    const script = [stand(10), twist, stand(5)];
    const { rotationDeg, events } = runPair({ chest: script, pelvis: script });
    expect(Math.max(...range(rotationDeg, 10, 14).map(Math.abs))).toBeLessThan(2);
    expect(events.find(({ type }) => type === 'twist')?.confidence).toBeLessThan(0.62);
  });

  it('has no angle while the pelvis is missing, and none of its fields', () => {
    const { flexionDeg, events } = runPair(
      { chest: bends(62), pelvis: bends(60) },
      { missing: (tS) => tS > 11 && tS < 14 },
    );
    expect(at(flexionDeg, 10.5)).not.toBeNaN();
    expect(range(flexionDeg, 11.1, 13.9).every(Number.isNaN)).toBe(true);
    expect(Math.abs(at(flexionDeg, 18))).toBeLessThan(2);
    const [event] = events.filter(({ type }) => type === 'forwardBend');
    expect(event).not.toHaveProperty('spineFlexionDeg');
    expect(event).not.toHaveProperty('pattern');
  });

  it('finds the same however the stream is cut into blocks', () => {
    const scripts = { chest: bends(40), pelvis: bends(5) };
    const whole = runPair(scripts, { blockSize: 10_000 });
    expect(runPair(scripts, { blockSize: 1 })).toEqual(whole);
    expect(runPair(scripts, { blockSize: 129 })).toEqual(whole);
  });
});

describe('how a bend is shared between spine and hips', () => {
  it.each([
    [2, 60, 'hinge'],
    [-5, 60, 'hinge'],
    [35, 5, 'rounding'],
    [45, -25, 'rounding'],
    [30, 30, 'mixed'],
  ] as const)('spine %i°, pelvis %i°: %s', (spineDeg, pelvisDeg, pattern) => {
    expect(bendPattern(spineDeg, pelvisDeg)).toBe(pattern);
  });
});
