/** EV-CALIB: the sensor sits otherwise than before, so posture is not judged until that is mended. Clinical specification 3. */
import { defineRule } from './define.ts';

interface WornState {
  startS?: number | undefined;
}

export const wornDifferently = defineRule({
  id: 'EV-CALIB',
  kind: 'calibration',
  severity: 'low',
  reads: ['inclinationDeg'],
  limits: [],
  source: 'Clinical specification 3, EV-CALIB: posture is not judged while the upright has moved by more than 8°',
  text: 'Please stand tall against a wall for ten seconds so we can set your sensor.',
  cueRestS: 3600,
  initial: (): WornState => ({}),
  onSample: (state, { tS, isWornDifferently }, _step, _limits, emit) => {
    if (isWornDifferently === (state.startS !== undefined)) return;
    const startS = state.startS ?? tS;
    state.startS = isWornDifferently ? tS : undefined;
    emit({ phase: isWornDifferently ? 'start' : 'end', startS, decidedS: tS, values: {}, confidence: 0.8 });
  },
});
