/** What a rule says about one person: the word between `rules/` and `safety/`. */
import type { Severity } from './event.ts';

/**
 * `start`: it has happened, said as soon as it is certain and not when it is over.
 * `repeat`: the same condition still holds. `end`: it is over. All three carry the same `startS`.
 */
export type VerdictPhase = 'start' | 'repeat' | 'end';

export interface Verdict {
  /** Such as `EV-BEND`. */
  readonly ruleId: string;
  /** Topic-safe, such as `bend`. */
  readonly kind: string;
  readonly severity: Severity;
  readonly phase: VerdictPhase;
  /** Seconds on the sample clock. */
  readonly startS: number;
  /** Time of the last sample that was needed. */
  readonly decidedS: number;
  /** Units in the names. */
  readonly values: Readonly<Record<string, number | string>>;
  /** 0..1 */
  readonly confidence: number;
  /** For the wearer: plain, kind, never a diagnosis. */
  readonly text: string;
  /** Which limit, whose, from what source; no name and no free text of anybody. */
  readonly because: string;
  /** The wearer may be given a cue now: precedence, rest between cues and cue budget allow it. */
  readonly cue: boolean;
}
