/** From what a rule said to what is kept and told: the clinical event of a person. */
import type { ClinicalEvent } from '../model/event.ts';
import type { Verdict } from '../model/verdict.ts';

/** The same for the same person, rule and start, so that telling it twice is telling it once. */
const clinicalEventId = (personId: string, { ruleId, startS }: Pick<Verdict, 'ruleId' | 'startS'>): string =>
  `${personId}.${ruleId}.${Math.round(startS * 1000)}`;

export function clinicalEventOf(personId: string, verdict: Verdict): ClinicalEvent {
  const { ruleId, kind, severity, startS, decidedS, confidence, text, values, because } = verdict;
  const id = clinicalEventId(personId, verdict);
  const [startMs, decidedMs] = [Math.round(startS * 1000), Math.round(decidedS * 1000)];
  return { id, personId, ruleId, kind, severity, startMs, decidedMs, confidence, text, values, because };
}
