/**
 * Impacts of SisFall's waist sensor: walking loads less than jogging, jogging less than jumping. Plausibility, no benchmark: SisFall
 * labels activities, not impacts. `PRINT_FIGURES=1` prints what is found.
 */
import { describe, expect, it } from 'vitest';
import { hasShared } from '../../sharedData.ts';
import { SISFALL_CALIBRATION, sisfallTrials } from '../sisfallBlocks.ts';
import { runTrunk } from '../trunkRun.ts';

const SUBJECTS = ['SA01', 'SA03', 'SA06', 'SA09', 'SA17'];
const WALKING = ['D01', 'D02'];
const JOGGING = ['D03', 'D04'];
const JUMPING = 'D19';

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

describe.skipIf(!hasShared)(`impacts of SisFall${hasShared ? '' : ' (skipped: no ../shared)'}`, () => {
  const impacts: Record<string, { peaksG: number[]; forS: number }> = {};
  const trials = hasShared ? sisfallTrials(SUBJECTS, [...WALKING, ...JOGGING, JUMPING]) : [];
  for (const { activity, durationS, block } of trials) {
    const { events } = runTrunk([block], { calibration: SISFALL_CALIBRATION, placement: 'waist' });
    const found = (impacts[activity] ??= { peaksG: [], forS: 0 });
    found.forS += durationS;
    for (const event of events) if (event.type === 'impact') found.peaksG.push(Number(event.peakG));
  }
  const medianG = (activity: string): number => medianOf(impacts[activity].peaksG);
  const perMinute = (activity: string): number => (impacts[activity].peaksG.length * 60) / impacts[activity].forS;
  if (process.env['PRINT_FIGURES']) {
    for (const activity of Object.keys(impacts).sort()) {
      process.stdout.write(
        `${activity}: median ${medianG(activity).toFixed(2)} g, ${perMinute(activity).toFixed(1)}/min\n`,
      );
    }
  }

  it('walking loads less than jogging, jogging less than jumping', () => {
    for (const walk of WALKING) for (const jog of JOGGING) expect(medianG(walk)).toBeLessThan(medianG(jog));
    for (const jog of JOGGING) expect(medianG(jog)).toBeLessThan(medianG(JUMPING));
  });

  it('jogging makes about one impact per step: 100 to 200 per minute', () => {
    expect(perMinute('D04')).toBeGreaterThan(100);
    expect(perMinute('D04')).toBeLessThan(200);
  });
});
