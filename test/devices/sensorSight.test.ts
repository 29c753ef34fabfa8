/** Which events each wearable may tell, at each of its rates and in each of its modes. */
import { describe, expect, it } from 'vitest';
import { DEVICES } from '../../src/devices/index.ts';
import { FALLS_FROM_HZ, fallsProblemOf, judges, shapeAskedFor, sightOf } from '../../src/devices/sensorSight.ts';
import { MOTION_EVENT_TYPES, type MotionEventType } from '../../src/model/event.ts';

const FALLS = new Set<MotionEventType>(['fallSuspected', 'fall', 'fallRecovered', 'nearFall', 'impact']);
const TURNS = new Set<MotionEventType>(['twist', 'turn', 'bendTwist']);

const SHAPES = DEVICES.flatMap((device) =>
  (device.modes ?? [{ id: undefined, rateHz: device.rateHz, hasGyroscope: device.hasGyroscope }]).flatMap((mode) =>
    mode.rateHz.choices.map(
      (rateHz) => [`${[device.id, mode.id].filter(Boolean).join(' ')} at ${rateHz} Hz`, device, mode, rateHz] as const,
    ),
  ),
);

describe.each(SHAPES)('%s', (_name, device, mode, rateHz) => {
  const shape = shapeAskedFor(device, { mode: mode.id, rateHz });
  const sight = sightOf(device.capabilities, shape);

  it('is asked for what the mode gives', () => {
    expect(shape).toEqual({ rateHz, hasGyroscope: mode.hasGyroscope });
  });

  it.each(MOTION_EVENT_TYPES)('%s', (type) => {
    const isHonest =
      (!FALLS.has(type) || (device.capabilities.falls && rateHz >= 50)) &&
      (type !== 'quietStance' || device.capabilities.sway !== 'none') &&
      (!TURNS.has(type) || mode.hasGyroscope);
    expect(judges(sight, type)).toBe(isHonest);
  });

  it('has a problem exactly where it could see falls at another rate', () => {
    const problem = fallsProblemOf(device.capabilities, shape);
    expect(problem !== undefined).toBe(device.capabilities.falls && !sight.falls);
    if (problem !== undefined) expect(problem).toMatch(/expected at least 50 Hz, found \d+ Hz/);
  });
});

describe('in plain words', () => {
  const told = (id: string, wish: { mode?: string; rateHz?: number } = {}): readonly MotionEventType[] => {
    const device = DEVICES.find((each) => each.id === id);
    if (!device) throw new Error(`expected ${id}, found none`);
    const sight = sightOf(device.capabilities, shapeAskedFor(device, wish));
    return MOTION_EVENT_TYPES.filter((type) => !judges(sight, type));
  };

  it('a Plumbline or a Movesense as it comes may tell everything', () => {
    expect(told('plumbline')).toEqual([]);
    expect(told('movesense')).toEqual([]);
  });

  it('a SensorTag tells neither falls nor impacts nor stance', () => {
    expect(told('sensortag-cc2650')).toEqual([
      'quietStance',
      'impact',
      'fallSuspected',
      'fall',
      'fallRecovered',
      'nearFall',
    ]);
  });

  it('a Movesense without its gyroscope tells no twist, no turn and no twisted bend', () => {
    expect(told('movesense', { mode: 'acc' })).toEqual(['twist', 'bendTwist', 'turn']);
  });

  it('a Movesense at 26 Hz tells no falls', () => {
    expect(told('movesense', { rateHz: 26 })).toEqual(['impact', 'fallSuspected', 'fall', 'fallRecovered', 'nearFall']);
  });

  it('exactly 50 Hz is enough', () => {
    expect(FALLS_FROM_HZ).toBe(50);
    expect(told('plumbline', { rateHz: 50 })).toEqual([]);
    expect(told('plumbline', { rateHz: 25 })).not.toEqual([]);
  });

  it('missing data and a sensor that is not worn are always told', () => {
    for (const { id, capabilities, rateHz } of DEVICES) {
      const sight = sightOf(capabilities, { rateHz: rateHz.choices[0] ?? NaN, hasGyroscope: false });
      expect([id, judges(sight, 'gap'), judges(sight, 'offBody')]).toEqual([id, true, true]);
    }
  });
});
