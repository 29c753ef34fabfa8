/** What is measured: each stage of a sample's way by itself, then the whole of it. A pass goes once over all samples. */
import { ImuStream } from '../src/devices/imuStream.ts';
import type { DecodedItem, ImuPacket } from '../src/devices/define.ts';
import { PLUMBLINE } from '../src/devices/plumblineProtocol.ts';
import { plumblineReference } from '../src/devices/plumblineReference.ts';
import { emptyBlock, type ImuBlock } from '../src/model/block.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import type { Calibration, Person } from '../src/model/person.ts';
import { TrunkMotion, type MotionFrame, type MotionSink } from '../src/motion/index.ts';
import { createFrame } from '../src/motion/motionFrame.ts';
import { Settled } from '../src/motion/orientation/settled.ts';
import { Vqf } from '../src/motion/orientation/vqf.ts';
import { ForwardBend } from '../src/motion/posture/forwardBend.ts';
import { SideBend } from '../src/motion/posture/sideBend.ts';
import { Twist } from '../src/motion/posture/twist.ts';
import { PostureClass } from '../src/motion/posture/postureClass.ts';
import { personalAxes, TrunkAngles } from '../src/motion/posture/trunkAngles.ts';
import { TrunkRotation } from '../src/motion/posture/trunkRotation.ts';
import { SecondSummarizer } from '../src/motion/secondSummary.ts';
import { Pipeline, type PipelineListeners } from '../src/pipeline.ts';
import { packetOf, RATE_HZ } from './samples.ts';

export interface Stage {
  readonly name: string;
  readonly pass: () => void;
  /** What the bench itself adds to a pass; its time is taken off. */
  readonly overhead?: () => void;
}

