/** EV-SLOUCH: sitting or standing with the trunk sunk forward for minutes. Clinical specification 3. */
import { mayBend, ONE_SENSOR, reached } from './bendContext.ts';
import { certaintyBeyond, INCLINATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule, type EmitFinding } from './define.ts';
import type { Limits } from './limitTable.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;
const MOST_PER_HOUR = 4;
/** Sitting up for no longer than this does not end it, our own default as in EV-BEND-HOLD. */
const DIP_ALLOWED_S = 2;

interface SlouchState {
  startS?: number | undefined;
  heldS: number;
  dipS: number;
  /** Integral of the angle over the time held. */
  sumDegS: number;
  saidCount: number;
  /** Time held at which it is said next; undefined: the first time. */
  dueS?: number | undefined;
  /** When it was said, in the last hour. */
  saidS: number[];
}

const initial = (): SlouchState => ({ heldS: 0, dipS: 0, sumDegS: 0, saidCount: 0, saidS: [] });

export const slouch = defineRule({
  id: 'EV-SLOUCH',
  kind: 'slouch',
  severity: 'low',
  reads: ['flexionDeg'],
  limits: ['slouchDeg', 'slouchMin'],
  source: 'Clinical specification 3, EV-SLOUCH',
  text: 'Time to sit up tall. Lift your chest and breathe in.',
  cueRestS: 0,
  initial,
  onSample: (state: SlouchState, input, step, limits, emit) => {
    const { tS, flexionDeg } = input;
    const isStill = mayBend(input) && input.posture !== 'walking' && !input.stepping;
    if (isStill && flexionDeg >= limits.slouchDeg) {
      state.startS ??= tS;
      state.heldS += step.measuredS;
      state.sumDegS += step.measuredS * flexionDeg;
      state.dipS = 0;
      const neededS = state.dueS ?? limits.slouchMin * MINUTE_S;
      if (reached(state.heldS, neededS)) say(state, tS, limits, emit);
      return;
    }
    if (state.startS === undefined) return;
    state.dipS += step.elapsedS;
    if (state.dipS > DIP_ALLOWED_S) over(state, tS, emit);
  },
  onInterruption: (state, lastS, emit) => over(state, lastS, emit),
});

function say(state: SlouchState, tS: number, limits: Pick<Limits, 'slouchDeg' | 'slouchMin'>, emit: EmitFinding): void {
  // Due again only after another full time, said or not.
  state.dueS = state.heldS + limits.slouchMin * MINUTE_S;
  state.saidS = state.saidS.filter((saidS) => saidS > tS - HOUR_S);
  if (state.saidS.length >= MOST_PER_HOUR) return;
  state.saidS.push(tS);
  state.saidCount++;
  const meanDeg = state.sumDegS / state.heldS;
  emit({
    phase: state.saidCount === 1 ? 'start' : 'repeat',
    startS: state.startS ?? tS,
    decidedS: tS,
    values: {
      meanDeg: tenths(meanDeg),
      limitDeg: limits.slouchDeg,
      heldS: tenths(state.heldS),
      source: ONE_SENSOR,
    },
    confidence: certaintyBeyond(meanDeg - limits.slouchDeg, INCLINATION_ERROR_DEG),
  });
}

function over(state: SlouchState, decidedS: number, emit: EmitFinding): void {
  const { startS, saidCount, saidS, heldS, sumDegS } = state;
  Object.assign(state, initial(), { startS: undefined, dueS: undefined, saidS });
  if (startS === undefined || saidCount === 0) return;
  const values = { meanDeg: tenths(sumDegS / heldS), heldS: tenths(heldS), source: ONE_SENSOR };
  emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
}
