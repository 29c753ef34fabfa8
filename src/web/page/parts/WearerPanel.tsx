/** One wearer: now, the last minute, events, sensor. */
import type { PersonView } from '../../wire.ts';
import type { LiveStore } from '../live/liveStore.ts';
import { eventRows } from '../words/eventWords.ts';
import { bendLimits } from '../words/postureWords.ts';
import { silenceWords } from '../words/sensorWords.ts';
import { AnglePanel } from './AnglePanel.tsx';
import { EventPanel } from './EventPanel.tsx';
import { LimitList } from './LimitList.tsx';
import { NowPanel } from './NowPanel.tsx';
import { SensorPanel } from './SensorPanel.tsx';

const NO_POINTS = { agoS: [], flexionDeg: [] };

export function WearerPanel({ person, store, nowMs }: { person: PersonView; store: LiveStore; nowMs: number }) {
  const limits = bendLimits(person);
  const track = store.track(person.id);
  const devices = [...store.devices.values()].filter(({ personId }) => personId === person.id);
  const isOwn = ({ personId }: { readonly personId: string }): boolean => personId === person.id;
  const rows = eventRows(
    [...store.motionEvents.values()].filter(isOwn),
    [...store.clinicalEvents.values()].filter(isOwn),
  );
  const heading = (part: string): string => `${part}-${person.id}`;
  return (
    <section class="wearer" aria-labelledby={heading('wearer')}>
      <h2 id={heading('wearer')}>{person.displayName}</h2>
      <div class="wearer-main">
        <NowPanel
          personId={person.id}
          angles={track?.latest}
          limits={limits}
          silence={silenceWords(track, devices, store.link === 'open', nowMs)}
          nowMs={nowMs}
          headingId={heading('now')}
        />
        <AnglePanel
          points={track?.points(nowMs) ?? NO_POINTS}
          limits={limits}
          nowMs={nowMs}
          headingId={heading('minute')}
        />
        <LimitList person={person} />
      </div>
      <div class="wearer-side">
        <EventPanel rows={rows} nowMs={store.serverMs(nowMs)} headingId={heading('events')} />
        <SensorPanel
          devices={devices}
          lastMs={track?.latest.tMs}
          serverMs={store.serverMs(nowMs)}
          headingId={heading('sensor')}
        />
      </div>
    </section>
  );
}
