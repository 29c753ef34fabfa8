/** The chart, the same as a sentence, and the same as a table. */
import type { TrackPoints } from '../live/angleTrack.ts';
import { lastMinute, tableRows } from '../live/lastMinute.ts';
import { chartSentence } from '../words/chartWords.ts';
import type { BendLimits } from '../words/postureWords.ts';
import { AngleChart } from './AngleChart.tsx';
import { useSteady } from './useSteady.ts';

const degWords = (deg: number | undefined): string => (deg === undefined ? 'no data' : `${Math.trunc(deg)}°`);

function AngleTable({ points, nowMs }: { points: TrackPoints; nowMs: number }) {
  const rows = useSteady(tableRows(points), nowMs, 2000);
  return (
    <details class="as-table">
      <summary>The same as a table</summary>
      <table>
        <caption>Forward lean in steps of 10 seconds</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">On average</th>
            <th scope="col">Furthest</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ fromAgoS, toAgoS, meanDeg, highestDeg }) => (
            <tr key={fromAgoS}>
              <th scope="row">{toAgoS === 0 ? 'Last 10 seconds' : `${fromAgoS} to ${toAgoS} seconds ago`}</th>
              <td>{degWords(meanDeg)}</td>
              <td>{degWords(highestDeg)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

export function AnglePanel({
  points,
  limits,
  nowMs,
  headingId,
}: {
  points: TrackPoints;
  limits: BendLimits;
  nowMs: number;
  headingId: string;
}) {
  const sentence = chartSentence(lastMinute(points, limits.limitDeg), limits.limitDeg);
  return (
    <section class="card" aria-labelledby={headingId}>
      <h3 id={headingId}>Last minute</h3>
      <p class="lead">{useSteady(sentence, nowMs, 1000)}</p>
      <AngleChart points={points} limits={limits} />
      <AngleTable points={points} nowMs={nowMs} />
    </section>
  );
}
