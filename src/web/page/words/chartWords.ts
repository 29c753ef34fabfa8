/** The chart as a sentence. */
import type { LastMinute } from '../live/lastMinute.ts';
import { durationWords, plural } from './timeWords.ts';

export function chartSentence(minute: LastMinute | undefined, limitDeg: number | undefined): string {
  if (!minute) return 'No data in the last minute.';
  const highest =
    minute.highestDeg < 10
      ? 'Upright the whole time'
      : `Furthest forward ${Math.trunc(minute.highestDeg)}°, ${Math.round(minute.highestAgoS)} s ago`;
  const past =
    limitDeg === undefined
      ? ''
      : minute.pastLimitS > 0
        ? `; ${durationWords(minute.pastLimitS)} past the limit`
        : '; never past the limit';
  const gaps = minute.gaps === 0 ? '' : `; ${plural(minute.gaps, 'gap')} without data, ${durationWords(minute.gapS)}`;
  return `${highest}${past}${gaps}.`;
}
