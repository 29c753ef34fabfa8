/** Notifications that no wearable should send, for devices that are broken or hostile: bytes that cannot be read as data. */
import type { Random } from './seededRandom.ts';

const UNKNOWN_FORMAT = 0xee;
const SURPLUS_BYTES = 7;

type Nonsense = (packet: Uint8Array, random: Random) => Uint8Array;

const KINDS: readonly Nonsense[] = [
  () => new Uint8Array(0),
  (packet) => packet.slice(0, 1),
  (packet) => packet.slice(0, Math.floor(packet.length / 2)),
  (packet) => Uint8Array.of(...packet, ...new Uint8Array(SURPLUS_BYTES)),
  (packet) => packet.map((byte, i) => (i === 0 ? UNKNOWN_FORMAT : byte)),
  (packet) => new Uint8Array(packet.length).fill(0xff),
  (packet, random) => Uint8Array.from(packet, () => Math.floor(256 * random())),
];

/** Made from a good packet; `number` goes through all kinds in turn. */
function nonsenseFrom(packet: Uint8Array, number: number, random: Random): Uint8Array {
  return KINDS[number % KINDS.length](packet, random);
}

/** Makes some beside the data, every so many seconds. */
export class NonsenseSource {
  private readonly everyMs: number;
  private readonly random: Random;
  private lastMs: number;
  private count = 0;

  constructor(everyS: number, random: Random, nowMs: number) {
    this.everyMs = 1000 * everyS;
    this.random = random;
    this.lastMs = nowMs;
  }

  /** What follows the packet, when it is time. */
  after(packet: Uint8Array, nowMs: number): Uint8Array | undefined {
    if (nowMs - this.lastMs < this.everyMs) return undefined;
    this.lastMs = nowMs;
    return nonsenseFrom(packet, this.count++, this.random);
  }
}
