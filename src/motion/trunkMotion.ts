/**
 * The motion core for one trunk sensor: blocks in, angles, events and seconds out. Live and batch both use it.
 *
 * In    `ImuBlock`s of one sensor in time order (sensor frame, SI)
 * Out   through `MotionSink`: every processed frame, events, stored seconds, and settled orientation where asked for
 * Gaps  longer than 1.5 sample periods are marked and reported (`gap` events); beyond 0.5 s all filters start anew.
 */
import type { ImuBlock } from '../model/block.ts';
import { motionEventId, type MotionEvent } from '../model/event.ts';
import type { Calibration, Placement } from '../model/person.ts';
import { createFrame, FRAME_CAPACITY, Mark, type MotionFrame } from './motionFrame.ts';
import type { Operator } from './operator.ts';
import { AccelerometerTilt } from './orientation/accelerometerTilt.ts';
import { Settled, type SettledSamples } from './orientation/settled.ts';
import { Vqf, VQF_DEFAULTS } from './orientation/vqf.ts';
import { ForwardBend } from './posture/forwardBend.ts';
import { PostureClass } from './posture/postureClass.ts';
import { personalAxes, TrunkAngles } from './posture/trunkAngles.ts';
import { TrunkRotation } from './posture/trunkRotation.ts';
import { SecondSummarizer, type SecondSummary } from './secondSummary.ts';

export interface TrunkMotionOptions {
  readonly rateHz: number;
  readonly placement: Placement;
  readonly hasGyroscope: boolean;
  readonly calibration: Calibration;
  readonly gyroTiming?: 'integratesBackward' | 'instantaneous';
}

/** What is handed over is working memory: read it during the call, copy what you keep. */
export interface MotionSink {
  onFrame?(frame: MotionFrame): void;
  onEvent?(event: MotionEvent): void;
  onSecond?(second: SecondSummary): void;
  /** Asking for it costs the backward passes. */
  onSettled?(samples: SettledSamples): void;
}

/** A step longer than this many sample periods is a gap. */
const GAP_PERIODS = 1.5;
/** Filters start anew after a gap longer than this. */
const RESTART_S = 0.5;

export class TrunkMotion {
  readonly #options: TrunkMotionOptions;
  readonly #sink: MotionSink;
  readonly #frame = createFrame();
  readonly #vqf: Vqf | undefined;
  readonly #tilt: AccelerometerTilt | undefined;
  readonly #settled: Settled | undefined;
  readonly #angles: TrunkAngles;
  readonly #operators: readonly Operator[];
  readonly #seconds: SecondSummarizer;
  readonly #emit: (event: MotionEvent) => void;
  #mount: Calibration['mount'];
  #lastS = NaN;

