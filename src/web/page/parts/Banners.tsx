/** What is not working right now and what that means. */
import type { StageHealth, StageName } from '../../../model/ports.ts';
import { clockTime } from '../words/timeWords.ts';
import { Mark } from './Mark.tsx';

const STAGE_WORDS: Readonly<Record<StageName, string>> = {
  radio: 'Bluetooth',
  storage: 'The record',
  mqtt: 'Messages to phones',
  influx: 'The clinic’s dashboards',
  web: 'This page',
};

function LinkLost({ heardMs }: { heardMs: number | undefined }) {
  const since = heardMs === undefined ? '' : ` What you see is from ${clockTime(heardMs)}.`;
  return (
    <div class="banner banner-lost" role="alert">
      <Mark shape="unseen" />
      <p>
        <strong>Connection to Plumbline is lost.</strong>
        {since} Trying again… Until then this page shows no new alerts.
      </p>
    </div>
  );
}

export function Banners({
  isLost,
  heardMs,
  stages,
}: {
  isLost: boolean;
  heardMs: number | undefined;
  stages: readonly StageHealth[];
}) {
  const troubled = stages.filter((stage) => !stage.ok);
  return (
    <>
      {isLost && <LinkLost heardMs={heardMs} />}
      {!isLost && troubled.length > 0 && (
        <div class="banner" role="status">
          <Mark shape="caution" />
          <ul>
            {troubled.map(({ stage, detail }) => (
              <li key={stage}>
                <strong>{STAGE_WORDS[stage]}:</strong> {detail}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
