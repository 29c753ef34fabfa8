import { describe, expect, it } from 'vitest';
import { initialCues, takeCue } from '../../src/rules/precedence.ts';

const T0_S = 1_786_000_000;
const HOUR_S = 3600;
const asked = (atS: number, ruleId = 'EV-BEND') => ({ ruleId, severity: 'low' as const, restS: 60, tS: T0_S + atS });

describe('cues when the clock of the host is set back by an hour', () => {
  it('are given again at once, and rest and budget hold from then on', () => {
    const cues = initialCues();
    for (let n = 0; n < 6; n++) expect(takeCue(cues, asked(n * 60))).toBe(true);
    expect(takeCue(cues, asked(400))).toBe(false);
    const given = Array.from({ length: 7 }, (_, n) => takeCue(cues, asked(420 - HOUR_S + n * 60)));
    expect(given).toEqual([true, true, true, true, true, true, false]);
    expect(takeCue(cues, asked(421 - HOUR_S + 5 * 60))).toBe(false);
  });

  it('one moment still has one cue when a second sensor decides a little earlier', () => {
    const cues = initialCues();
    expect(takeCue(cues, asked(100))).toBe(true);
    expect(takeCue(cues, asked(98, 'EV-TWIST'))).toBe(false);
    expect(takeCue(cues, asked(98))).toBe(false);
  });
});
