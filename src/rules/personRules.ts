/** All rules for one person and one trunk sensor: moments in, verdicts out. Time comes from the samples. */
import type { MotionEvent } from '../model/event.ts';
import type { Person } from '../model/person.ts';
import type { Verdict } from '../model/verdict.ts';
import type { EmitFinding, Finding, RuleDefinition, RuleInput, RunningRule } from './define.ts';
import { RULES } from './index.ts';
import { becauseOfLimit, effectiveLimits } from './limits.ts';
import { type CueState, initialCues, takeCue } from './precedence.ts';

/** Missing for longer than this: what held before is over, and everything starts anew. */
const INTERRUPTION_S = 2;
/** A step up to this long is measured; a longer one holds missing samples. Moments come at 10 Hz or faster. */
const MEASURED_STEP_S = 0.15;

const SNAPSHOT_VERSION = 1;

/** Plain data, survives JSON. */
export interface PersonRulesSnapshot {
  readonly version: number;
  readonly lastS?: number | undefined;
  readonly cues: CueState;
  /** State by rule id. */
  readonly rules: Readonly<Record<string, object>>;
}

interface Running {
  readonly definition: RuleDefinition;
  readonly rule: RunningRule;
  readonly emit: EmitFinding;
}

type Limited = Pick<Person, 'tier' | 'overrides'>;

export class PersonRules {
  readonly #onVerdict: (verdict: Verdict) => void;
  readonly #definitions: readonly RuleDefinition[];
  readonly #step = { elapsedS: 0, measuredS: 0 };
  #person: Limited;
  #running: readonly Running[];
  #cues = initialCues();
  #lastS: number | undefined;
  /** Of all moments, also before an interruption. */
  #newestS = -Infinity;

  constructor(person: Limited, onVerdict: (verdict: Verdict) => void, definitions: readonly RuleDefinition[] = RULES) {
    this.#person = person;
    this.#onVerdict = onVerdict;
    this.#definitions = definitions;
    this.#running = this.#start();
  }

  /** Moments that are not valid or not later than the one before count as missing. */
  push(input: RuleInput): void {
    const { tS } = input;
    if (!Number.isFinite(tS)) return;
    // Also where nothing can be measured, so that what has begun does not stay without end.
    if (this.#lastS !== undefined && tS - this.#lastS > INTERRUPTION_S) this.interrupt();
    if (!input.valid || !Number.isFinite(input.flexionDeg)) return;
    if (this.#lastS !== undefined && tS <= this.#lastS) return;
    if (tS < this.#newestS) this.#goBack();
    this.#newestS = tS;
    const elapsedS = this.#lastS === undefined ? 0 : tS - this.#lastS;
    this.#step.elapsedS = elapsedS;
    this.#step.measuredS = elapsedS <= MEASURED_STEP_S ? elapsedS : 0;
    this.#lastS = tS;
    for (const { rule, emit } of this.#running) rule.onSample(input, this.#step, emit);
  }

  onMotionEvent(event: MotionEvent): void {
    if (event.type === 'offBody') this.interrupt();
    for (const { rule, emit } of this.#running) rule.onMotionEvent(event, emit);
  }

  /** The stream has ended, or the sensor was taken off: whatever holds is over at the last moment that was seen. */
  interrupt(): void {
    const lastS = this.#lastS;
    this.#lastS = undefined;
    if (lastS === undefined) return;
    for (const { rule, emit } of this.#running) rule.onInterruption(lastS, emit);
  }

  /** New limits, from the next moment on; what is going on goes on. */
  setPerson(person: Limited): void {
    const before = this.snapshot();
    this.#person = person;
    this.#running = this.#start();
    this.restore(before);
  }

  snapshot(): PersonRulesSnapshot {
    return {
      version: SNAPSHOT_VERSION,
      lastS: this.#lastS,
      cues: structuredClone(this.#cues),
      rules: Object.fromEntries(this.#running.map(({ definition, rule }) => [definition.id, rule.snapshot()])),
    };
  }

  /** A snapshot of another version is left aside: the rules then start anew. */
  restore(saved: PersonRulesSnapshot): void {
    if (saved.version !== SNAPSHOT_VERSION) return;
    this.#lastS = saved.lastS;
    this.#newestS = saved.lastS ?? -Infinity;
    this.#cues = structuredClone(saved.cues);
    for (const { definition, rule } of this.#running) {
      const state = saved.rules[definition.id];
      if (state !== undefined) rule.restore(state);
    }
  }

  /** The clock was set back: what rules remember of times that have not come yet would hold them up until then. */
  #goBack(): void {
    this.#running = this.#start();
  }

  #start(): readonly Running[] {
    const limits = effectiveLimits(this.#person);
    return this.#definitions.map((definition, index) => ({
      definition,
      rule: definition.start(limits),
      emit: (finding) => this.#conclude(definition, index, finding),
    }));
  }

  #conclude(definition: RuleDefinition, index: number, finding: Finding): void {
    const { id: ruleId, kind, severity, text, cueRestS, source } = definition;
    const { phase, startS, decidedS, values, confidence, limit = definition.limits.at(0) } = finding;
    const because = limit === undefined ? `Source ${source}` : becauseOfLimit(this.#person, limit);
    const cue = phase !== 'end' && takeCue(this.#cues, { ruleId, severity, restS: cueRestS, tS: decidedS });
    const verdict = { ruleId, kind, severity, phase, startS, decidedS, values, confidence, text, because, cue };
    this.#onVerdict(verdict);
    for (const { rule, emit } of this.#running.slice(index + 1)) rule.onVerdict(verdict, emit);
  }
}
