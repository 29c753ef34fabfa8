/**
 * EV-BEND: bent forward beyond the person's limit. Said at once, not when the bend is over. Clinical specification 3.
 *
 * With a second sensor at the pelvis it is the spine's own flexion that counts, so that a clean hip hinge says nothing. Moments without
 * it are judged from the chest alone: a second sensor that falls silent makes the rule stricter, never blind.
 * Deviation: a bend of the spine is over below the caution angle's share of its own limit; the chest may be upright meanwhile.
 */
import { isOnSide, mayBend, ONE_SENSOR, reached, TIMER_RESET_S, TWO_SENSORS } from './bendContext.ts';
import { certaintyBeyond, INCLINATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding, type RuleInput, type RuleStep } from './define.ts';
import type { LimitKey, Limits } from './limitTable.ts';

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
  /** What the bend is measured by: the spine between two sensors, or the chest against gravity. */
  ofSpine: boolean;
  peakDeg: number;
  peakRateDps: number;
}

type BendLimits = Pick<Limits, 'flexAlertDeg' | 'flexCautionDeg' | 'flexMinDurS' | 'spineFlexAlertDeg'>;

const initial = (): BendState => ({
  active: false,
  heldS: 0,
  belowS: 0,
  missingS: 0,
  ofSpine: false,
  peakDeg: 0,
  peakRateDps: 0,
});

const seesSpine = ({ spineFlexionDeg = NaN }: RuleInput): boolean => !Number.isNaN(spineFlexionDeg);
const bendDeg = ({ flexionDeg, spineFlexionDeg = NaN }: RuleInput): number =>
  Number.isNaN(spineFlexionDeg) ? flexionDeg : spineFlexionDeg;
const alertKey = (ofSpine: boolean): LimitKey & keyof BendLimits => (ofSpine ? 'spineFlexAlertDeg' : 'flexAlertDeg');

function overBelowDeg(ofSpine: boolean, limits: BendLimits): number {
  const { flexCautionDeg, flexAlertDeg, spineFlexAlertDeg } = limits;
  return ofSpine ? (spineFlexAlertDeg * flexCautionDeg) / flexAlertDeg : flexCautionDeg;
}

export const bendLimit = defineRule({
  id: 'EV-BEND',
  kind: 'bend',
  severity: 'low',
  reads: ['flexionDeg', 'spinalFlexionDeg'],
  limits: ['flexAlertDeg', 'spineFlexAlertDeg', 'flexCautionDeg', 'flexMinDurS'],
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
  const { tS } = input;
  const deg = bendDeg(input);
  const ofSpine = seesSpine(input);
  const limit = alertKey(ofSpine);
  if (deg < limits[limit] || input.transfer || !mayBend(input) || isOnSide(input)) {
    state.startS = undefined;
    return;
  }
  if (state.startS === undefined || step.elapsedS > TIMER_RESET_S) {
    state.startS = tS;
    state.heldS = 0;
    state.missingS = 0;
    state.peakDeg = deg;
  } else {
    state.heldS += step.measuredS;
    state.missingS += step.elapsedS - step.measuredS;
    // Degrees of the spine and of the chest are not compared.
    if (deg > state.peakDeg || ofSpine !== state.ofSpine) state.peakDeg = deg;
  }
  state.ofSpine = ofSpine;
  if (!reached(state.heldS, limits.flexMinDurS)) return;
  state.active = true;
  emit({
    phase: 'start',
    startS: state.startS,
    decidedS: tS,
    values: {
      peakDeg: tenths(state.peakDeg),
      peakRateDps: tenths(state.peakRateDps),
      limitDeg: limits[limit],
      heldS: tenths(state.heldS),
      source: sourceOf(state),
    },
    confidence: certaintyBeyond(state.peakDeg - limits[limit], INCLINATION_ERROR_DEG),
    limit,
  });
}

function follow(state: BendState, input: RuleInput, step: RuleStep, limits: BendLimits, emit: EmitFinding): void {
  const { tS } = input;
  const deg = bendDeg(input);
  const ofSpine = seesSpine(input);
  state.missingS += step.elapsedS - step.measuredS;
  if (ofSpine === state.ofSpine && deg > state.peakDeg) state.peakDeg = deg;
  if (!mayBend(input) || isOnSide(input)) {
    end(state, tS, tS, emit);
    forget(state);
  } else if (deg >= overBelowDeg(ofSpine, limits)) state.belowSinceS = undefined;
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
      source: sourceOf(state),
      ...(partOf === undefined ? {} : { partOf }),
    },
    confidence: 1,
    limit: alertKey(state.ofSpine),
  });
}

const sourceOf = ({ ofSpine }: BendState): string => (ofSpine ? TWO_SENSORS : ONE_SENSOR);
