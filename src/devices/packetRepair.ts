/**
 * Which lost packets a wearable is asked to send again, and when.
 *
 * A hole can be hundreds of packets long, so it is asked for in portions, and only so many may be under way that the link
 * still carries the live stream beside them. What the live stream waits for goes first; the rest follows when there is
 * room. One link keeps the order, so a packet that overtakes an earlier asked one says that the earlier one was lost again.
 * Pure: time as an argument.
 */

/** One request of the control point; its count is one byte, and a short request is soon over. */
const PORTION_PACKETS = 32;
/** At 50 packets a second or so, a second and a quarter of the link. */
const MOST_UNDER_WAY = 64;
/** For what nobody waits for. */
const MOST_UNDER_WAY_LATE = 16;
/** Request and answer each wait for a connection event (30 to 50 ms), and each packet takes its time. */
const ANSWER_MS = 200;
const PACKET_MS = 20;
const MOST_ASKS = 8;

interface Missing {
  /** Packet counter, unwrapped. */
  readonly serial: number;
  asks: number;
  /** Place in the order of all that was asked for. */
  order: number;
  /** Until then it is under way. */
  untilMs: number;
}

export class PacketRepair {
  readonly #wrap: number;
  readonly #memoryPackets: number;
  readonly #request: (firstSequence: number, count: number) => void;
  /** By serial, ascending. */
  #missing: Missing[] = [];
  /** Of the newest packet of the live stream. */
  #newest: number | undefined;
  /** Of the last packet that was handed on: the live stream waits only for later ones. */
  #released = -Infinity;
  #order = 0;
  #dueMs = Infinity;

  /** @param memoryPackets how many packets the device keeps */
  constructor(wrap: number, memoryPackets: number, request: (firstSequence: number, count: number) => void) {
    this.#wrap = wrap;
    this.#memoryPackets = memoryPackets;
    this.#request = request;
  }

  /** A packet of the live stream; those that it has left out are missing. */
  live(sequence: number): void {
    if (this.#newest === undefined) {
      this.#newest = sequence;
      return;
    }
    const step = modulo(sequence - this.#newest, this.#wrap);
    if (step > this.#wrap / 2) this.take(sequence);
    else {
      const newest = this.#newest + step;
      const oldest = Math.max(this.#newest + 1, newest - this.#memoryPackets);
      for (let serial = oldest; serial < newest; serial++) {
        this.#missing.push({ serial, asks: 0, order: 0, untilMs: -Infinity });
      }
      this.#newest = newest;
    }
  }

  /** A packet has come back. False: it was not asked for. */
  take(sequence: number): boolean {
    const serial = this.#serialOf(sequence);
    const at = this.#missing.findIndex((missing) => missing.serial === serial);
    if (at === -1) return false;
    const { order } = this.#missing[at];
    this.#missing.splice(at, 1);
    for (const missing of this.#missing) if (missing.order < order) missing.untilMs = -Infinity;
    return true;
  }

  /** The live stream has been handed on as far as this packet. */
  released(sequence: number): void {
    this.#released = this.#serialOf(sequence);
  }

  /** The device has not got these any more. */
  notStored(firstSequence: number, count: number): void {
    const first = this.#serialOf(firstSequence);
    this.#missing = this.#missing.filter(({ serial }) => serial < first || serial >= first + count);
  }

  /** A new link: nothing of what was asked for on the old one is under way. */
  restart(): void {
    for (const missing of this.#missing) {
      missing.asks = 0;
      missing.untilMs = -Infinity;
    }
  }

  /** When something that was asked for should have come; undefined: nothing is under way. */
  get dueMs(): number | undefined {
    return this.#dueMs === Infinity ? undefined : this.#dueMs;
  }

  /** Asks for what is missing and not under way, as far as there is room. */
  poll(nowMs: number): void {
    this.#dueMs = Infinity;
    if (this.#missing.length === 0) return;
    const oldest = (this.#newest ?? 0) - this.#memoryPackets;
    this.#missing = this.#missing.filter(
      ({ serial, asks, untilMs }) => serial >= oldest && (asks < MOST_ASKS || untilMs > nowMs),
    );
    const awaited = this.#missing.filter(({ serial }) => serial > this.#released);
    if (awaited.length > 0) this.#ask(awaited, MOST_UNDER_WAY, nowMs);
    else this.#ask(this.#missing, MOST_UNDER_WAY_LATE, nowMs);
    for (const { untilMs } of this.#missing) if (untilMs > nowMs && untilMs < this.#dueMs) this.#dueMs = untilMs;
  }

  #ask(wanted: readonly Missing[], mostUnderWay: number, nowMs: number): void {
    let underWay = this.#missing.filter(({ untilMs }) => untilMs > nowMs).length;
    for (let at = 0; at < wanted.length && underWay < mostUnderWay; ) {
      const count = this.#portionAt(wanted, at, Math.min(PORTION_PACKETS, mostUnderWay - underWay), nowMs);
      for (const missing of wanted.slice(at, at + count)) {
        missing.asks++;
        missing.order = ++this.#order;
        missing.untilMs = nowMs + ANSWER_MS + PACKET_MS * (underWay + count - 1);
      }
      if (count > 0) this.#request(modulo(wanted[at].serial, this.#wrap), count);
      underWay += count;
      at += Math.max(1, count);
    }
  }

  /** How many from `at` on follow each other without one that is under way. */
  #portionAt(wanted: readonly Missing[], at: number, most: number, nowMs: number): number {
    let count = 0;
    for (; count < most && at + count < wanted.length; count++) {
      const { serial, untilMs } = wanted[at + count];
      if (serial !== wanted[at].serial + count || untilMs > nowMs) break;
    }
    return count;
  }

  /** The newest packet and those before it. */
  #serialOf(sequence: number): number {
    const newest = this.#newest ?? sequence;
    return newest - modulo(newest - sequence, this.#wrap);
  }
}

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
