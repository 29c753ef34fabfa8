/** The catalogue of the motion core: what other stages may use of it. */
export { DataCalibration } from './alignment/dataCalibration.ts';
export { StanceCalibration } from './alignment/stanceCalibration.ts';
export { ExerciseSpan } from './exercise/exerciseSpan.ts';
export { EXERCISE_IDS } from './exercise/exercises.ts';
export { type ImpactBand, impactBandOf } from './loading/impact.ts';
export { METRICS, type MetricId } from './metrics.ts';
export { Mark, type MotionFrame } from './motionFrame.ts';
export type { SettledSamples } from './orientation/settled.ts';
export { personalAxes, trunkAngles, type PersonalAxes } from './posture/trunkAngles.ts';
export { POSTURES, type Posture } from './posture/postureClass.ts';
export { STEPPING_MPS2 } from './posture/shaking.ts';
export type { SecondSummary } from './secondSummary.ts';
export { bodyInSegment, SpineAngles } from './spine/spineAngles.ts';
export { withSpineFields } from './spine/spineFields.ts';
export type { SpineFrame } from './spine/spineMotion.ts';
export { TrunkPair } from './spine/trunkPair.ts';
export { TrunkMotion, type MotionSink } from './trunkMotion.ts';
