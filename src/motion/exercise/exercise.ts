/**
 * What an exercise is to the sensor: a definition is data, one small counter does the work.
 *
 * Exercises are only looked for inside a guided session, never in the whole day: a squat is also a way to sit down.
 */
import type { Placement } from '../../model/person.ts';
import type { HoldParams } from './holds.ts';
import type { ImpactTrainParams } from './impactTrain.ts';
import type { SwingParams } from './angleSwings.ts';
import type { StrokeParams } from './verticalStrokes.ts';

/** Which movement of the trunk is one repetition. */
export type Pattern =
  /** Height: down and up, up and down, or up alone. */
  | { readonly by: 'strokes'; readonly order: 'downUp' | 'upDown' | 'up'; readonly strokes: StrokeParams }
  /** The trunk's line turns one way and back: forward, or (lying prone) upward. */
  | { readonly by: 'swings'; readonly turning: 'forward' | 'upward'; readonly swings: SwingParams }
  /** Landings; each after a rise of the body, where `rise` is given. */
  | { readonly by: 'impacts'; readonly train: ImpactTrainParams; readonly rise?: StrokeParams }
  /** A posture that is kept. */
  | { readonly by: 'hold'; readonly hold: HoldParams };

export interface Repetition {
  /** Seconds on the sample clock. */
  readonly startS: number;
  readonly endS: number;
  readonly peakS: number;
  /** How long it took; of a landing, the time since the one before. */
  readonly tempoS?: number;
  /** How far the trunk went down or up. */
  readonly heightM?: number;
  /** Most forward lean, most side lean, within it. */
  readonly leanDeg?: number;
  readonly sideDeg?: number;
  /** How far the line of the trunk turned; lying prone, how far it was lifted. */
  readonly turnDeg?: number;
  /** How long the end position was kept. */
  readonly holdS?: number;
  /** Above one g. */
  readonly peakG?: number;
  readonly band?: string;
  readonly variant?: string;
  /** Absent: this sensor cannot judge it. */
  readonly formOk?: boolean;
  readonly formReason?: string;
}

export interface Hold {
  readonly startS: number;
  readonly endS: number;
  readonly holdS: number;
}

/** Of the person, clinical specification 2.3; defaults are those of tier T2. */
export interface ExerciseLimits {
  readonly flexCautionDeg: number;
  readonly impactCapG: number;
}
export const EXERCISE_LIMITS: ExerciseLimits = { flexCautionDeg: 30, impactCapG: 3.9 };

/** Where a trunk sensor sits, as far as exercises go. */
export type SensorSite = 'chest' | 'waist';
export const siteOf = (placement: Placement): SensorSite => (placement === 'chest' ? 'chest' : 'waist');

export interface ExerciseDefinition<Id extends string = string> {
  readonly id: Id;
  readonly name: string;
  /** In the exercise programme of the clinical specification, section 5. */
  readonly clinicalId: string;
  /** True, or in words why this sensor cannot count it. */
  readonly seenAt: Readonly<Record<SensorSite, true | string>>;
  readonly pattern: Pattern;
  /** Slower sensors are refused. */
  readonly minRateHz: number;
  /**
   * Whether the rhythm of steps rules a repetition out. Small slow repetitions have no such rhythm of their own; squats and
   * stamps at an even pace do.
   */
  readonly stepsRuleOut: boolean;
  readonly form: FormRule;
  /** What no trunk sensor sees of it. */
  readonly cannotSee: string;
  readonly source: string;
}

export interface FormRule {
  /** True, or in words why this sensor cannot judge the form. */
  readonly seenAt: Readonly<Record<SensorSite, true | string>>;
  /** @returns what was not right, in words; undefined when the form was good */
  readonly fault: (repetition: Repetition, limits: ExerciseLimits) => string | undefined;
}

export const defineExercise = <const Id extends string>(definition: ExerciseDefinition<Id>): ExerciseDefinition<Id> =>
  definition;
