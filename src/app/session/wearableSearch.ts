/** Which of the advertising wearables is the enrolled one? Pure: time as an argument. It never guesses between two. */
import type { DeviceDefinition } from '../../devices/define.ts';
import type { Advertisement } from '../../model/ports.ts';

export interface WantedWearable {
  readonly device: Pick<DeviceDefinition, 'model' | 'matches'>;
  /** Advertised name, exactly. */
  readonly name?: string;
  /** `aa:bb:cc:dd:ee:ff`; settles it whatever the name. */
  readonly address?: string;
}

export type SearchResult =
  | { readonly found: Advertisement }
  /** Message "expected one …, found …". */
  | { readonly ambiguous: string }
  | undefined;

/** A second wearable of the same name has this long to show itself; they advertise at least twice a second. */
const SETTLE_MS = 1000;
/** One that is not heard for so long has gone. */
const FORGET_MS = 10_000;
const MOST_CANDIDATES = 32;

export class WearableSearch {
  readonly #wanted: WantedWearable;
  readonly #candidates = new Map<string, { advertisement: Advertisement; firstMs: number; lastMs: number }>();

  constructor(wanted: WantedWearable) {
    this.#wanted = wanted;
  }

  see(advertisement: Advertisement, nowMs: number): void {
    if (!this.#isCandidate(advertisement)) return;
    const known = this.#candidates.get(advertisement.id);
    if (!known && this.#candidates.size >= MOST_CANDIDATES) return;
    this.#candidates.set(advertisement.id, { advertisement, firstMs: known?.firstMs ?? nowMs, lastMs: nowMs });
  }

  result(nowMs: number): SearchResult {
    for (const [id, { lastMs }] of this.#candidates) if (nowMs - lastMs > FORGET_MS) this.#candidates.delete(id);
    const candidates = [...this.#candidates.values()];
    if (candidates.length === 0) return undefined;
    if (candidates.length > 1) return { ambiguous: this.#describe(candidates.map((each) => each.advertisement)) };
    const [{ advertisement, firstMs }] = candidates;
    return this.#wanted.address !== undefined || nowMs - firstMs >= SETTLE_MS ? { found: advertisement } : undefined;
  }

  #isCandidate(advertisement: Advertisement): boolean {
    const { device, name, address } = this.#wanted;
    if (address !== undefined) return advertisement.address.toLowerCase() === address.toLowerCase();
    if (name !== undefined) return advertisement.name === name;
    return device.matches(advertisement);
  }

  #describe(found: readonly Advertisement[]): string {
    const wanted =
      this.#wanted.name === undefined
        ? `one ${this.#wanted.device.model}`
        : `one wearable named "${this.#wanted.name}"`;
    const addresses = found.map(({ address }) => address).sort((a, b) => a.localeCompare(b));
    return `expected ${wanted}, found ${found.length}: ${addresses.join(' and ')}; state the address of the right one in the configuration`;
  }
}
