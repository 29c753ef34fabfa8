/** Movements whose truth is known, through sensors that are not ideal, at the rates of the wearables. */
import { describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../../firmware-mocks/sensorErrors.ts';
import type { MotionEvent } from '../../src/model/event.ts';
import { POSTURES } from '../../src/motion/index.ts';
import { runTrunk, sensedBlock, type TrunkRun } from './trunkRun.ts';

const RATES_HZ = [25, 52, 100, 200];

const BENDS_DEG = [35, 50, 75, 95];
const bendTo = (toDeg: number): Movement => ({ do: 'bend', toDeg, inS: 1.2, holdS: 1.5, backS: 1.2 });
const stand = (forS: number): Movement => ({ do: 'stand', forS });

/** A minute of small and large movements between the bends, none of which is a bend. */
const DAY: readonly Movement[] = [
  stand(4),
  ...BENDS_DEG.flatMap((deg) => [bendTo(deg), stand(3)]),
  { do: 'bend', toDeg: 18, inS: 0.8, holdS: 1, backS: 0.8 },
  { do: 'sideBend', toDeg: 25, inS: 1, holdS: 1, backS: 1 },
  { do: 'twist', toDeg: 40, inS: 0.8, holdS: 0.5, backS: 0.8 },
  { do: 'turn', deg: 180, inS: 2.5 },
  { do: 'walk', forS: 20 },
  stand(3),
];

function run(movements: readonly Movement[], rateHz: number): { out: TrunkRun; motion: ScriptedMotion } {
  const motion = new ScriptedMotion(movements);
  const block = sensedBlock(motion, { rateHz, durationS: motion.durationS, errors: TYPICAL_SENSOR_ERRORS, seed: 7 });
  return { out: runTrunk([block]), motion };
}

const bendsOf = (out: TrunkRun): MotionEvent[] => out.events.filter(({ type }) => type === 'forwardBend');
const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe.each(RATES_HZ)('a sensor of ordinary quality at %i Hz', (rateHz) => {
  const { out, motion } = run(DAY, rateHz);

  it('reads flexion and lateral flexion within 2° RMS', () => {
    const errorOf = (read: readonly number[], truth: 'flexionDeg' | 'lateralDeg'): number =>
      rootMeanSquare(read.map((deg, i) => deg - motion.truthAt(out.tS[i])[truth]));
    expect(errorOf(out.flexionDeg, 'flexionDeg')).toBeLessThan(2);
    expect(errorOf(out.lateralDeg, 'lateralDeg')).toBeLessThan(2);
  });

  it('reports each bend once, its peak within 2°, at the time it was deepest', () => {
    const bends = bendsOf(out);
    expect(bends).toHaveLength(BENDS_DEG.length);
    bends.forEach((bend, i) => {
      expect(Math.abs(Number(bend.peakDeg) - BENDS_DEG[i])).toBeLessThan(2);
      expect(bend.deep).toBe(BENDS_DEG[i] >= 60);
      const downS = 4 + i * (1.2 + 1.5 + 1.2 + 3);
      expect(bend.peakS).toBeGreaterThan(downS + 1);
      expect(bend.peakS).toBeLessThan(downS + 1.2 + 1.5 + 0.2);
      expect(bend.startS).toBeGreaterThan(downS);
      expect(bend.endS).toBeLessThan(downS + 1.2 + 1.5 + 1.2);
      expect(bend.decidedS).toBe(bend.endS);
    });
  });

  it('takes walking for walking and standing for standing', () => {
    const share = (fromS: number, toS: number, posture: (typeof POSTURES)[number]): number => {
      const within = out.posture.filter((_, i) => out.tS[i] >= fromS && out.tS[i] < toS);
      return within.filter((index) => POSTURES[index] === posture).length / within.length;
    };
    const walkEndS = motion.durationS - 3;
    expect(share(walkEndS - 13, walkEndS, 'walking')).toBeGreaterThan(0.9);
    expect(share(0, 4, 'upright')).toBe(1);
  });
});

describe('no bend is made up', () => {
  it.each(RATES_HZ)('by two minutes of walking and turning at %i Hz', (rateHz) => {
    const { out } = run(
      [stand(3), { do: 'walk', forS: 60 }, { do: 'turn', deg: 180, inS: 2 }, { do: 'walk', forS: 60 }, stand(2)],
      rateHz,
    );
    expect(bendsOf(out)).toEqual([]);
  });

  it.each(RATES_HZ)('by lying down on the back, lying and getting up at %i Hz', (rateHz) => {
    const { out } = run(
      [
        stand(3),
        { do: 'sit', forS: 3, inS: 3 },
        { do: 'lie', how: 'logRoll', forS: 30 },
        { do: 'getUp', how: 'logRoll' },
      ],
      rateHz,
    );
    // Leaning forward to sit down (38°) is a bend to one sensor; lying is none.
    expect(bendsOf(out).length).toBeLessThanOrEqual(1);
    for (const bend of bendsOf(out)) expect(bend.peakDeg).toBeLessThan(41);
    expect(out.posture.some((index) => POSTURES[index] === 'lying')).toBe(true);
  });
});

describe('two places of wear', () => {
  it.each([
    ['chest', 'thorax'],
    ['waist', 'pelvis'],
    ['lowerBack', 'pelvis'],
  ] as const)('a bend at the %s is measured by the %s', (placement, source) => {
    const motion = new ScriptedMotion([stand(2), bendTo(50), stand(2)]);
    const block = sensedBlock(motion, { rateHz: 50, durationS: 7.9, errors: TYPICAL_SENSOR_ERRORS, seed: 7 });
    expect(bendsOf(runTrunk([block], { placement })).map((bend) => bend.source)).toEqual([source]);
  });
});
