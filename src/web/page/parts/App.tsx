import { useEffect } from 'preact/hooks';
import type { LiveStore } from '../live/liveStore.ts';
import { AlertPanel } from './AlertPanel.tsx';
import { Announcer } from './Announcer.tsx';
import { Banners } from './Banners.tsx';
import { Footer } from './Footer.tsx';
import { TopBar } from './TopBar.tsx';
import { useLive } from './useLive.ts';
import { WearerPanel } from './WearerPanel.tsx';

/** Open alerts are seen in the tab, too. */
function useTitle(openAlerts: number): void {
  useEffect(() => {
    document.title = openAlerts > 0 ? `(${openAlerts}) Plumbline` : 'Plumbline';
  }, [openAlerts]);
}

function WearerLinks({ store }: { store: LiveStore }) {
  if (store.people.length < 2) return null;
  return (
    <nav class="wearer-links" aria-label="Wearers">
      <ul>
        {store.people.map(({ id, displayName }) => (
          <li key={id}>
            <a href={`#wearer-${id}`}>{displayName}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Nobody({ store }: { store: LiveStore }) {
  const isKnown = store.heardMs !== undefined;
  return (
    <section class="card nobody">
      <h2>{isKnown ? 'Nobody is set up yet' : 'Waiting for the sensor…'}</h2>
      <p>
        {isKnown
          ? 'Add a person and a sensor to the configuration; they appear here by themselves.'
          : 'The page is connecting to Plumbline.'}
      </p>
    </section>
  );
}

export function App({ store }: { store: LiveStore }) {
  const nowMs = useLive(store);
  const openAlerts = [...store.alerts.values()].filter(({ closedMs }) => closedMs === undefined).length;
  useTitle(openAlerts);
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <TopBar link={store.link} serverMs={store.serverMs(nowMs)} />
      <main id="content" tabIndex={-1}>
        <Banners isLost={store.link === 'lost'} heardMs={store.heardMs} stages={store.stages} />
        {store.people.length > 0 && <AlertPanel store={store} nowMs={nowMs} />}
        <WearerLinks store={store} />
        {store.people.map((person) => (
          <WearerPanel key={person.id} person={person} store={store} nowMs={nowMs} />
        ))}
        {store.people.length === 0 && <Nobody store={store} />}
      </main>
      <Announcer store={store} />
      <Footer />
    </>
  );
}
