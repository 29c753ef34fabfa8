/** The line that `plumbline record` ends with. */
import type { Placement } from '../../model/person.ts';
import type { Recorder } from './recorder.ts';

type Account = Pick<Recorder, 'samples' | 'lostSamples' | 'gaps' | 'lengthS' | 'rateHz' | 'pelvis'>;

/** @param pelvisPlacement of the second wearable, where two were recorded */
export function recordingSummary(path: string, account: Account, pelvisPlacement: Placement | undefined): string {
  const { samples, lostSamples: lost, gaps, lengthS, rateHz, pelvis } = account;
  const length = `${samples} samples in ${lengthS.toFixed(1)} s at ${rateHz} Hz`;
  const parts = [`${path}: ${length}, ${lost} lost (${percentOf(lost, samples + lost)}), ${gapsOf(gaps)}`];
  if (pelvisPlacement !== undefined) {
    const missing = `${pelvis.missing} missing (${percentOf(pelvis.missing, samples)})`;
    parts.push(`${pelvisPlacement}: ${missing}, ${gapsOf(pelvis.gaps)}`);
  }
  return parts.join('; ');
}

const percentOf = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const gapsOf = (count: number): string => `${count} gap${count === 1 ? '' : 's'}`;
