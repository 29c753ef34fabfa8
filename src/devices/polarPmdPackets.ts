/**
 * Bytes of Polar's PMD service → decoded items (Bluetooth specification, 1.2). Acceleration and rotation come in frames of
 * their own, stamped by one clock. The scale of compressed frames is stated in the answer to START, so a decoder remembers it.
 */
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { Decode, DecodedItem, ImuPart } from './define.ts';
import { flagsOfSamples } from './flagsOfSamples.ts';
import { decodeDeltas } from './polarPmdDelta.ts';
import {
  PMD,
  PMD_TYPE_MASK,
  PmdAnswer,
  PmdCommand,
  pmdFactorOf,
  PmdResponseCollector,
  PmdStatus,
  PmdType,
} from './polarPmdProtocol.ts';
import { BATTERY_LEVEL, decodeBattery } from './sigServices.ts';

type Emit = (item: DecodedItem) => void;

const HEADER_BYTES = 10;
const COMPRESSED = 0x80;
/** Microseconds: nanoseconds since 2000 do not fit into a double, these do until the year 2285. */
const NS_PER_TICK = 1000n;
export const PMD_TICK_HZ = 1_000_000;

/** Converters of 16 bits whose range the factor spreads over all counts. */
const COUNTS = 32_768;
export const PMD_GYR_RANGE_DPS = 2000;
/** A rail is one count of 16 bits below full scale, or the whole milli-g beside it. */
const RAIL_RATIO = 0.999;
/** A scale that would go beyond was damaged on its way. */
const WIDEST_ACC_G = 16;
/** How far the chips in use reach beyond the range they are named by: 4 mg × 2047 at ±8 g, 70 mdps × 32767 at ±2000 deg/s. */
const IMPLAUSIBLE_RATIO = { acc: 1.03, gyr: 1.15 } as const;

interface FrameValues {
  readonly values: Float64Array;
  /** Full scale in the same unit. */
  readonly range: number;
}
/** Values, or what is wrong with the bytes. */
type Layout = (content: Uint8Array, factor: number | undefined, accRangeG: number) => FrameValues | string;

/** By quantity and frame type; the page knows no others. */
const LAYOUTS: Readonly<Record<ImuPart['quantity'], Readonly<Record<number, Layout>>>> = {
  acc: {
    0: (content, _factor, rangeG) => rawMilliG(content, 1, rangeG),
    1: (content, _factor, rangeG) => rawMilliG(content, 2, rangeG),
    2: (content, _factor, rangeG) => rawMilliG(content, 3, rangeG),
    [COMPRESSED]: (content, factor) => scaled(content, factor, mps2FromG, WIDEST_ACC_G),
    // Milli-g; the vendor cuts off their fractions, which helps nobody.
    [COMPRESSED + 1]: (content, factor = 1, rangeG) => milliG(decodeDeltas(content, 2), factor, rangeG),
  },
  gyr: {
    [COMPRESSED]: (content, factor) => {
      const found = scaled(content, factor, radFromDeg, PMD_GYR_RANGE_DPS);
      return typeof found === 'string' ? found : { ...found, range: radFromDeg(PMD_GYR_RANGE_DPS) };
    },
    [COMPRESSED + 1]: floats,
  },
};

/** A decoder for one link of a sensor whose accelerometer is set to `accRangeG`, where its frames do not tell. */
export function createPmdDecoder(accRangeG: number): Decode {
  const factors = new Map<number, number>();
  const collector = new PmdResponseCollector();
  return (uuid, bytes, emit) => {
    if (uuid === PMD.data) decodeFrame(bytes, factors, accRangeG, emit);
    else if (uuid === PMD.control) decodeControl(bytes, collector, factors, emit);
    else if (uuid === BATTERY_LEVEL) decodeBattery(bytes, emit);
  };
}

