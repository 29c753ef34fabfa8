/**
 * The motion cores of a chest and a pelvis sensor side by side, and the spine between them.
 *
 * In    blocks of both at the same times (`devices/alignedStream.ts`, or the columns of one recording); NaN where the second has nothing
 * Out   everything that each core finds; the spine's angles; events of the chest with the spine's part in them
 */
import type { ImuBlock } from '../../model/block.ts';
import type { MotionEvent } from '../../model/event.ts';
import type { Calibration } from '../../model/person.ts';
import { createFrame, FRAME_CAPACITY, type MotionFrame } from '../motionFrame.ts';
import { TrunkMotion, type MotionSink, type TrunkMotionOptions } from '../trunkMotion.ts';
import { withSpineFields } from './spineFields.ts';
import { type SpineFrame, SpineMotion } from './spineMotion.ts';
import { SpineTrail } from './spineTrail.ts';

export interface TrunkPairSink {
  readonly chest: MotionSink;
  readonly pelvis: MotionSink;
  /** After both cores have seen the same samples. Working memory, as with `MotionSink`. */
  onSpine?(frame: SpineFrame): void;
}

export class TrunkPair {
  readonly trail = new SpineTrail();
  /** Between two sensors on the pelvis there is no spine. */
  readonly #hasThorax: boolean;
  readonly #sink: TrunkPairSink;
  readonly #chest: TrunkMotion;
  readonly #pelvis: TrunkMotion;
  readonly #spine: SpineMotion;
  readonly #frames: { chest: MotionFrame | undefined; pelvis: MotionFrame | undefined } = {
    chest: undefined,
    pelvis: undefined,
  };
  /** Of the samples that the pelvis has not seen yet. */
  #events: MotionEvent[] = [];

  constructor(chest: TrunkMotionOptions, pelvis: TrunkMotionOptions, sink: TrunkPairSink) {
    this.#sink = sink;
    this.#hasThorax = chest.placement === 'chest';
    const chestSink: MotionSink = {
      ...sink.chest,
      onFrame: (frame) => {
        this.#frames.chest = frame;
        sink.chest.onFrame?.(frame);
      },
      onEvent: (event) => this.#events.push(event),
    };
    const pelvisSink: MotionSink = {
      ...sink.pelvis,
      onFrame: (frame) => {
        this.#frames.pelvis = frame;
        sink.pelvis.onFrame?.(frame);
      },
    };
    // Frames of their own: both are read once both cores are done.
    this.#chest = new TrunkMotion(chest, chestSink, createFrame());
    this.#pelvis = new TrunkMotion(pelvis, pelvisSink, createFrame());
    this.#spine = new SpineMotion(chest.calibration, pelvis.calibration);
  }

  calibrate(segment: 'thorax' | 'pelvis', calibration: Calibration): void {
    (segment === 'thorax' ? this.#chest : this.#pelvis).calibrate(calibration);
    this.#spine.calibrate(segment, calibration);
  }

  push(chest: ImuBlock, pelvis: ImuBlock): void {
    for (let from = 0; from < chest.n; from += FRAME_CAPACITY) {
      const to = Math.min(chest.n, from + FRAME_CAPACITY);
      this.#chest.push(part(chest, from, to));
      this.#pelvis.push(part(pelvis, from, to));
      const { chest: one, pelvis: other } = this.#frames;
      if (!one || !other) continue;
      const frame = this.#spine.push(one, other);
      this.trail.push(frame);
      this.#sink.onSpine?.(frame);
      this.#tell();
    }
  }

  flush(): void {
    this.#chest.flush();
    this.#pelvis.flush();
    this.#tell();
  }

  #tell(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    for (const event of events) {
      this.#sink.chest.onEvent?.(this.#hasThorax ? withSpineFields(event, this.trail) : event);
    }
  }
}

function part(block: ImuBlock, from: number, to: number): ImuBlock {
  if (from === 0 && to === block.n) return block;
  return {
    n: to - from,
    rateHz: block.rateHz,
    tS: block.tS.subarray(from, to),
    accMps2: block.accMps2.subarray(3 * from, 3 * to),
    gyrRadps: block.gyrRadps?.subarray(3 * from, 3 * to),
    flags: block.flags.subarray(from, to),
  };
}
