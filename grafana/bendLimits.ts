/** Where a person's limits can lie. A person has one of them, so a chart shows them all and says whose they are. */
import { TIERS, type Tier } from '../src/model/person.ts';
import { type LimitKey, LIMITS } from '../src/rules/limitTable.ts';
import type { ThresholdStep } from './panelStyle.ts';

export interface ChartLimits {
  readonly lines: readonly ThresholdStep[];
  /** In words, for the panel's description. */
  readonly meaning: string;
}

/** From mild to strong; the highest line is always the last. */
const LINE_COLOURS = ['yellow', 'light-orange', 'orange', 'red'];

export const flexionLimits = (): ChartLimits => chartLimits('°', 'flexCautionDeg', 'flexAlertDeg');
export const flexionRateLimits = (): ChartLimits => chartLimits('°/s', 'flexVelDegS');
export const bendsPerHourLimits = (): ChartLimits => chartLimits('', 'bendPerHour');

function chartLimits(unitSign: string, ...keys: readonly LimitKey[]): ChartLimits {
  const definitions = keys.map((key) => valuesByTier(key));
  const values = definitions.flatMap((byTier) => TIERS.map((tier) => byTier[tier]));
  const perTier = TIERS.map(
    (tier) => `${tier}: ${definitions.map((byTier) => `${byTier[tier]}${unitSign}`).join(' and ')}`,
  );
  return {
    lines: linesAt(values),
    meaning:
      `Dashed lines: ${keys.length === 1 ? 'the limit' : 'start of caution, and limit,'} of each fracture tier (${perTier.join(', ')}). ` +
      'The limit in force for this person and its reason stand on the live page.',
  };
}

function valuesByTier(key: LimitKey): Readonly<Record<Tier, number>> {
  const limit = LIMITS.find((candidate) => candidate.key === key);
  if (limit === undefined) throw new Error(`expected the limit ${key} among the limits, found none`);
  return limit.values;
}

function linesAt(values: readonly number[]): ThresholdStep[] {
  const ascending = [...new Set(values)].toSorted((a, b) => a - b);
  const colours = LINE_COLOURS.slice(-ascending.length);
  return [{ color: 'green' }, ...ascending.map((from, index) => ({ from, color: colours[index] ?? 'red' }))];
}
