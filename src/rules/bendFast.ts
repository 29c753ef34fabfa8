/** EV-BEND-FAST: bent forward too fast. Clinical specification 3. */
import { mayBend, ONE_SENSOR, TIMER_RESET_S } from './bendContext.ts';
import { certaintyBeyond, SPEED_ERROR_DPS, tenths } from './certainty.ts';
import { defineRule, type EmitFinding } from './define.ts';

/** A shorter movement is a jerk or a shake, not a bend. */
const EXCURSION_MIN_DEG = 20;
/** Said at most once in this time. */
const REST_S = 60;
/** A movement is over when it goes back this far, … */
const BACK_DEG = 5;
/** … or pauses: slower than this for this long. Slow leaning before a small fast move is not one fast bend. */
const PAUSE_DPS = 10;
const PAUSE_S = 0.3;
/** Leaning so far to a side, on the way to lying, the sagittal angle jumps with small movements. */
const SIDEWAYS_DEG = 45;

interface FastState {
  /** Start, lowest and highest angle of the present forward movement; undefined: none yet. */
  startS?: number | undefined;
  lowDeg: number;
  highDeg: number;
  peakRateDps: number;
  pausedS: number;
  isSaid: boolean;
  saidS?: number | undefined;
}

export const bendFast = defineRule({
  id: 'EV-BEND-FAST',
  kind: 'bend-fast',
  severity: 'low',
  reads: ['flexionDeg', 'flexionRateMaxDps'],
  limits: ['flexVelDegS'],
  source: 'Clinical specification 3, EV-BEND-FAST (without the floor of the own sit-to-stand speed, not yet known)',
  text: 'That was a fast bend. Slow moves are safer for your back.',
  cueRestS: 60,
  initial: (): FastState => ({ lowDeg: 0, highDeg: 0, peakRateDps: 0, pausedS: 0, isSaid: false }),
  onSample: (state, input, step, limits, emit) => {
    const { tS, flexionDeg, flexionRateDps } = input;
    if (input.transfer || !mayBend(input) || Math.abs(input.lateralDeg) > SIDEWAYS_DEG) {
      over(state, tS, emit);
      return;
    }
    state.pausedS = flexionRateDps < PAUSE_DPS ? state.pausedS + step.elapsedS : 0;
    const goesOn =
      state.startS !== undefined &&
      step.elapsedS <= TIMER_RESET_S &&
      flexionDeg >= state.lowDeg &&
      state.highDeg - flexionDeg <= BACK_DEG &&
      state.pausedS < PAUSE_S;
    if (!goesOn) {
      over(state, tS, emit);
      state.startS = tS;
      state.lowDeg = flexionDeg;
      state.highDeg = flexionDeg;
      state.peakRateDps = 0;
    }
    if (flexionDeg > state.highDeg) state.highDeg = flexionDeg;
    if (flexionRateDps > state.peakRateDps) state.peakRateDps = flexionRateDps;
    if (state.isSaid || state.peakRateDps < limits.flexVelDegS) return;
    // Sitting up from lying or from a recliner is no bend until the upright is passed.
    if (state.highDeg - Math.max(0, state.lowDeg) < EXCURSION_MIN_DEG) return;
    if (state.saidS !== undefined && tS - state.saidS < REST_S) return;
    say(state, tS, limits.flexVelDegS, emit);
  },
  onInterruption: (state, lastS, emit) => over(state, lastS, emit),
});

function say(state: FastState, tS: number, limitDps: number, emit: EmitFinding): void {
  state.isSaid = true;
  state.saidS = tS;
  emit({
    phase: 'start',
    startS: state.startS ?? tS,
    decidedS: tS,
    values: {
      peakRateDps: tenths(state.peakRateDps),
      limitDps,
      excursionDeg: tenths(state.highDeg - state.lowDeg),
      source: ONE_SENSOR,
    },
    confidence: certaintyBeyond(state.peakRateDps - limitDps, SPEED_ERROR_DPS),
  });
}

function over(state: FastState, decidedS: number, emit: EmitFinding): void {
  const { startS, isSaid, peakRateDps, highDeg, lowDeg } = state;
  state.startS = undefined;
  state.isSaid = false;
  if (startS === undefined || !isSaid) return;
  const values = { peakRateDps: tenths(peakRateDps), excursionDeg: tenths(highDeg - lowDeg), source: ONE_SENSOR };
  emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
}
