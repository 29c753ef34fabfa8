/** Fans the service's live feed out to all pages as server-sent events (WHATWG HTML, section 9.2). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, LiveMessage, Logger, RecordStore, ServiceView, Unsubscribe } from '../model/ports.ts';
import { AngleTrail } from './angleTrail.ts';
import { EventRing } from './eventRing.ts';
import { LiveClient } from './liveClient.ts';
import { HttpProblem } from './problem.ts';
import { BEAT_MS, type LiveEventName, type LiveEvents, type Snapshot } from './wire.ts';

const HELD_EVENTS = 500;
const SNAPSHOT_EVENTS = 100;
/** All of them: a page takes an alert that is missing in a snapshot for closed. */
const SNAPSHOT_ALERTS = 10_000;
const MAX_CLIENTS = 1000;
const STALLED_BEATS = 6;
const MAX_TRAILS = 50;

export interface LiveTiming {
  /** Angles and device health go out at most once per this time and person or device. */
  readonly flushMs: number;
  readonly beatMs: number;
}
export const LIVE_TIMING: LiveTiming = { flushMs: 100, beatMs: BEAT_MS };

export interface LiveStreamOptions {
  readonly view: ServiceView;
  readonly record: RecordStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timing: LiveTiming;
}

function chunkOf<Name extends LiveEventName>(name: Name, data: LiveEvents[Name], id?: string): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${idLine}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #clients = new Set<LiveClient>();
  /** By person and site. */
  readonly #trails = new Map<string, AngleTrail>();
  /** Latest not yet sent, by what replaces it. */
  readonly #waiting = new Map<string, { readonly personId: string; readonly chunk: () => string }>();
  #ring = new EventRing('0', HELD_EVENTS);
  #lastPeople = '';
  #lastStages = '';
  #unsubscribe: Unsubscribe | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  get clients(): number {
    return this.#clients.size;
  }

  start(): void {
    const { view, clock, timing } = this.#options;
    this.#ring = new EventRing(Math.trunc(clock.nowMs()).toString(36), HELD_EVENTS);
    this.#lastPeople = JSON.stringify(view.people());
    this.#lastStages = JSON.stringify(view.health());
    this.#unsubscribe = view.feed.subscribe((message) => this.#take(message));
    this.#timers = [setInterval(() => this.#flush(), timing.flushMs), setInterval(() => this.#beat(), timing.beatMs)];
  }

  stop(): void {
    this.#unsubscribe?.();
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  /**
   * Answers with the snapshot, then with what was missed since `lastEventId`, then with everything as it happens.
   * @throws HttpProblem 503 when too many pages are open.
   */
  open(
    req: IncomingMessage,
    res: ServerResponse,
    { lastEventId, personId }: { lastEventId?: string; personId?: string },
  ): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      throw new HttpProblem(503, `at most ${MAX_CLIENTS} open pages`, 'one more; close another page');
    }
    const missed = lastEventId === undefined ? undefined : this.#ring.after(lastEventId, personId);
    const snapshot = this.#snapshot(missed !== undefined, personId);
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies such as nginx would hold the stream back otherwise.
      'x-accel-buffering': 'no',
    });
    req.socket.setNoDelay(true);
    const client = new LiveClient(res, personId);
    const missedSome = missed !== undefined && missed.length > 0;
    client.send(`retry: 2000\n${chunkOf('snapshot', snapshot, missedSome ? undefined : this.#ring.lastId)}`);
    for (const chunk of missed ?? []) client.send(chunk);
    this.#clients.add(client);
    res.once('close', () => this.#clients.delete(client));
  }

  #snapshot(resumed: boolean, personId: string | undefined): Snapshot {
    const { view, record, clock } = this.#options;
    const ofPerson = <T>(items: readonly T[], idOf: (item: T) => string): T[] =>
      items.filter((item) => personId === undefined || idOf(item) === personId);
    const who = personId === undefined ? {} : { personId };
    const trails = ofPerson([...this.#trails.values()], (trail) => trail.latest.personId);
    return {
      serverMs: clock.nowMs(),
      resumed,
      people: ofPerson(view.people(), (person) => person.id),
      devices: ofPerson(view.devices(), (device) => device.personId),
      stages: view.health(),
      openAlerts: record.alerts({ ...who, openOnly: true, limit: SNAPSHOT_ALERTS }),
      motionEvents: record.motionEvents({ ...who, limit: SNAPSHOT_EVENTS }),
      clinicalEvents: record.clinicalEvents({ ...who, limit: SNAPSHOT_EVENTS }),
      angles: trails.map((trail) => trail.latest),
      trails: trails.length > MAX_TRAILS ? [] : trails.map((trail) => trail.view()),
    };
  }

  #take(message: LiveMessage): void {
    if (message.type === 'angles') {
      const key = `${message.personId} ${message.site}`;
      const trail = this.#trails.get(key);
      if (trail) trail.push(message);
      else this.#trails.set(key, new AngleTrail(message));
      this.#waiting.set(`angles ${key}`, { personId: message.personId, chunk: () => chunkOf('angles', message) });
    } else if (message.type === 'device') {
      const { health } = message;
      this.#waiting.set(`device ${health.deviceId}`, {
        personId: health.personId,
        chunk: () => chunkOf('device', health),
      });
    } else this.#keepAndSend(message);
  }

  #keepAndSend(message: Exclude<LiveMessage, { type: 'angles' | 'device' }>): void {
    if (message.type === 'alert') {
      const { alert } = message;
      this.#broadcast(alert.personId, (id) => chunkOf('alert', alert, id));
    } else if (message.type === 'clinicalEvent') {
      const { event } = message;
      this.#broadcast(event.personId, (id) => chunkOf('clinicalEvent', event, id));
    } else {
      const { stored } = message;
      this.#broadcast(stored.personId, (id) => chunkOf('motionEvent', stored, id));
    }
  }

  #broadcast(personId: string, toChunk: (id: string) => string): void {
    const chunk = this.#ring.push(personId, toChunk);
    for (const client of this.#clients) {
      if (client.wants(personId) && !client.send(chunk)) this.#forget(client);
    }
  }

  #flush(): void {
    for (const { personId, chunk } of this.#waiting.values()) {
      let text: string | undefined;
      for (const client of this.#clients) {
        if (!client.wants(personId)) continue;
        text ??= chunk();
        client.sendIfKeepingUp(text);
      }
    }
    this.#waiting.clear();
  }

  #beat(): void {
    const { view, clock } = this.#options;
    const people = JSON.stringify(view.people());
    const stages = JSON.stringify(view.health());
    let text = `: heartbeat\n${chunkOf('beat', { serverMs: clock.nowMs() })}`;
    if (stages !== this.#lastStages) text += chunkOf('stages', view.health());
    const peopleChanged = people !== this.#lastPeople;
    this.#lastStages = stages;
    this.#lastPeople = people;
    for (const client of this.#clients) {
      const own = peopleChanged
        ? chunkOf(
            'people',
            view.people().filter(({ id }) => client.wants(id)),
          )
        : '';
      if (!client.beat(text + own, STALLED_BEATS)) this.#forget(client);
    }
  }

  #forget(client: LiveClient): void {
    if (!this.#clients.delete(client)) return;
    this.#options.logger.warn('web.page-dropped', {
      reason: 'expected the page to read its stream, found that it does not',
      pages: this.#clients.size,
    });
  }
}
