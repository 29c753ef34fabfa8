/** Angle series written as a short script: go to an angle, hold it, lose the data. */
import { PersonRules } from '../../src/rules/personRules.ts';
import type { RuleInput } from '../../src/rules/define.ts';
import type { Tier } from '../../src/model/person.ts';
import type { Verdict } from '../../src/model/verdict.ts';

export interface Movement {
  /** Angle at the end; absent: as before. */
  readonly toDeg?: number;
  /** Lean to the right during it, degrees. */
  readonly lateralDeg?: number;
  /** Torso turned to the left during it, degrees. */
  readonly rotationDeg?: number;
  readonly stepping?: boolean;
  readonly isWornDifferently?: boolean;
  readonly s: number;
  readonly posture?: RuleInput['posture'];
  readonly transfer?: boolean;
  /** Nothing arrives during this time. */
  readonly lost?: boolean;
  /** Moments arrive but are marked as not usable. */
  readonly invalid?: boolean;
}

export const stand = (s: number): Movement => ({ toDeg: 0, s });

/** Goes to an angle at once (0.1 s, 20° per sample at most), stays there for `s` seconds, comes back. */
export const bend = (toDeg: number, s: number): Movement[] => [{ toDeg, s: 0.3 }, { s }, { toDeg: 0, s: 0.3 }];

export function* angleSeries(
  movements: readonly Movement[],
  rateHz = 50,
  startS = 1_786_000_000,
): Generator<RuleInput> {
  const stepS = 1 / rateHz;
  let flexionDeg = 0;
  let sample = 0;
  for (const {
    toDeg = flexionDeg,
    s,
    posture = 'standing',
    transfer = false,
    lateralDeg = 0,
    rotationDeg = 0,
    stepping = false,
    isWornDifferently = false,
    lost,
    invalid,
  } of movements) {
    const count = Math.round(s * rateHz);
    const fromDeg = flexionDeg;
    for (let i = 1; i <= count; i++) {
      const before = flexionDeg;
      flexionDeg = fromDeg + ((toDeg - fromDeg) * i) / count;
      sample++;
      if (lost) continue;
      const flexionRateDps = (flexionDeg - before) / stepS;
      const inclinationDeg = Math.abs(flexionDeg);
      const tS = startS + sample * stepS;
      yield {
        tS,
        flexionDeg,
        flexionRateDps,
        lateralDeg,
        rotationDeg,
        inclinationDeg,
        posture,
        transfer,
        stepping,
        isWornDifferently,
        valid: !invalid,
      };
    }
  }
}

export interface Wearer {
  readonly tier: Tier;
  readonly overrides?: readonly {
    readonly key: string;
    readonly value: number;
    readonly reason: string;
    readonly by: string;
  }[];
}

export function verdictsOf(movements: readonly Movement[], wearer: Wearer, rateHz = 50): Verdict[] {
  const verdicts: Verdict[] = [];
  const rules = new PersonRules({ overrides: [], ...wearer }, (verdict) => verdicts.push(verdict));
  for (const input of angleSeries(movements, rateHz)) rules.push(input);
  return verdicts;
}

/** `EV-BEND start`, … in order; without EV-BEND-FAST unless asked for, because these scripts move at once. */
export const spoken = (verdicts: readonly Verdict[], withFast = false): string[] =>
  verdicts
    .filter(({ ruleId }) => withFast || ruleId !== 'EV-BEND-FAST')
    .map(({ ruleId, phase }) => `${ruleId} ${phase}`);

export const startsOf = (verdicts: readonly Verdict[], ruleId: string): Verdict[] =>
  verdicts.filter((verdict) => verdict.ruleId === ruleId && verdict.phase === 'start');
