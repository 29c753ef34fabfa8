/**
 * The motion core for one trunk sensor: blocks in, angles, events and seconds out. Live and batch both use it.
 *
 * In    `ImuBlock`s of one sensor in time order (sensor frame, SI)
 * Out   through `MotionSink`: every processed frame, events, stored seconds, and settled orientation where asked for
 * Gaps  longer than 1.5 sample periods are marked and reported (`gap` events); beyond 0.5 s all filters start anew.
 *       Samples without a number, or with one that no wearable can measure, are missing.
 */
import { type ImuBlock, SampleFlag } from '../model/block.ts';
import { motionEventId, type MotionEvent } from '../model/event.ts';
import type { Calibration, Placement } from '../model/person.ts';
import { Impact } from './loading/impact.ts';
import { createFrame, FRAME_CAPACITY, Mark, type MotionFrame } from './motionFrame.ts';
import type { Operator } from './operator.ts';
import { AccelerometerTilt } from './orientation/accelerometerTilt.ts';
import { Settled, type SettledSamples } from './orientation/settled.ts';
import { Vqf, VQF_DEFAULTS } from './orientation/vqf.ts';
import { ForwardBend } from './posture/forwardBend.ts';
import { PostureClass } from './posture/postureClass.ts';
import { SideBend } from './posture/sideBend.ts';
import { personalAxes, TrunkAngles } from './posture/trunkAngles.ts';
import { TrunkRotation } from './posture/trunkRotation.ts';
import { Twist } from './posture/twist.ts';
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
/** Beyond the widest ranges on the market, 200 g and 4000 °/s. */
const MOST_ACC_MPS2 = 2000;
const MOST_GYR_RADPS = 100;

export class TrunkMotion {
  readonly #sink: MotionSink;
  readonly #frame = createFrame();
  readonly #vqf: Vqf | undefined;
  readonly #tilt: AccelerometerTilt | undefined;
  readonly #settled: Settled | undefined;
  readonly #angles: TrunkAngles;
  readonly #operators: readonly Operator[];
  readonly #seconds: SecondSummarizer;
  readonly #emit: (event: MotionEvent) => void;
  readonly #periodS: number;
  /** Time of the last sample that was there, s; an array, because a number that changes at every sample would be boxed. */
  readonly #clock = Float64Array.of(NaN);
  #mount: Calibration['mount'];

  constructor(options: TrunkMotionOptions, sink: MotionSink) {
    const { rateHz, placement, calibration } = options;
    this.#sink = sink;
    this.#periodS = 1 / rateHz;
    this.#mount = calibration.mount;
    if (options.hasGyroscope) {
      this.#vqf = new Vqf(rateHz, { ...VQF_DEFAULTS, gyroTiming: options.gyroTiming ?? 'integratesBackward' });
      if (sink.onSettled) this.#settled = new Settled(rateHz);
    } else this.#tilt = new AccelerometerTilt(rateHz);
    this.#angles = new TrunkAngles(rateHz, personalAxes(calibration.neutralUp));
    const source = placement === 'chest' ? 'thorax' : 'pelvis';
    this.#operators = [
      this.#angles,
      new TrunkRotation(),
      new PostureClass(rateHz),
      new ForwardBend(source),
      new SideBend(),
      new Twist(source),
      new Impact(rateHz, placement),
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
    if (remounted) this.#clock[0] = NaN;
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
      lastS: this.#clock[0],
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
    this.#clock[0] = s.lastS;
    this.#mount = s.mount;
    (this.#vqf ?? this.#tilt)?.restore(s.orientation);
    this.#settled?.restore(s.settled);
    this.#operators.forEach((o, i) => o.restore(s.operators[i]));
    this.#seconds.restore(s.seconds);
  }

  /** Copies samples into the frame, turned to segment axes, with steps and marks. */
  #fill(block: ImuBlock, from: number, to: number): void {
    const frame = this.#frame;
    frame.n = to - from;
    const gyr = this.#vqf ? block.gyrRadps : undefined;
    if (!gyr) frame.gyr.fill(NaN, 0, 3 * frame.n);
    for (let i = 0; i < frame.n; i++) {
      const j = from + i;
      turn(this.#mount, block.accMps2, 3 * j, frame.acc, 3 * i);
      if (gyr) turn(this.#mount, gyr, 3 * j, frame.gyr, 3 * i);
      frame.tS[i] = block.tS[j];
      frame.flags[i] = block.flags[j];
      this.#mark(i);
    }
  }

  /** A missing sample leaves the clock where it was, so that the next good one sees how long nothing was known. */
  #mark(i: number): void {
    const frame = this.#frame;
    const tS = frame.tS[i];
    frame.stepS[i] = this.#periodS;
    if (this.#isMissing(i)) {
      frame.marks[i] = Mark.missing;
      return;
    }
    const lastS = this.#clock[0];
    this.#clock[0] = tS;
    const stepS = tS - lastS;
    if (stepS > 0 && stepS <= GAP_PERIODS * this.#periodS) {
      frame.marks[i] = 0;
      return;
    }
    const restart = !(stepS > 0 && stepS <= RESTART_S);
    frame.marks[i] = restart ? Mark.restart | Mark.gapBefore : Mark.gapBefore;
    if (!restart) frame.stepS[i] = stepS;
    if (stepS > 0) this.#gap(lastS, tS);
  }

  /** No number, or one that no wearable can measure: nothing of it may reach the filters, which would keep it for long. */
  #isMissing(i: number): boolean {
    const { acc, gyr, tS, flags } = this.#frame;
    const plausible =
      squared(acc, 3 * i) <= MOST_ACC_MPS2 ** 2 &&
      (this.#vqf === undefined || squared(gyr, 3 * i) <= MOST_GYR_RADPS ** 2) &&
      (flags[i] & SampleFlag.implausible) === 0;
    return !(plausible && Number.isFinite(tS[i]));
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

/** Sensor axes → segment axes. */
function turn(m: Calibration['mount'], from: Float64Array, i: number, to: Float64Array, o: number): void {
  const x = from[i];
  const y = from[i + 1];
  const z = from[i + 2];
  to[o] = m[0] * x + m[1] * y + m[2] * z;
  to[o + 1] = m[3] * x + m[4] * y + m[5] * z;
  to[o + 2] = m[6] * x + m[7] * y + m[8] * z;
}

/** |v|²; NaN when a part is. */
function squared(v: Float64Array, i: number): number {
  return v[i] * v[i] + v[i + 1] * v[i + 1] + v[i + 2] * v[i + 2];
}
