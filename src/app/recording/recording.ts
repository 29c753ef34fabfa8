/** A recording, whatever its format: one or two sensors of one person on one time axis, and what is known about them. */
import type { ImuBlock } from '../../model/block.ts';
import type { Sidecar } from './sidecar.ts';

/** `main` is the sensor at the sidecar's placement, `pelvis` the second one. */
export const SENSORS = ['main', 'pelvis'] as const;
export type SensorName = (typeof SENSORS)[number];

/**
 * Decimals of a number that a recorder writes, in s, m/s² and rad/s: far below the resolution of any wearable. 16 bits of 16 g are
 * 0.005 m/s², of 125 deg/s 0.00007 rad/s.
 */
export const RECORDED_DECIMALS = { time: 6, acc: 5, gyr: 6 } as const;

/** One run of samples: the first sensor, and the second where there is one, at the same times. Views, valid during the call. */
export interface RecordedBlocks {
  readonly main: ImuBlock;
  readonly pelvis: ImuBlock | undefined;
}

export interface SensorLayout {
  readonly hasGyroscope: boolean;
  /** Whether `SampleFlag`s were recorded; else all are 0. */
  readonly hasFlags: boolean;
}

export interface RecordingLayout {
  readonly main: SensorLayout;
  readonly pelvis: SensorLayout | undefined;
}

/** What was noted beside the samples while recording. Times in seconds on the recording's axis. */
export type RecordingNote =
  | {
      readonly kind: 'gap';
      readonly sensor: SensorName;
      /** The last sample before and the first after. */
      readonly startS: number;
      readonly endS: number;
      readonly missingSamples: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'clock';
      readonly sensor: SensorName;
      readonly tS: number;
      /** 95th percentile of what is left between device clock and host clock. */
      readonly residualMs: number;
    };

export interface ReadRequest {
  readonly rateHz: number;
  /** `asWritten`: numbers in the sidecar's units, exactly as they stand in the file. */
  readonly units: 'si' | 'asWritten';
  /** Only samples in `[fromS, toS)`. */
  readonly fromS?: number | undefined;
  readonly toS?: number | undefined;
}

export interface RecordingListener {
  /** Once, before the first blocks. */
  onLayout?(layout: RecordingLayout): void;
  onBlocks(blocks: RecordedBlocks): void | 'stop';
  onNote?(note: RecordingNote): void;
}

export interface ReadEnd {
  /** What is wrong with the end of a file whose writer was cut off; undefined when nothing is missing, or it was not read to its end. */
  readonly cut: string | undefined;
  /** Columns of the file that are not part of a recording. */
  readonly ignoredColumns: readonly string[];
}

export interface Recording {
  readonly path: string;
  readonly sidecar: Sidecar;
  /** Every key of the sidecar as it was written. */
  readonly sidecarJson: Readonly<Record<string, unknown>>;
  /** @throws PlumblineError `recording/invalid` "expected …, found … (where)" */
  read(request: ReadRequest, listener: RecordingListener): Promise<ReadEnd>;
}

export interface RecordingStart {
  readonly layout: RecordingLayout;
  readonly sidecar: Readonly<Record<string, unknown>>;
  readonly rateHz: number;
  /** Of the first sample, on the recording's axis. */
  readonly firstS: number;
}

/** A recording that is being written. Whatever has been flushed survives a cut at any moment. */
export interface RecordingWriter {
  readonly path: string;
  /** @throws PlumblineError `storage/failed` */
  begin(start: RecordingStart): void;
  /** Copies what it needs. */
  blocks(blocks: RecordedBlocks): void;
  note(note: RecordingNote): void;
  /**
   * Samples of the first sensor, of a gap that was noted before: their place is between what has been written.
   * @returns false when the format has no place for them
   */
  late(block: ImuBlock): boolean;
  /**
   * @returns undefined when all is on the disk, else what the disk said; what it refused is written with the next flush.
   * @throws PlumblineError `storage/failed` when too much is waiting to keep it
   */
  flush(): Promise<string | undefined>;
  /** @throws PlumblineError `storage/failed` when the last samples could not be written */
  close(): Promise<void>;
}
