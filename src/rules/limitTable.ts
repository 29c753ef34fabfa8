/**
 * The limits of one person, as a table: value by fracture tier, what a therapist may set instead, and where it comes from.
 *
 * Source clinical specification 2.3. Evidence tags: [R] rule or standard, [E] evidence, [D] our own decision.
 */
import type { Tier } from '../model/person.ts';

export interface LimitDefinition<Key extends string = string> {
  readonly key: Key;
  readonly unit: string;
  /** Follows the number in a sentence for the wearer. */
  readonly spoken: string;
  readonly values: Readonly<Record<Tier, number>>;
  /** What a therapist may set. */
  readonly hardMin: number;
  readonly hardMax: number;
  readonly meaning: string;
  readonly source: string;
}

const limit = <const Key extends string>(definition: LimitDefinition<Key>): LimitDefinition<Key> => definition;

const INCLINATION_SOURCE =
  '[R:ISO11226] 20/60 zones for healthy workers; tier split [D]; direction [E:SSS22,TFTF15,SINAKI84]';

export const LIMITS = [
  limit({
    key: 'flexCautionDeg',
    unit: 'deg trunk inclination',
    spoken: '° of forward lean',
    values: { T1: 45, T2: 30, T3: 20 },
    hardMin: 10,
    hardMax: 60,
    meaning: 'start of the caution zone; one sensor = segment to gravity, hip hinge included',
    source: INCLINATION_SOURCE,
  }),
  limit({
    key: 'flexAlertDeg',
    unit: 'deg trunk inclination',
    spoken: '° of forward lean',
    values: { T1: 60, T2: 45, T3: 30 },
    hardMin: 20,
    hardMax: 80,
    meaning: 'bent too far forward (EV-BEND)',
    source: INCLINATION_SOURCE,
  }),
  limit({
    key: 'spineFlexAlertDeg',
    unit: 'deg thorax minus pelvis (2 sensors)',
    spoken: '° of bending in the spine itself',
    values: { T1: 40, T2: 30, T3: 20 },
    hardMin: 15,
    hardMax: 60,
    meaning: 'true spinal bend (EV-BEND with two sensors); replaces flexAlertDeg while both are valid',
    source: '[D]; error 5 deg RMSE [E:BAILES24]',
  }),
  limit({
    key: 'flexMinDurS',
    unit: 's',
    spoken: ' s bent forward',
    values: { T1: 1, T2: 1, T3: 1 },
    hardMin: 0.5,
    hardMax: 5,
    meaning: 'angle must be held this long to count as a bend',
    source: '[D]',
  }),
  limit({
    key: 'flexHoldS',
    unit: 's above flexCautionDeg',
    spoken: ' s of leaning forward',
    values: { T1: 60, T2: 30, T3: 15 },
    hardMin: 5,
    hardMax: 240,
    meaning: 'bent forward for too long (EV-BEND-HOLD)',
    source: '[D]; flexion and kyphosis raise spine load [E:NACHEM,BRUNO12] (secondary / model); time [D]',
  }),
  limit({
    key: 'bendPerHour',
    unit: 'bends/h',
    spoken: ' bends in an hour',
    values: { T1: 20, T2: 12, T3: 6 },
    hardMin: 2,
    hardMax: 60,
    meaning: 'bent forward too often in a rolling hour (EV-BEND-REP)',
    source: "[D]; 'repetitive' is a risk feature [E:TFTF15]",
  }),
  limit({
    key: 'bendBurstN',
    unit: 'bends in 5 min',
    spoken: ' bends in 5 minutes',
    values: { T1: 10, T2: 10, T3: 6 },
    hardMin: 3,
    hardMax: 20,
    meaning: 'bent forward too often in a short time (EV-BEND-REP); 10 in 5 min = 2/min',
    source: '[E:EN1005-4] 2/min; T3 [D]',
  }),
  limit({
    key: 'flexVelDegS',
    unit: 'deg/s forward',
    spoken: '° per second while bending forward',
    values: { T1: 120, T2: 90, T3: 60 },
    hardMin: 40,
    hardMax: 250,
    meaning: 'bent forward too fast (EV-BEND-FAST)',
    source: "[D]; 'rapid' is a risk feature [E:TFTF15]",
  }),
  limit({
    key: 'slouchDeg',
    unit: 'deg over calibrated neutral, sit or stand',
    spoken: '° of leaning forward at rest',
    values: { T1: 15, T2: 12, T3: 10 },
    hardMin: 8,
    hardMax: 30,
    meaning: 'leaning forward at rest (EV-SLOUCH); not under 8, twice the error of repeating the upright',
    source: '[D]; error [E:BAILES24,RIDDICK25]',
  }),
  limit({
    key: 'slouchMin',
    unit: 'min continuous',
    spoken: ' minutes of leaning forward at rest',
    values: { T1: 20, T2: 10, T3: 5 },
    hardMin: 2,
    hardMax: 60,
    meaning: 'leaning forward at rest for too long (EV-SLOUCH)',
    source: '[D]',
  }),
  limit({
    key: 'twistDeg',
    unit: 'deg yaw, feet planted',
    spoken: '° of turning the torso',
    values: { T1: 60, T2: 45, T3: 30 },
    hardMin: 25,
    hardMax: 90,
    meaning: 'turned with the feet still (EV-TWIST); never under 25, the error is 10 to 16',
    source: '[E:BAILES24] floor; tier split [D]; clearly visible from 10 deg [E:EN1005-4]',
  }),
  limit({
    key: 'sideDeg',
    unit: 'deg roll from neutral',
    spoken: '° of leaning to a side',
    values: { T1: 30, T2: 25, T3: 20 },
    hardMin: 15,
    hardMax: 45,
    meaning: 'leaned far to a side (EV-SIDE); the error is 3 to 10',
    source: '[E:BAILES24] floor; [D]',
  }),
  limit({
    key: 'comboFlexDeg',
    unit: 'deg',
    spoken: '° of forward lean while turning',
    values: { T1: 40, T2: 30, T3: 20 },
    hardMin: 15,
    hardMax: 60,
    meaning: 'bent and turned at once (EV-BENDTWIST), together with comboTwistDeg',
    source: '[E:TFTF15,BHOF] combination named as risky; number [D]',
  }),
  limit({
    key: 'comboTwistDeg',
    unit: 'deg',
    spoken: '° of turning while bent',
    values: { T1: 40, T2: 30, T3: 25 },
    hardMin: 20,
    hardMax: 60,
    meaning: 'bent and turned at once (EV-BENDTWIST), together with comboFlexDeg',
    source: '[D]',
  }),
] as const;

export type LimitKey = (typeof LIMITS)[number]['key'];
export type Limits = Readonly<Record<LimitKey, number>>;