/** Answers belong to the script that asked; only the scale in them is ours, and what the sensor says unasked. */
function decodeControl(bytes: Uint8Array, collector: PmdResponseCollector, factors: Map<number, number>, emit: Emit) {
  if (bytes[0] === PmdAnswer.response && bytes.length >= 4) {
    const response = collector.push(bytes);
    if (response?.command !== PmdCommand.start || response.status !== PmdStatus.ok) return;
    const factor = pmdFactorOf(response.parameters);
    if (factor === undefined) factors.delete(response.type);
    else factors.set(response.type, factor);
  } else if (bytes[0] === PmdAnswer.streamsStopped) {
    const types = Array.from(bytes.subarray(1), (type) => type & PMD_TYPE_MASK);
    const stopped = types.map(quantityOf).filter((quantity) => quantity !== undefined);
    if (stopped.length === 0) return;
    const names = stopped.map((quantity) => (quantity === 'acc' ? 'acceleration' : 'rotation')).join(' and ');
    emit({ kind: 'stopped', message: `expected ${names} to go on, found that the sensor stopped` });
  } else if (bytes[0] !== PmdAnswer.features) {
    emit({
      kind: 'problem',
      message: `control point: expected 01, 0f or f0 first, found ${hexOf(bytes) || 'nothing'}`,
    });
  }
}

function quantityOf(type: number): ImuPart['quantity'] | undefined {
  if (type === PmdType.acceleration) return 'acc';
  return type === PmdType.rotation ? 'gyr' : undefined;
}

function decodeFrame(bytes: Uint8Array, factors: ReadonlyMap<number, number>, accRangeG: number, emit: Emit): void {
  const type = bytes[0] & PMD_TYPE_MASK;
  const quantity = bytes.length > HEADER_BYTES ? quantityOf(type) : undefined;
  const layout = quantity && LAYOUTS[quantity][bytes[HEADER_BYTES - 1]];
  if (!quantity || !layout) {
    const expected = `more than ${HEADER_BYTES} bytes of a known type and frame type`;
    emit({ kind: 'problem', message: `data: expected ${expected}, found ${hexOf(bytes, HEADER_BYTES) || 'nothing'}` });
    return;
  }
  const found = layout(bytes.subarray(HEADER_BYTES), factors.get(type), accRangeG);
  if (typeof found === 'string') {
    emit({ kind: 'problem', message: `data: ${found}` });
    return;
  }
  const n = found.values.length / 3;
  const judged = { ...found, quantity, railRatio: RAIL_RATIO, implausibleRatio: IMPLAUSIBLE_RATIO[quantity] };
  const flags = flagsOfSamples(n, [judged], emit);
  emit({ kind: 'part', part: { quantity, n, tick: tickOf(bytes), values: found.values, flags } });
}

/** Of the last sample: u64 nanoseconds since 2000, or since the sensor began in 2019. */
function tickOf(bytes: Uint8Array): number {
  const stampNs = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(1, true);
  return Number(stampNs / NS_PER_TICK);
}

function rawMilliG(content: Uint8Array, bytesEach: 1 | 2 | 3, rangeG: number): FrameValues | string {
  const n = content.length / (3 * bytesEach);
  if (!Number.isInteger(n)) return `expected n × ${3 * bytesEach} bytes of acceleration, found ${content.length} bytes`;
  const reader = new ByteReader(content);
  const read = (i: number): number => {
    if (bytesEach === 1) return reader.i8(i);
    return bytesEach === 2 ? reader.i16(2 * i) : reader.u8(3 * i) + 256 * reader.i16(3 * i + 1);
  };
  return milliG(
    Int32Array.from({ length: 3 * n }, (_, i) => read(i)),
    1,
    rangeG,
  );
}

function milliG(counts: Int32Array | string, factor: number, rangeG: number): FrameValues | string {
  if (typeof counts === 'string') return counts;
  return { values: Float64Array.from(counts, (count) => mps2FromG((count * factor) / 1000)), range: mps2FromG(rangeG) };
}

/** Counts of 16 bits whose factor is in g or deg/s: without it they mean nothing. */
function scaled(content: Uint8Array, factor: number | undefined, toSi: (value: number) => number, widest: number) {
  if (factor === undefined) return 'expected the answer to START to state the scale of these frames, found none';
  const counts = decodeDeltas(content, 2);
  if (typeof counts === 'string') return counts;
  return {
    values: Float64Array.from(counts, (count) => toSi(count * factor)),
    range: toSi(Math.min(widest, Math.abs(factor) * COUNTS)),
  };
}

/** Differences of the bit patterns of floats, deg/s. */
function floats(content: Uint8Array): FrameValues | string {
  const patterns = decodeDeltas(content, 4);
  if (typeof patterns === 'string') return patterns;
  const rotationsDps = new Float32Array(patterns.buffer);
  return { values: Float64Array.from(rotationsDps, radFromDeg), range: radFromDeg(PMD_GYR_RANGE_DPS) };
}
