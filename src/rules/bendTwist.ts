/** EV-BENDTWIST: bent forward and turned within the same three seconds. Clinical specification 3. */
import type { MotionEvent } from '../model/event.ts';
import { mayBend, ONE_SENSOR } from './bendContext.ts';
import { certaintyBeyond, INCLINATION_ERROR_DEG, ROTATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding } from './define.ts';
import type { Limits } from './limitTable.ts';

const TOGETHER_S = 3;
/** As unsure as the twist that it is made of. */
const MOST_CERTAIN = 0.6;

/** A step so soon before means turning round. */
const STEP_WITHIN_S = 1;
/** No torso turns so far from one sample to the next. */
const NEW_HEADING_DEG = 12;
/** Facing ahead again, as where a twist is over. */
const MIDDLE_DEG = 12;

interface Twisted {
  readonly startS: number;
  readonly endS: number;
  readonly peakS: number;
  readonly decidedS: number;
  readonly rotationDeg: number;
}

interface BendTwistState {
  /** The last stretch beyond comboFlexDeg: first and last moment, deepest angle. */
  bentFromS: number;
  bentS: number;
  peakDeg: number;
  steppedS: number;
  /** Where the torso was after the last step: what was turned with steps is no twist. */
  baseDeg: number;
  rotationDeg: number;
  /** A twist that a bend may still follow. */
  waiting?: Twisted | undefined;
  saidS: number;
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
  initial: (): BendTwistState => ({
    bentFromS: -Infinity,
    bentS: -Infinity,
    peakDeg: 0,
    steppedS: -Infinity,
    baseDeg: 0,
    rotationDeg: 0,
    saidS: -Infinity,
  }),
  onSample: (state, input, _step, limits, emit) => {
    const { tS, flexionDeg, rotationDeg } = input;
    if (input.stepping) state.steppedS = tS;
    followTurns(state, tS, rotationDeg);
    if (flexionDeg >= limits.comboFlexDeg && mayBend(input)) {
      if (tS - state.bentS > TOGETHER_S) {
        state.bentFromS = tS;
        state.peakDeg = 0;
      }
      state.bentS = tS;
      if (flexionDeg > state.peakDeg) state.peakDeg = flexionDeg;
      // Said while it lasts: who stays bent and turned would else never hear of it.
      const turnedDeg = Math.abs(rotationDeg - state.baseDeg);
      const isTurned = turnedDeg >= limits.comboTwistDeg && tS - state.steppedS > STEP_WITHIN_S;
      if (isTurned && state.bentFromS > state.saidS) {
        say(state, { startS: state.bentFromS, decidedS: tS, rotationDeg: turnedDeg }, limits, emit);
      }
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
    if (state.saidS >= startS) return;
    state.waiting = { startS, endS, peakS, decidedS, rotationDeg };
    combine(state, decidedS, limits, emit);
  },
});

function followTurns(state: BendTwistState, tS: number, rotationDeg: number): void {
  const stepDeg = rotationDeg - state.rotationDeg;
  // The heading that it is measured against has moved: what was turned stays turned.
  if (Math.abs(stepDeg) > NEW_HEADING_DEG) state.baseDeg += stepDeg;
  if (tS - state.steppedS <= STEP_WITHIN_S) state.baseDeg = rotationDeg;
  else if (Math.abs(rotationDeg) < MIDDLE_DEG) state.baseDeg = 0;
  if (Number.isFinite(rotationDeg)) state.rotationDeg = rotationDeg;
}

function combine(state: BendTwistState, nowS: number, limits: ComboLimits, emit: EmitFinding): void {
  const { waiting, bentFromS, bentS } = state;
  if (waiting === undefined) return;
  const { startS, peakS, decidedS, rotationDeg } = waiting;
  const isTogether = bentFromS <= peakS + TOGETHER_S && bentS >= peakS - TOGETHER_S;
  if (!isTogether && nowS <= peakS + TOGETHER_S) return;
  state.waiting = undefined;
  if (isTogether) say(state, { startS, decidedS: Math.max(decidedS, nowS), rotationDeg }, limits, emit);
}

function say(
  state: BendTwistState,
  { startS, decidedS, rotationDeg }: { startS: number; decidedS: number; rotationDeg: number },
  limits: ComboLimits,
  emit: EmitFinding,
): void {
  state.saidS = decidedS;
  const values = {
    flexionDeg: tenths(state.peakDeg),
    limitDeg: limits.comboFlexDeg,
    rotationDeg: tenths(rotationDeg),
    rotationLimitDeg: limits.comboTwistDeg,
    source: ONE_SENSOR,
  };
  const confidence = Math.min(
    MOST_CERTAIN,
    certaintyBeyond(state.peakDeg - limits.comboFlexDeg, INCLINATION_ERROR_DEG),
    certaintyBeyond(rotationDeg - limits.comboTwistDeg, ROTATION_ERROR_DEG),
  );
  emit({ phase: 'start', startS, decidedS, values, confidence });
  // It counts once, however long it is held.
  emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
}
