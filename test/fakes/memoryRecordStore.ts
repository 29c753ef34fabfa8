/** The record in memory: the same contract as the SQLite one (test/contract/recordStore.contract.ts), without a disk. */
import { type Alert, isOpen } from '../../src/model/alert.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { ClinicalEvent } from '../../src/model/event.ts';
import type { Calibration, Person } from '../../src/model/person.ts';
import type {
  JournalEntry,
  OutboundMessage,
  RecordBatch,
  RecordStore,
  SeriesSecond,
  StoredMotionEvent,
} from '../../src/model/ports.ts';

interface EventQuery {
  readonly personId?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit?: number;
}

type WithoutPosition<T> = T extends unknown ? Omit<T, 'position'> : never;

/** As it comes back from a store: a copy, without what is missing. */
function copy<T>(value: T): T {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? undefined : part,
  );
  return JSON.parse(text) as T;
}

function cut<T>(items: T[], limit: number | undefined): T[] {
  return copy(limit === undefined ? items : items.slice(0, limit));
}

export class MemoryRecordStore implements RecordStore {
  /** While set, every write throws it: a full disk. */
  fault: PlumblineError | undefined;
  #journal: JournalEntry[] = [];
  #alerts = new Map<string, Alert>();
  #outbox = new Map<string, { message: OutboundMessage; sentMs: number | undefined }>();
  #keys = new Set<string>();
  readonly #people = new Map<string, Person>();
  readonly #calibrations = new Map<string, { calibration: Calibration; atMs: number }>();
  readonly #cursors = new Map<string, number>();

  open(): void {}

  close(): void {}

  write(batch: RecordBatch): void {
    this.#throwFault();
    for (const { id, qos } of batch.outbox ?? []) {
      if (id === '' || ![0, 1].includes(qos)) {
        throw new PlumblineError('storage/failed', `expected an id and qos 0 or 1, found "${id}" and ${qos}`);
      }
    }
    for (const stored of batch.motionEvents ?? []) this.#append(`m ${stored.id}`, { kind: 'motionEvent', stored });
    for (const event of batch.clinicalEvents ?? []) this.#append(`c ${event.id}`, { kind: 'clinicalEvent', event });
    for (const alert of batch.alerts ?? []) this.#alerts.set(alert.id, copy(alert));
    for (const message of batch.outbox ?? []) {
      if (!this.#outbox.has(message.id)) this.#outbox.set(message.id, { message: copy(message), sentMs: undefined });
    }
    for (const second of batch.series ?? []) {
      this.#append(`s ${second.personId} ${second.site} ${second.tMs}`, { kind: 'series', second });
    }
    for (const { tMs, health } of batch.health ?? []) this.#append(undefined, { kind: 'health', tMs, health });
  }

  people(): Person[] {
    return copy([...this.#people.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }

  savePerson(person: Person): void {
    this.#throwFault();
    this.#people.set(person.id, copy(person));
  }

  calibration(personId: string, site: string): Calibration | undefined {
    const found = this.#calibrations.get(`${personId} ${site}`);
    return found && copy(found.calibration);
  }

  saveCalibration(personId: string, site: string, calibration: Calibration, atMs: number): void {
    this.#throwFault();
    const key = `${personId} ${site}`;
    if (atMs >= (this.#calibrations.get(key)?.atMs ?? -Infinity)) {
      this.#calibrations.set(key, { calibration: copy(calibration), atMs });
    }
  }

  motionEvents(query: EventQuery): StoredMotionEvent[] {
    const all = this.#journal.flatMap((entry) => (entry.kind === 'motionEvent' ? [entry.stored] : []));
    return this.#newestFirst(all, query, ({ event }) => Math.round(event.startS * 1000));
  }

  clinicalEvents(query: EventQuery): ClinicalEvent[] {
    const all = this.#journal.flatMap((entry) => (entry.kind === 'clinicalEvent' ? [entry.event] : []));
    return this.#newestFirst(all, query, ({ startMs }) => startMs);
  }

  alerts({ personId, openOnly, limit }: { personId?: string; openOnly?: boolean; limit?: number }): Alert[] {
    const found = [...this.#alerts.values()]
      .filter((alert) => (personId === undefined || alert.personId === personId) && (!openOnly || isOpen(alert)))
      .sort((a, b) => b.raisedMs - a.raisedMs || (a.id < b.id ? -1 : 1));
    return cut(found, limit);
  }

  alert(id: string): Alert | undefined {
    const found = this.#alerts.get(id);
    return found && copy(found);
  }

  series({
    personId,
    site,
    fromMs,
    toMs,
  }: {
    personId: string;
    site: string;
    fromMs: number;
    toMs: number;
  }): SeriesSecond[] {
    return copy(
      this.#journal
        .flatMap((entry) => (entry.kind === 'series' ? [entry.second] : []))
        .filter((second) => second.personId === personId && second.site === site)
        .filter(({ tMs }) => tMs >= fromMs && tMs < toMs)
        .sort((a, b) => a.tMs - b.tMs),
    );
  }

  latestSecondMs(personId: string, site: string): number | undefined {
    return this.series({ personId, site, fromMs: -Infinity, toMs: Infinity }).at(-1)?.tMs;
  }

  pendingMessages(limit: number): OutboundMessage[] {
    const pending = [...this.#outbox.values()].filter(({ sentMs }) => sentMs === undefined);
    return cut(
      pending.map(({ message }) => message),
      limit,
    );
  }

  markSent(messageId: string, atMs: number): void {
    this.#throwFault();
    const found = this.#outbox.get(messageId);
    if (found) found.sentMs ??= atMs;
  }

  journalAfter(position: number, limit: number): JournalEntry[] {
    return cut(
      this.#journal.filter((entry) => entry.position > position),
      limit,
    );
  }

  journalCount(position: number, limit: number): number {
    return Math.min(limit, Math.max(0, this.#journal.length - position));
  }

  cursor(name: string): number {
    return this.#cursors.get(name) ?? 0;
  }

  saveCursor(name: string, position: number): void {
    this.#throwFault();
    this.#cursors.set(name, position);
  }

  #append(key: string | undefined, entry: WithoutPosition<JournalEntry>): void {
    if (key !== undefined && this.#keys.has(key)) return;
    if (key !== undefined) this.#keys.add(key);
    this.#journal.push({ ...copy(entry), position: this.#journal.length + 1 });
  }

  #newestFirst<T extends { personId: string }>(all: T[], query: EventQuery, startMs: (item: T) => number): T[] {
    const { personId, fromMs = -Infinity, toMs = Infinity, limit } = query;
    const found = all
      .filter((item) => personId === undefined || item.personId === personId)
      .filter((item) => startMs(item) >= fromMs && startMs(item) < toMs)
      .toReversed()
      .sort((a, b) => startMs(b) - startMs(a));
    return cut(found, limit);
  }

  #throwFault(): void {
    if (this.fault) throw this.fault;
  }
}
