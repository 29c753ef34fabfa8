/** EV-JERK: a brief abrupt movement forward, such as of a cough. Counted, never an alarm. Clinical specification 3. */
import { ONE_SENSOR } from './bendContext.ts';
import { tenths } from './certainty.ts';
import { defineRule } from './define.ts';

const LEAST_DPS = 60;

export const jerk = defineRule({
  id: 'EV-JERK',
  kind: 'jerk',
  severity: 'none',
  reads: ['flexionRateMaxDps'],
  limits: [],
  source: 'Clinical specification 3, EV-JERK',
  text: 'When you need to cough or sneeze, stand tall and press a hand on your chest or back.',
  cueRestS: 0,
  initial: () => ({}),
  onMotionEvent: (_state, event, _limits, emit) => {
    const rateDps = Number(event.peakRateDps);
    if (event.type !== 'abruptFlexion' || !(rateDps >= LEAST_DPS)) return;
    const { startS, decidedS, confidence } = event;
    const values = { peakRateDps: tenths(rateDps), peakDeg: tenths(Number(event.peakDeg)), source: ONE_SENSOR };
    emit({ phase: 'start', startS, decidedS, values, confidence });
    emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
  },
});
