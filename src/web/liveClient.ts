/** One page on the live stream. A page that does not read loses angles first, then its connection; memory stays bounded. */
import type { ServerResponse } from 'node:http';

/** Above this, angles are left out: the next one replaces them anyway. */
const SKIP_ANGLES_BYTES = 64 * 1024;
/** Above this, the page has not read for minutes; it will come back with `Last-Event-ID`. */
const DROP_BYTES = 4 * 1024 * 1024;

export class LiveClient {
  /** Undefined: everybody. */
  readonly personId: string | undefined;
  readonly #response: ServerResponse;
  #beatsWithoutDrain = 0;

  constructor(response: ServerResponse, personId: string | undefined) {
    this.#response = response;
    this.personId = personId;
  }

  wants(personId: string): boolean {
    return this.personId === undefined || this.personId === personId;
  }

  /** False when the page was dropped because it does not read. */
  send(chunk: string): boolean {
    if (this.#response.destroyed || this.#response.writableEnded) return false;
    this.#response.write(chunk);
    if (this.#response.writableLength <= DROP_BYTES) return true;
    this.drop();
    return false;
  }

  sendIfKeepingUp(chunk: string): void {
    if (this.#response.writableLength < SKIP_ANGLES_BYTES) this.send(chunk);
  }

  /** False when the page has not read anything during `maxBeats` beats and was dropped. */
  beat(chunk: string, maxBeats: number): boolean {
    this.#beatsWithoutDrain = this.#response.writableNeedDrain ? this.#beatsWithoutDrain + 1 : 0;
    if (this.#beatsWithoutDrain < maxBeats) return this.send(chunk);
    this.drop();
    return false;
  }

  drop(): void {
    this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }
}
