/** Which sample is this packet's first? From the sample counter, else the device's clock, else the packet counter. Pure. */
import type { DeviceFacts, ImuPacket } from './define.ts';
import type { DeviceClock } from './deviceClock.ts';

const INDEX_WRAP = 2 ** 32;

export class SamplePlacement {
  readonly #device: Pick<DeviceFacts, 'clock' | 'sequenceWrap'>;
  readonly #clock: DeviceClock;
  /** The furthest packet so far. */
  #index = 0;
  #n = 0;
  #sequence: number | undefined;
  #isFirst = true;

  constructor(device: Pick<DeviceFacts, 'clock' | 'sequenceWrap'>, clock: DeviceClock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** Unwrapped index of the packet's first sample. */
  indexOf(packet: ImuPacket, arrivalMs: number): number {
    if (packet.firstSampleIndex !== undefined) {
      return this.#isFirst ? packet.firstSampleIndex : unwrap(packet.firstSampleIndex, INDEX_WRAP, this.#index);
    }
    if (packet.tick !== undefined && this.#device.clock) return this.#fromTick(packet.tick, packet.n, arrivalMs);
    const wrap = this.#device.sequenceWrap;
    if (packet.sequence !== undefined && wrap !== undefined) return this.#fromSequence(packet.sequence, packet.n, wrap);
    return this.#index + this.#n;
  }

  /** The packet was accepted at `index`. */
  accept(packet: ImuPacket, index: number): void {
    if (!this.#isFirst && index < this.#index) return;
    this.#isFirst = false;
    this.#index = index;
    this.#n = packet.n;
    this.#sequence = packet.sequence;
  }

  /** Packets of one stream are equally long, so a lost one is as long as this one. */
  #fromSequence(sequence: number, n: number, wrap: number): number {
    if (this.#sequence === undefined) return 0;
    const steps = unwrap(sequence, wrap, this.#sequence) - this.#sequence;
    return steps > 0 ? this.#index + this.#n + (steps - 1) * n : this.#index + steps * n;
  }

  /** A stamp that is off by a little is a stamp that is off: what is lost is lost by the packet, and those may differ in length. */
  #fromTick(tick: number, n: number, arrivalMs: number): number {
    const index = this.#clock.indexOfTick(tick, n, arrivalMs);
    if (this.#device.clock?.lossUnit === 'sample') return index;
    const endIndex = this.#index + this.#n;
    return this.#isFirst || Math.abs(index - endIndex) >= this.#clock.slackSamples(n) ? index : endIndex;
  }
}

/** Of all numbers that `value` can mean modulo `wrap`, the one nearest to `near`. */
const unwrap = (value: number, wrap: number, near: number): number => value + wrap * Math.round((near - value) / wrap);
