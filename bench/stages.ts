/** What is measured: each stage of a sample's way by itself, then the whole of it. A pass goes once over all samples. */
import { ImuStream } from '../src/devices/imuStream.ts';
import type { DecodedItem, ImuPacket } from '../src/devices/define.ts';
import { PLUMBLINE } from '../src/devices/plumblineProtocol.ts';
import { plumblineReference } from '../src/devices/plumblineReference.ts';
import type { ImuBlock } from '../src/model/block.ts';
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
  const vqfBefore = new Vqf(RATE_HZ);
  const settled = new Settled(RATE_HZ);
  const angles = new TrunkAngles(RATE_HZ, personalAxes(CALIBRATION.neutralUp));
  const rotation = new TrunkRotation();
  const posture = new PostureClass(RATE_HZ);
  const bend = new ForwardBend('thorax');
  const sideBend = new SideBend();
  const twist = new Twist('thorax');
  const seconds = new SecondSummarizer(RATE_HZ);
  copySensors(frames[0], frame);
  vqfBefore.push(frame);
  return [
    stage('orientation (Vqf)', copySensors, (f) => vqf.push(f)),
    stage('trunk angles', copyUp, (f) => angles.push(f)),
    stage('torso rotation', copyUp, (f) => rotation.push(f)),
    stage('posture class, walking', copyAngles, (f) => posture.push(f)),
    stage('forward bend', copyAngles, (f) => bend.push(f, nothing)),
    stage('side bend', copyAngles, (f) => sideBend.push(f, nothing)),
    stage('twist', copyAll, (f) => twist.push(f, nothing)),
    stage('seconds', copyAngles, (f) => seconds.push(f, nothing)),
    stage('settled orientation', copyUp, (f) => settled.push(f, nothing)),
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
  const everything = (sink: MotionSink) => (): void => {
    const motion = new TrunkMotion(OPTIONS, sink);
    for (const block of blocks) motion.push(block);
    motion.flush();
  };
  const causal: MotionSink = { onFrame: nothing, onEvent: nothing, onSecond: nothing };
  return [
    { name: 'whole motion core, causal', pass: everything(causal) },
    { name: 'whole motion core, with settled', pass: everything({ ...causal, onSettled: nothing }) },
    {
      name: 'motion core and the person’s rules',
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
        for (const block of blocks) pipeline.push(block);
        pipeline.end();
      },
    },
  ];
}

function finishedFrames(blocks: readonly ImuBlock[]): MotionFrame[] {
  const frames: MotionFrame[] = [];
  const motion = new TrunkMotion(OPTIONS, {
    onFrame: (frame) => {
      const kept = createFrame(frame.n);
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
  for (let k = 0; k < 3 * from.n; k++) {
    to.acc[k] = from.acc[k];
    to.gyr[k] = from.gyr[k];
  }
}

function copyUp(from: MotionFrame, to: MotionFrame): void {
  copyTime(from, to);
  for (let i = 0; i < from.n; i++) to.headingRateRadps[i] = from.headingRateRadps[i];
  for (let k = 0; k < 3 * from.n; k++) to.up[k] = from.up[k];
}

function copyAngles(from: MotionFrame, to: MotionFrame): void {
  copyTime(from, to);
  for (let i = 0; i < from.n; i++) {
    to.flexionRad[i] = from.flexionRad[i];
    to.flexionRateRadps[i] = from.flexionRateRadps[i];
    to.lateralRad[i] = from.lateralRad[i];
    to.inclinationRad[i] = from.inclinationRad[i];
    to.rotationRad[i] = from.rotationRad[i];
    to.posture[i] = from.posture[i];
  }
  for (let k = 0; k < 3 * from.n; k++) to.acc[k] = from.acc[k];
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
