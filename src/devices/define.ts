/**
 * `defineDevice`: a wearable is data plus pure functions. No timers, no connection, no clock, no logger in here:
 * the session (`src/app/session`) carries out the steps that a script yields and feeds bytes to the decoder.
 */
import type { Mount } from '../model/frames.ts';
import type { Placement } from '../model/person.ts';
import type { Advertisement } from '../model/ports.ts';

/** One step of a start, stop or upkeep script; the session answers each with a `GattReply`. */
export type GattStep =
  | { readonly op: 'read'; readonly uuid: string }
  | { readonly op: 'write'; readonly uuid: string; readonly bytes: Uint8Array; readonly withoutResponse?: boolean }
  | { readonly op: 'subscribe'; readonly uuid: string }
  /**
   * Writes, then waits for a notification or indication on `replyUuid` that `isReply` accepts; it is shown each of them, in
   * order, so it may piece an answer together.
   */
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

/** What the device says about itself; texts as it gives them, each absent where it gives none. */
export interface DeviceIdentity {
  readonly model?: string;
  readonly serial?: string;
  readonly firmware?: string;
  readonly hardware?: string;
}

/** What a start script found out about the stream that it started. */
export interface StreamStart {
  readonly rateHz: number;
  readonly hasGyroscope: boolean;
  /** Rate of the rotation where it comes in a rhythm of its own; absent: `rateHz`. */
  readonly gyroRateHz?: number;
  /** Changes when the device has restarted: ticks begin anew. '': it cannot tell, so every start counts as a restart. */
  readonly epoch: string;
  /** How many samples in a row the device can send again; 0: none. */
  readonly backfillPackets: number;
  readonly identity?: DeviceIdentity;
  /**
   * Nothing but the device's own clock has changed: it was set, and its ticks have been brought onto the axis of before.
   */
  readonly goesOn?: boolean;
  /** The device was already sending, at another rate: what came before this does not belong to the stream. */
  readonly discardsEarlier?: boolean;
  /** Explicit device and host time pairs from the start script. */
  readonly clockSamples?: readonly ClockSample[];
}

/** One decoded packet of n samples in the sensor frame, SI. */
export interface ImuPacket {
  readonly n: number;
  /** Device clock of the sample that `clock.stampOf` names, in ticks of `clock.tickHz`, wrapped at `clock.wrapTicks`; undefined: the device has no clock. */
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

/** n samples of one quantity, from wearables that send acceleration and rotation apart; `pairing` says how they are joined. */
export interface ImuPart {
  readonly quantity: 'acc' | 'gyr';
  readonly n: number;
  /** As in `ImuPacket`. */
  readonly tick: number | undefined;
  /** 3n values, sensor frame: m/s² or rad/s. A missing sample is NaN. */
  readonly values: Float64Array;
  /** n values, bits of `SampleFlag`. */
  readonly flags: Uint8Array;
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
  | { readonly kind: 'part'; readonly part: ImuPart }
  | { readonly kind: 'status'; readonly status: DeviceStatus }
  | { readonly kind: 'notice'; readonly notice: DeviceNotice }
  /** The device has ended the stream by itself, and says so: it has to be started again. "expected …, found …". */
  | { readonly kind: 'stopped'; readonly message: string }
  /** The bytes were not understood: "expected …, found …". The stream goes on. */
  | { readonly kind: 'problem'; readonly message: string };

/**
 * Pure but for what it remembers of its own link (the rest of a frame, a scale that the device stated): bytes of one
 * notification or indication → decoded items. Never throws; never allocates beyond the packet's own size; characteristics
 * it does not know are ignored.
 */
export type Decode = (uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void) => void;

export interface DeviceClockSpec {
  readonly tickHz: number;
  /** Which sample of a packet the tick belongs to. */
  readonly stampOf: 'first' | 'last';
  /** Ticks wrap at this value. */
  readonly wrapTicks: number;
  /** How far the stated tick may be from the true moment, because of rounding; seconds. */
  readonly quantisationS: number;
  /** `sample`: single samples can be missing, and the stamps are good enough to say so. Absent: whole packets are lost. */
  readonly lossUnit?: 'packet' | 'sample';
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

/** How the device is asked to measure: most have one way and need no modes. */
interface DeviceMode {
  /** As in the configuration: lower case and dashes. */
  readonly id: string;
  /** What it gives and costs, one line. */
  readonly description: string;
  readonly rateHz: RateChoices;
  readonly hasGyroscope: boolean;
}

interface RateChoices {
  readonly choices: readonly number[];
  readonly default: number;
}

/** What the signal is good enough for; falls and sway are refused where it is not. */
interface DeviceCapabilities {
  /** At `FALLS_FROM_HZ` and above. */
  readonly falls: boolean;
  /** `timeDomain`: the times are too uncertain for spectra. */
  readonly sway: 'full' | 'timeDomain' | 'none';
  readonly haptic: boolean;
}

/** For people: what the tables of the documents and the command line say about it. */
interface DeviceDescription {
  /** How it is recognised in the air, in words. */
  readonly match: string;
  /** Where it is worn, best place first. */
  readonly placements: readonly [Placement, ...Placement[]];
  /** How it is fastened. */
  readonly wear: string;
  /** Ranges that are set, and what happens when they change. */
  readonly ranges: string;
  /** Which clock its times rest on, and how lost samples are noticed. */
  readonly timeBase: string;
  /** What it says about itself, and how; absent: nothing. */
  readonly identity?: string;
  /** What it cannot do, or does badly. */
  readonly limits: readonly string[];
}

export interface StreamRequest {
  readonly rateHz: number;
  /** One of the device's modes; absent: its first, or its only way. */
  readonly mode?: string;
  readonly mtu: number;
  /** Host time in Unix ms, for devices that want it set. */
  readonly nowMs: number;
}

/** What is true of every wearable, however its samples reach us. */
export interface DeviceFacts {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  readonly description: DeviceDescription;
  /** Of the first mode. */
  readonly rateHz: RateChoices;
  /** Of the first mode. */
  readonly hasGyroscope: boolean;
  readonly modes?: readonly [DeviceMode, ...DeviceMode[]];
  readonly clock: DeviceClockSpec | undefined;
  readonly sequenceWrap: number | undefined;
  /** `integratesBackward`: a gyroscope sample is the mean over the interval before it. */
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  /** How acceleration and rotation that come apart find each other; absent: they come together. */
  readonly pairing?: 'byStamp' | 'byArrival';
  readonly capabilities: DeviceCapabilities;
}

/** A wearable that is found, started and heard over Bluetooth; one that sends by itself is a `PushedDevice`. */
export interface DeviceDefinition extends DeviceFacts {
  readonly source: 'radio';
  readonly matches: (advertisement: Advertisement) => boolean;
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
  /** A decoder for one link. */
  readonly createDecoder: () => Decode;
}

/** A pair of device and host time from an explicit exchange (NTP-like; `uncertaintyMs` is half the round trip). */
export interface ClockSample {
  readonly tick: number;
  readonly hostMs: number;
  readonly uncertaintyMs: number;
}

export function defineDevice(definition: Omit<DeviceDefinition, 'source'>): DeviceDefinition {
  return { ...definition, source: 'radio' };
}
