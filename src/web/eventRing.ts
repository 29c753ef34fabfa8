/** Remembers the latest messages so that a page that was away for a moment gets what it missed. */

interface Entry {
  readonly number: number;
  readonly chunk: string;
  readonly personId: string;
}

/** Ids are `<epoch>-<number>`; a restarted service has another epoch, so that an old id never matches by chance. */
export class EventRing {
  readonly #epoch: string;
  readonly #capacity: number;
  readonly #entries: Entry[] = [];
  #last = 0;

  constructor(epoch: string, capacity: number) {
    this.#epoch = epoch;
    this.#capacity = capacity;
  }

  get lastId(): string {
    return `${this.#epoch}-${this.#last}`;
  }

  /** `toChunk` is given the new id and returns what goes over the wire. */
  push(personId: string, toChunk: (id: string) => string): string {
    this.#last += 1;
    const chunk = toChunk(this.lastId);
    this.#entries.push({ number: this.#last, chunk, personId });
    if (this.#entries.length > this.#capacity) this.#entries.shift();
    return chunk;
  }

  /** Messages after `id`, oldest first; undefined when they are not all held any more. */
  after(id: string, personId?: string): string[] | undefined {
    const parts = /^([a-z0-9]{1,20})-(\d{1,15})$/.exec(id);
    if (parts?.[1] !== this.#epoch) return undefined;
    const number = Number(parts[2]);
    const oldestHeld = this.#entries[0]?.number ?? this.#last + 1;
    if (number > this.#last || number < oldestHeld - 1) return undefined;
    return this.#entries
      .filter((entry) => entry.number > number && (personId === undefined || entry.personId === personId))
      .map((entry) => entry.chunk);
  }
}
