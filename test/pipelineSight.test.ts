/** What a wearable cannot honestly show leaves the pipeline by no door: not to rules, record, page or caregivers. */
import { expect, it } from 'vitest';
import { ScriptedMotion } from '../firmware-mocks/scriptedMotion.ts';
import { TYPICAL_SENSOR_ERRORS } from '../firmware-mocks/sensorErrors.ts';
import { DEVICES } from '../src/devices/index.ts';
import { judges, sightOf } from '../src/devices/sensorSight.ts';
import { MOTION_EVENT_TYPES, type MotionEventType } from '../src/model/event.ts';
import type { ImuBlock } from '../src/model/block.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { Pipeline } from '../src/pipeline.ts';
import { sensedBlock } from './motion/trunkRun.ts';

/** The types that come out for one of each that the motion core finds. */
function told(capabilities: (typeof DEVICES)[number]['capabilities'], block: ImuBlock): MotionEventType[] {
  const out: MotionEventType[] = [];
  const pipeline = new Pipeline(
    {
      person: { id: 'anna', displayName: 'Anna', tier: 'T2', overrides: [] },
      placement: 'chest',
      calibration: { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 },
      gyroTiming: 'instantaneous',
      capabilities,
      withRules: true,
    },
    {
      onVerdict: () => undefined,
      onMotionEvent: ({ type }) => out.push(type),
      onSecond: () => undefined,
      onAngles: () => undefined,
      onCalibration: () => undefined,
      onWornDifferently: () => undefined,
    },
    (_options, sink) => ({
      push: () => {
        for (const type of MOTION_EVENT_TYPES) {
          // Weak impacts are many and not told one by one.
          sink.onEvent?.({ id: type, type, startS: 1, endS: 2, decidedS: 2, confidence: 1, band: 'high' });
        }
      },
      flush: () => undefined,
      calibrate: () => undefined,
    }),
  );
  pipeline.push(block);
  return out;
}

const stillBlock = (rateHz: number, hasGyroscope: boolean): ImuBlock => ({
  n: 1,
  rateHz,
  tS: Float64Array.of(1),
  accMps2: Float64Array.of(0, 9.81, 0),
  gyrRadps: hasGyroscope ? Float64Array.of(0, 0, 0) : undefined,
  flags: Uint8Array.of(0),
});

const CASES = DEVICES.flatMap((device) =>
  device.rateHz.choices.flatMap((rateHz) =>
    [true, false].map((hasGyroscope) => [device.id, rateHz, hasGyroscope, device] as const),
  ),
);

it.each(CASES)('from a %s at %i Hz, gyroscope %s, only what it can judge', (_id, rateHz, hasGyroscope, device) => {
  const sight = sightOf(device.capabilities, { rateHz, hasGyroscope });
  const expected = MOTION_EVENT_TYPES.filter((type) => judges(sight, type));
  expect(told(device.capabilities, stillBlock(rateHz, hasGyroscope))).toEqual(expected);
});

it('a stream that goes on at another rate is judged anew', () => {
  const capabilities = { falls: true, sway: 'full', haptic: false } as const;
  expect(told(capabilities, stillBlock(52, true))).toContain('fall');
  expect(told(capabilities, stillBlock(26, true))).not.toContain('fall');
});

it.each([10, 13, 26])('a bend to 70° that is held for 20 s is found at %i Hz as well, and told', (rateHz) => {
  const source = new ScriptedMotion(
    [
      { do: 'stand', forS: 10 },
      { do: 'bend', toDeg: 70, inS: 2, holdS: 20, backS: 2 },
      { do: 'stand', forS: 10 },
    ],
    { loop: false },
  );
  const peaksDeg: unknown[] = [];
  const verdicts: Verdict[] = [];
  const pipeline = new Pipeline(
    {
      person: { id: 'anna', displayName: 'Anna', tier: 'T2', overrides: [] },
      placement: 'chest',
      calibration: { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stance', confidence: 1 },
      gyroTiming: 'instantaneous',
      capabilities: { falls: false, sway: 'none', haptic: false },
      withRules: true,
    },
    {
      onVerdict: (verdict) => verdicts.push(verdict),
      onMotionEvent: ({ type, peakDeg }) => type === 'forwardBend' && peaksDeg.push(peakDeg),
      onSecond: () => undefined,
      onAngles: () => undefined,
      onCalibration: () => undefined,
      onWornDifferently: () => undefined,
    },
  );
  pipeline.push(sensedBlock(source, { rateHz, durationS: 43, errors: TYPICAL_SENSOR_ERRORS, seed: 5 }));
  pipeline.end();
  expect(peaksDeg).toHaveLength(1);
  expect(Math.abs(Number(peaksDeg[0]) - 70)).toBeLessThan(5);
  expect(verdicts.some(({ ruleId, phase }) => ruleId === 'EV-BEND' && phase === 'start')).toBe(true);
});
