/** Bytes that are almost right: golden packets, damaged in the ways in which radios, firmware and enemies damage them. Seeded. */
import { readFileSync } from 'node:fs';
import { asPackets, type GoldenPacket } from '../../fixtures/packets/goldenPacket.ts';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';

export interface FuzzedPacket {
  readonly uuid: string;
  readonly bytes: Uint8Array;
}

const MOST_BYTES = 512;
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

export function goldenCorpus(deviceId: string): FuzzedPacket[] {
  const file = new URL(`../../fixtures/packets/${deviceId}.jsonl`, import.meta.url);
  return asPackets(readFileSync(file, 'utf8')).map(({ uuid, hex }: GoldenPacket) => ({
    uuid,
    bytes: Uint8Array.from(Buffer.from(hex, 'hex')),
  }));
}

/** An endless supply; the same seed gives the same packets. */
export function mutatedPackets(corpus: readonly FuzzedPacket[], seed: number): () => FuzzedPacket {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)];
  const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));

  const mutations: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes,
    // One bit, as a radio without a checksum would.
    (bytes) => changed(bytes, (copy, at) => (copy[at] ^= 1 << below(8))),
    (bytes) => changed(bytes, (copy, at) => (copy[at] = pick(EDGES))),
    (bytes) => changed(bytes, (copy, at) => copy.fill(pick(EDGES), at, at + 1 + below(8))),
    (bytes) => bytes.subarray(0, below(bytes.length + 1)),
    (bytes) => bytes.subarray(below(bytes.length + 1)),
    (bytes) => Uint8Array.from([...bytes, ...noise(below(40))]),
    // Two packets in one, or the end of one behind the start of another.
    (bytes) => Uint8Array.from([...bytes, ...pick(corpus).bytes]),
    (bytes) => {
      const other = pick(corpus).bytes;
      return Uint8Array.from([
        ...bytes.subarray(0, below(bytes.length + 1)),
        ...other.subarray(below(other.length + 1)),
      ]);
    },
    (bytes) => Uint8Array.from([...bytes.subarray(0, Math.min(bytes.length, 1 + below(14))), ...noise(below(240))]),
    () => noise(below(MOST_BYTES)),
  ];

  function changed(bytes: Uint8Array, change: (copy: Uint8Array, at: number) => void): Uint8Array {
    const copy = bytes.slice();
    if (copy.length > 0) for (let times = 1 + below(3); times > 0; times--) change(copy, below(copy.length));
    return copy;
  }

  return () => {
    const { uuid, bytes } = pick(corpus);
    // Now and then another characteristic's bytes.
    return { uuid: below(50) === 0 ? pick(corpus).uuid : uuid, bytes: pick(mutations)(bytes).subarray(0, MOST_BYTES) };
  };
}
