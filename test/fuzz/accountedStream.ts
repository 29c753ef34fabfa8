/** A stream behind a fuzzed decoder, and the account of what went in and what came out. */
import type { DeviceFacts, ImuPacket } from '../../src/devices/define.ts';
import { ImuStream } from '../../src/devices/imuStream.ts';
import type { ImuBlock } from '../../src/model/block.ts';

export class AccountedStream {
  readonly stream: ImuStream;
  #pushed = 0;
  #handedOut = 0;
  #late = 0;
  #lastS = -Infinity;

  constructor(device: DeviceFacts) {
    this.stream = new ImuStream(device, {
      block: (block) => this.#take(block),
      gap: ({ reason, missingSamples, startS, endS }) => {
        if (!(missingSamples >= 0)) throw new Error(`expected a gap of 0 samples or more, found ${missingSamples}`);
        // A clock that was set may go back; whoever listens starts anew.
        if (reason === 'hostClockSet') this.#lastS = -Infinity;
        else if (!(endS > startS)) throw new Error(`expected a gap that ends after ${startS}, found ${endS}`);
      },
      late: ({ n }) => {
        this.#late += n;
      },
      problem: () => undefined,
      wanted: () => undefined,
    });
  }

  push(packet: ImuPacket, arrivalMs: number): void {
    this.#pushed += packet.n;
    this.stream.push(packet, arrivalMs);
  }

  /** Nothing invented, nothing handed out that is not counted. Joined parts are not counted in: those have no `pushed`. */
  expectBalanced(): void {
    this.stream.end();
    const { samples, lostSamples } = this.stream.stats;
    if (samples !== this.#handedOut) throw new Error(`expected ${this.#handedOut} samples counted, found ${samples}`);
    if (!(lostSamples >= 0)) throw new Error(`expected 0 samples lost or more, found ${lostSamples}`);
    if (this.#pushed > 0 && samples + this.#late > this.#pushed) {
      throw new Error(`expected at most ${this.#pushed} samples, found ${samples} and ${this.#late} late ones`);
    }
  }

  #take({ n, tS }: ImuBlock): void {
    this.#handedOut += n;
    for (let i = 0; i < n; i++) {
      const previous = i === 0 ? this.#lastS : tS[i - 1];
      if (!Number.isFinite(tS[i])) throw new Error(`expected a time, found ${tS[i]}`);
      if (tS[i] <= previous) throw new Error(`expected time to go on from ${previous}, found ${tS[i]}`);
    }
    this.#lastS = tS[n - 1];
  }
}
