/** Somebody who bends too far every few seconds, so that a test need not wait for a day's worth of alarms. */

export const PERSON_ID = 'p1';
const WEARABLE = { device: 'plumbline', name: 'Plumbline-0001', placement: 'chest' };

export const PEOPLE = [{ id: PERSON_ID, tier: 'T2', wearables: [WEARABLE] }];

/** Each round is one `EV-BEND`: decided 1 s after 45° was passed, over 1 s after it is below 30° again; never too fast. */
const ROUND = [
  { do: 'stand', forS: 0.2 },
  { do: 'bend', toDeg: 60, inS: 1.4, holdS: 0.6, backS: 1.4 },
  { do: 'stand', forS: 0.4 },
];

export const VIRTUAL_WEARABLE = { kind: 'plumbline', name: WEARABLE.name, motion: { script: ROUND, loop: true } };

/** @param wearable over what it does otherwise, such as its faults */
export function bendingWearer(wearable: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    people: PEOPLE,
    radio: { adapter: 'simulated', wearables: [{ ...VIRTUAL_WEARABLE, ...wearable }] },
  };
}
