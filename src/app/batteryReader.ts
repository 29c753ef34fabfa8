/** Asks wearables for the charge of their battery, one after the other: a short connection each, while others are listened for. */
import { deviceById } from '../devices/index.ts';
import type { BleCentral, Clock } from '../model/ports.ts';
import { GattScriptRunner } from './session/gattScript.ts';
import { type Timers, within } from './session/timers.ts';

/** A wearable that takes longer is out of reach, or busy with somebody else. */
const LIMIT_MS = 8000;

export class BatteryReader {
  readonly #central: BleCentral;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #asked = new Set<string>();
  readonly #found = new Map<string, number>();
  #queue: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(central: BleCentral, clock: Clock, timers: Timers) {
    this.#central = central;
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Undefined: not asked, or it did not say. */
  pctOf(peerId: string): number | undefined {
    return this.#found.get(peerId);
  }

  /** Asked once; a second time changes nothing. */
  ask(peerId: string, kind: string): void {
    if (this.#asked.has(peerId) || this.#isOver) return;
    this.#asked.add(peerId);
    this.#queue = this.#queue.then(() => within(this.#timers, LIMIT_MS, this.#read(peerId, kind), undefined));
  }

  /** Resolves when nobody is being asked any more; those that were not reached yet are left alone. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#queue;
  }

  /** Never rejects: a wearable that does not answer has no battery to show. */
  async #read(peerId: string, kind: string): Promise<void> {
    const readStatus = deviceById(kind)?.readStatus;
    if (!readStatus || this.#isOver) return;
    try {
      const link = await this.#central.connect(peerId);
      try {
        const runner = new GattScriptRunner(link, this.#clock, this.#timers, () => undefined);
        const { batteryPct } = await runner.run(readStatus());
        if (batteryPct !== undefined) this.#found.set(peerId, batteryPct);
      } finally {
        await link.disconnect();
      }
    } catch {
      // Out of reach by now, or it wants to be paired first.
    }
  }
}
