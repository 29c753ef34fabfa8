/**
 * A second look at what a wearable remembers of an absence: samples of a gap that was stated long ago → its seconds and its
 * movements, so that a clinician sees what happened. No rules and no live angles: a cue that comes minutes late frightens and
 * helps nobody. The gap stays stated: it is what was known at the time.
 *
 * Movements have the ids that they would have had live; theirs begin within the gap, and those of the live pass outside.
 */
import type { ImuBlock } from './model/block.ts';
import type { MotionEvent } from './model/event.ts';
import type { Calibration } from './model/person.ts';
import type { SecondSummary } from './motion/index.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';

export interface LatePassListeners {
  /** The one in use. */
  calibration(): Calibration;
  /** Whole ones, of which the live pass has seen nothing. */
  onSecond(second: SecondSummary): void;
  onMotionEvent(event: MotionEvent): void;
}

/** The live pass goes on over a shorter gap, and has told what happened around it. As in `motion/trunkMotion.ts`. */
const LEAST_RUN_S = 0.5;
/** A longer step is another gap, or another piece of the same. */
const MOST_PERIODS = 1.5;

interface Run {
  readonly pipeline: Pipeline;
  readonly firstS: number;
  readonly periodS: number;
  lastS: number;
  readonly seconds: SecondSummary[];
  readonly events: MotionEvent[];
}

export class LatePass {
  readonly #options: Omit<PipelineOptions, 'withRules' | 'calibration' | 'keepsCalibration'>;
  readonly #listeners: LatePassListeners;
  #run: Run | undefined;

  constructor(
    options: Omit<PipelineOptions, 'withRules' | 'calibration' | 'keepsCalibration'>,
    listeners: LatePassListeners,
  ) {
    this.#options = options;
    this.#listeners = listeners;
  }

  push(block: ImuBlock): void {
    const stepS = block.tS[0] - (this.#run?.lastS ?? NaN);
    if (!(stepS > 0 && stepS <= MOST_PERIODS / block.rateHz)) {
      this.end();
      this.#run = this.#begin(block);
    }
    if (!this.#run) return;
    this.#run.lastS = block.tS[block.n - 1];
    this.#run.pipeline.push(block);
  }

  /** No more samples of this gap: they come all at once, so the next live block says so. */
  end(): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.pipeline.end();
    const { firstS, lastS, periodS } = run;
    if (lastS - firstS < LEAST_RUN_S) return;
    for (const second of run.seconds) {
      // The samples beside the run belong to the live pass, and so do the seconds that they lie in.
      const isWhole = second.secondS > firstS - periodS && second.secondS + 1 <= lastS + periodS;
      if (isWhole) this.#listeners.onSecond(second);
    }
    for (const event of run.events) if (event.type !== 'gap') this.#listeners.onMotionEvent(event);
  }

  #begin({ tS, rateHz }: ImuBlock): Run {
    const seconds: SecondSummary[] = [];
    const events: MotionEvent[] = [];
    const pipeline = new Pipeline(
      {
        ...this.#options,
        calibration: this.#listeners.calibration(),
        keepsCalibration: true,
        withRules: false,
      },
      {
        onSecond: (second) => seconds.push(second),
        onMotionEvent: (event) => events.push(event),
        onVerdict: () => undefined,
        onAngles: () => undefined,
        onCalibration: () => undefined,
        onWornDifferently: () => undefined,
      },
    );
    return { pipeline, firstS: tS[0], lastS: NaN, periodS: 1 / rateHz, seconds, events };
  }
}
