/**
 * The limits of forward bending of one person: value by fracture tier, what a therapist may set instead, and why.
 *
 * Source clinical specification 2.3. Evidence tags: [R] rule or standard, [E] evidence, [D] our own decision.
 */
import { z } from 'zod';
import { PlumblineError } from '../model/errors.ts';
import type { LimitOverride, Person, Tier } from '../model/person.ts';
import type { LimitView } from '../model/ports.ts';

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

export const BEND_LIMITS = [
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
] as const;

export type LimitKey = (typeof BEND_LIMITS)[number]['key'];
export type Limits = Readonly<Record<LimitKey, number>>;

export const LIMIT_KEYS: readonly LimitKey[] = BEND_LIMITS.map(({ key }) => key);

type Limited = Pick<Person, 'tier' | 'overrides'>;

function definitionOf(key: LimitKey): LimitDefinition<LimitKey> {
  const found = BEND_LIMITS.find((definition) => definition.key === key);
  if (found === undefined) throw new Error(`no limit ${key}`);
  return found;
}

const overrideSchema = z
  .strictObject({
    key: z
      .enum(BEND_LIMITS.map(({ key }) => key))
      .describe('which limit')
      .meta({ example: 'flexAlertDeg' }),
    value: z.number().describe('its value for this person, in the limit’s own unit and range').meta({ example: 40 }),
    reason: z
      .string()
      .trim()
      .min(10, 'expected a reason of 10 characters or more')
      .describe('why, in a sentence')
      .meta({ example: 'two vertebral fractures last year' }),
    by: z.string().trim().min(1, 'expected who set it').describe('who set it').meta({ example: 'physiotherapist' }),
  })
  .superRefine(({ key, value }, context) => {
    const { hardMin, hardMax, unit } = definitionOf(key);
    if (value >= hardMin && value <= hardMax) return;
    const message = `expected ${hardMin} to ${hardMax} ${unit} for ${key}, found ${value}`;
    context.addIssue({ code: 'custom', path: ['value'], message });
  });

/** The therapist's limits of one person, as in a configuration or a request; at most one per key. */
export const limitOverridesSchema = z.array(overrideSchema).superRefine((overrides, context) => {
  for (const [index, { key }] of overrides.entries()) {
    if (overrides.findIndex((other) => other.key === key) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'key'], message: `expected each limit once, found ${key} twice` });
  }
});

/** @throws `config/invalid` that lists every problem. */
export function parseLimitOverrides(input: unknown): LimitOverride[] {
  const parsed = limitOverridesSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'overrides'}: ${message}`);
  throw new PlumblineError('config/invalid', `limits: ${problems.join('; ')}`);
}

interface Effective {
  readonly value: number;
  readonly origin: LimitView['origin'];
  /** For the record and the local page: may name who set it. */
  readonly explanation: string;
}

function effective({ tier, overrides }: Limited, key: LimitKey): Effective {
  const { values, unit, hardMin, hardMax } = definitionOf(key);
  const tierValue = values[tier];
  const override = overrides.find((candidate) => candidate.key === key);
  if (override === undefined)
    return { value: tierValue, origin: 'tier', explanation: `${tierValue} ${unit} for tier ${tier}` };
  const { value, by, reason } = override;
  if (!(value >= hardMin && value <= hardMax)) {
    const explanation = `${tierValue} ${unit} for tier ${tier}; ${value} set by ${by} is outside ${hardMin} to ${hardMax} and not used`;
    return { value: tierValue, origin: 'tier', explanation };
  }
  return {
    value,
    origin: 'override',
    explanation: `${value} ${unit} set by ${by} (tier ${tier}: ${tierValue}): ${reason}`,
  };
}

/** A caution zone cannot begin above the alert angle: a bend would be over before it is one. */
function cautionCapped(person: Limited): Effective {
  const caution = effective(person, 'flexCautionDeg');
  const alert = effective(person, 'flexAlertDeg');
  if (caution.value <= alert.value) return caution;
  return { ...alert, explanation: `${caution.explanation}; not above flexAlertDeg, ${alert.explanation}` };
}

const effectiveLimit = (person: Limited, key: LimitKey): Effective =>
  key === 'flexCautionDeg' ? cautionCapped(person) : effective(person, key);

/** The therapist's value where there is a valid one, else that of the tier. */
export function effectiveLimits(person: Limited): Limits {
  const at = (key: LimitKey): number => effectiveLimit(person, key).value;
  return {
    flexCautionDeg: at('flexCautionDeg'),
    flexAlertDeg: at('flexAlertDeg'),
    spineFlexAlertDeg: at('spineFlexAlertDeg'),
    flexMinDurS: at('flexMinDurS'),
    flexHoldS: at('flexHoldS'),
    bendPerHour: at('bendPerHour'),
    bendBurstN: at('bendBurstN'),
    flexVelDegS: at('flexVelDegS'),
  };
}

export function explainLimit(person: Limited, key: LimitKey): LimitView {
  const { value, origin, explanation } = effectiveLimit(person, key);
  const { unit, meaning, source, hardMin, hardMax } = definitionOf(key);
  return { key, value, unit, origin, explanation: `${meaning}: ${explanation}`, source, min: hardMin, max: hardMax };
}

/**
 * One plain sentence, then the evidence. Goes out with events and alerts, hence without the name and the words of the
 * person who set the limit.
 */
export function becauseOfLimit(person: Limited, key: LimitKey): string {
  const { value, origin } = effectiveLimit(person, key);
  const { values, spoken, source } = definitionOf(key);
  const usual = values[person.tier];
  const whose =
    origin === 'tier'
      ? `the usual value for fracture tier ${person.tier}`
      : `set for this person in place of the usual ${usual} of fracture tier ${person.tier}`;
  return `The limit is ${value}${spoken}, ${whose}; source ${source}`;
}
