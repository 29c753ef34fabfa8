/** The chart in numbers, for the sentence and the table beside it. */
import type { TrackPoints } from './angleTrack.ts';

export interface LastMinute {
  readonly highestDeg: number;
  /** Seconds before now. */
  readonly highestAgoS: number;
  readonly pastLimitS: number;
  readonly gaps: number;
  /** All time without data since the first point, the current silence included. */
  readonly gapS: number;
}

export interface TableRow {
  readonly fromAgoS: number;
  readonly toAgoS: number;
  /** undefined: no data. */
  readonly meanDeg: number | undefined;
  readonly highestDeg: number | undefined;
}

export function lastMinute({ agoS, flexionDeg }: TrackPoints, limitDeg: number | undefined): LastMinute | undefined {
  let highestDeg = -Infinity;
  let highestAgoS = 0;
  let pastLimitS = 0;
  let gaps = 0;
  let gapS = 0;
  for (const [i, deg] of flexionDeg.entries()) {
    const spanS = (agoS[i + 1] ?? 0) - (agoS[i] ?? 0);
    if (deg === null) {
      gaps += 1;
      gapS += spanS;
      continue;
    }
    if (deg > highestDeg) {
      highestDeg = deg;
      highestAgoS = -(agoS[i] ?? 0);
    }
    const isJoined = i + 1 < flexionDeg.length && flexionDeg[i + 1] !== null;
    if (isJoined && limitDeg !== undefined && deg >= limitDeg) pastLimitS += spanS;
  }
  const silenceS = -(agoS.at(-1) ?? 0);
  if (silenceS > 1.5) {
    gaps += 1;
    gapS += silenceS;
  }
  return Number.isFinite(highestDeg) ? { highestDeg, highestAgoS, pastLimitS, gaps, gapS } : undefined;
}

const ROW_S = 10;

export function tableRows({ agoS, flexionDeg }: TrackPoints): TableRow[] {
  const rows: TableRow[] = [];
  for (let fromAgoS = ROW_S; fromAgoS <= 60; fromAgoS += ROW_S) {
    const toAgoS = fromAgoS - ROW_S;
    const values = flexionDeg.filter(
      (deg, i): deg is number => deg !== null && -(agoS[i] ?? 0) <= fromAgoS && -(agoS[i] ?? 0) > toAgoS - 1e-9,
    );
    const hasAny = values.length > 0;
    const meanDeg = hasAny ? values.reduce((sum, deg) => sum + deg, 0) / values.length : undefined;
    rows.push({ fromAgoS, toAgoS, meanDeg, highestDeg: hasAny ? Math.max(...values) : undefined });
  }
  return rows;
}
