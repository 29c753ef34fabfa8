/** The line that `plumbline record` ends with. */
import type { Placement } from '../../model/person.ts';
import type { Recorder } from './recorder.ts';

type Account = Pick<Recorder, 'samples' | 'lostSamples' | 'gaps' | 'lengthS' | 'rateHz' | 'pelvis' | 'late'>;

/** @param pelvisPlacement of the second wearable, where two were recorded */
export function recordingSummary(path: string, account: Account, pelvisPlacement: Placement | undefined): string {
  const { samples, lostSamples: lost, gaps, lengthS, rateHz, pelvis, late } = account;
  const length = `${samples} samples in ${lengthS.toFixed(1)} s at ${rateHz} Hz`;
  const parts = [`${path}: ${length}, ${lost} lost (${percentOf(lost, samples + lost)}), ${gapsOf(gaps)}`];
  if (late.written > 0) parts.push(`${late.written} of the lost came late and are written`);
  if (late.leftOut > 0) parts.push(`${late.leftOut} of the lost came late and are left out`);
  if (pelvisPlacement !== undefined) {
    const missing = `${pelvis.missing} missing (${percentOf(pelvis.missing, samples)})`;
    const leftOut = pelvis.lateLeftOut > 0 ? `, ${pelvis.lateLeftOut} samples came late and are left out` : '';
    parts.push(`${pelvisPlacement}: ${missing}, ${gapsOf(pelvis.gaps)}${leftOut}`);
  }
  return parts.join('; ');
}

const percentOf = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const gapsOf = (count: number): string => `${count} gap${count === 1 ? '' : 's'}`;
