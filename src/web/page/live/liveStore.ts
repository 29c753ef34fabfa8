/** Everything the page knows, kept up to date by the live stream. No DOM, no timers: time is given. */
import type { Alert } from '../../../model/alert.ts';
import type { ClinicalEvent } from '../../../model/event.ts';
import type { DeviceHealth, StageHealth, StoredMotionEvent } from '../../../model/ports.ts';
import type { AnglesMessage, LiveEventName, LiveEvents, PersonView, Snapshot } from '../../wire.ts';
import { AngleTrack } from './angleTrack.ts';

export type LinkState = 'connecting' | 'open' | 'lost';

/** Something that has just happened, for people who do not look at the page. */
export type News =
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'motionEvent'; readonly stored: StoredMotionEvent }
  | { readonly kind: 'clinicalEvent'; readonly event: ClinicalEvent };

const HELD_EVENTS = 200;
/** A person wears one or two sensors; the page leans with the one that sees the thorax. */
const SITE_ORDER = ['chest', 'waist', 'lowerBack'];

function keepNewest<T>(items: Map<string, T>, tMs: (item: T) => number): void {
  if (items.size <= HELD_EVENTS) return;
  const oldest = [...items].sort(([, a], [, b]) => tMs(a) - tMs(b)).slice(0, items.size - HELD_EVENTS);
  for (const [id] of oldest) items.delete(id);
}

export class LiveStore {
  link: LinkState = 'connecting';
  /** The page's clock when the service was last heard; undefined: never. */
  heardMs: number | undefined;
  people: readonly PersonView[] = [];
  stages: readonly StageHealth[] = [];
  readonly devices = new Map<string, DeviceHealth>();
  readonly alerts = new Map<string, Alert>();
  readonly motionEvents = new Map<string, StoredMotionEvent>();
  readonly clinicalEvents = new Map<string, ClinicalEvent>();
  readonly #tracks = new Map<string, AngleTrack>();
  readonly #listeners = new Set<() => void>();
  readonly #newsListeners = new Set<(news: News) => void>();
  /** The service's clock minus the page's. */
  #serverAheadMs = 0;
  #hasSnapshot = false;

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onNews(listener: (news: News) => void): () => void {
    this.#newsListeners.add(listener);
    return () => this.#newsListeners.delete(listener);
  }

  setLink(link: LinkState): void {
    this.link = link;
    this.#changed();
  }

  /** The service's clock for the page's `nowMs`. */
  serverMs(nowMs: number): number {
    return nowMs + this.#serverAheadMs;
  }

  track(personId: string): AngleTrack | undefined {
    const own = [...this.#tracks.values()].filter((track) => track.latest.personId === personId);
    const rank = (site: string): number => (SITE_ORDER.includes(site) ? SITE_ORDER.indexOf(site) : SITE_ORDER.length);
    return own.sort((a, b) => rank(a.latest.site) - rank(b.latest.site))[0];
  }

  /** A new state of an alert, from the stream or as the answer to an acknowledgement. */
  putAlert(alert: Alert): void {
    this.alerts.set(alert.id, alert);
    const closed = [...this.alerts.values()].filter(({ closedMs }) => closedMs !== undefined);
    closed.sort((a, b) => b.raisedMs - a.raisedMs);
    for (const { id } of closed.slice(HELD_EVENTS)) this.alerts.delete(id);
    this.#changed();
  }

  apply<Name extends LiveEventName>(name: Name, data: LiveEvents[Name], nowMs: number): void {
    this.heardMs = nowMs;
    this.link = 'open';
    this.#appliers[name](data, nowMs);
    this.#changed();
  }

  readonly #appliers: { readonly [Name in LiveEventName]: (data: LiveEvents[Name], nowMs: number) => void } = {
    snapshot: (snapshot, nowMs) => this.#restore(snapshot, nowMs),
    angles: (message, nowMs) => this.#pushAngles(message, nowMs),
    motionEvent: (stored) => {
      if (!this.motionEvents.has(stored.id)) this.#tell({ kind: 'motionEvent', stored });
      this.motionEvents.set(stored.id, stored);
      keepNewest(this.motionEvents, ({ event }) => event.startS);
    },
    clinicalEvent: (event) => {
      if (!this.clinicalEvents.has(event.id)) this.#tell({ kind: 'clinicalEvent', event });
      this.clinicalEvents.set(event.id, event);
      keepNewest(this.clinicalEvents, ({ startMs }) => startMs);
    },
    alert: (alert) => {
      if (!this.alerts.has(alert.id) && alert.closedMs === undefined) this.#tell({ kind: 'alert', alert });
      this.putAlert(alert);
    },
    device: (health) => {
      this.devices.set(health.deviceId, health);
    },
    people: (people) => {
      this.people = people;
    },
    stages: (stages) => {
      this.stages = stages;
    },
    beat: ({ serverMs }, nowMs) => {
      this.#serverAheadMs = serverMs - nowMs;
    },
  };

  #pushAngles(message: AnglesMessage, arrivedMs: number): void {
    const key = `${message.personId} ${message.site}`;
    const track = this.#tracks.get(key);
    if (track) track.push(message, arrivedMs);
    else this.#tracks.set(key, new AngleTrack(message, arrivedMs));
  }

  #restore(snapshot: Snapshot, nowMs: number): void {
    this.people = snapshot.people;
    this.stages = snapshot.stages;
    this.#serverAheadMs = snapshot.serverMs - nowMs;
    this.devices.clear();
    for (const health of snapshot.devices) this.devices.set(health.deviceId, health);
    this.#restoreAlerts(snapshot, nowMs);
    for (const stored of snapshot.motionEvents) this.motionEvents.set(stored.id, stored);
    for (const event of snapshot.clinicalEvents) this.clinicalEvents.set(event.id, event);
    for (const angles of snapshot.angles) {
      this.#pushAngles(angles, nowMs - Math.max(0, snapshot.serverMs - angles.tMs));
    }
    this.#hasSnapshot = true;
    for (const trail of snapshot.trails) this.#tracks.get(`${trail.personId} ${trail.site}`)?.restore(trail);
  }

  /** The snapshot holds all open alerts; one that is missing was closed while the page was away. */
  #restoreAlerts({ openAlerts }: Snapshot, nowMs: number): void {
    const openIds = new Set(openAlerts.map(({ id }) => id));
    for (const [id, alert] of this.alerts) {
      if (alert.closedMs === undefined && !openIds.has(id)) {
        this.alerts.set(id, { ...alert, active: false, closedMs: this.serverMs(nowMs) });
      }
    }
    for (const alert of openAlerts) {
      if (this.#hasSnapshot && !this.alerts.has(alert.id)) this.#tell({ kind: 'alert', alert });
      this.alerts.set(alert.id, alert);
    }
  }

  #tell(news: News): void {
    for (const listener of this.#newsListeners) listener(news);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
