/**
 * `defineDevice`: a wearable is data plus pure functions. No timers, no connection, no clock, no logger in here:
 * the session (`src/app/session`) carries out the steps that a script yields and feeds bytes to the decoder.
 */
import type { Mount } from '../model/frames.ts';
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
  /** Changes when the device has restarted: ticks begin anew. '': it cannot tell, so every start counts as a restart. */
  readonly epoch: string;
  /** How many samples in a row the device can send again; 0: none. */
  readonly backfillPackets: number;
  readonly firmware?: string;
  /** Explicit device and host time pairs from the start script. */
  readonly clockSamples?: readonly ClockSample[];
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
  readonly charging?: boolean;
  readonly droppedPackets?: number;
  readonly temperatureC?: number;
}

/** Something that the device itself noticed; `tick` of its clock. `arg` is the device's own number (cue id for `hapticDone`). */
export interface DeviceNotice {
  readonly what: 'freeFall' | 'impact' | 'wornChanged' | 'hapticDone';
  readonly tick: number;
  readonly arg: number;
}

export type DecodedItem =
  | { readonly kind: 'imu'; readonly packet: ImuPacket }
  | { readonly kind: 'status'; readonly status: DeviceStatus }
  | { readonly kind: 'notice'; readonly notice: DeviceNotice }
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

/** What a wearable remembers about how it sits on its wearer. */
export interface StoredCalibration {
  /** Segment axes (ISB) in sensor axes. */
  readonly mount: Mount;
  /** Accelerometer reading while upright and still, sensor frame, m/s². */
  readonly uprightMps2: readonly [number, number, number];
  /** Unix seconds when it was saved. */
  readonly savedS: number;
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
  readonly upkeep?: {
    readonly everyS: number;
    readonly script: (nowMs: number) => GattScript<ClockSample | undefined>;
  };
  /** Asks for lost packets again; they come back as ordinary packets with `backfilled`. */
  readonly backfill?: (firstSequence: number, count: number) => GattScript<void>;
  readonly haptic?: (cue: HapticCue) => GattScript<void>;
  readonly readStatus?: () => GattScript<DeviceStatus>;
  /** Makes the device blink or buzz so that a person can tell which one it is. */
  readonly identify?: () => GattScript<void>;
  /** Mean accelerometer reading over `averageMs`, sensor frame, m/s². */
  readonly captureUpright?: (averageMs: number) => GattScript<readonly [number, number, number]>;
  /** `read` returns undefined when nothing was ever saved. @throws `bytes/invalid` when the saved bytes are damaged. */
  readonly calibrationStore?: {
    readonly read: () => GattScript<StoredCalibration | undefined>;
    readonly write: (calibration: StoredCalibration) => GattScript<void>;
  };
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
