/**
 * Samples of a sensor that nobody started → what stream this is (its rates, whether it has a gyroscope), then the samples in parts.
 * A second of them is kept until the rates are known; when the rates change, the stream is started anew. Pure.
 */
import type { ImuPart, StreamStart } from './define.ts';
import type { EmitPushed } from './pushedDevice.ts';
import { ReadingRate } from './readingRate.ts';
import { readingRuns } from './readingRuns.ts';
import type { Reading } from './sensorLoggerMessage.ts';

export interface ReadingBatch {
  /** Specific force, m/s²; in the order of time. */
  readonly acc: readonly Reading[];
  /** rad/s; in the order of time. */
  readonly gyr: readonly Reading[];
  readonly arrivalMs: number;
}

/** Too slow to see a step or a fall, or faster than any phone. */
const SLOWEST_HZ = 20;
const FASTEST_HZ = 1000;
/** Beyond this the rate is another one; the line through the stamps follows up to a tenth. */
const RATE_CHANGE_RATIO = 0.08;
/** A gyroscope that has not been heard for so long, in the phone's time, has been switched off. */
const GYRO_SILENT_US = 3e6;
const GYRO_PATIENCE_US = 2e6;
const MOST_WAITING = 256;

type Quantity = ImuPart['quantity'];

export class StampedStream {
  #epoch = '';
  #start: StreamStart | undefined;
  #rates: Record<Quantity, ReadingRate> = { acc: new ReadingRate(), gyr: new ReadingRate() };
  readonly #lastUs: Record<Quantity, number> = { acc: -Infinity, gyr: -Infinity };
  #waiting: ReadingBatch[] = [];
  #isOutOfRange = false;

  /** @param epoch of the sender: another one is another stream */
  add(batch: ReadingBatch, epoch: string, emit: EmitPushed): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#beginAnew();
    }
    const acc = this.#fresh('acc', batch.acc);
    const gyr = this.#fresh('gyr', batch.gyr);
    this.#waiting.push({ acc, gyr, arrivalMs: batch.arrivalMs });
    const start = this.#startNow(emit, batch.arrivalMs);
    if (!start) {
      if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
      return;
    }
    if (start !== this.#start) {
      this.#start = start;
      emit({ kind: 'start', start }, batch.arrivalMs);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#hand(one, start, emit);
  }

  #beginAnew(): void {
    this.#start = undefined;
    this.#rates = { acc: new ReadingRate(), gyr: new ReadingRate() };
    this.#waiting = [];
    // Stamps of another stream may be on another axis, and earlier.
    this.#lastUs.acc = -Infinity;
    this.#lastUs.gyr = -Infinity;
  }

  /** The sender's clock was set; what comes next is on the axis of before, and the stream goes on. */
  clockSet(arrivalMs: number, emit: EmitPushed): void {
    if (this.#start) emit({ kind: 'start', start: { ...this.#start, goesOn: true } }, arrivalMs);
  }

  /** What was not there before: a reading with an old stamp is a repetition. */
  #fresh(quantity: Quantity, readings: readonly Reading[]): Reading[] {
    const rate = this.#rates[quantity];
    return readings.filter(({ tickUs }) => {
      if (tickUs <= this.#lastUs[quantity]) return false;
      this.#lastUs[quantity] = tickUs;
      rate.push(tickUs);
      return true;
    });
  }

  /** The stream as it is now; the same object while nothing has changed; undefined: not known yet, or of no use. */
  #startNow(emit: EmitPushed, arrivalMs: number): StreamStart | undefined {
    const rateHz = this.#rates.acc.rateHz;
    if (rateHz === undefined || !this.#isInRange(rateHz, emit, arrivalMs)) return undefined;
    const gyroRateHz = this.#gyroRateHz();
    const isGyroAwaited = this.#rates.gyr.spanUs > 0 && this.#rates.acc.spanUs < GYRO_PATIENCE_US;
    if (gyroRateHz === undefined && isGyroAwaited) return undefined;
    const known = this.#start;
    const isSame =
      known !== undefined &&
      isNear(known.rateHz, rateHz) &&
      known.hasGyroscope === (gyroRateHz !== undefined) &&
      isNear(known.gyroRateHz, gyroRateHz);
    if (isSame) return known;
    return {
      rateHz,
      hasGyroscope: gyroRateHz !== undefined,
      ...(gyroRateHz === undefined ? {} : { gyroRateHz }),
      epoch: this.#epoch,
      backfillPackets: 0,
    };
  }

  #gyroRateHz(): number | undefined {
    if (this.#lastUs.acc - this.#lastUs.gyr > GYRO_SILENT_US) {
      this.#rates.gyr = new ReadingRate();
      return undefined;
    }
    const rateHz = this.#rates.gyr.rateHz;
    return rateHz !== undefined && rateHz >= SLOWEST_HZ ? rateHz : undefined;
  }

  #isInRange(rateHz: number, emit: EmitPushed, arrivalMs: number): boolean {
    const isIn = rateHz >= SLOWEST_HZ && rateHz <= FASTEST_HZ;
    if (!isIn && !this.#isOutOfRange) {
      const message = `rate: expected ${SLOWEST_HZ} to ${FASTEST_HZ} Hz of acceleration, found ${rateHz} Hz`;
      emit({ kind: 'problem', message }, arrivalMs);
    }
    this.#isOutOfRange = !isIn;
    return isIn;
  }

  /** Rotation first, so that each acceleration finds its own. */
  #hand({ acc, gyr, arrivalMs }: ReadingBatch, { rateHz, gyroRateHz }: StreamStart, emit: EmitPushed): void {
    const parts = [
      ...(gyroRateHz === undefined ? [] : readingRuns('gyr', gyr, gyroRateHz)),
      ...readingRuns('acc', acc, rateHz),
    ];
    for (const part of parts) emit({ kind: 'part', part }, arrivalMs);
  }
}

const isNear = (known: number | undefined, found: number | undefined): boolean =>
  known === found || (known !== undefined && found !== undefined && Math.abs(found / known - 1) <= RATE_CHANGE_RATIO);
