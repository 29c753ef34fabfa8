/** EV-SIDE: leaned far to a side. Clinical specification 3. */
import { isOnSide, mayBend, ONE_SENSOR, reached, TIMER_RESET_S } from './bendContext.ts';
import { certaintyBeyond, LATERAL_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding } from './define.ts';

const HELD_S = 1;
/** Who leans on, faster than this, is perhaps on the way to lying down: said once the lean comes to rest. */
const STILL_DPS = 6;
const STILL_FOR_S = 0.5;
/** Over when the lean is this much below the limit. */
const BACK_DEG = 5;

interface SideState {
  /** When the limit was reached; undefined: below it. */
  startS?: number | undefined;
  heldS: number;
  /** Signed, of the largest lean. */
  peakDeg: number;
  isSaid: boolean;
  /** The largest lean of late, and for how long it has hardly grown. */
  restDeg: number;
  restS: number;
}

export const side = defineRule({
  id: 'EV-SIDE',
  kind: 'side',
  severity: 'low',
  reads: ['lateralDeg'],
  limits: ['sideDeg'],
  source: 'Clinical specification 3, EV-SIDE',
  text: 'You leaned far to one side. Move closer, then reach.',
  cueRestS: 60,
  initial: (): SideState => ({ heldS: 0, peakDeg: 0, isSaid: false, restDeg: 0, restS: 0 }),
  onSample: (state, input, step, { sideDeg }, emit) => {
    const { tS, lateralDeg } = input;
    const leanDeg = Math.abs(lateralDeg);
    const isLeaning = leanDeg >= (state.isSaid ? sideDeg - BACK_DEG : sideDeg);
    if (!isLeaning || !mayBend(input) || isOnSide(input) || input.stepping) {
      over(state, tS, emit);
      return;
    }
    if (state.startS === undefined || (step.elapsedS > TIMER_RESET_S && !state.isSaid)) {
      state.startS = tS;
      state.heldS = state.peakDeg = state.restDeg = state.restS = 0;
    } else state.heldS += step.measuredS;
    state.restS += step.measuredS;
    if (leanDeg > state.restDeg + STILL_DPS * STILL_FOR_S) {
      state.restDeg = leanDeg;
      state.restS = 0;
    }
    if (leanDeg > Math.abs(state.peakDeg)) state.peakDeg = lateralDeg;
    if (state.isSaid || !reached(state.heldS, HELD_S) || state.restS < STILL_FOR_S) return;
    state.isSaid = true;
    emit({
      phase: 'start',
      startS: state.startS,
      decidedS: tS,
      values: valuesOf(state, sideDeg),
      confidence: certaintyBeyond(Math.abs(state.peakDeg) - sideDeg, LATERAL_ERROR_DEG),
    });
  },
  onInterruption: (state, lastS, emit) => over(state, lastS, emit),
});

const valuesOf = ({ peakDeg, heldS }: SideState, limitDeg?: number): Record<string, number | string> => ({
  peakDeg: tenths(Math.abs(peakDeg)),
  ...(limitDeg === undefined ? {} : { limitDeg }),
  heldS: tenths(heldS),
  side: peakDeg > 0 ? 'right' : 'left',
  source: ONE_SENSOR,
});

function over(state: SideState, decidedS: number, emit: EmitFinding): void {
  const { startS, isSaid } = state;
  state.startS = undefined;
  state.isSaid = false;
  if (startS === undefined || !isSaid) return;
  emit({ phase: 'end', startS, decidedS, values: valuesOf(state), confidence: 1 });
}
