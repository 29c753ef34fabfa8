/** Missing and impossible samples on their way through the whole motion core. */
import { describe, expect, it } from 'vitest';
import { SampleFlag, type ImuBlock } from '../../src/model/block.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { blockOf, runTrunk, sliceOf, STRAIGHT, type TrunkRun } from './trunkRun.ts';

const G = STANDARD_GRAVITY_MPS2;
const RATE_HZ = 100;
const LEAN_DEG = 10;
const UP = [-Math.sin(LEAN_DEG * RAD_PER_DEG), Math.cos(LEAN_DEG * RAD_PER_DEG), 0];

const still = (seconds: number): ImuBlock & { gyrRadps: Float64Array } =>
  blockOf(seconds * RATE_HZ, RATE_HZ, (_, acc) => acc.set(UP.map((part) => part * G)));
const gapsOf = (run: TrunkRun): (readonly [number, number])[] =>
  run.events.filter(({ type }) => type === 'gap').map(({ startS, endS }) => [startS, endS]);
const worstDeg = (run: TrunkRun): number =>
  Math.max(...run.flexionDeg.filter((deg) => !Number.isNaN(deg)).map((deg) => Math.abs(deg - LEAN_DEG)));

describe('gaps', () => {
  const whole = still(10);

  it.each([
    [1, 1],
    [20, 1],
    [300, 1],
  ])('%i samples that never came are one gap, with the times around it', (missing, count) => {
    const run = runTrunk([sliceOf(whole, 0, 400), sliceOf(whole, 400 + missing, whole.n)]);
    expect(gapsOf(run)).toHaveLength(count);
    expect(gapsOf(run)[0][0]).toBeCloseTo(3.99, 9);
    expect(gapsOf(run)[0][1]).toBeCloseTo(4 + missing / RATE_HZ, 9);
    expect(worstDeg(run)).toBeLessThan(0.01);
  });

  it('empty samples are a gap as well', () => {
    whole.accMps2.fill(NaN, 3 * 400, 3 * 430);
    const run = runTrunk([whole]);
    expect(gapsOf(run)).toEqual([[3.99, 4.3]]);
    expect(run.flexionDeg.slice(400, 430).every(Number.isNaN)).toBe(true);
    expect(worstDeg(run)).toBeLessThan(0.01);
  });

  it('a step of up to 1.5 periods is jitter', () => {
    const jittered = still(5);
    for (let i = 0; i < jittered.n; i += 2) jittered.tS[i] += 0.2 / RATE_HZ;
    expect(gapsOf(runTrunk([jittered]))).toEqual([]);
  });

  it('a time that goes back starts everything anew and makes up no gap', () => {
    const later = still(3);
    const run = runTrunk([{ ...later, tS: later.tS.map((tS) => tS + 100) }, still(3)]);
    expect(gapsOf(run)).toEqual([]);
    expect(run.tS).toHaveLength(600);
    expect(worstDeg(run)).toBeLessThan(0.01);
  });
});

describe('impossible samples', () => {
  it.each<[string, (block: ReturnType<typeof still>) => void]>([
    ['no number', (b) => b.accMps2.fill(NaN, 900, 903)],
    ['an infinite acceleration', (b) => (b.accMps2[901] = -Infinity)],
    ['an acceleration beyond all wearables', (b) => (b.accMps2[900] = 1e30)],
    ['a rate of no number', (b) => (b.gyrRadps[902] = NaN)],
    ['a rate beyond all wearables', (b) => (b.gyrRadps[900] = 1e9)],
    ['a time of no number', (b) => (b.tS[300] = NaN)],
    ['what the device’s decoder calls implausible', (b) => (b.flags[300] = SampleFlag.implausible)],
  ])('%s counts as missing and spoils nothing after it', (_, spoil) => {
    const block = still(10);
    spoil(block);
    const run = runTrunk([block]);
    expect(run.flexionDeg[300]).toBeNaN();
    expect(run.flexionDeg.filter(Number.isNaN)).toHaveLength(1);
    expect(worstDeg(run)).toBeLessThan(0.01);
    expect(gapsOf(run)).toHaveLength(1);
    expect(run.settledTS).toHaveLength(block.n);
    expect(run.seconds.every(({ values }) => Object.values(values).every(Number.isFinite))).toBe(true);
  });

  it('a blow of 16 g and 2000 °/s is measured, not thrown away', () => {
    const block = still(10);
    block.accMps2.set([0, 16 * G, 0], 900);
    block.gyrRadps.set([2000 * RAD_PER_DEG, 0, 0], 900);
    expect(runTrunk([block]).flexionDeg.some(Number.isNaN)).toBe(false);
  });

  it('a device without gyroscope has no rotation, and everything else', () => {
    const run = runTrunk([{ ...still(5), gyrRadps: undefined }], { calibration: STRAIGHT });
    expect(run.rotationDeg.every(Number.isNaN)).toBe(true);
    expect(worstDeg(run)).toBeLessThan(0.01);
    expect(run.settledTS).toEqual(run.tS);
    expect(run.seconds.at(-1)?.values).not.toHaveProperty('rotationDeg');
  });
});
