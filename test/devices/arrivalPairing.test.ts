import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { ArrivalPairing } from '../../src/devices/arrivalPairing.ts';
import type { ImuPacket, ImuPart } from '../../src/devices/define.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { eventTimes } from './arrivalLink.ts';

const RATE_HZ = 100;
const N = 3;
const PACKET_MS = 30;

type Quantity = ImuPart['quantity'];

/** A half whose values say which pair it belongs to. */
const half = (quantity: Quantity, pair: number, { n = N, flag = 0 } = {}): ImuPart => ({
  quantity,
  n,
  tick: undefined,
  values: new Float64Array(3 * n).fill(pair),
  flags: new Uint8Array(n).fill(flag),
});

interface Joined {
  readonly index: number | undefined;
  readonly n: number;
  readonly acc: number;
  readonly gyr: number;
  readonly arrivalMs: number;
  readonly flags: readonly number[];
}

function pairing(rateHz = RATE_HZ): { halves: ArrivalPairing; joined: Joined[] } {
  const joined: Joined[] = [];
  const halves = new ArrivalPairing(rateHz, (packet: ImuPacket, arrivalMs) => {
    const { firstSampleIndex, n, accMps2, gyrRadps, flags } = packet;
    if (accMps2.length !== 3 * n || gyrRadps?.length !== 3 * n || flags.length !== n) throw new Error('uneven packet');
    joined.push({
      index: firstSampleIndex,
      n,
      acc: accMps2[0],
      gyr: gyrRadps?.[0] ?? NaN,
      arrivalMs,
      flags: [...flags],
    });
  });
  return { halves, joined };
}

/** 'A3 G3 A4': acceleration and rotation of these pairs, in this order; each pair's halves are sent when its samples are full. */
function send(halves: ArrivalPairing, order: string, arrivalOf = (pair: number): number => pair * PACKET_MS): void {
  for (const word of order.split(' ')) {
    const pair = Number(word.slice(1));
    halves.push(half(word.startsWith('A') ? 'acc' : 'gyr', pair), arrivalOf(pair));
  }
}

const pairsOf = (joined: readonly Joined[]): [number, number][] => joined.map(({ acc, gyr }) => [acc, gyr]);
const indicesOf = (joined: readonly Joined[]): (number | undefined)[] => joined.map(({ index }) => index);

