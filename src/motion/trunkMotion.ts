/**
 * The motion core for one trunk sensor: blocks in, angles, events and seconds out. Live and batch both use it.
 *
 * In    `ImuBlock`s of one sensor in time order (sensor frame, SI)
 * Out   through `MotionSink`: every processed frame, events, stored seconds, and settled orientation where asked for
 */
import type { ImuBlock } from '../model/block.ts';
import type { MotionEvent } from '../model/event.ts';
import type { Calibration, Placement } from '../model/person.ts';
import { BlockIntake } from './blockIntake.ts';
import { Impact } from './loading/impact.ts';
import { borrowFrame, FRAME_CAPACITY, type MotionFrame, returnFrame } from './motionFrame.ts';
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

const VQF_PARAMS = {
  integratesBackward: VQF_DEFAULTS,
  instantaneous: { ...VQF_DEFAULTS, gyroTiming: 'instantaneous' },
} as const;

export class TrunkMotion {
  readonly #sink: MotionSink;
  /** Its own, when what is in it has to outlive a push. */
  readonly #ownFrame: MotionFrame | undefined;
  readonly #intake: BlockIntake;
  readonly #vqf: Vqf | undefined;
  readonly #tilt: AccelerometerTilt | undefined;
  readonly #settled: Settled | undefined;
  // One by one and not from the list: a call that always means the same operator is made directly.
  readonly #angles: TrunkAngles;
  readonly #rotation: TrunkRotation;
  readonly #posture: PostureClass;
  readonly #shaking: Shaking;
  readonly #forwardBend: ForwardBend;
  readonly #sustainedFlexion: SustainedFlexion;
  readonly #abruptFlexion: AbruptFlexion;
  readonly #sideBend: SideBend;
  readonly #bendTwist: BendTwist;
  readonly #lyingTransfers: LyingTransfers;
  readonly #crunch: Crunch;
  readonly #turn: Turn;
  readonly #impact: Impact;
  /** All of them, in order. */
  readonly #operators: readonly Operator[];
  readonly #seconds: SecondSummarizer;
  readonly #emit: (event: MotionEvent) => void;
  readonly #emitSecond: (second: SecondSummary) => void;
  readonly #emitSettled: (samples: SettledSamples) => void;

  /** @param ownFrame working memory that no other stream uses: then the last frame stays readable until the next push */
  constructor(options: TrunkMotionOptions, sink: MotionSink, ownFrame?: MotionFrame) {
    const { rateHz, placement, calibration, parameters } = options;
    this.#sink = sink;
    this.#ownFrame = ownFrame;
    this.#intake = new BlockIntake(rateHz, options.hasGyroscope, calibration.mount);
    if (options.hasGyroscope) {
      this.#vqf = new Vqf(rateHz, VQF_PARAMS[options.gyroTiming ?? 'integratesBackward']);
      if (sink.onSettled) this.#settled = new Settled(rateHz);
    } else this.#tilt = new AccelerometerTilt(rateHz);
    const axes = personalAxes(calibration.neutralUp);
    this.#angles = new TrunkAngles(rateHz, axes);
    this.#rotation = new TrunkRotation(axes);
    const source = placement === 'chest' ? 'thorax' : 'pelvis';
    this.#posture = new PostureClass(rateHz);
    this.#shaking = new Shaking(rateHz);
    this.#forwardBend = new ForwardBend(source, parameters);
    this.#sustainedFlexion = new SustainedFlexion(parameters);
    this.#abruptFlexion = new AbruptFlexion(parameters);
    this.#sideBend = new SideBend(parameters);
    this.#bendTwist = new BendTwist(source, parameters);
    this.#lyingTransfers = new LyingTransfers(parameters);
    this.#crunch = new Crunch(parameters);
    this.#turn = new Turn(parameters);
    this.#impact = new Impact(rateHz, placement);
    this.#operators = [
      this.#angles,
      this.#rotation,
      this.#posture,
      this.#shaking,
      this.#forwardBend,
      this.#sustainedFlexion,
      this.#abruptFlexion,
      this.#sideBend,
      this.#bendTwist,
      this.#lyingTransfers,
      this.#crunch,
      this.#turn,
      this.#impact,
    ];
    this.#seconds = new SecondSummarizer(rateHz);
    this.#emit = (event) => sink.onEvent?.(event);
    this.#emitSecond = (second) => sink.onSecond?.(second);
    this.#emitSettled = (samples) => sink.onSettled?.(samples);
  }

  /** A new calibration (re-donned, stance taken): used from the next sample on. */
  calibrate(calibration: Calibration): void {
    this.#intake.mount = calibration.mount;
    this.#angles.axes = this.#rotation.axes = personalAxes(calibration.neutralUp);
  }

  push(block: ImuBlock): void {
    const frame = this.#ownFrame ?? borrowFrame();
    try {
      for (let from = 0; from < block.n; from += FRAME_CAPACITY) {
        this.#intake.fill(block, from, Math.min(block.n, from + FRAME_CAPACITY), frame, this.#emit);
        this.#run(frame);
      }
    } finally {
      if (!this.#ownFrame) returnFrame(frame);
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
      ...this.#intake.snapshot(),
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
    this.#intake.restore(s);
    (this.#vqf ?? this.#tilt)?.restore(s.orientation);
    this.#settled?.restore(s.settled);
    this.#operators.forEach((o, i) => o.restore(s.operators[i]));
    this.#seconds.restore(s.seconds);
  }

  #run(frame: MotionFrame): void {
    if (this.#vqf) this.#vqf.push(frame);
    else this.#tilt?.push(frame);
    this.#angles.push(frame);
    this.#rotation.push(frame);
    this.#posture.push(frame);
    this.#shaking.push(frame);
    const emit = this.#emit;
    this.#forwardBend.push(frame, emit);
    this.#sustainedFlexion.push(frame, emit);
    this.#abruptFlexion.push(frame, emit);
    this.#sideBend.push(frame, emit);
    this.#bendTwist.push(frame, emit);
    this.#lyingTransfers.push(frame, emit);
    this.#crunch.push(frame, emit);
    this.#turn.push(frame, emit);
    this.#impact.push(frame, emit);
    this.#seconds.push(frame, this.#emitSecond);
    this.#sink.onFrame?.(frame);
    // Last, so that a sample's settled value never comes before its causal one.
    if (this.#settled) this.#settled.push(frame, this.#emitSettled);
    // Without gyroscope there is nothing to settle: the low-passed direction stands for both.
    else if (this.#tilt) this.#sink.onSettled?.(frame);
  }
}
