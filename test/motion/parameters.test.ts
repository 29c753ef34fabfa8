import { describe, expect, it } from 'vitest';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import { DEFAULT_PARAMETERS, motionParameters, PARAMETERS } from '../../src/motion/parameters.ts';
import { runTrunk, sensedBlock } from './trunkRun.ts';

const UNIT_ENDINGS = { deg: 'Deg', 'deg/s': 'Dps', s: 'S', 'm/s2': 'Mps2', g: 'G', ratio: 'Ratio', count: 'Count' };

describe('the table of thresholds', () => {
  it('names each once, with the unit in its name', () => {
    const keys = PARAMETERS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { key, unit } of PARAMETERS) expect(key.endsWith(UNIT_ENDINGS[unit]), key).toBe(true);
  });

  it.each(PARAMETERS.map((parameter) => [parameter.key, parameter] as const))(
    '%s explains itself',
    (_key, parameter) => {
      expect(parameter.default).toBeGreaterThanOrEqual(parameter.min);
      expect(parameter.default).toBeLessThanOrEqual(parameter.max);
      expect(parameter.meaning.length).toBeGreaterThan(10);
      expect(parameter.source).toMatch(/^\[[CD]|^\d\.\d|^lowest/);
    },
  );

  it('refuses what is unknown or out of range, all at once', () => {
    expect(() => motionParameters({ bendEnterDeg: 200, bendAngel: 3, sideReachDeg: 25 })).toThrow(
      'parameters: expected bendEnterDeg from 10 to 60 deg, found 200; expected a parameter of the motion core, found bendAngel',
    );
    expect(motionParameters({ sideReachDeg: 25 })).toEqual({ ...DEFAULT_PARAMETERS, sideReachDeg: 25 });
  });
});

describe('a changed threshold is used', () => {
  const motion = new ScriptedMotion([
    { do: 'stand', forS: 3 },
    { do: 'bend', toDeg: 25, inS: 1, holdS: 12, backS: 1 },
    { do: 'sideBend', toDeg: 18, inS: 1, holdS: 1, backS: 1 },
    { do: 'twist', toDeg: 18, inS: 1, holdS: 0.5, backS: 1 },
    { do: 'stand', forS: 3 },
    { do: 'turn', deg: 35, inS: 1.5 },
    { do: 'stand', forS: 10 },
  ]);
  const { durationS } = motion;
  const block = sensedBlock(motion, { rateHz: 50, durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 5 });
  const typesWith = (changes: Record<string, number>): string[] =>
    runTrunk([block], { parameters: motionParameters(changes) }).events.map(({ type }) => type);

  it.each([
    ['forwardBend', { bendEnterDeg: 22, bendLeaveDeg: 15 }],
    ['sustainedFlexion', { sustainedS: 10 }],
    ['sideBend', { sideReachDeg: 15 }],
    ['twist', { twistReachDeg: 15 }],
    ['turn', { turnLeastDeg: 30 }],
  ] as const)('%s', (type, changes) => {
    expect(typesWith({})).not.toContain(type);
    expect(typesWith(changes)).toContain(type);
  });
});