describe.each([
  ['one after the other', (pair: number) => pair * PACKET_MS],
  ['all in one connection event', () => 1000],
  ['two pairs in each connection event', (pair: number) => Math.ceil(pair / 2) * 2 * PACKET_MS],
])('halves that arrive %s', (_how, arrivalOf) => {
  it('find each other', () => {
    const { halves, joined } = pairing();
    send(halves, 'A1 G1 A2 G2 A3 G3', arrivalOf);
    expect(pairsOf(joined)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(indicesOf(joined)).toEqual([0, 3, 6]);
  });

  it('are paired with rotation first, where the wearable sends it first', () => {
    const { halves, joined } = pairing();
    send(halves, 'G1 A1 G2 A2 G3 A3', arrivalOf);
    expect(pairsOf(joined)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it.each([
    ['acceleration', 'A1 G1 G2 A3 G3 A4 G4'],
    ['rotation', 'A1 G1 A2 A3 G3 A4 G4'],
  ])('count the samples of a pair whose %s was lost', (_what, order) => {
    const { halves, joined } = pairing();
    send(halves, order, arrivalOf);
    expect(pairsOf(joined)).toEqual([
      [1, 1],
      [3, 3],
      [4, 4],
    ]);
    expect(indicesOf(joined)).toEqual([0, 6, 9]);
  });

  it('count several lost halves in a row', () => {
    const { halves, joined } = pairing();
    send(halves, 'A1 G1 A2 A3 A4 A5 G5 G6 G7 A8 G8', arrivalOf);
    expect(pairsOf(joined)).toEqual([
      [1, 1],
      [5, 5],
      [8, 8],
    ]);
    expect(indicesOf(joined)).toEqual([0, 12, 21]);
  });
});

it('a pair that was sent the other way round is no loss', () => {
  const { halves, joined } = pairing();
  send(halves, 'A1 G1 G2 A2 A3 G3');
  expect(pairsOf(joined)).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(indicesOf(joined)).toEqual([0, 3, 6]);
});

it('a lost acceleration and then a lost rotation are not mistaken for a pair that was sent the other way round', () => {
  const { halves, joined } = pairing();
  send(halves, 'A1 G1 G2 A3 A4 G4');
  expect(pairsOf(joined)).toEqual([
    [1, 1],
    [4, 4],
  ]);
  expect(indicesOf(joined)).toEqual([0, 9]);
});

it('acceleration that runs before the gyroscope has started belongs to no sample', () => {
  const { halves, joined } = pairing();
  send(halves, 'A1 A2 A3 A4 G4 A5 G5');
  expect(pairsOf(joined)).toEqual([
    [4, 4],
    [5, 5],
  ]);
  expect(indicesOf(joined)).toEqual([0, 3]);
});

it('a beginning in the middle of a pair is put right within seconds, and stays right', () => {
  const { halves, joined } = pairing();
  send(halves, 'G0');
  for (let pair = 1; pair <= 400; pair++) send(halves, `A${pair} G${pair}`);
  // Paired with its neighbour, 30 ms off, for four seconds.
  const wrong = joined.slice(0, 128);
  expect(wrong.every(({ acc, gyr }) => acc === gyr + 1)).toBe(true);
  expect(joined.slice(128).every(({ acc, gyr }) => acc === gyr)).toBe(true);
  expect(joined).toHaveLength(400);
});

it('halves with a silence between them are not believed to be of one moment, and are counted once', () => {
  const { halves, joined } = pairing();
  send(halves, 'A1 G1 A2');
  send(halves, 'G50 A51 G51', (pair) => pair * PACKET_MS);
  expect(pairsOf(joined)).toEqual([
    [1, 1],
    [51, 51],
  ]);
  expect(indicesOf(joined)).toEqual([0, 6]);
});

it.each([
  ['acc', 'gyr'],
  ['gyr', 'acc'],
] as const)(
  'while %s comes alone because %s has stopped there are no samples, but they are counted',
  (goes, _stops) => {
    const { halves, joined } = pairing();
    const at = (pair: number): number => pair * PACKET_MS;
    for (let pair = 0; pair < 1000; pair++) {
      if (pair < 10 || pair >= 900 || goes === 'acc') halves.push(half('acc', pair), at(pair));
      if (pair < 10 || pair >= 900 || goes === 'gyr') halves.push(half('gyr', pair), at(pair));
    }
    expect(joined.every(({ acc, gyr }) => acc === gyr)).toBe(true);
    expect(joined.map(({ acc }) => acc)).toEqual([
      ...Array.from({ length: 10 }, (_, i) => i),
      ...Array.from({ length: 100 }, (_, i) => 900 + i),
    ]);
    expect(joined.at(-1)?.index).toBe(999 * N);
  },
);

it('of halves that are not equally long what only one of them has is missing, and counted', () => {
  const { halves, joined } = pairing();
  halves.push(half('acc', 1), 30);
  halves.push(half('gyr', 1, { n: 2 }), 30);
  halves.push(half('acc', 2, { n: 1 }), 60);
  halves.push(half('gyr', 2), 60);
  send(halves, 'A3 G3');
  expect(joined.map(({ index, n, acc, gyr }) => [index, n, acc, gyr])).toEqual([
    [0, 2, 1, 1],
    [3, 1, 2, 2],
    [6, 3, 3, 3],
  ]);
});

it('a sample that one half lacks or doubts is missing or doubted as a whole', () => {
  const { halves, joined } = pairing();
  const gyr = half('gyr', 1, { flag: SampleFlag.gyrClipped });
  gyr.values.fill(NaN, 3, 6);
  halves.push(half('acc', 1, { flag: SampleFlag.accClipped }), 30);
  halves.push(gyr, 30);
  const both = SampleFlag.accClipped | SampleFlag.gyrClipped;
  expect(joined[0].flags).toEqual([both, both, both]);
});

/** Both halves of each pair through one link; `lost` decides about each. */
function run(
  link: { connectionIntervalMs: number; jitterMs: number; gyrAfterMs: number; rateHz: number; n: number },
  pairs: number,
  lost: (quantity: Quantity, pair: number) => boolean,
): Joined[] {
  const { halves, joined } = pairing(link.rateHz);
  const carry = eventTimes(link.connectionIntervalMs, link.jitterMs, 3);
  for (let pair = 0; pair < pairs; pair++) {
    const readyMs = (1000 * link.n * (pair + 1)) / link.rateHz;
    for (const quantity of ['acc', 'gyr'] as const) {
      const arrivalMs = carry(readyMs + (quantity === 'gyr' ? link.gyrAfterMs : 0));
      if (!lost(quantity, pair)) halves.push(half(quantity, pair, { n: link.n }), arrivalMs);
    }
  }
  return joined;
}

// No sensor keeps step with the connection events: its rate is never quite what it is called.
describe.each([
  ['MetaMotion at 100 Hz', { rateHz: 100.7, n: 3 }],
  ['MetaMotion at 25 Hz', { rateHz: 25.1, n: 3 }],
  ['Arduino at 104 Hz', { rateHz: 104, n: 1 }],
])('a link of %s', (_name, rate) => {
  const durationMs = (1000 * rate.n) / rate.rateHz;
  const links = [30, 50].flatMap((connectionIntervalMs) =>
    [0, 20].flatMap((jitterMs) =>
      // Just after the acceleration, or anywhere up to the middle between two packets: pairs are torn apart by events.
      [0, 0.1, 0.45].map((ratio) => ({ ...rate, connectionIntervalMs, jitterMs, gyrAfterMs: ratio * durationMs })),
    ),
  );

  it.each(links)(
    'with events every $connectionIntervalMs ms, $jitterMs ms of jitter, rotation $gyrAfterMs ms later',
    (link) => {
      const joined = run(link, 2000, () => false);
      expect(joined).toHaveLength(2000);
      expect(joined.filter(({ acc, gyr, index }) => acc !== gyr || index !== acc * link.n)).toEqual([]);
    },
  );

  it.each(links)('that loses one half in a hundred, %j: every pair is right but for the rare torn one', (link) => {
    const random = seededRandom(5);
    const lostPairs = new Set<number>();
    const joined = run(link, 3000, (_quantity, pair) => {
      const isLost = pair > 5 && random() < 0.01;
      if (isLost) lostPairs.add(pair);
      return isLost;
    });
    const whole = 3000 - lostPairs.size;
    const wrong = joined.filter(({ acc, gyr }) => acc !== gyr);
    expect(wrong.length).toBeLessThanOrEqual(4);
    expect(joined.length).toBeGreaterThanOrEqual(whole - 4);
    // Each of the rare pairs that lost both halves is missing from the count.
    const last = joined[joined.length - 1];
    expect(Math.abs((last.index ?? 0) - last.acc * link.n)).toBeLessThanOrEqual(4 * link.n);
  });
});

it('whatever is lost, the index never goes back, and counts at least what was delivered', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom<Quantity>('acc', 'gyr'), fc.integer({ min: 1, max: 4 }), fc.nat(100)), {
        maxLength: 200,
      }),
      (sent) => {
        const { halves, joined } = pairing();
        let arrivalMs = 0;
        sent.forEach(([quantity, n, waitMs], i) => {
          arrivalMs += waitMs;
          halves.push(half(quantity, i, { n }), arrivalMs);
        });
        let endIndex = 0;
        for (const { index, n } of joined) {
          expect(index).toBeGreaterThanOrEqual(endIndex);
          endIndex = (index ?? NaN) + n;
        }
      },
    ),
    { seed: 11, numRuns: 300 },
  );
});
