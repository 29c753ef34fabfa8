/** A limit as a sentence: what it is for, and its value with the unit as people write it. */
import type { LimitView } from '../../../model/ports.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  flexCautionDeg: 'The caution zone begins at',
  flexAlertDeg: 'Too far forward from',
  spineFlexAlertDeg: 'Too much bend of the spine itself (two sensors) from',
  flexMinDurS: 'A bend counts after',
  flexHoldS: 'Bent forward for too long after',
  bendPerHour: 'Too many bends from',
  bendBurstN: 'Too many bends in a short time from',
  flexVelDegS: 'Too fast from',
  slouchDeg: 'Leaning forward at rest from',
  slouchMin: 'Leaning forward at rest for too long after',
  twistDeg: 'Turned far with the feet still from',
  sideDeg: 'Far to one side from',
  comboFlexDeg: 'Bent and turned at once from a bend of',
  comboTwistDeg: 'Bent and turned at once from a turn of',
};

/** By the beginning of the unit; what follows it repeats the meaning. */
const UNITS: readonly (readonly [string, string])[] = [
  ['deg/s', '° per second'],
  ['deg', '°'],
  ['bends/h', ' in an hour'],
  ['bends in 5 min', ' in 5 minutes'],
  ['min', ' minutes'],
  ['s', ' s'],
];

export function limitSentence({ key, value, unit }: LimitView): string {
  const words = UNITS.find(([start]) => unit === start || unit.startsWith(`${start} `))?.[1] ?? ` ${unit}`;
  return `${MEANINGS[key] ?? key} ${value}${words}`;
}
