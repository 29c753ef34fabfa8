/**
 * Which verdict may be felt: one cue per moment, rest between cues of a rule, and a budget.
 * A verdict without a cue is stored all the same. Source clinical specification 3 (common rules, budget) and 3b.
 * Quiet hours need the wearer's local time and are kept where the cue is given.
 */
import type { Severity } from '../model/event.ts';

/** Within this time only the first cue is given; rules stand in the list in the order of precedence. */
const ONE_CUE_S = 3;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const CUES_PER_HOUR = 6;
const CUES_PER_DAY = 30;

export interface CueState {
  /** Times of the cues of the last day, oldest first, s. */
  cuesS: number[];
  /** Last cue by rule id, s. */
  lastByRuleS: Record<string, number>;
}

export const initialCues = (): CueState => ({ cuesS: [], lastByRuleS: {} });

export interface CueAsked {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly restS: number;
  readonly tS: number;
}

/**
 * A cue may lie a little ahead, as verdicts of two sensors do not come in the order of their times. One that lies
 * further ahead was given before the host's clock was set back: it holds no cue up, and no budget.
 */
const isSince = (cueS: number, tS: number, spanS: number): boolean => tS - cueS > -ONE_CUE_S && tS - cueS < spanS;

/** True when the cue may be given; it then counts as given. */
export function takeCue(state: CueState, { ruleId, severity, restS, tS }: CueAsked): boolean {
  if (severity === 'none') return false;
  state.cuesS = state.cuesS.filter((cueS) => isSince(cueS, tS, DAY_S));
  const lastS = state.cuesS.at(-1);
  const lastOfRuleS = state.lastByRuleS[ruleId];
  if (lastS !== undefined && isSince(lastS, tS, ONE_CUE_S)) return false;
  if (lastOfRuleS !== undefined && isSince(lastOfRuleS, tS, restS)) return false;
  const inHourCount = state.cuesS.filter((cueS) => isSince(cueS, tS, HOUR_S)).length;
  const isWithinBudget = inHourCount < CUES_PER_HOUR && state.cuesS.length < CUES_PER_DAY;
  if (severity !== 'high' && !isWithinBudget) return false;
  state.cuesS.push(tS);
  state.lastByRuleS[ruleId] = tS;
  return true;
}
