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
import type { MotionParameters } from './parameters.ts';
import { AccelerometerTilt } from './orientation/accelerometerTilt.ts';
import { Settled, type SettledSamples } from './orientation/settled.ts';
import { Vqf } from './orientation/vqf.ts';
import { VQF_DEFAULTS } from './orientation/vqfParams.ts';
import { AbruptFlexion } from './posture/abruptFlexion.ts';
import { BendTwist } from './posture/bendTwist.ts';
import { Crunch } from './posture/crunch.ts';
import { ForwardBend } from './posture/forwardBend.ts';
import { LyingTransfers } from './posture/lyingTransfers.ts';
import { PostureClass } from './posture/postureClass.ts';
import { Shaking } from './posture/shaking.ts';
import { SideBend } from './posture/sideBend.ts';
import { SustainedFlexion } from './posture/sustainedFlexion.ts';
import { personalAxes, TrunkAngles } from './posture/trunkAngles.ts';
import { TrunkRotation } from './posture/trunkRotation.ts';
import { Turn } from './posture/turn.ts';
import { SecondSummarizer, type SecondSummary } from './secondSummary.ts';

export interface TrunkMotionOptions {
  readonly rateHz: number;
  readonly placement: Placement;
  readonly hasGyroscope: boolean;
  readonly calibration: Calibration;
  readonly gyroTiming?: 'integratesBackward' | 'instantaneous';
  /** Thresholds of the event detectors; `motionParameters` makes them. */
  readonly parameters?: MotionParameters;
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
  readonly #rotation: TrunkRotation;
  readonly #operators: readonly Operator[];
  readonly #seconds: SecondSummarizer;
  readonly #emit: (event: MotionEvent) => void;
  readonly #emitSecond: (second: SecondSummary) => void;
  readonly #emitSettled: (samples: SettledSamples) => void;
  readonly #periodS: number;
  /** Time of the last sample that was there, s; an array, because a number that changes at every sample would be boxed. */
  readonly #clock = Float64Array.of(NaN);
  #mount: Calibration['mount'];

  constructor(options: TrunkMotionOptions, sink: MotionSink) {
    const { rateHz, placement, calibration, parameters } = options;
    this.#sink = sink;
    this.#periodS = 1 / rateHz;
    this.#mount = calibration.mount;
    if (options.hasGyroscope) {
      this.#vqf = new Vqf(rateHz, { ...VQF_DEFAULTS, gyroTiming: options.gyroTiming ?? 'integratesBackward' });
      if (sink.onSettled) this.#settled = new Settled(rateHz);
    } else this.#tilt = new AccelerometerTilt(rateHz);
    const axes = personalAxes(calibration.neutralUp);
    this.#angles = new TrunkAngles(rateHz, axes);
    this.#rotation = new TrunkRotation(axes);
    const source = placement === 'chest' ? 'thorax' : 'pelvis';
    this.#operators = [
      this.#angles,
      this.#rotation,
      new PostureClass(rateHz),
      new Shaking(rateHz),
      new ForwardBend(source, parameters),
      new SustainedFlexion(parameters),
      new AbruptFlexion(parameters),
      new SideBend(parameters),
      new BendTwist(source, parameters),
      new LyingTransfers(parameters),
      new Crunch(parameters),
      new Turn(parameters),
      new Impact(rateHz, placement),
    ];
    this.#seconds = new SecondSummarizer(rateHz);
    this.#emit = (event) => sink.onEvent?.(event);
    this.#emitSecond = (second) => sink.onSecond?.(second);
    this.#emitSettled = (samples) => sink.onSettled?.(samples);
  }

  /** A new calibration (re-donned, stance taken): used from the next sample on. */
  calibrate(calibration: Calibration): void {
    const remounted = calibration.mount.some((m, i) => m !== this.#mount[i]);
    this.#mount = calibration.mount;
    this.#angles.axes = this.#rotation.axes = personalAxes(calibration.neutralUp);
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
    this.#seconds.flush(this.#emitSecond);
    if (this.#settled) this.#settled.flush(this.#emitSettled);
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
    turn(this.#mount, block.accMps2, 3 * from, frame.acc, frame.n);
    if (gyr) turn(this.#mount, gyr, 3 * from, frame.gyr, frame.n);
    for (let i = 0; i < frame.n; i++) {
      frame.tS[i] = block.tS[from + i];
      frame.flags[i] = block.flags[from + i];
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
    for (let k = 0; k < this.#operators.length; k++) this.#operators[k].push(frame, this.#emit);
    this.#seconds.push(frame, this.#emitSecond);
    this.#sink.onFrame?.(frame);
    // Last, so that a sample's settled value never comes before its causal one.
    if (this.#settled && this.#vqf) this.#settled.push(frame, this.#vqf, this.#emitSettled);
    // Without gyroscope there is nothing to settle: the low-passed direction stands for both.
    else if (this.#tilt) this.#sink.onSettled?.(frame);
  }
}

/** Sensor axes → segment axes, n samples from index `start` of `from`. */
function turn(mount: Calibration['mount'], from: Float64Array, start: number, to: Float64Array, n: number): void {
  const xx = mount[0];
  const xy = mount[1];
  const xz = mount[2];
  const yx = mount[3];
  const yy = mount[4];
  const yz = mount[5];
  const zx = mount[6];
  const zy = mount[7];
  const zz = mount[8];
  for (let o = 0; o < 3 * n; o += 3) {
    const x = from[start + o];
    const y = from[start + o + 1];
    const z = from[start + o + 2];
    to[o] = xx * x + xy * y + xz * z;
    to[o + 1] = yx * x + yy * y + yz * z;
    to[o + 2] = zx * x + zy * y + zz * z;
  }
}

/** |v|²; NaN when a part is. */
function squared(v: Float64Array, i: number): number {
  return v[i] * v[i] + v[i + 1] * v[i + 1] + v[i + 2] * v[i + 2];
}
