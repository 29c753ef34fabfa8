/**
 * Landings that belong to an exercise, told from steps.
 *
 * In    `impact` events of the span   Out  one landing per stamp or drop
 * Method impacts closer than `spacingS` are one landing, the hardest; three or more in a row at the rhythm of steps are steps;
 *        fewer than `minTrain` with no pause beyond `maxPauseS` are no exercise (somebody coughed, or put a foot down hard)
 * Limits stamping faster than 90 per minute looks like walking and is not counted; slow hops read like stamps
 */
export interface ImpactTrainParams {
  readonly minG: number;
  readonly spacingS: number;
  readonly minTrain: number;
  readonly maxPauseS: number;
}

export interface Landing {
  readonly startS: number;
  readonly endS: number;
  readonly peakS: number;
  readonly peakG: number;
  readonly band: string;
}

/** 90 per minute: slower than that nobody walks hard enough to reach the threshold of an exercise [D]. */
const STEP_SPACING_S = 0.66;
const STEPS_IN_A_ROW = 3;

/** Landings hard enough, one per stamp or drop, steps left out. */
export const exerciseLandings = (impacts: readonly Landing[], { spacingS, minG }: ImpactTrainParams): Landing[] =>
  withoutSteps(impacts, spacingS).filter(({ peakG }) => peakG >= minG);

/** Of what is left, only those in a train. */
export const inTrains = <L extends { readonly peakS: number }>(
  landings: readonly L[],
  { minTrain, maxPauseS }: ImpactTrainParams,
): L[] =>
  runsOf(landings, maxPauseS)
    .filter((run) => run.length >= minTrain)
    .flat();

function withoutSteps(impacts: readonly Landing[], spacingS: number): Landing[] {
  const single = runsOf(impacts, STEP_SPACING_S).filter((run) => {
    const lastingS = run[run.length - 1].peakS - run[0].peakS;
    // A landing that rings also makes several impacts, but all of them at once.
    return run.length < STEPS_IN_A_ROW || lastingS < spacingS;
  });
  return single.flatMap((run) => hardestOf(run, spacingS));
}

function hardestOf(run: readonly Landing[], spacingS: number): Landing[] {
  const kept: Landing[] = [];
  for (const landing of run) {
    const last = kept[kept.length - 1];
    if (last === undefined || landing.peakS - last.peakS >= spacingS) kept.push(landing);
    else if (landing.peakG > last.peakG) kept[kept.length - 1] = landing;
  }
  return kept;
}

function runsOf<L extends { readonly peakS: number }>(landings: readonly L[], maxPauseS: number): L[][] {
  const runs: L[][] = [];
  for (const landing of landings) {
    const run = runs[runs.length - 1];
    if (run && landing.peakS - run[run.length - 1].peakS <= maxPauseS) run.push(landing);
    else runs.push([landing]);
  }
  return runs;
}
