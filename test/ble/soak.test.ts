/** Thirty wearables on a bad day, much faster than life: everything that was asked for ends, and nothing is left over. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Bench, BenchOrder } from '../../firmware-mocks/benchPeripheral.ts';
import type { VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import type { PeerFaults } from '../../firmware-mocks/radioFaults.ts';
import { type Random, seededRandom } from '../../firmware-mocks/seededRandom.ts';
import type { NobleCentral } from '../../src/ble/nobleCentral.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { BleLink } from '../../src/model/ports.ts';
import { eventually, radioBench } from './radioBench.ts';

const LINKS = 30;
const CYCLES = 1000;
const OPERATIONS_PER_LINK = 6;
const ADDRESSES = Array.from({ length: LINKS }, (_, i) => `c0:ff:ee:00:01:${i.toString(16).padStart(2, '0')}`);
/** What a wearable does wrong while it is connected, in turn with doing nothing wrong. */
const FAULTS: readonly PeerFaults[] = [
  {},
  { readErrors: { [Bench.store]: 0x02 }, writeErrors: { [Bench.store]: 0x03 } },
  {},
  { configurationReadErrors: { [Bench.notify]: 0x02 }, configurationWriteErrors: { [Bench.indicate]: 0x03 } },
  { refuseMtu: true },
  { readErrors: { [Bench.long]: 0x05 } },
];

interface Tally {
  cycles: number;
  asked: number;
  ended: number;
  readonly endedBy: Map<string, number>;
}

describe.each(NOBLE_LIBRARIES)('a soak of the radio over %s', (library) => {
  const bench = radioBench(library);

  it(`ends every operation of ${CYCLES} connections of ${LINKS} wearables, and leaves nothing behind`, async () => {
    const { radio, central } = await bench.start({
      benches: ADDRESSES.map((address, i) => ({ address, name: `Bench ${i}` })),
      limits: {
        connectMs: 80,
        operationMs: 60,
        discoveryMs: 250,
        mtuWaitMs: 60,
        disconnectMs: 100,
        unsubscribeMs: 30,
      },
      controller: { advertisingIntervalMs: 2 },
    });
    const ids = await allHeard(central);
    const tally: Tally = { cycles: 0, asked: 0, ended: 0, endedBy: new Map() };
    const run = (cycles: number): Promise<unknown> => {
      const untilCycles = tally.cycles + cycles;
      return Promise.all(
        ADDRESSES.map(async (address, i) => {
          const random = seededRandom(1000 + i + untilCycles);
          while (tally.cycles < untilCycles)
            await wear(central, radio, { address, id: ids.get(address) ?? '' }, random, tally);
        }),
      );
    };
    // What is built up once is no growth.
    await run(CYCLES / 5);
    const before = leftOver();
    await run((CYCLES * 4) / 5);
    const after = leftOver();
    expect(tally.ended).toBe(tally.asked);
    // The day was as bad as it should be: every way to end was met.
    for (const how of ['fulfilled', 'radio/refused', 'radio/timeout', 'radio/closed']) {
      expect([how, (tally.endedBy.get(how) ?? 0) > 20]).toEqual([how, true]);
    }
    expect(after.heapMb - before.heapMb).toBeLessThan(4);
    expect(after.timers).toBeLessThanOrEqual(before.timers + 2);
    expect(bench.warnings).toEqual([]);
    await eventually(() => radio.connectedAddresses).toEqual([]);
    for (const address of ADDRESSES) radio.setPeerFaults(address, {});
    const link = await central.connect(ids.get(ADDRESSES[0] ?? '') ?? '');
    expect((await link.read('2a19'))[0]).toBe(87);
  }, 60_000);
});

async function allHeard(central: NobleCentral): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const off = central.onAdvertisement(({ address, id }) => ids.set(address, id));
  await central.startScan();
  await eventually(() => ids.size).toBe(LINKS);
  off();
  return ids;
}

/** One connection of one wearable, from its request to its end. */
async function wear(
  central: NobleCentral,
  radio: VirtualRadio,
  { address, id }: { address: string; id: string },
  random: Random,
  tally: Tally,
): Promise<void> {
  const pick = (count: number): number => Math.floor(random() * count);
  const ends = async <T>(operation: Promise<T>): Promise<T | undefined> => {
    tally.asked++;
    const count = (how: string): unknown => tally.endedBy.set(how, (tally.endedBy.get(how) ?? 0) + 1);
    try {
      const value = await operation;
      count('fulfilled');
      return value;
    } catch (error) {
      count(error instanceof PlumblineError ? error.code : String(error));
      return undefined;
    } finally {
      tally.ended++;
    }
  };
  radio.setPeerFaults(address, pick(25) === 0 ? { refusesConnection: true } : (FAULTS[pick(FAULTS.length)] ?? {}));
  const link = await ends(central.connect(id));
  if (link) {
    const operations = Array.from({ length: OPERATIONS_PER_LINK }, () => ends(operate(link, pick(6))));
    const trouble = pick(4);
    if (trouble === 0) radio.setPeerFaults(address, { mute: true });
    await operations[pick(OPERATIONS_PER_LINK)];
    if (trouble === 1) radio.drop(address, pick(2) === 0 ? 0x08 : 0x13);
    if (trouble === 2) void ends(link.write(Bench.orders, Uint8Array.of(BenchOrder.drop, 0x15)));
    if (trouble === 3) void ends(link.disconnect());
    await Promise.all(operations);
    await ends(link.disconnect());
    await ends(link.closed);
  }
  tally.cycles++;
}

function operate(link: BleLink, which: number): Promise<unknown> {
  switch (which) {
    case 0:
      return link.read(Bench.store);
    case 1:
      return link.read(Bench.long);
    case 2:
      return link.write(Bench.store, new Uint8Array(300));
    case 3:
      return link.subscribe(Bench.notify, () => undefined);
    case 4:
      return link.subscribe(Bench.indicate, () => undefined);
    default:
      return link.readRssiDbm();
  }
}

function leftOver(): { heapMb: number; timers: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  return { heapMb: process.memoryUsage().heapUsed / 1e6, timers };
}
