/** EV-TWIST: turned far with the feet still. From one sensor it stays a possible twist. Clinical specification 3. */
import { ONE_SENSOR } from './bendContext.ts';
import { certaintyBeyond, ROTATION_ERROR_DEG, tenths } from './certainty.ts';
import { defineRule } from './define.ts';

/** Slower than this it is a turn that began. */
const REACHED_WITHIN_S = 2;
/** Clinical specification 3, decision 2: the feet cannot be seen. */
const MOST_CERTAIN = 0.6;

export const twist = defineRule({
  id: 'EV-TWIST',
  kind: 'twist',
  severity: 'low',
  reads: ['rotationDeg'],
  limits: ['twistDeg'],
  source: 'Clinical specification 3, EV-TWIST',
  text: 'You turned with your feet still. Step round so your feet and chest face the same way.',
  cueRestS: 60,
  initial: () => ({}),
  onMotionEvent: (_state, event, limits, emit) => {
    if (event.type !== 'twist') return;
    const peakDeg = Number(event.peakDeg);
    const { startS, decidedS, riseS } = event;
    if (!(peakDeg >= limits.twistDeg) || !(Number(riseS) <= REACHED_WITHIN_S)) return;
    const values = {
      peakDeg: tenths(peakDeg),
      limitDeg: limits.twistDeg,
      side: String(event.side),
      source: ONE_SENSOR,
    };
    const confidence = Math.min(MOST_CERTAIN, certaintyBeyond(peakDeg - limits.twistDeg, ROTATION_ERROR_DEG));
    emit({ phase: 'start', startS, decidedS, values, confidence });
    // It was over before it could be told.
    emit({ phase: 'end', startS, decidedS, values, confidence: 1 });
  },
});
