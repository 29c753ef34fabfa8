/** docs/rules.md: the tables are what the program does today. */
import { describe, it } from 'vitest';
import { TIERS } from '../../src/model/person.ts';
import { RULES } from '../../src/rules/index.ts';
import { LIMITS } from '../../src/rules/limitTable.ts';
import { expectCommittedPart } from '../committedFile.ts';

const PAGE = 'docs/rules.md';
const tableOf = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const code = (word: string): string => `\`${word}\``;

describe('docs/rules.md', () => {
  it('lists every rule and every limit', () => {
    const rules = RULES.map(({ id, severity, limits, text, source }) => [
      id,
      severity,
      limits.map(code).join(', ') || 'none',
      text,
      source,
    ]);
    expectCommittedPart(PAGE, 'rules', tableOf(['rule', 'severity', 'limits', 'said to the wearer', 'source'], rules));
    const limits = LIMITS.map(({ key, unit, values, hardMin, hardMax, meaning, source }) => [
      code(key),
      ...TIERS.map((tier) => String(values[tier])),
      `${hardMin} to ${hardMax}`,
      unit,
      meaning,
      source,
    ]);
    const header = ['limit', ...TIERS, 'range', 'unit', 'what it means', 'source'];
    expectCommittedPart(PAGE, 'limits', tableOf(header, limits));
  });
});