const CALIBRATION: Calibration = { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stated', confidence: 1 };
const PERSON: Person = { id: 'bench', displayName: 'Bench', tier: 'T2', overrides: [] };
const OPTIONS = { rateHz: RATE_HZ, placement: 'chest', hasGyroscope: true, calibration: CALIBRATION } as const;
const nothing = (): void => undefined;
const decode = plumblineReference.createDecoder();

export function radioStages(blocks: readonly ImuBlock[]): Stage[] {
  const packets = blocks.map(packetOf);
  const decoded: ImuPacket[] = [];
  const keep = (item: DecodedItem): void => {
    if (item.kind === 'imu') decoded.push(item.packet);
  };
  for (const bytes of packets) decode(PLUMBLINE.imuData, bytes, keep);
  return [
    {
      name: 'decode a Plumbline packet',
      pass: () => {
        for (const bytes of packets) decode(PLUMBLINE.imuData, bytes, nothing);
      },
    },
    {
      name: 'device clock, ledger, block',
      pass: () => {
        const stream = new ImuStream(plumblineReference, {
          block: nothing,
          gap: nothing,
          problem: nothing,
          wanted: nothing,
        });
        stream.start({ rateHz: RATE_HZ, hasGyroscope: true, epoch: 'bench', backfillPackets: 0 });
        decoded.forEach((packet, b) => {
          const block = blocks[b];
          stream.push(packet, block.tS[block.n - 1] * 1000 + 20);
        });
      },
    },
  ];
}

/** Each operator alone, on frames whose columns were filled by a run of the whole beforehand. */
export function operatorStages(blocks: readonly ImuBlock[]): Stage[] {
  const frames = finishedFrames(blocks);
  const frame = createFrame();
  const stage = (name: string, copy: CopyColumns, step: (frame: MotionFrame) => void): Stage => {
    const over = (action: (frame: MotionFrame) => void) => (): void => {
      for (let b = 0; b < frames.length; b++) {
        copy(frames[b], frame);
        action(frame);
      }
    };
    return { name, pass: over(step), overhead: over(nothing) };
  };
  const vqf = new Vqf(RATE_HZ);
  const settled = new Settled(RATE_HZ);
  const angles = new TrunkAngles(RATE_HZ, personalAxes(CALIBRATION.neutralUp));
  const rotation = new TrunkRotation();
  const posture = new PostureClass(RATE_HZ);
  const bend = new ForwardBend('thorax');
  const sideBend = new SideBend();
  const twist = new Twist('thorax');
  const seconds = new SecondSummarizer(RATE_HZ);
  return [
    stage('orientation (Vqf)', copySensors, (f) => vqf.push(f)),
    stage('trunk angles', copyUp, (f) => angles.push(f)),
    stage('torso rotation', copyUp, (f) => rotation.push(f)),
    stage('posture class, walking', copyAngles, (f) => posture.push(f)),
    stage('forward bend', copyAngles, (f) => bend.push(f, nothing)),
    stage('side bend', copyAngles, (f) => sideBend.push(f, nothing)),
    stage('twist', copyAll, (f) => twist.push(f, nothing)),
    stage('seconds', copyAngles, (f) => seconds.push(f, nothing)),
    stage('settled orientation', copyOrientation, (f) => settled.push(f, nothing)),
  ];
}

export function wholeStages(blocks: readonly ImuBlock[]): Stage[] {
  const listeners: PipelineListeners = {
    onVerdict: nothing,
    onMotionEvent: nothing,
    onSecond: nothing,
    onAngles: nothing,
    onCalibration: nothing,
    onWornDifferently: nothing,
  };
  const fresh = new FreshBlock(blocks[0].n);
  const overhead = (): void => {
    for (const block of blocks) fresh.of(block);
  };
  const everything = (sink: MotionSink) => (): void => {
    const motion = new TrunkMotion(OPTIONS, sink);
    for (const block of blocks) motion.push(fresh.of(block));
    motion.flush();
  };
  const causal: MotionSink = { onFrame: nothing, onEvent: nothing, onSecond: nothing };
  return [
    { name: 'whole motion core, causal', pass: everything(causal), overhead },
    { name: 'whole motion core, with settled', pass: everything({ ...causal, onSettled: nothing }), overhead },
    {
      name: 'motion core and the person’s rules',
      overhead,
      pass: () => {
        const pipeline = new Pipeline(
          {
            person: PERSON,
            placement: 'chest',
            calibration: CALIBRATION,
            gyroTiming: 'integratesBackward',
            capabilities: { falls: true, sway: 'full', haptic: true },
            withRules: true,
          },
          listeners,
        );
        for (const block of blocks) pipeline.push(fresh.of(block));
        pipeline.end();
      },
    },
  ];
}

/** A block as a decoder leaves it: just written, so that it is in the cache. Without this the bench would measure its own memory. */
export class FreshBlock {
  readonly #block: ImuBlock;

  constructor(n: number) {
    this.#block = emptyBlock(n, RATE_HZ, true);
  }

  of(block: ImuBlock): ImuBlock {
    const to = this.#block;
    for (let i = 0; i < block.n; i++) {
      to.tS[i] = block.tS[i];
      to.flags[i] = block.flags[i];
    }
    copyValues(block.accMps2, to.accMps2, 3 * block.n);
    if (block.gyrRadps && to.gyrRadps) copyValues(block.gyrRadps, to.gyrRadps, 3 * block.n);
    return to;
  }
}

function finishedFrames(blocks: readonly ImuBlock[]): MotionFrame[] {
  const frames: MotionFrame[] = [];
  const motion = new TrunkMotion(OPTIONS, {
    onFrame: (frame) => {
      const kept = createFrame(frame.n);
      copyOrientation(frame, kept);
      copySensors(frame, kept);
      copyUp(frame, kept);
      copyAngles(frame, kept);
      frames.push(kept);
    },
  });
  for (const block of blocks) motion.push(block);
  return frames;
}

/** By plain loops: `set` of short views costs more than the stages. */
type CopyColumns = (from: MotionFrame, to: MotionFrame) => void;

function copySensors(from: MotionFrame, to: MotionFrame): void {
  copyTime(from, to);
  copyValues(from.acc, to.acc, 3 * from.n);
  copyValues(from.gyr, to.gyr, 3 * from.n);
}

function copyOrientation(from: MotionFrame, to: MotionFrame): void {
  copyTime(from, to);
  copyValues(from.strapdown, to.strapdown, 4 * from.n);
  copyValues(from.accLowPassed, to.accLowPassed, 3 * from.n);
}

function copyUp(from: MotionFrame, to: MotionFrame): void {
  copyTime(from, to);
  copyValues(from.headingRateRadps, to.headingRateRadps, from.n);
  copyValues(from.up, to.up, 3 * from.n);
}

function copyAngles(from: MotionFrame, to: MotionFrame): void {
  copyTime(from, to);
  for (let i = 0; i < from.n; i++) {
    to.flexionRad[i] = from.flexionRad[i];
    to.flexionRateRadps[i] = from.flexionRateRadps[i];
    to.lateralRad[i] = from.lateralRad[i];
    to.inclinationRad[i] = from.inclinationRad[i];
    to.rotationRad[i] = from.rotationRad[i];
    to.accSizeMps2[i] = from.accSizeMps2[i];
    to.posture[i] = from.posture[i];
  }
  copyValues(from.most, to.most, from.most.length);
}

function copyAll(from: MotionFrame, to: MotionFrame): void {
  copyUp(from, to);
  copyAngles(from, to);
}

function copyTime(from: MotionFrame, to: MotionFrame): void {
  to.n = from.n;
  for (let i = 0; i < from.n; i++) {
    to.tS[i] = from.tS[i];
    to.stepS[i] = from.stepS[i];
    to.marks[i] = from.marks[i];
  }
}

function copyValues(from: Float64Array, to: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) to[k] = from[k];
}
