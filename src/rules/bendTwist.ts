/** EV-BENDTWIST: bent forward and turned within the same three seconds. Clinical specification 3. */
import type { MotionEvent } from '../model/event.ts';
import { mayBend, ONE_SENSOR } from './bendContext.ts';
import { certaintyBeyond, INCLINATION_ERROR_DEG, ROTATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding } from './define.ts';
import type { Limits } from './limitTable.ts';

const TOGETHER_S = 3;
/** As unsure as the twist that it is made of. */
const MOST_CERTAIN = 0.6;

interface BendTwistState {
  /** The last stretch beyond comboFlexDeg: first and last moment, deepest angle. */
  bentFromS: number;
  bentS: number;
  peakDeg: number;
  /** A twist that a bend may still follow. */
  waiting?:
    | { readonly startS: number; readonly peakS: number; readonly decidedS: number; readonly rotationDeg: number }
    | undefined;
}

type ComboLimits = Pick<Limits, 'comboFlexDeg' | 'comboTwistDeg'>;

export const bendTwist = defineRule({
  id: 'EV-BENDTWIST',
  kind: 'bend-twist',
  severity: 'medium',
  reads: ['flexionDeg', 'rotationDeg'],
  limits: ['comboFlexDeg', 'comboTwistDeg'],
  source: 'Clinical specification 3, EV-BENDTWIST',
  text: 'Bending and turning at once strains your back. Face the job first, then bend your knees.',
  cueRestS: 60,
  initial: (): BendTwistState => ({ bentFromS: -Infinity, bentS: -Infinity, peakDeg: 0 }),
  onSample: (state, input, _step, limits, emit) => {
    const { tS, flexionDeg } = input;
    if (flexionDeg >= limits.comboFlexDeg && mayBend(input)) {
      if (tS - state.bentS > TOGETHER_S) {
        state.bentFromS = tS;
        state.peakDeg = 0;
      }
      state.bentS = tS;
      if (flexionDeg > state.peakDeg) state.peakDeg = flexionDeg;
    }
    if (state.waiting !== undefined) combine(state, tS, limits, emit);
  },
  onInterruption: (state) => {
    state.waiting = undefined;
  },
  onMotionEvent: (state, event: MotionEvent, limits, emit) => {
    const rotationDeg = Number(event.peakDeg);
    if (event.type !== 'twist' || !(rotationDeg >= limits.comboTwistDeg)) return;
    const { startS, endS, decidedS, peakS = endS } = event;
    state.waiting = { startS, peakS, decidedS, rotationDeg };
    combine(state, decidedS, limits, emit);
  },
});

function combine(state: BendTwistState, nowS: number, limits: ComboLimits, emit: EmitFinding): void {
  const { waiting, bentFromS, bentS, peakDeg } = state;
  if (waiting === undefined) return;
  const { startS, peakS, decidedS, rotationDeg } = waiting;
  const isTogether = bentFromS <= peakS + TOGETHER_S && bentS >= peakS - TOGETHER_S;
  if (!isTogether && nowS <= peakS + TOGETHER_S) return;
  state.waiting = undefined;
  if (!isTogether) return;
  const values = {
    flexionDeg: tenths(peakDeg),
    limitDeg: limits.comboFlexDeg,
    rotationDeg: tenths(rotationDeg),
    rotationLimitDeg: limits.comboTwistDeg,
    source: ONE_SENSOR,
  };
  const confidence = Math.min(
    MOST_CERTAIN,
    certaintyBeyond(peakDeg - limits.comboFlexDeg, INCLINATION_ERROR_DEG),
    certaintyBeyond(rotationDeg - limits.comboTwistDeg, ROTATION_ERROR_DEG),
  );
  const at = { startS, decidedS: Math.max(decidedS, nowS) };
  emit({ phase: 'start', ...at, values, confidence });
  emit({ phase: 'end', ...at, values, confidence: 1 });
}
