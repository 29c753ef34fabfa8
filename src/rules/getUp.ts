/** EV-GETUP: straight up from lying, or straight down, instead of over the side. Never an alarm. Clinical specification 3. */
import { ONE_SENSOR } from './bendContext.ts';
import { tenths } from './certainty.ts';
import { defineRule } from './define.ts';

/** Rolled at least so far while the trunk was flat: that is a log roll. */
const ROLLED_DEG = 30;

export const getUp = defineRule({
  id: 'EV-GETUP',
  kind: 'get-up',
  severity: 'none',
  reads: ['inclinationDeg'],
  limits: [],
  source: 'Clinical specification 3, EV-GETUP',
  text: 'Next time roll on your side first, then push up with your arms.',
  cueRestS: 0,
  initial: () => ({}),
  onMotionEvent: (_state, event, _limits, emit) => {
    if (event.type !== 'getUp' && event.type !== 'lieDown') return;
    const rollDeg = Number(event.rollDeg);
    if (!(rollDeg < ROLLED_DEG)) return;
    const { startS, decidedS, confidence } = event;
    const values = { rollDeg: tenths(rollDeg), limitDeg: ROLLED_DEG, movement: event.type, source: ONE_SENSOR };
    emit({ phase: 'start', startS, decidedS, values, confidence });
    emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
  },
});
