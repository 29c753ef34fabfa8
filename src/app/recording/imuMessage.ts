/** The messages of an MCAP recording, as Protocol Buffers. Their schema stands in every file, so that it explains itself. */
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import type { NumberSeries, PackedSeries } from './numberSeries.ts';

/** Field numbers are for ever: a field may be added, none may change its meaning. */
const PROTO = `
syntax = "proto3";
package plumbline;

// A list of numbers. Number i is (first + delta[0] + ... + delta[i]) / divisor; or real[i], where NaN is a missing one.
message Numbers {
  double first = 1;
  repeated sint32 delta = 2;
  double divisor = 3;
  repeated double real = 4;
}

// A run of samples of one sensor, at most 10 s long. Number i of each list belongs to time i.
message ImuSamples {
  Numbers t_s = 1;   // seconds on the axis of the recording, increasing
  Numbers acc_x = 2; // specific force in accUnit, axes of the sensor
  Numbers acc_y = 3;
  Numbers acc_z = 4;
  Numbers gyr_x = 5; // angular rate in gyrUnit; absent: no gyroscope
  Numbers gyr_y = 6;
  Numbers gyr_z = 7;
  bytes flags = 8;   // one byte per sample, or empty; 1 acc clipped, 2 gyr clipped, 4 not worn, 8 backfilled, 16 after gap, 32 implausible
  double rate_hz = 9; // nominal
}

// Why samples are missing between two times.
message Gap {
  double start_s = 1;
  double end_s = 2;
  double missing_samples = 3;
  string reason = 4;
}

// How well the times of the samples fit the clock of the computer.
message ClockQuality {
  double t_s = 1;
  double residual_ms = 2; // 95th percentile
}
`;

const root = protobuf.parse(PROTO, { keepCase: true }).root;

const AXES = ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z'] as const;
type Axis = (typeof AXES)[number];

export type ImuSamples<Series> = { t_s: Series; flags: Uint8Array; rate_hz: number } & Partial<Record<Axis, Series>>;

export interface Gap {
  start_s: number;
  end_s: number;
  missing_samples: number;
  reason: string;
}

export interface ClockQuality {
  t_s: number;
  residual_ms: number;
}

/** One kind of message: its name in the schema and its bytes. */
export interface MessageKind<Written, Read = Written> {
  readonly name: string;
  encode(fields: Written): Uint8Array;
  /** @throws Error when the bytes are no such message */
  decode(bytes: Uint8Array): Read;
}

function messageKind<Fields extends object>(name: string): MessageKind<Fields> {
  const type = root.lookupType(name);
  return {
    name: type.fullName.slice(1),
    encode: (fields) => type.encode(fields).finish(),
    // Fields that were not sent have their defaults through the prototype.
    decode: (bytes) => type.decode(bytes) as unknown as Fields,
  };
}

export const gap = messageKind<Gap>('plumbline.Gap');
export const clockQuality = messageKind<ClockQuality>('plumbline.ClockQuality');
/** Its lists are left packed in reading, for `unpackSeries`. */
export const imuSamples: MessageKind<ImuSamples<NumberSeries>, ImuSamples<PackedSeries>> = {
  ...messageKind<ImuSamples<NumberSeries>>('plumbline.ImuSamples'),
  decode: decodeImuSamples,
};

/** Tag of field 1 with a length before it; the lists have the fields 1 to 7, the flags 8. */
const FIRST_LIST_TAG = 0x0a;
const FLAGS_TAG = 0x42;
const RATE_TAG = 0x49;
const LISTS = ['t_s', ...AXES] as const;

function decodeImuSamples(bytes: Uint8Array): ImuSamples<PackedSeries> {
  const reader = protobuf.Reader.create(bytes);
  const samples: ImuSamples<PackedSeries> = { t_s: emptySeries(), flags: new Uint8Array(0), rate_hz: 0 };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const list = LISTS.at((tag - FIRST_LIST_TAG) >> 3);
    if (tag === FLAGS_TAG) samples.flags = reader.bytes();
    else if (tag === RATE_TAG) samples.rate_hz = reader.double();
    else if ((tag & 7) === 2 && tag < FLAGS_TAG && list) samples[list] = decodeSeries(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return samples;
}

const emptySeries = (): PackedSeries => ({ first: 0, divisor: 0, delta: new Uint8Array(0), real: new Uint8Array(0) });

function decodeSeries(bytes: Uint8Array): PackedSeries {
  const reader = protobuf.Reader.create(bytes);
  const series = emptySeries();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x09) series.first = reader.double();
    else if (tag === 0x12) series.delta = reader.bytes();
    else if (tag === 0x19) series.divisor = reader.double();
    else if (tag === 0x22) series.real = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return series;
}

/** A serialised `google.protobuf.FileDescriptorSet`, as MCAP wants it beside messages of the encoding `protobuf`. */
export function messageSchema(): Uint8Array {
  const set = root.toDescriptor('proto3');
  const fields = set.file.flatMap(({ messageType }) => (messageType ?? []).flatMap(({ field }) => field ?? []));
  for (const field of fields) {
    // Lists of numbers are packed unless they say otherwise; what was not said need not be answered.
    delete field.options;
    // Other languages look types up by their full name, with a dot before it.
    if (field.typeName) field.typeName = root.lookupType(`plumbline.${field.typeName}`).fullName;
  }
  return descriptor.FileDescriptorSet.encode(set).finish();
}
