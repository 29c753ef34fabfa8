/**
 * `defineDevice`: a wearable is data plus pure functions. No timers, no connection, no clock, no logger in here:
 * the session (`src/wearableSession.ts`) carries out the steps that a script yields and feeds bytes to the decoder.
 */
import type { Advertisement } from '../model/ports.ts';

/** One step of a start, stop or upkeep script; the session answers each with a `GattReply`. */
export type GattStep =
  | { readonly op: 'read'; readonly uuid: string }
  | { readonly op: 'write'; readonly uuid: string; readonly bytes: Uint8Array; readonly withoutResponse?: boolean }
  | { readonly op: 'subscribe'; readonly uuid: string }
  /** Writes, then waits for a notification or indication on `replyUuid` that `isReply` accepts. */
  | {
      readonly op: 'request';
      readonly uuid: string;
      readonly bytes: Uint8Array;
      readonly replyUuid: string;
      readonly isReply: (bytes: Uint8Array) => boolean;
      readonly timeoutMs: number;
    }
  | { readonly op: 'wait'; readonly ms: number };

/** `bytes` for `read` and `request`; `sentMs` and `receivedMs` are host times around a `request`. */
export interface GattReply {
  readonly bytes: Uint8Array;
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** Yields steps, is sent replies, throws `PlumblineError` `device/refused` (expected, found) when the device says no. */
export type GattScript<T> = Generator<GattStep, T, GattReply>;

/** What a start script found out about the stream that it started. */
export interface StreamStart {
  readonly rateHz: number;
  readonly hasGyroscope: boolean;
  /** Changes when the device has restarted: sample indices and ticks begin anew. */
  readonly epoch: string;
  /** How many samples in a row the device can send again; 0: none. */
  readonly backfillPackets: number;
  readonly firmware?: string;
}

/** One decoded packet of n samples in the sensor frame, SI. */
export interface ImuPacket {
  readonly n: number;
  /** Device clock of the first sample, in ticks of `clock.tickHz`, wrapped at `clock.wrapTicks`; undefined: the device has no clock. */
  readonly tick: number | undefined;
  /** Packet counter, wrapped at `sequenceWrap`; undefined: none. */
  readonly sequence: number | undefined;
  /** Counter of the first sample since the stream started, wrapped at 2^32; undefined: none. */
  readonly firstSampleIndex: number | undefined;
  readonly accMps2: Float64Array;
  readonly gyrRadps: Float64Array | undefined;
  /** n values, bits of `SampleFlag`. */
  readonly flags: Uint8Array;
  readonly backfilled: boolean;
  /** The device's own buffer overflowed before this packet. */
  readonly overrunBefore: boolean;
  /** The device's time base started anew. */
  readonly timeBaseReset: boolean;
}

export interface DeviceStatus {
  readonly batteryPct?: number;
  readonly worn?: boolean;
  readonly droppedPackets?: number;
}

export type DecodedItem =
  | { readonly kind: 'imu'; readonly packet: ImuPacket }
  | { readonly kind: 'status'; readonly status: DeviceStatus }
  /** The bytes were not understood: "expected …, found …". The stream goes on. */
  | { readonly kind: 'problem'; readonly message: string };

export interface DeviceClockSpec {
  readonly tickHz: number;
  /** Ticks wrap at this value. */
  readonly wrapTicks: number;
  /** How far the stated tick may be from the true moment, because of rounding; seconds. */
  readonly quantisationS: number;
}

export interface HapticCue {
  readonly intensityPct: number;
  readonly onMs: number;
  readonly offMs: number;
  readonly repeats: number;
}

export interface StreamRequest {
  readonly rateHz: number;
  readonly mtu: number;
  /** Host time in Unix ms, for devices that want it set. */
  readonly nowMs: number;
}

export interface DeviceDefinition {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  readonly matches: (advertisement: Advertisement) => boolean;
  readonly rateHz: { readonly choices: readonly number[]; readonly default: number };
  readonly clock: DeviceClockSpec | undefined;
  readonly sequenceWrap: number | undefined;
  /** `integratesBackward`: a gyroscope sample is the mean over the interval before it. */
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  /** What is honest to use it for. */
  readonly capabilities: { readonly falls: boolean; readonly sway: boolean; readonly haptic: boolean };
  readonly start: (request: StreamRequest) => GattScript<StreamStart>;
  readonly stop: () => GattScript<void>;
  /** Run every `everyS` while streaming (time sync, keep-alive). */
  readonly upkeep?: { readonly everyS: number; readonly script: () => GattScript<ClockSample | undefined> };
  /** Asks for lost packets again; they come back as ordinary packets with `backfilled`. */
  readonly backfill?: (firstSequence: number, count: number) => GattScript<void>;
  readonly haptic?: (cue: HapticCue) => GattScript<void>;
  readonly readStatus?: () => GattScript<DeviceStatus>;
  /**
   * Pure: bytes of one notification → decoded items. Never throws; never allocates beyond the packet's own size.
   * Characteristics it does not know are ignored.
   */
  readonly decode: (uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void) => void;
}

/** A pair of device and host time from an explicit exchange (NTP-like; `uncertaintyMs` is half the round trip). */
export interface ClockSample {
  readonly tick: number;
  readonly hostMs: number;
  readonly uncertaintyMs: number;
}

export function defineDevice(definition: DeviceDefinition): DeviceDefinition {
  return definition;
}
