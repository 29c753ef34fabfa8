import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { GoldenPacket } from '../../fixtures/packets/goldenPacket.ts';
import type { DecodedItem, ImuPacket } from '../../src/devices/define.ts';
import { DEVICES } from '../../src/devices/index.ts';
import { statusOf } from '../../src/devices/movesense.ts';
import { decodeMeasurement, type MovesenseResource } from '../../src/devices/movesensePackets.ts';
import { SampleFlag } from '../../src/model/block.ts';

const fileOf = (id: string): URL => new URL(`../../fixtures/packets/${id}.jsonl`, import.meta.url);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

function decode(device: (typeof DEVICES)[number], packet: GoldenPacket): DecodedItem[] {
  const items: DecodedItem[] = [];
  device.createDecoder()(packet.uuid, bytesOf(packet.hex), (item) => items.push(item));
  return items;
}

function expectNumbers(found: Float64Array | undefined, expected: unknown): void {
  expect(found === undefined).toBe(expected === undefined);
  if (!found || !Array.isArray(expected)) return;
  expect(found).toHaveLength(expected.length);
  expected.forEach((value: number, i) => expect(found[i]).toBeCloseTo(value, 9));
}

/** One quantity of wearables that send acceleration and rotation apart. */
function expectPart(item: DecodedItem, expected: GoldenPacket['expected']): void {
  if (item.kind !== 'part') throw new Error(`expected a part, found ${JSON.stringify(item)}`);
  const { quantity, n, tick, values, flags } = item.part;
  expect({ quantity, n, tick }).toEqual({ quantity: expected['quantity'], n: expected['n'], tick: expected['tick'] });
  expectNumbers(values, expected['values']);
  expect(flags.reduce((all, flag) => all | flag, 0) & SampleFlag.implausible).toBe(0);
}

function expectImu(packet: ImuPacket, expected: GoldenPacket['expected']): void {
  expect(packet.n).toBe(expected['n']);
  expect(packet.tick).toBe(expected['tick']);
  expect(packet.sequence).toBe(expected['sequence']);
  expect(packet.firstSampleIndex).toBe(expected['firstSampleIndex']);
  expect(packet.backfilled).toBe(expected['backfilled']);
  expect(packet.overrunBefore).toBe(expected['overrunBefore']);
  expect(packet.timeBaseReset).toBe(expected['timeBaseReset']);
  expectNumbers(packet.accMps2, expected['accMps2']);
  expectNumbers(packet.gyrRadps, expected['gyrRadps']);
  const union = packet.flags.reduce((all, flag) => all | flag, 0);
  expect((union & SampleFlag.accClipped) !== 0).toBe(expected['accClip'] ?? false);
  expect((union & SampleFlag.gyrClipped) !== 0).toBe(expected['gyrClip'] ?? false);
  expect((union & SampleFlag.notWorn) !== 0).toBe(expected['notWorn'] ?? false);
  expect((union & SampleFlag.backfilled) !== 0).toBe(expected['backfilled']);
  expect(union & SampleFlag.implausible).toBe(0);
}

/** Nothing that could be mistaken for a measurement comes out of bytes that were not understood. */
function expectProblem(items: readonly DecodedItem[]): void {
  const problems = items.filter((item) => item.kind === 'problem');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ message: expect.stringMatching(/expected .*found /) });
  for (const item of items) {
    if (item.kind !== 'imu') continue;
    const missing = Array.from({ length: item.packet.n }, (_, i) =>
      [item.packet.accMps2, item.packet.gyrRadps ?? item.packet.accMps2].every((values) =>
        values.subarray(3 * i, 3 * i + 3).every(Number.isNaN),
      ),
    );
    expect(missing.filter(Boolean)).toHaveLength(1);
    expect([...item.packet.accMps2].filter(Number.isFinite)).toHaveLength(3 * (item.packet.n - 1));
  }
}

function check(device: (typeof DEVICES)[number], packet: GoldenPacket): void {
  const { expected } = packet;
  const items = decode(device, packet);
  if (expected['problem'] === true) return expectProblem(items);
  if (expected['kind'] === 'response') {
    expect(items).toEqual([]);
    expect(statusOf(bytesOf(packet.hex))).toBe(expected['status']);
    return;
  }
  if (expected['kind'] === 'status') {
    const { worn, droppedPackets, temperatureC, batteryPct, eventKind, arg, tick } = expected;
    const [item] = items;
    if (item.kind !== 'status') throw new Error(`expected a status, found ${JSON.stringify(item)}`);
    const found = item.status;
    expect([found.worn, found.droppedPackets, found.temperatureC, found.batteryPct]).toEqual([
      worn,
      droppedPackets,
      temperatureC,
      batteryPct,
    ]);
    const what = [undefined, 'freeFall', 'impact', 'wornChanged', 'hapticDone'][Number(eventKind)];
    expect(items.slice(1)).toEqual(what === undefined ? [] : [{ kind: 'notice', notice: { what, tick, arg } }]);
    return;
  }
  if (expected['kind'] === 'imu' && expected['accMps2'] === undefined) {
    // Rotation alone is not a stream of ours; its layout is still read.
    const resource = String(expected['resource']).split('/')[2] as MovesenseResource;
    const measurement = decodeMeasurement(resource, bytesOf(packet.hex).subarray(2));
    expectNumbers(measurement?.gyrRadps, expected['gyrRadps']);
    expect(measurement?.timestampMs).toBe(expected['tick']);
    return;
  }
  expect(items).toHaveLength(1);
  const [item] = items;
  if (expected['kind'] === 'part') return expectPart(item, expected);
  if (item.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
  expectImu(item.packet, expected);
}

describe.each(DEVICES.map((device) => [device.id, device] as const))('golden packets of %s', (id, device) => {
  const exists = existsSync(fileOf(id));

  it('exist', () => {
    expect(exists, `expected fixtures/packets/${id}.jsonl, found none`).toBe(true);
  });

  if (!exists) return;
  const packets = readFileSync(fileOf(id), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GoldenPacket);

  it('hold samples as well as bytes that must not be understood', () => {
    expect(packets.some(({ expected }) => ['imu', 'part'].includes(String(expected['kind'])))).toBe(true);
    expect(packets.some(({ expected }) => expected['problem'] === true)).toBe(true);
  });

  it.each(packets.map((packet) => [packet.id, packet.note, packet] as const))('%s: %s', (_id, _note, packet) => {
    check(device, packet);
  });
});
