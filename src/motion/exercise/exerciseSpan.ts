/**
 * One guided exercise: the samples of its span in, repetitions, tempo, holds and form out.
 *
 * In    frames after the angles were filled, `impact` events, in time order
 * Out   `result()`: at the end, or at any moment before it for a live count
 * Source clinical specification, section 5: what chest and waist can see, form rules. A count is the patient's to correct.
 * Limits one sensor: with two, the spine's own flexion would judge the squat. Without gyroscope the vertical is that of slow
 *        postures and heights are rough. Repetitions were tried on synthetic motion. Public recordings of the waist (SisFall,
 *        four subjects): 27 minutes of walking and jogging held no stomps and heel drops, one squat, five heel raises; one rise
 *        from a chair was counted as one in 40 of 80 trials, as two in 29, as none in 10: the sit-to-stand count is rough.
 */
import type { MotionEvent } from '../../model/event.ts';
import type { Placement } from '../../model/person.ts';
import type { MotionFrame } from '../motionFrame.ts';
import {
  EXERCISE_LIMITS,
  type ExerciseDefinition,
  type ExerciseLimits,
  type Hold,
  type Repetition,
  siteOf,
} from './exercise.ts';
import { type ExerciseId, EXERCISES, pushUpVariant } from './exercises.ts';
import { holdsWithin } from './holds.ts';
import type { Landing } from './impactTrain.ts';
import { leansBetween, repetitionsIn, walkingShareRatio } from './repetitions.ts';
import { SpanColumns } from './spanColumns.ts';

export interface ExerciseSpanOptions {
  readonly exercise: ExerciseId;
  readonly startS: number;
  readonly endS: number;
  readonly rateHz: number;
  readonly placement: Placement;
  readonly limits?: Partial<ExerciseLimits>;
}

export interface ExerciseResult {
  readonly exercise: ExerciseId;
  readonly startS: number;
  readonly endS: number;
  readonly coveredS: number;
  /** Why nothing was counted, in words. */
  readonly refused?: string;
  readonly count: number;
  readonly tempoMedianS?: number;
  /** Share of the repetitions whose form was good; absent where this sensor cannot judge it. */
  readonly formShareRatio?: number;
  readonly formNotSeen?: string;
  readonly cannotSee: string;
  readonly limits: ExerciseLimits;
  readonly repetitions: readonly Repetition[];
  readonly holds: readonly Hold[];
}

/** Who walks to the next place does no exercise; the rhythm of steps is known some seconds late. */
const MOST_WALKING_RATIO = 0.5;

export class ExerciseSpan {
  readonly #options: ExerciseSpanOptions;
  readonly #definition: ExerciseDefinition<ExerciseId>;
  readonly #limits: ExerciseLimits;
  readonly #columns: SpanColumns;
  readonly #impacts: Landing[] = [];

  constructor(options: ExerciseSpanOptions) {
    const definition = EXERCISES.find(({ id }) => id === options.exercise);
    if (!definition) throw new Error(`no exercise ${options.exercise}`);
    this.#options = options;
    this.#definition = definition;
    this.#limits = { ...EXERCISE_LIMITS, ...options.limits };
    this.#columns = new SpanColumns(options.rateHz);
  }

  push(frame: MotionFrame): void {
    const { startS, endS } = this.#options;
    for (let i = 0; i < frame.n; i++) {
      if (frame.tS[i] >= startS && frame.tS[i] < endS) this.#columns.push(frame, i);
    }
  }

  /** Everything but impacts is left aside. */
  addEvent({ type, startS, endS, peakS = startS, ...more }: MotionEvent): void {
    if (type !== 'impact' || peakS < this.#options.startS || peakS >= this.#options.endS) return;
    this.#impacts.push({ startS, endS, peakS, peakG: Number(more['peakG']), band: String(more['band']) });
  }

  result(): ExerciseResult {
    const { exercise, startS, endS, rateHz } = this.#options;
    const refused = this.#refusal();
    const repetitions = refused === undefined ? this.#repetitions() : [];
    const judged = repetitions.filter(({ formOk }) => formOk !== undefined);
    const good = judged.filter(({ formOk }) => formOk);
    const tempoMedianS = medianOf(repetitions.flatMap(({ tempoS }) => tempoS ?? []));
    const formSeen = this.#definition.form.seenAt[siteOf(this.#options.placement)];
    return {
      exercise,
      startS,
      endS,
      coveredS: this.#columns.coveredSamples / rateHz,
      ...(refused === undefined ? {} : { refused }),
      count: repetitions.length,
      ...(tempoMedianS === undefined ? {} : { tempoMedianS }),
      ...(judged.length === 0 ? {} : { formShareRatio: good.length / judged.length }),
      ...(formSeen === true || refused !== undefined ? {} : { formNotSeen: formSeen }),
      cannotSee: this.#definition.cannotSee,
      limits: this.#limits,
      repetitions,
      holds: refused === undefined ? this.#holds() : [],
    };
  }

  #refusal(): string | undefined {
    const { placement, rateHz } = this.#options;
    const { seenAt, minRateHz, name } = this.#definition;
    const seen = seenAt[siteOf(placement)];
    if (seen !== true) return seen;
    if (rateHz >= minRateHz) return undefined;
    return `${name}: expected ${minRateHz} samples per second or more, found ${Math.round(rateHz)}: it would fall between samples`;
  }

  #repetitions(): Repetition[] {
    const { pattern, stepsRuleOut } = this.#definition;
    const mostWalkingRatio = stepsRuleOut ? MOST_WALKING_RATIO : 1;
    return this.#columns.segments
      .flatMap((segment) => repetitionsIn(this.#columns, segment, pattern, this.#impacts))
      .filter(({ startS, endS }) => walkingShareRatio(this.#columns, startS, endS) <= mostWalkingRatio)
      .map((repetition) => this.#judged(repetition));
  }

  #judged(repetition: Repetition): Repetition {
    const { form, id } = this.#definition;
    const { leanDeg, sideDeg, midLineDeg } = leansBetween(this.#columns, repetition.startS, repetition.endS);
    const site = siteOf(this.#options.placement);
    const judgesForm = form.seenAt[site] === true;
    const measured = {
      ...repetition,
      // The waist's own tilt is not the trunk's lean: hidden where it says nothing, not guessed.
      ...(site === 'chest' || judgesForm ? { leanDeg, sideDeg } : {}),
      ...(id === 'pushUp' ? { variant: pushUpVariant(midLineDeg) } : {}),
    };
    if (!judgesForm) return measured;
    const formReason = form.fault(measured, this.#limits);
    return { ...measured, formOk: formReason === undefined, ...(formReason === undefined ? {} : { formReason }) };
  }

  #holds(): Hold[] {
    const { pattern } = this.#definition;
    if (pattern.by !== 'hold') return [];
    return this.#columns.segments.flatMap((segment) => holdsWithin(this.#columns, segment, pattern.hold));
  }
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? undefined : sorted[sorted.length >> 1];
}
