/** Figures that are made from the same recordings and carry the same reservations. */
export interface RecordingInfo {
  readonly id: string;
  readonly subject: string;
  readonly ageYears?: number;
  readonly hours: number;
  readonly activity?: string;
  readonly placement?: string;
  readonly quality?: string;
  readonly eventsComplete?: boolean;
  readonly accScaleBad?: boolean;
  readonly labelledEvents: number;
}

export interface FigureGroup {
  readonly title: string;
  readonly figures: RegExp;
  /** Ids of `DATA_SETS`. */
  readonly sets: readonly string[];
  readonly placement: string;
  /** The recordings that the scorer takes for these figures. */
  readonly takes: (recording: RecordingInfo, set: string) => boolean;
  /** What a figure is counted in. With `recordings` the scorer's own number is held against ours. */
  readonly countedIn: 'recordings' | 'movements';
  /** What the figures can and cannot mean. */
  readonly limits: string;
  /** Whose figures the targets' `anchor` are. */
  readonly peer?: string;
  /** Only where neither target nor name tells it, or tells it wrongly. */
  readonly better?: 'more' | 'less' | 'neither';
}

export interface Scorer {
  readonly name: string;
  readonly title: string;
  readonly groups: readonly FigureGroup[];
  /** Data sets that are in its tables and in no figure. */
  readonly setsInTables: readonly string[];
}
