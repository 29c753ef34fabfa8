/**
 * Two worn sensors of one person, chest and pelvis: what the spine between them does, for the rules, the record and the events of
 * the chest.
 *
 * It stands beside the pipelines and not before them. The chest's samples go to its own pipeline and rules at once, as with one
 * sensor, so that a second one that is slow, away or wrong can never delay or lose a cue. What comes here passes a time alignment that
 * waits for the second sensor for 0.5 s at most; the rules take the spine's newest value while it is younger than `MOST_AGE_S`, and
 * judge by the chest alone where there is none. An upright
 * that nobody has taken yet makes an angle between two sensors worthless: until both are known there is no spine.
 */
import { AlignedStream } from './devices/alignedStream.ts';
import type { ImuBlock } from './model/block.ts';
import type { MotionEvent } from './model/event.ts';
import type { Calibration } from './model/person.ts';
import { PelvisTrust, TrunkPair, withSpineFields } from './motion/index.ts';

export interface SpineSensor {
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  readonly calibration: Calibration;
}

interface Running {
  readonly stream: AlignedStream;
  readonly pair: TrunkPair;
}

type Segment = 'thorax' | 'pelvis';

/** The alignment's 0.5 s and a usual block of samples; an older value says nothing about now. */
const MOST_AGE_S = 0.8;
/** A second is stored when at least half of it is known; it is looked up 20 times. */
const LEAST_VALUES = 10;

export class SpinePair {
  readonly #sensors: Partial<Record<Segment, SpineSensor>> = {};
  /** What a block must look like to go on with. */
  readonly #shape: Record<Segment, string> = { thorax: '', pelvis: '' };
  readonly #rateHz: Record<Segment, number> = { thorax: 0, pelvis: 0 };
  readonly #hasGyroscope: Record<Segment, boolean> = { thorax: false, pelvis: false };
  readonly #trust = new PelvisTrust();
  #running: Running | undefined;

  /** One of the two, as it is worn; before its first samples. */
  enrol(segment: Segment, sensor: SpineSensor): void {
    this.#sensors[segment] = sensor;
  }

  push(segment: Segment, block: ImuBlock): void {
    const hasGyroscope = block.gyrRadps !== undefined;
    const shape = `${block.rateHz} ${hasGyroscope}`;
    if (this.#shape[segment] !== shape) {
      this.#shape[segment] = shape;
      this.#rateHz[segment] = block.rateHz;
      this.#hasGyroscope[segment] = hasGyroscope;
      this.#running = undefined;
    }
    this.#running ??= this.#begin();
    if (segment === 'thorax') this.#running?.stream.pushMain(block);
    else this.#running?.stream.pushSecond(block);
  }

  calibrate(segment: Segment, calibration: Calibration): void {
    const sensor = this.#sensors[segment];
    if (sensor) this.#sensors[segment] = { ...sensor, calibration };
    this.#running?.pair.calibrate(segment, calibration);
    // Angles so far were counted from another upright.
    this.#running?.pair.trail.reset();
    this.#trust.reset();
  }

  /** The times that follow are on another axis. */
  restart(): void {
    this.#running = undefined;
  }

  /** As of now, for the rules; NaN when there is nothing that is young enough, or the pelvis does not agree with the chest. */
  flexionDegAt(tS: number): number {
    if (!this.#trust.isTrusted) return NaN;
    return this.#trail?.deg('flexion', tS, MOST_AGE_S) ?? NaN;
  }

  /** The spine's part in an event of the chest, as far as it is known. */
  withFields(event: MotionEvent): MotionEvent {
    const trail = this.#trail;
    return trail ? withSpineFields(event, trail) : event;
  }

  /** Means over one whole second, as far as known by now. */
  secondValues(secondS: number): { readonly spinalFlexionDeg?: number; readonly spinalRotationDeg?: number } {
    const spinalFlexionDeg = this.#mean('flexion', secondS);
    const spinalRotationDeg = this.#mean('rotation', secondS);
    return {
      ...(spinalFlexionDeg === undefined ? {} : { spinalFlexionDeg }),
      ...(spinalRotationDeg === undefined ? {} : { spinalRotationDeg }),
    };
  }

  get #trail(): TrunkPair['trail'] | undefined {
    const { thorax, pelvis } = this.#sensors;
    return thorax?.calibration.neutralUp && pelvis?.calibration.neutralUp ? this.#running?.pair.trail : undefined;
  }

  #mean(column: 'flexion' | 'rotation', secondS: number): number | undefined {
    let sumDeg = 0;
    let count = 0;
    for (const deg of this.#trail?.between(column, secondS, secondS + 1) ?? []) {
      sumDeg += deg;
      count++;
    }
    return count >= LEAST_VALUES ? sumDeg / count : undefined;
  }

  /** Undefined until both are known. */
  #begin(): Running | undefined {
    const { thorax, pelvis } = this.#sensors;
    const [rateHz, secondRateHz] = [this.#rateHz.thorax, this.#rateHz.pelvis];
    if (!thorax || !pelvis || rateHz === 0 || secondRateHz === 0) return undefined;
    this.#trust.reset();
    const pair = new TrunkPair(
      { ...thorax, rateHz, placement: 'chest', hasGyroscope: this.#hasGyroscope.thorax },
      { ...pelvis, rateHz, placement: 'lowerBack', hasGyroscope: this.#hasGyroscope.pelvis },
      {
        chest: { onFrame: (frame) => this.#trust.onChest(frame) },
        pelvis: { onFrame: (frame) => this.#trust.onPelvis(frame) },
      },
    );
    const stream = new AlignedStream(
      { secondRateHz, secondHasGyroscope: this.#hasGyroscope.pelvis },
      ({ main, second }) => pair.push(main, second),
    );
    return { stream, pair };
  }
}
