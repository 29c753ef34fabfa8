/**
 * For wearables whose halves carry stamps of one clock, but are sampled and sent each in its own rhythm: rotation is read between
 * its samples at the moments of acceleration. What finds none is missing on the device's own time axis. Pure.
 */
import type { DeviceClockSpec, ImuPart } from './define.ts';
import { type DeliverPacket, joinInto, packetOf, type PartPairing } from './joinedPacket.ts';
import { RotationTrail } from './rotationTrail.ts';
import { type PlacedPart, StampedTrack } from './stampedTrack.ts';

/** A half that has not come when the stream of the other is so far ahead is lost; twice as long as a packet if those are longer. */
const LEAST_PATIENCE_S = 2;
const MOST_WAITING = 64;

export class StampPairing implements PartPairing {
  readonly #clock: DeviceClockSpec;
  /** Of the rotation. */
  readonly #periodS: number;
  readonly #deliver: DeliverPacket;
  readonly #tracks: Readonly<Record<ImuPart['quantity'], StampedTrack>>;
  readonly #gyr: RotationTrail;
  #acc: PlacedPart[] = [];
  #patienceS = LEAST_PATIENCE_S;
  /** The quantity whose clock has begun anew while the other's has not yet. */
  #isAhead: ImuPart['quantity'] | undefined;

  constructor(
    clock: DeviceClockSpec,
    { rateHz, gyroRateHz }: { readonly rateHz: number; readonly gyroRateHz: number },
    deliver: DeliverPacket,
  ) {
    this.#clock = clock;
    this.#periodS = 1 / gyroRateHz;
    this.#deliver = deliver;
    this.#tracks = { acc: new StampedTrack(clock, rateHz), gyr: new StampedTrack(clock, gyroRateHz) };
    this.#gyr = new RotationTrail(gyroRateHz);
  }

  /** Samples of either half that are kept. */
  get countWaiting(): number {
    return this.#gyr.length + this.#acc.reduce((sum, { part }) => sum + part.n, 0);
  }

  push(part: ImuPart, arrivalMs: number): void {
    if (part.tick === undefined || part.n < 1) return;
    const { placed, isAnew } = this.#tracks[part.quantity].push(part, part.tick, arrivalMs);
    if (isAnew) this.#beginAnew(part.quantity);
    for (const one of placed) {
      if (part.quantity === 'acc') this.#acc.push(one);
      else this.#gyr.add(one);
      this.#patienceS = Math.max(this.#patienceS, 2 * one.part.n * this.#periodS);
    }
    this.#drain();
    // A stream whose other half has stopped must not fill the memory.
    this.#gyr.forgetBefore(this.#gyr.endS - 2 * this.#patienceS);
  }

  /** What waits for a half of the old time will not find it; what waits for one of the new time will. */
  #beginAnew(quantity: ImuPart['quantity']): void {
    const other = quantity === 'acc' ? 'gyr' : 'acc';
    const isSecond = this.#isAhead === other;
    if (quantity === 'acc' || !isSecond) this.#acc = [];
    if (quantity === 'gyr' || !isSecond) this.#gyr.clear();
    this.#isAhead = isSecond ? undefined : quantity;
  }

  #drain(): void {
    for (let head = this.#acc.at(0); head !== undefined; head = this.#acc.at(0)) {
      const lastS = endOf(head);
      const newestS = endOf(this.#acc.at(-1) ?? head);
      const isLost = newestS - lastS >= this.#patienceS || this.#acc.length > MOST_WAITING;
      const isCovered = this.#gyr.endS >= lastS - this.#periodS / 2;
      if (!isLost && !isCovered) return;
      this.#acc.shift();
      this.#join(head);
      this.#gyr.forgetBefore(lastS - this.#periodS);
    }
  }

  /** Hands out the runs of samples that found their rotation. */
  #join(placed: PlacedPart): void {
    const { part, timesS } = placed;
    const gyrRadps = new Float64Array(3 * part.n);
    const whole = packetOf(part, gyrRadps, undefined);
    let start = 0;
    for (let i = 0; i <= part.n; i++) {
      const flags = i < part.n ? this.#gyr.readInto(timesS[i], gyrRadps, 3 * i) : undefined;
      if (flags !== undefined) {
        joinInto(whole, i, flags);
        continue;
      }
      if (i > start) this.#handOut(placed, gyrRadps, start, i);
      start = i + 1;
    }
  }

  #handOut({ part, timesS, arrivalMs }: PlacedPart, gyrRadps: Float64Array, start: number, end: number): void {
    this.#isAhead = undefined;
    const stamped = this.#clock.stampOf === 'last' ? end - 1 : start;
    const isStamped = stamped === (this.#clock.stampOf === 'last' ? part.n - 1 : 0);
    const run: ImuPart = {
      quantity: 'acc',
      n: end - start,
      tick: isStamped ? part.tick : this.#tickOf(timesS[stamped]),
      values: part.values.slice(3 * start, 3 * end),
      flags: part.flags.slice(start, end),
    };
    this.#deliver(packetOf(run, gyrRadps.slice(3 * start, 3 * end), undefined), arrivalMs);
  }

  #tickOf(tS: number): number {
    const { tickHz, wrapTicks } = this.#clock;
    const tick = Math.round(tS * tickHz);
    return Number.isFinite(wrapTicks) ? ((tick % wrapTicks) + wrapTicks) % wrapTicks : tick;
  }
}

const endOf = ({ timesS }: PlacedPart): number => timesS[timesS.length - 1];
