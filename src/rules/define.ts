/**
 * `defineRule`: a rule is data plus pure steps over its own state. Time comes from the samples; the state is plain data
 * that survives JSON, so a stream can be saved, moved and gone on with.
 */
import type { MotionEvent, Severity } from '../model/event.ts';
import type { Verdict, VerdictPhase } from '../model/verdict.ts';
import type { MetricId, Posture } from '../motion/index.ts';
import type { LimitKey, Limits } from './limitTable.ts';

/** One moment of one trunk sensor, segment frame, forward positive. */
export interface RuleInput {
  /** Seconds on the sample clock, increasing. */
  readonly tS: number;
  readonly flexionDeg: number;
  readonly flexionRateDps: number;
  /** To the right +. */
  readonly lateralDeg: number;
  /** Of the torso against a slowly following heading, while bent about its own long axis, to the left +; NaN without gyroscope. */
  readonly rotationDeg: number;
  readonly inclinationDeg: number;
  /** Thorax relative to pelvis; NaN or absent while there is no second sensor, or it has nothing. */
  readonly spineFlexionDeg?: number;
  readonly posture: Posture | 'sitting' | 'standing';
  /** Within a sit-to-stand or stand-to-sit transfer: leaning forward is part of it. */
  readonly transfer: boolean;
  /** The feet move: told by vertical shaking, within half a second. */
  readonly stepping: boolean;
  /** The sensor sits otherwise than its upright says: angles against it mean nothing. */
  readonly isWornDifferently: boolean;
  /** Worn, calibrated and measured; otherwise the moment counts as missing. */
  readonly valid: boolean;
}

/** Time since the moment before. */
export interface RuleStep {
  /** 0 at the first moment and after an interruption. */
  readonly elapsedS: number;
  /** The part of it that was really measured: missing data is never counted as held. */
  readonly measuredS: number;
}

/** What a rule found; the rest of the verdict follows from its definition. */
export interface Finding {
  readonly phase: VerdictPhase;
  readonly startS: number;
  readonly decidedS: number;
  readonly values: Readonly<Record<string, number | string>>;
  readonly confidence: number;
  /** The limit that was passed, where it is not the first of the rule. */
  readonly limit?: LimitKey;
}

export type EmitFinding = (finding: Finding) => void;

/** The steps of a rule; each may change `state` and emit findings, and allocates nothing when there is none. */
interface RuleSteps<State, Key extends LimitKey> {
  readonly onSample?: (
    state: State,
    input: RuleInput,
    step: RuleStep,
    limits: Pick<Limits, Key>,
    emit: EmitFinding,
  ) => void;
  /** Data was missing for more than 2 s, or ended; `lastS` is the last moment that was seen. */
  readonly onInterruption?: (state: State, lastS: number, emit: EmitFinding) => void;
  /** Verdicts of rules that stand earlier in the list. */
  readonly onVerdict?: (state: State, verdict: Verdict, limits: Pick<Limits, Key>, emit: EmitFinding) => void;
  readonly onMotionEvent?: (state: State, event: MotionEvent, limits: Pick<Limits, Key>, emit: EmitFinding) => void;
}

interface RuleData<Key extends LimitKey> {
  readonly id: `EV-${string}`;
  readonly kind: string;
  readonly severity: Severity;
  readonly reads: readonly MetricId[];
  /** The first one is the one that its verdicts explain; none: `source` does. */
  readonly limits: readonly Key[];
  readonly source: string;
  /** For the wearer. */
  readonly text: string;
  /** Rest between two cues of this rule, s. */
  readonly cueRestS: number;
}

export interface RunningRule {
  readonly onSample: (input: RuleInput, step: RuleStep, emit: EmitFinding) => void;
  readonly onInterruption: (lastS: number, emit: EmitFinding) => void;
  readonly onVerdict: (verdict: Verdict, emit: EmitFinding) => void;
  readonly onMotionEvent: (event: MotionEvent, emit: EmitFinding) => void;
  snapshot(): object;
  restore(saved: object): void;
}

export interface RuleDefinition extends RuleData<LimitKey> {
  readonly start: (limits: Limits) => RunningRule;
}

/** Types the inside, erases the outside: a plain array holds rules with different states and limits. */
export function defineRule<State extends object, const Key extends LimitKey>(
  rule: RuleData<Key> & RuleSteps<State, Key> & { readonly initial: () => State },
): RuleDefinition {
  const { initial, onSample, onInterruption, onVerdict, onMotionEvent, ...data } = rule;
  return {
    ...data,
    start: (limits) => {
      let state = initial();
      return {
        onSample: (input, step, emit) => onSample?.(state, input, step, limits, emit),
        onInterruption: (lastS, emit) => onInterruption?.(state, lastS, emit),
        onVerdict: (verdict, emit) => onVerdict?.(state, verdict, limits, emit),
        onMotionEvent: (event, emit) => onMotionEvent?.(state, event, limits, emit),
        snapshot: () => structuredClone(state),
        restore: (saved) => {
          state = { ...initial(), ...structuredClone(saved) };
        },
      };
    },
  };
}
