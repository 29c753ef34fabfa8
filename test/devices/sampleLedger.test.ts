import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import type { ImuPacket } from '../../src/devices/define.ts';
import { SampleLedger } from '../../src/devices/sampleLedger.ts';

const WRAP = 65_536;

function packetOf(sequence: number | undefined, n = 10, backfilled = false): ImuPacket {
  return {
    n,
    tick: undefined,
    sequence,
    firstSampleIndex: undefined,
    accMps2: new Float64Array(3 * n),
    gyrRadps: undefined,
    flags: new Uint8Array(n),
    backfilled,
    overrunBefore: false,
    timeBaseReset: false,
  };
}

function ledgerOf(holdMs: number) {
  const released: number[] = [];
  const lost: { firstIndex: number; missing: number; reason: string }[] = [];
  const wanted: [number, number][] = [];
  const ledger = new SampleLedger(holdMs, WRAP, {
    release: (packet, index, skip) => {
      for (let i = skip; i < packet.n; i++) released.push(index + i);
    },
    lost: (firstIndex, missing, reason) => lost.push({ firstIndex, missing, reason }),
    wanted: (firstSequence, count) => wanted.push([firstSequence, count]),
  });
  return { ledger, released, lost, wanted };
}

describe('the sample ledger', () => {
  it('passes packets in order through at once', () => {
    const { ledger, released } = ledgerOf(400);
    for (let i = 0; i < 5; i++) ledger.add(packetOf(i), 10 * i, 100 * i);
    expect(released).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(ledger.dueMs).toBeUndefined();
  });

  it('asks for what the radio lost, holds what came later, and releases both in order', () => {
    const { ledger, released, lost, wanted } = ledgerOf(400);
    ledger.add(packetOf(65_534), 0, 0);
    ledger.add(packetOf(1), 30, 300);
    expect(wanted).toEqual([[65_535, 2]]);
    expect(released).toHaveLength(10);
    ledger.add(packetOf(65_535, 10, true), 10, 350);
    ledger.add(packetOf(0, 10, true), 20, 360);
    expect(released).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(lost).toEqual([]);
    expect(ledger.counts).toEqual({ released: 40, lost: 0, repaired: 20, duplicate: 0, late: 0 });
  });

  it('asks again half way, gives up after the hold, and counts what comes then as late', () => {
    const { ledger, released, lost, wanted } = ledgerOf(400);
    ledger.add(packetOf(0), 0, 0);
    ledger.add(packetOf(2), 20, 200);
    expect(ledger.dueMs).toBe(400);
    ledger.poll(400);
    expect(wanted).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(ledger.dueMs).toBe(600);
    ledger.poll(599);
    expect(lost).toEqual([]);
    ledger.poll(600);
    expect(lost).toEqual([{ firstIndex: 10, missing: 10, reason: 'radioLoss' }]);
    ledger.add(packetOf(1, 10, true), 10, 700);
    expect(ledger.counts).toEqual({ released: 20, lost: 10, repaired: 0, duplicate: 0, late: 10 });
    expect(released).not.toContain(10);
  });

  it('tells an overrun of the sensor from a loss of the radio, and does not wait for it', () => {
    const { ledger, lost, wanted, released } = ledgerOf(400);
    ledger.add(packetOf(0), 0, 0);
    ledger.add(packetOf(1), 25, 100);
    expect(lost).toEqual([{ firstIndex: 10, missing: 15, reason: 'sensorOverrun' }]);
    expect(wanted).toEqual([]);
    expect(released).toHaveLength(20);
  });

  it('does not wait for a device that cannot send again', () => {
    const { ledger, lost } = ledgerOf(0);
    ledger.add(packetOf(undefined), 0, 0);
    ledger.add(packetOf(undefined), 20, 200);
    expect(lost).toEqual([{ firstIndex: 10, missing: 10, reason: 'radioLoss' }]);
  });

  it('counts repeated packets and passes on only what is new in an overlapping one', () => {
    const { ledger, released } = ledgerOf(400);
    ledger.add(packetOf(0), 0, 0);
    ledger.add(packetOf(0), 0, 10);
    ledger.add(packetOf(1), 5, 20);
    expect(released).toEqual(Array.from({ length: 15 }, (_, i) => i));
    expect(ledger.counts).toMatchObject({ released: 15, duplicate: 15, lost: 0 });
  });

  it('holds no more than it can bear', () => {
    const { ledger, lost } = ledgerOf(1e9);
    ledger.add(packetOf(0), 0, 0);
    for (let i = 2; i < 400; i++) ledger.add(packetOf(i), 10 * i, 0);
    expect(lost).toEqual([{ firstIndex: 10, missing: 10, reason: 'radioLoss' }]);
  });

  it('under loss, repetition, reordering and overruns never doubles, invents or forgets a sample', () => {
    const disorder = fc.record({
      seed: fc.integer(),
      lossRatio: fc.double({ min: 0, max: 0.4, noNaN: true }),
      repeatRatio: fc.double({ min: 0, max: 0.3, noNaN: true }),
      reorder: fc.integer({ min: 0, max: 4 }),
      overrunRatio: fc.double({ min: 0, max: 0.1, noNaN: true }),
      repairRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      holdMs: fc.constantFrom(0, 100, 400),
      n: fc.integer({ min: 1, max: 19 }),
    });
    fc.assert(
      fc.property(disorder, ({ seed, lossRatio, repeatRatio, reorder, overrunRatio, repairRatio, holdMs, n }) => {
        const random = seededRandom(seed);
        const { ledger, released, lost } = ledgerOf(holdMs);
        const sent: { packet: ImuPacket; index: number; atMs: number }[] = [];
        let index = 0;
        for (let i = 0; i < 200; i++) {
          if (random() < overrunRatio) index += Math.ceil(random() * 30);
          const times = 1 + (random() < repeatRatio ? 1 : 0);
          const isLost = i > 0 && random() < lossRatio;
          const atMs = 100 * (i + random() * reorder);
          const copies = isLost ? 0 : times;
          for (let copy = 0; copy < copies; copy++) sent.push({ packet: packetOf(i % WRAP, n), index, atMs });
          if (isLost && random() < repairRatio)
            sent.push({ packet: packetOf(i % WRAP, n, true), index, atMs: atMs + 250 });
          index += n;
        }
        sent.sort((a, b) => a.atMs - b.atMs);
        let fed = 0;
        for (const { packet, index: at, atMs } of sent) {
          ledger.poll(atMs);
          ledger.add(packet, at, atMs);
          fed += packet.n;
        }
        ledger.flush();
        const { counts } = ledger;
        expect(released.every((each, i) => i === 0 || each > released[i - 1])).toBe(true);
        const truth = new Set(
          sent.flatMap(({ packet, index: at }) => Array.from({ length: packet.n }, (_, i) => at + i)),
        );
        expect(released.every((each) => truth.has(each))).toBe(true);
        expect(counts.released).toBe(released.length);
        expect(counts.lost).toBe(lost.reduce((total, { missing }) => total + missing, 0));
        expect(counts.released + counts.lost).toBe((released.at(-1) ?? 0) + 1 - released[0]);
        expect(counts.released + counts.duplicate + counts.late).toBe(fed);
        const lostSet = new Set(
          lost.flatMap(({ firstIndex, missing }) => Array.from({ length: missing }, (_, i) => firstIndex + i)),
        );
        expect(released.some((each) => lostSet.has(each))).toBe(false);
      }),
      { numRuns: 300, seed: 2024 },
    );
  });
});
