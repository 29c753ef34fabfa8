/** EV-BEND-HOLD: bent forward for too long. Clinical specification 3. */
import { mayBend, ONE_SENSOR, reached } from './bendContext.ts';
import { certaintyBeyond, INCLINATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding } from './define.ts';

/** Rising above the caution angle for no longer than this does not end the hold. */
const DIP_ALLOWED_S = 2;
/** After the first time it is said again each second multiple of the hold time, at most this often. */
const REPEATS_MAX = 3;

interface HoldState {
  /** When the caution angle was reached; undefined: not bent. */
  startS?: number | undefined;
  /** Measured time since then; missing data is not part of it. */
  heldS: number;
  /** Time within the present dip, and its measured part. */
  dipS: number;
  dipMeasuredS: number;
  /** Last moment beyond the caution angle. */
  lastBentS: number;
  /** Integral of the angle over the time beyond the caution angle, and that time. */
  angleSumDegS: number;
  bentS: number;
  saidCount: number;
}

const initial = (): HoldState => ({
  heldS: 0,
  dipS: 0,
  dipMeasuredS: 0,
  lastBentS: 0,
  angleSumDegS: 0,
  bentS: 0,
  saidCount: 0,
});

export const bendHold = defineRule({
  id: 'EV-BEND-HOLD',
  kind: 'bend-hold',
  severity: 'low',
  reads: ['flexionDeg'],
  limits: ['flexHoldS', 'flexCautionDeg'],
  source: 'Clinical specification 3, EV-BEND-HOLD',
  text: 'You have been bent forward for a while. Stand tall and roll your shoulders back.',
  cueRestS: 0,
  initial,
  onSample: (state: HoldState, input, step, limits, emit) => {
    const { tS, flexionDeg } = input;
    // The lean of a chair rise neither adds to a hold nor ends it.
    if (input.transfer) return;
    if (!mayBend(input)) over(state, tS, emit);
    else if (flexionDeg >= limits.flexCautionDeg) {
      if (state.startS === undefined) {
        Object.assign(state, initial());
        state.startS = tS;
      } else {
        state.heldS += state.dipMeasuredS + step.measuredS;
        state.bentS += step.measuredS;
        state.angleSumDegS += step.measuredS * flexionDeg;
        state.dipS = 0;
        state.dipMeasuredS = 0;
      }
      state.lastBentS = tS;
      const neededS = limits.flexHoldS * (1 + 2 * state.saidCount);
      if (state.saidCount <= REPEATS_MAX && reached(state.heldS, neededS)) say(state, tS, limits, emit);
    } else if (state.startS !== undefined) {
      state.dipS += step.elapsedS;
      state.dipMeasuredS += step.measuredS;
      if (state.dipS > DIP_ALLOWED_S) over(state, tS, emit);
    }
  },
  onInterruption: (state, lastS, emit) => over(state, lastS, emit),
});

function say(
  state: HoldState,
  tS: number,
  limits: { readonly flexHoldS: number; readonly flexCautionDeg: number },
  emit: EmitFinding,
): void {
  const meanDeg = state.angleSumDegS / state.bentS;
  emit({
    phase: state.saidCount === 0 ? 'start' : 'repeat',
    startS: state.startS ?? tS,
    decidedS: tS,
    values: {
      heldS: tenths(state.heldS),
      limitS: limits.flexHoldS,
      meanDeg: tenths(meanDeg),
      limitDeg: limits.flexCautionDeg,
      source: ONE_SENSOR,
    },
    confidence: certaintyBeyond(meanDeg - limits.flexCautionDeg, INCLINATION_ERROR_DEG),
  });
  state.saidCount++;
}

function over(state: HoldState, decidedS: number, emit: EmitFinding): void {
  const { startS, saidCount, heldS, bentS, angleSumDegS } = state;
  state.startS = undefined;
  if (startS === undefined || saidCount === 0) return;
  const values = { heldS: tenths(heldS), meanDeg: tenths(angleSumDegS / bentS), source: ONE_SENSOR };
  emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
}
