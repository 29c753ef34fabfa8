/** Where a person's limits can lie. A person has one of them, so a chart shows them all and says whose they are. */
import { TIERS } from '../src/model/person.ts';
import type { ThresholdStep } from './panelStyle.ts';

export interface ChartLimits {
  readonly lines: readonly ThresholdStep[];
  /** In words, for the panel's description. */
  readonly meaning: string;
}

/** Values for the tiers T1, T2, T3. */
type TierValues = readonly [number, number, number];

const FLEXION_CAUTION_DEG: TierValues = [45, 30, 20];
const FLEXION_LIMIT_DEG: TierValues = [60, 45, 30];
const FLEXION_RATE_DPS: TierValues = [120, 90, 60];
const BENDS_PER_HOUR: TierValues = [20, 12, 6];

/** From mild to strong; the highest line is always the last. */
const LINE_COLOURS = ['yellow', 'light-orange', 'orange', 'red'];

const OWN_LIMIT = 'The limit in force for this person and its reason stand on the live page.';

export const FLEXION_LIMITS: ChartLimits = {
  lines: linesAt([...FLEXION_CAUTION_DEG, ...FLEXION_LIMIT_DEG]),
  meaning:
    `Dashed lines: caution and limit by fracture tier, ` +
    `${perTier((tier) => `${FLEXION_CAUTION_DEG[tier]}° and ${FLEXION_LIMIT_DEG[tier]}°`)}. ${OWN_LIMIT}`,
};

export const FLEXION_RATE_LIMITS: ChartLimits = {
  lines: linesAt(FLEXION_RATE_DPS),
  meaning: `Dashed lines: limit by fracture tier, ${perTier((tier) => `${FLEXION_RATE_DPS[tier]}°/s`)}. ${OWN_LIMIT}`,
};

export const BENDS_PER_HOUR_LIMITS: ChartLimits = {
  lines: linesAt(BENDS_PER_HOUR),
  meaning: `Dashed lines: limit by fracture tier, ${perTier((tier) => `${BENDS_PER_HOUR[tier]}`)}. ${OWN_LIMIT}`,
};

function perTier(words: (tierIndex: number) => string): string {
  return TIERS.map((tier, index) => `${tier}: ${words(index)}`).join(', ');
}

function linesAt(values: readonly number[]): ThresholdStep[] {
  const ascending = [...new Set(values)].sort((a, b) => a - b);
  const colours = LINE_COLOURS.slice(-ascending.length);
  return [{ color: 'green' }, ...ascending.map((from, index) => ({ from, color: colours[index] ?? 'red' }))];
}
