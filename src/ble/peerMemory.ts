/** Which peers noble may remember: wearables and phones nearby change their address for ever, memory must not grow with them. */
import { forgetDiscoveries, forgetPeripheral } from './nobleMemory.ts';
import type { Noble, NoblePeripheral } from './nobleShape.ts';

const MAX_PEERS = 256;
/** Addresses that were heard, but not reported as a device yet. */
const MAX_DISCOVERIES = 1024;
const PRUNE_INTERVAL_MS = 5000;

export class PeerMemory {
  readonly #noble: Noble;
  readonly #isInUse: (id: string) => boolean;
  /** In order of last being heard. */
  readonly #peers = new Map<string, NoblePeripheral>();
  readonly #timer: NodeJS.Timeout;

  constructor(noble: Noble, isInUse: (id: string) => boolean) {
    this.#noble = noble;
    this.#isInUse = isInUse;
    this.#timer = setInterval(() => this.#pruneDiscoveries(), PRUNE_INTERVAL_MS);
    this.#timer.unref();
  }

  get size(): number {
    return this.#peers.size;
  }

  get(id: string): NoblePeripheral | undefined {
    return this.#peers.get(id);
  }

  /** The peer was heard; the one that was not heard for longest is forgotten when there are too many. */
  remember(peripheral: NoblePeripheral): void {
    this.#peers.delete(peripheral.id);
    this.#peers.set(peripheral.id, peripheral);
    if (this.#peers.size <= MAX_PEERS) return;
    for (const [id, { address }] of this.#peers) {
      if (this.#isInUse(id)) continue;
      this.#peers.delete(id);
      forgetPeripheral(this.#noble, id, address);
      return;
    }
  }

  /** The adapter was off: stoprocent then forgets its peers, and who is there has to be heard anew (trap 17). */
  forgetAll(): void {
    for (const [id, { address }] of this.#peers) forgetPeripheral(this.#noble, id, address);
    this.#peers.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#peers.clear();
  }

  #pruneDiscoveries(): void {
    const addresses = new Set([...this.#peers.values()].map(({ address }) => address));
    forgetDiscoveries(this.#noble, (address) => addresses.has(address), MAX_DISCOVERIES);
  }
}
