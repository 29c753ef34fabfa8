/** EV-BEND: bent forward beyond the person's limit. Said at once, not when the bend is over. Clinical specification 3. */
import { mayBend, ONE_SENSOR, reached, TIMER_RESET_S } from './bendContext.ts';
import { certaintyBeyond, INCLINATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding, type RuleInput, type RuleStep } from './define.ts';
import type { Limits } from './limitTable.ts';

/** Below the caution angle for this long: the bend is over. */
const OVER_AFTER_S = 1;
/** Below this the wearer is upright: the speed of an earlier movement no longer belongs to the next bend. */
const UPRIGHT_DEG = 10;
/** Transfers and lying transfers that leaning forward is a part of. */
const MOVEMENTS_WITH_LEAN: readonly string[] = ['sitToStand', 'standToSit', 'lieDown', 'getUp'];

interface BendState {
  active: boolean;
  /** When the alert angle was reached; undefined: below it. */
  startS?: number | undefined;
  heldS: number;
  /** When it fell below the caution angle, while active. */
  belowSinceS?: number | undefined;
  belowS: number;
  missingS: number;
  peakDeg: number;
  peakRateDps: number;
}

type BendLimits = Pick<Limits, 'flexAlertDeg' | 'flexCautionDeg' | 'flexMinDurS'>;

const initial = (): BendState => ({ active: false, heldS: 0, belowS: 0, missingS: 0, peakDeg: 0, peakRateDps: 0 });

export const bendLimit = defineRule({
  id: 'EV-BEND',
  kind: 'bend',
  severity: 'low',
  reads: ['flexionDeg'],
  limits: ['flexAlertDeg', 'flexCautionDeg', 'flexMinDurS'],
  source: 'Clinical specification 3, EV-BEND',
  text: 'You bent far forward. Next time bend your hips and knees and keep your back long.',
  cueRestS: 60,
  initial,
  onSample: (state: BendState, input, step, limits, emit) => {
    if (input.flexionDeg < UPRIGHT_DEG) state.peakRateDps = 0;
    else if (input.flexionRateDps > state.peakRateDps) state.peakRateDps = input.flexionRateDps;
    if (state.active) follow(state, input, step, limits, emit);
    else wait(state, input, step, limits, emit);
  },
  onInterruption: (state, lastS, emit) => {
    if (state.active) end(state, state.belowSinceS ?? lastS, lastS, emit);
    forget(state);
  },
  onMotionEvent: (state, event, _limits, emit) => {
    const { active, startS = Number.NaN } = state;
    const isPartOf = MOVEMENTS_WITH_LEAN.includes(event.type) && startS >= event.startS && startS <= event.endS;
    if (!active || !isPartOf) return;
    end(state, event.endS, event.decidedS, emit, event.type);
    forget(state);
  },
});

function forget(state: BendState): void {
  state.active = false;
  state.startS = undefined;
  state.belowSinceS = undefined;
}

function wait(state: BendState, input: RuleInput, step: RuleStep, limits: BendLimits, emit: EmitFinding): void {
  const { tS, flexionDeg } = input;
  if (flexionDeg < limits.flexAlertDeg || input.transfer || !mayBend(input)) {
    state.startS = undefined;
    return;
  }
  if (state.startS === undefined || step.elapsedS > TIMER_RESET_S) {
    state.startS = tS;
    state.heldS = 0;
    state.missingS = 0;
    state.peakDeg = flexionDeg;
  } else {
    state.heldS += step.measuredS;
    state.missingS += step.elapsedS - step.measuredS;
    if (flexionDeg > state.peakDeg) state.peakDeg = flexionDeg;
  }
  if (!reached(state.heldS, limits.flexMinDurS)) return;
  state.active = true;
  emit({
    phase: 'start',
    startS: state.startS,
    decidedS: tS,
    values: {
      peakDeg: tenths(state.peakDeg),
      peakRateDps: tenths(state.peakRateDps),
      limitDeg: limits.flexAlertDeg,
      heldS: tenths(state.heldS),
      source: ONE_SENSOR,
    },
    confidence: certaintyBeyond(state.peakDeg - limits.flexAlertDeg, INCLINATION_ERROR_DEG),
  });
}

function follow(state: BendState, input: RuleInput, step: RuleStep, limits: BendLimits, emit: EmitFinding): void {
  const { tS, flexionDeg } = input;
  state.missingS += step.elapsedS - step.measuredS;
  if (flexionDeg > state.peakDeg) state.peakDeg = flexionDeg;
  if (!mayBend(input)) {
    end(state, tS, tS, emit);
    forget(state);
  } else if (flexionDeg >= limits.flexCautionDeg) state.belowSinceS = undefined;
  else if (state.belowSinceS === undefined) {
    state.belowSinceS = tS;
    state.belowS = 0;
  } else {
    state.belowS += step.measuredS;
    if (!reached(state.belowS, OVER_AFTER_S)) return;
    end(state, state.belowSinceS, tS, emit);
    forget(state);
  }
}

/** `partOf` names the movement that it turned out to belong to: it is corrected, not deleted. */
function end(state: BendState, endS: number, decidedS: number, emit: EmitFinding, partOf?: string): void {
  const startS = state.startS ?? endS;
  emit({
    phase: 'end',
    startS,
    decidedS,
    values: {
      peakDeg: tenths(state.peakDeg),
      peakRateDps: tenths(state.peakRateDps),
      durationS: tenths(Math.max(0, endS - startS - state.missingS)),
      source: ONE_SENSOR,
      ...(partOf === undefined ? {} : { partOf }),
    },
    confidence: 1,
  });
}