  constructor(options: TrunkMotionOptions, sink: MotionSink) {
    const { rateHz, placement, calibration } = options;
    this.#options = options;
    this.#sink = sink;
    this.#mount = calibration.mount;
    if (options.hasGyroscope) {
      this.#vqf = new Vqf(rateHz, { ...VQF_DEFAULTS, gyroTiming: options.gyroTiming ?? 'integratesBackward' });
      if (sink.onSettled) this.#settled = new Settled(rateHz);
    } else this.#tilt = new AccelerometerTilt(rateHz);
    this.#angles = new TrunkAngles(rateHz, personalAxes(calibration.neutralUp));
    this.#operators = [
      this.#angles,
      new TrunkRotation(),
      new PostureClass(rateHz),
      new ForwardBend(placement === 'chest' ? 'thorax' : 'pelvis'),
    ];
    this.#seconds = new SecondSummarizer(rateHz);
    this.#emit = (event) => sink.onEvent?.(event);
  }

  /** A new calibration (re-donned, stance taken): used from the next sample on. */
  calibrate(calibration: Calibration): void {
    const remounted = calibration.mount.some((m, i) => m !== this.#mount[i]);
    this.#mount = calibration.mount;
    this.#angles.axes = personalAxes(calibration.neutralUp);
    // A changed mount turns the body frame: orientation has to start anew.
    if (remounted) this.#lastS = NaN;
  }

  push(block: ImuBlock): void {
    for (let from = 0; from < block.n; from += FRAME_CAPACITY) {
      this.#fill(block, from, Math.min(block.n, from + FRAME_CAPACITY));
      this.#run();
    }
  }

  /** The stream ends: everything complete is reported. */
  flush(): void {
    for (const operator of this.#operators) operator.flush?.(this.#emit);
    this.#seconds.flush((second) => this.#sink.onSecond?.(second));
    if (this.#settled) this.#settled.flush((samples) => this.#sink.onSettled?.(samples));
  }

  snapshot(): unknown {
    return {
      lastS: this.#lastS,
      mount: this.#mount,
      orientation: (this.#vqf ?? this.#tilt)?.snapshot(),
      settled: this.#settled?.snapshot(),
      operators: this.#operators.map((o) => o.snapshot()),
      seconds: this.#seconds.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const s = snapshot as {
      lastS: number;
      mount: Calibration['mount'];
      orientation: never;
      settled: never;
      operators: unknown[];
      seconds: never;
    };
    this.#lastS = s.lastS;
    this.#mount = s.mount;
    (this.#vqf ?? this.#tilt)?.restore(s.orientation);
    this.#settled?.restore(s.settled);
    this.#operators.forEach((o, i) => o.restore(s.operators[i]));
    this.#seconds.restore(s.seconds);
  }

  /** Copies samples into the frame, turned to segment axes, with steps and marks. */
  #fill(block: ImuBlock, from: number, to: number): void {
    const frame = this.#frame;
    const m = this.#mount;
    frame.n = to - from;
    for (let i = 0; i < frame.n; i++) {
      const j = from + i;
      const ax = block.accMps2[3 * j];
      const ay = block.accMps2[3 * j + 1];
      const az = block.accMps2[3 * j + 2];
      const o = 3 * i;
      frame.acc[o] = m[0] * ax + m[1] * ay + m[2] * az;
      frame.acc[o + 1] = m[3] * ax + m[4] * ay + m[5] * az;
      frame.acc[o + 2] = m[6] * ax + m[7] * ay + m[8] * az;
      let missing = !(Number.isFinite(ax) && Number.isFinite(ay) && Number.isFinite(az));
      if (block.gyrRadps && this.#vqf) {
        const gx = block.gyrRadps[3 * j];
        const gy = block.gyrRadps[3 * j + 1];
        const gz = block.gyrRadps[3 * j + 2];
        missing ||= !(Number.isFinite(gx) && Number.isFinite(gy) && Number.isFinite(gz));
        frame.gyr[o] = m[0] * gx + m[1] * gy + m[2] * gz;
        frame.gyr[o + 1] = m[3] * gx + m[4] * gy + m[5] * gz;
        frame.gyr[o + 2] = m[6] * gx + m[7] * gy + m[8] * gz;
      } else {
        missing ||= this.#vqf !== undefined;
        frame.gyr.fill(NaN, o, o + 3);
      }
      frame.tS[i] = block.tS[j];
      frame.flags[i] = block.flags[j];
      this.#mark(i, block.tS[j], missing);
    }
  }

  /** A missing sample leaves the clock where it was, so that the next good one sees how long nothing was known. */
  #mark(i: number, tS: number, missing: boolean): void {
    const frame = this.#frame;
    const periodS = 1 / this.#options.rateHz;
    const stepS = tS - this.#lastS;
    let marks = 0;
    if (missing) marks = Mark.missing;
    else if (!(stepS > 0) || stepS > RESTART_S) marks = Mark.restart | Mark.gapBefore;
    else if (stepS > GAP_PERIODS * periodS) marks = Mark.gapBefore;
    frame.marks[i] = marks;
    frame.stepS[i] = marks & Mark.gapBefore && !(marks & Mark.restart) ? stepS : periodS;
    if (missing) return;
    if (marks & Mark.gapBefore && stepS > 0) this.#gap(this.#lastS, tS);
    this.#lastS = tS;
  }

  #gap(startS: number, endS: number): void {
    this.#emit({
      id: motionEventId('gap', startS),
      type: 'gap',
      startS,
      endS,
      decidedS: endS,
      confidence: 1,
      reason: 'no samples',
    });
  }

  #run(): void {
    const frame = this.#frame;
    if (this.#vqf) this.#vqf.push(frame);
    else this.#tilt?.push(frame);
    for (const operator of this.#operators) operator.push(frame, this.#emit);
    this.#seconds.push(frame, (second) => this.#sink.onSecond?.(second));
    this.#sink.onFrame?.(frame);
    // Last, so that a sample's settled value never comes before its causal one.
    if (this.#settled && this.#vqf) this.#settled.push(frame, this.#vqf, (samples) => this.#sink.onSettled?.(samples));
    // Without gyroscope there is nothing to settle: the low-passed direction stands for both.
    else if (this.#tilt) this.#sink.onSettled?.(frame);
  }
}
