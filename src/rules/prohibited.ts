/** EV-PROHIB: sit-ups and crunches, toe touches, hard twists again and again. Clinical specification 3. */
import type { MotionEvent } from '../model/event.ts';
import { isOnSide, mayBend, ONE_SENSOR } from './bendContext.ts';
import { defineRule, type EmitFinding } from './define.ts';

/** (a) the trunk raised from lying by so much, so often. */
const CRUNCH = { leastDeg: 30, count: 3, withinS: 30 } as const;
/** (b) bent so far while standing, and up again to below `upDeg` in between. */
const TOE_TOUCH = { leastDeg: 80, upDeg: 60, count: 2, withinS: 30 } as const;
/** (c) twists beyond the person's limit. */
const TWISTS = { count: 5, withinS: 60 } as const;
/** A bout is over when nothing of it came for so long. */
const BOUT_OVER_S = 30;

type Pattern = 'sitUps' | 'toeTouches' | 'twists';

interface ProhibitedState {
  crunchesS: number[];
  toeTouchesS: number[];
  twistsS: number[];
  /** Below the angle of a toe touch since the last one. */
  isUp: boolean;
  /** The bout that is going on. */
  startS?: number | undefined;
  pattern?: Pattern | undefined;
  lastS: number;
}

export const prohibited = defineRule({
  id: 'EV-PROHIB',
  kind: 'prohibited',
  severity: 'medium',
  reads: ['flexionDeg', 'rotationDeg'],
  limits: ['twistDeg'],
  source: 'Clinical specification 3, EV-PROHIB',
  text: 'Please stop this exercise. Sit-ups, toe touches and hard twists are not safe for your spine.',
  cueRestS: 0,
  initial: (): ProhibitedState => ({ crunchesS: [], toeTouchesS: [], twistsS: [], isUp: true, lastS: -Infinity }),
  onSample: (state, input, _step, _limits, emit) => {
    const { tS, flexionDeg } = input;
    if (flexionDeg < TOE_TOUCH.upDeg) state.isUp = true;
    else if (state.isUp && flexionDeg >= TOE_TOUCH.leastDeg && mayBend(input) && !isOnSide(input)) {
      state.isUp = false;
      state.toeTouchesS = note(state.toeTouchesS, tS, TOE_TOUCH);
      if (state.toeTouchesS.length >= TOE_TOUCH.count) say(state, 'toeTouches', state.toeTouchesS, tS, emit);
    }
    if (state.startS !== undefined && tS - state.lastS > BOUT_OVER_S) over(state, tS, emit);
  },
  onInterruption: (state, lastS, emit) => over(state, lastS, emit),
  onMotionEvent: (state, event, { twistDeg }, emit) => {
    const { startS, decidedS } = event;
    if (event.type === 'crunch' && isFrom(event, CRUNCH.leastDeg)) {
      state.crunchesS = note(state.crunchesS, startS, CRUNCH);
      if (state.crunchesS.length >= CRUNCH.count) say(state, 'sitUps', state.crunchesS, decidedS, emit);
    }
    if (event.type === 'twist' && isFrom(event, twistDeg)) {
      state.twistsS = note(state.twistsS, startS, TWISTS);
      if (state.twistsS.length >= TWISTS.count) say(state, 'twists', state.twistsS, decidedS, emit);
    }
  },
});

const isFrom = ({ peakDeg }: MotionEvent, leastDeg: number): boolean => Number(peakDeg) >= leastDeg;

const note = (timesS: readonly number[], tS: number, { withinS }: { readonly withinS: number }): number[] =>
  [...timesS, tS].filter((timeS) => tS - timeS <= withinS);

/** Once per bout; what follows only makes it last. */
function say(
  state: ProhibitedState,
  pattern: Pattern,
  timesS: readonly number[],
  decidedS: number,
  emit: EmitFinding,
): void {
  state.lastS = decidedS;
  if (state.startS !== undefined) return;
  state.startS = timesS[0] ?? decidedS;
  state.pattern = pattern;
  const values = { pattern, repetitionsCount: timesS.length, source: ONE_SENSOR };
  emit({ phase: 'start', startS: state.startS, decidedS, values, confidence: pattern === 'twists' ? 0.5 : 0.8 });
}

function over(state: ProhibitedState, decidedS: number, emit: EmitFinding): void {
  const { startS, pattern } = state;
  state.startS = undefined;
  // Another bout is counted from its own beginning.
  state.crunchesS = [];
  state.toeTouchesS = [];
  state.twistsS = [];
  if (startS === undefined || pattern === undefined) return;
  emit({ phase: 'end', startS, decidedS, values: { pattern }, confidence: 1 });
}
