/** EV-BEND-REP: bent forward too often, within an hour or within minutes. Clinical specification 3. */
import { ONE_SENSOR } from './bendContext.ts';
import { defineRule, type EmitFinding } from './define.ts';
import type { Limits } from './limitTable.ts';

const HOUR_S = 3600;
const BURST_S = 300;
/** Said at most once in this time. */
const REST_S = 3600;

interface RepetitionState {
  /** Starts of the EV-BENDs of the last hour, oldest first. */
  bendsS: number[];
  /** When it was last said, and of which bend. */
  saidS?: number | undefined;
  startS?: number | undefined;
}

type RepetitionLimits = Pick<Limits, 'bendPerHour' | 'bendBurstN'>;

const countSince = (bendsS: readonly number[], fromS: number): number => {
  let count = 0;
  for (const bendS of bendsS) if (bendS > fromS) count++;
  return count;
};

function tooMany(state: RepetitionState, nowS: number, limits: RepetitionLimits): keyof RepetitionLimits | undefined {
  if (countSince(state.bendsS, nowS - BURST_S) >= limits.bendBurstN) return 'bendBurstN';
  return countSince(state.bendsS, nowS - HOUR_S) >= limits.bendPerHour ? 'bendPerHour' : undefined;
}

export const bendRepetition = defineRule({
  id: 'EV-BEND-REP',
  kind: 'bend-rep',
  severity: 'medium',
  reads: ['flexionDeg'],
  limits: ['bendPerHour', 'bendBurstN'],
  source: 'Clinical specification 3, EV-BEND-REP',
  text: 'You have bent forward many times. Take a short rest. Can you raise the work to table height?',
  cueRestS: 0,
  initial: (): RepetitionState => ({ bendsS: [] }),
  onVerdict: (state, verdict, limits, emit) => {
    if (verdict.ruleId !== 'EV-BEND') return;
    const { phase, startS, decidedS, confidence } = verdict;
    if (phase === 'end' && verdict.values.partOf !== undefined) {
      state.bendsS = state.bendsS.filter((bendS) => bendS !== startS);
    }
    if (phase !== 'start') return;
    state.bendsS = [...state.bendsS.filter((bendS) => bendS > startS - HOUR_S), startS];
    const limit = tooMany(state, startS, limits);
    if (limit === undefined || (state.saidS !== undefined && decidedS - state.saidS < REST_S)) return;
    say(state, { startS, decidedS, confidence, limit, limits }, emit);
  },
  onSample: (state, { tS }, _step, limits, emit) => {
    if (state.startS === undefined || tooMany(state, tS, limits) !== undefined) return;
    emit({ phase: 'end', startS: state.startS, decidedS: tS, values: {}, confidence: 1 });
    state.startS = undefined;
  },
});

interface Occasion {
  readonly startS: number;
  readonly decidedS: number;
  readonly confidence: number;
  readonly limit: keyof RepetitionLimits;
  readonly limits: RepetitionLimits;
}

function say(state: RepetitionState, occasion: Occasion, emit: EmitFinding): void {
  const { decidedS, confidence, limit, limits } = occasion;
  const isRepeat = state.startS !== undefined;
  state.startS ??= occasion.startS;
  state.saidS = decidedS;
  const values = {
    bendsInHourCount: countSince(state.bendsS, occasion.startS - HOUR_S),
    bendsIn5MinCount: countSince(state.bendsS, occasion.startS - BURST_S),
    limitCount: limits[limit],
    source: ONE_SENSOR,
  };
  emit({ phase: isRepeat ? 'repeat' : 'start', startS: state.startS, decidedS, values, confidence, limit });
}
