/**
 * Where the trunk is at any moment: a row of spans, each with minimum-jerk moves (Flash and Hogan 1985, J Neurosci 5:1688),
 * waves that fade in and out, and pulses of acceleration. Everything is smooth enough to be differentiated twice.
 */

/** Angles rad, positions m; forward and left turn with the heading. */
export const Channel = {
  flexion: 0,
  lateral: 1,
  rotation: 2,
  heading: 3,
  forward: 4,
  left: 5,
  up: 6,
} as const;
export type ChannelIndex = (typeof Channel)[keyof typeof Channel];
export const CHANNEL_COUNT = 7;

export interface Move {
  readonly channel: ChannelIndex;
  readonly startS: number;
  readonly endS: number;
  readonly from: number;
  readonly to: number;
}

export interface Wave {
  readonly channel: ChannelIndex;
  readonly amplitude: number;
  readonly frequencyHz: number;
  readonly phaseRad: number;
}

/** Raised-cosine pulse of vertical acceleration of the whole trunk, up +. */
export interface Pulse {
  readonly startS: number;
  readonly endS: number;
  readonly peakMps2: number;
}

export interface Span {
  readonly startS: number;
  readonly endS: number;
  /** Value of each channel when the span begins, waves apart. */
  readonly initial: Float64Array;
  readonly moves: readonly Move[];
  readonly waves: readonly Wave[];
  readonly pulses: readonly Pulse[];
}

const FADE_S = 1;

export const minimumJerk = (ratio: number): number =>
  ratio <= 0 ? 0 : ratio >= 1 ? 1 : ratio * ratio * ratio * (10 + ratio * (6 * ratio - 15));

export class PoseTimeline {
  readonly durationS: number;
  private readonly spans: readonly Span[];
  /** What heading and height gain in one pass, so that a repeated script goes on without a jump. */
  private readonly netChange: Float64Array;
  private readonly repeats: boolean;
  private cursor = 0;

  constructor(spans: readonly Span[], final: Float64Array, repeats: boolean) {
    this.spans = spans;
    this.repeats = repeats;
    this.durationS = spans.at(-1)?.endS ?? 0;
    this.netChange = final;
  }

  /** Fills the seven channels at `tS`; before the beginning and after the end the pose is held. */
  valuesInto(tS: number, values: Float64Array): void {
    const pass = this.passOf(tS);
    const inPassS = tS - pass * this.durationS;
    const span = this.spanAt(inPassS);
    values.set(span.initial);
    for (const move of span.moves) {
      if (inPassS < move.startS) continue;
      const ratio = (inPassS - move.startS) / (move.endS - move.startS);
      values[move.channel] = move.from + (move.to - move.from) * minimumJerk(ratio);
    }
    if (span.waves.length > 0) this.addWaves(span, inPassS, values);
    if (pass > 0) {
      for (const channel of [Channel.heading, Channel.up] as const) {
        values[channel] = values[channel] + pass * this.netChange[channel];
      }
    }
  }

  verticalPulseMps2(tS: number): number {
    const inPassS = tS - this.passOf(tS) * this.durationS;
    let sumMps2 = 0;
    for (const pulse of this.spanAt(inPassS).pulses) {
      if (inPassS <= pulse.startS || inPassS >= pulse.endS) continue;
      const ratio = (inPassS - pulse.startS) / (pulse.endS - pulse.startS);
      sumMps2 += 0.5 * pulse.peakMps2 * (1 - Math.cos(2 * Math.PI * ratio));
    }
    return sumMps2;
  }

  private passOf(tS: number): number {
    return this.repeats && tS > 0 ? Math.floor(tS / this.durationS) : 0;
  }

  private addWaves(span: Span, tS: number, values: Float64Array): void {
    const sinceS = Math.max(0, tS - span.startS);
    const untilS = Math.max(0, span.endS - tS);
    const fadeS = Math.min(FADE_S, (span.endS - span.startS) / 2);
    const strength = minimumJerk(Math.min(sinceS, untilS) / fadeS);
    for (const wave of span.waves) {
      const angleRad = 2 * Math.PI * wave.frequencyHz * sinceS + wave.phaseRad;
      values[wave.channel] = values[wave.channel] + strength * wave.amplitude * Math.sin(angleRad);
    }
  }

  /** Samples come in time order: the span is nearly always the last one or its neighbour. */
  private spanAt(tS: number): Span {
    const { spans } = this;
    while (this.cursor > 0 && tS < spans[this.cursor].startS) this.cursor--;
    while (this.cursor < spans.length - 1 && tS >= spans[this.cursor].endS) this.cursor++;
    return spans[this.cursor];
  }
}
