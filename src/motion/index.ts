/** The catalogue of the motion core: what other stages may use of it. */
export { DataCalibration } from './alignment/dataCalibration.ts';
export { FunctionalAxis } from './alignment/functionalAxis.ts';
export { type MountFinding, MountWatch, type WornAs } from './alignment/mountWatch.ts';
export { StanceCalibration } from './alignment/stanceCalibration.ts';
export { METRICS, type MetricId } from './metrics.ts';
export { Mark, type MotionFrame } from './motionFrame.ts';
export type { SettledSamples } from './orientation/settled.ts';
export { personalAxes, trunkAngles, type PersonalAxes } from './posture/trunkAngles.ts';
export { POSTURES, type Posture } from './posture/postureClass.ts';
export type { SecondSummary } from './secondSummary.ts';
export { TrunkMotion, type MotionSink } from './trunkMotion.ts';
