/** Which limit is in force for a person, whose it is and why. */
import { z } from 'zod';
import { PlumblineError } from '../model/errors.ts';
import type { LimitOverride, Person } from '../model/person.ts';
import type { LimitView } from '../model/ports.ts';
import { type LimitDefinition, type LimitKey, type Limits, LIMITS } from './limitTable.ts';

export const LIMIT_KEYS: readonly LimitKey[] = LIMITS.map(({ key }) => key);

type Limited = Pick<Person, 'tier' | 'overrides'>;

function definitionOf(key: LimitKey): LimitDefinition<LimitKey> {
  const found = LIMITS.find((definition) => definition.key === key);
  if (found === undefined) throw new Error(`no limit ${key}`);
  return found;
}

const overrideSchema = z
  .strictObject({
    key: z
      .enum(LIMITS.map(({ key }) => key))
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
  return Object.fromEntries(LIMIT_KEYS.map((key) => [key, effectiveLimit(person, key).value])) as Limits;
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
