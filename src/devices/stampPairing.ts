/**
 * For wearables whose halves carry stamps of one clock, but are sampled and sent each in its own rhythm: rotation is read between
 * its samples at the moments of acceleration (linearly; at the end of what has come, the nearest within half a period). Pure.
 */
import type { DeviceClockSpec, ImuPart } from './define.ts';
import { type DeliverPacket, joinInto, packetOf, type PartPairing } from './joinedPacket.ts';
import { StampedTrack } from './stampedTrack.ts';

/** A half that has not come when the other is so far ahead is lost; packets of these wearables last up to a second. */
const PATIENCE_S = 2;
/** Neighbours that are further apart than this many periods have a hole between them. */
const HOLE_RATIO = 1.5;
const MOST_WAITING = 64;

interface WaitingAcc {
  readonly part: ImuPart;
  readonly arrivalMs: number;
  /** Device seconds, n values. */
  readonly timesS: Float64Array;
}

export class StampPairing implements PartPairing {
  readonly #clock: DeviceClockSpec;
  /** Of the rotation. */
  readonly #periodS: number;
  readonly #deliver: DeliverPacket;
  readonly #tracks: Readonly<Record<ImuPart['quantity'], StampedTrack>>;
  #acc: WaitingAcc[] = [];
  readonly #gyr = { timesS: [] as number[], values: [] as number[], flags: [] as number[] };

  constructor(
    clock: DeviceClockSpec,
    { rateHz, gyroRateHz }: { readonly rateHz: number; readonly gyroRateHz: number },
    deliver: DeliverPacket,
  ) {
    this.#clock = clock;
    this.#periodS = 1 / gyroRateHz;
    this.#deliver = deliver;
    this.#tracks = { acc: new StampedTrack(clock, rateHz), gyr: new StampedTrack(clock, gyroRateHz) };
  }

  push(part: ImuPart, arrivalMs: number): void {
    if (part.tick === undefined) return;
    const { timesS, isAnew } = this.#tracks[part.quantity].place(part, part.tick, arrivalMs);
    if (isAnew) this.#restart(part.quantity);
    if (part.quantity === 'acc') this.#acc.push({ part, arrivalMs, timesS });
    else {
      this.#gyr.timesS.push(...timesS);
      this.#gyr.values.push(...part.values);
      this.#gyr.flags.push(...part.flags);
    }
    this.#drain();
  }

  /** The device's clock began anew: what still waits for a half of the old time will not find it. */
  #restart(quantity: ImuPart['quantity']): void {
    this.#acc = [];
    this.#forgetGyr(this.#gyr.timesS.length);
    this.#tracks[quantity === 'acc' ? 'gyr' : 'acc'].restart();
  }

  #drain(): void {
    for (let head = this.#acc.at(0); head !== undefined; head = this.#acc.at(0)) {
      const { timesS } = head;
      const lastS = timesS[timesS.length - 1];
      const reachedS = (this.#gyr.timesS.at(-1) ?? -Infinity) + this.#periodS / 2;
      const aheadS = Math.max(reachedS, this.#acc.at(-1)?.timesS.at(-1) ?? lastS) - lastS;
      if (reachedS < lastS && aheadS < PATIENCE_S && this.#acc.length <= MOST_WAITING) return;
      this.#acc.shift();
      this.#join(head);
    }
    const known = this.#gyr.timesS;
    if ((known.at(-1) ?? 0) - known[0] > 2 * PATIENCE_S) this.#forgetGyr(known.length >> 1);
  }

  /** Hands out the runs of samples that found their rotation; the others are missing on the device's own time axis. */
  #join({ part, arrivalMs, timesS }: WaitingAcc): void {
    const gyrRadps = new Float64Array(3 * part.n);
    const whole = packetOf(part, gyrRadps, undefined);
    let start = 0;
    for (let i = 0; i <= part.n; i++) {
      const flags = i < part.n ? this.#rotationInto(timesS[i], gyrRadps, 3 * i) : undefined;
      if (flags !== undefined) {
        joinInto(whole, i, flags);
        continue;
      }
      if (i > start) this.#deliver(this.#run(part, gyrRadps, timesS, start, i), arrivalMs);
      start = i + 1;
    }
    this.#forgetGyrBefore(timesS[part.n - 1] - 2 * this.#periodS);
  }

  #run(part: ImuPart, gyrRadps: Float64Array, timesS: Float64Array, start: number, end: number) {
    if (end - start === part.n) return packetOf(part, gyrRadps, undefined);
    const { tickHz, wrapTicks, stampOf } = this.#clock;
    const ticks = timesS[stampOf === 'last' ? end - 1 : start] * tickHz;
    const cut: ImuPart = {
      quantity: 'acc',
      n: end - start,
      tick: Number.isFinite(wrapTicks) ? ((ticks % wrapTicks) + wrapTicks) % wrapTicks : ticks,
      values: part.values.slice(3 * start, 3 * end),
      flags: part.flags.slice(start, end),
    };
    return packetOf(cut, gyrRadps.slice(3 * start, 3 * end), undefined);
  }

  /** Rotation at one moment; answers its flags, or undefined where there is none. */
  #rotationInto(tS: number, out: Float64Array, at: number): number | undefined {
    const { timesS, values, flags } = this.#gyr;
    const after = timesS.findIndex((other) => other >= tS);
    const before = after === -1 ? timesS.length - 1 : after - 1;
    const isBetween = before >= 0 && after !== -1 && timesS[after] - timesS[before] <= HOLE_RATIO * this.#periodS;
    if (isBetween) {
      const ratio = (tS - timesS[before]) / (timesS[after] - timesS[before]);
      for (let c = 0; c < 3; c++) {
        out[at + c] = values[3 * before + c] + ratio * (values[3 * after + c] - values[3 * before + c]);
      }
      return flags[before] | flags[after];
    }
    const nearest = [before, after].find((k) => k >= 0 && Math.abs(timesS[k] - tS) <= this.#periodS / 2);
    if (nearest === undefined) return undefined;
    for (let c = 0; c < 3; c++) out[at + c] = values[3 * nearest + c];
    return flags[nearest];
  }

  #forgetGyrBefore(tS: number): void {
    const first = this.#gyr.timesS.findIndex((other) => other >= tS);
    if (first > 0) this.#forgetGyr(first);
  }

  #forgetGyr(count: number): void {
    this.#gyr.timesS.splice(0, count);
    this.#gyr.values.splice(0, 3 * count);
    this.#gyr.flags.splice(0, count);
  }
}
