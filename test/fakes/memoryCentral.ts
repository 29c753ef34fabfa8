/** `BleCentral` in memory: no radio, no firmware, peers are plain objects. */
import { PlumblineError } from '../../src/model/errors.ts';
import type {
  Advertisement,
  BleCentral,
  BleLink,
  CentralState,
  Clock,
  GattCharacteristic,
  Unsubscribe,
} from '../../src/model/ports.ts';

export interface MemoryPeer {
  readonly advertisement: Advertisement;
  readonly mtu: number;
  readonly characteristics: readonly GattCharacteristic[];
  /** Undefined: refused. */
  read(uuid: string): Uint8Array | undefined;
  /** `notify` sends on any characteristic that is subscribed to. */
  write(uuid: string, bytes: Uint8Array): void;
  connected(notify: (uuid: string, bytes: Uint8Array) => void): void;
  disconnected(): void;
}

type NotificationListener = (bytes: Uint8Array, arrivalMs: number) => void;

export class MemoryCentral implements BleCentral {
  readonly #clock: Clock;
  readonly #peers = new Map<string, MemoryPeer>();
  readonly #links = new Map<string, MemoryLink>();
  readonly #advertisementListeners = new Set<(advertisement: Advertisement) => void>();
  readonly #stateListeners = new Set<(state: CentralState) => void>();
  state: CentralState = 'poweredOn';
  isScanning = false;
  /** What the next connects reject with. */
  connectErrors: Error[] = [];
  /** Connects hang for ever. */
  isMute = false;
  readonly connects: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(peer: MemoryPeer): void {
    this.#peers.set(peer.advertisement.id, peer);
  }

  remove(peer: MemoryPeer): void {
    this.#peers.delete(peer.advertisement.id);
  }

  /** Every peer that is not connected is heard once, while scanning. */
  advertise(): void {
    if (!this.isScanning) return;
    for (const { advertisement } of this.#peers.values()) {
      if (this.#links.has(advertisement.id)) continue;
      for (const listener of this.#advertisementListeners) listener(advertisement);
    }
  }

  drop(id: string, reason: string): void {
    this.#links.get(id)?.end(reason);
  }

  setState(state: CentralState): void {
    this.state = state;
    if (state !== 'poweredOn') for (const link of this.#links.values()) link.end(`adapter ${state}`);
    for (const listener of this.#stateListeners) listener(state);
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.isScanning = false;
    for (const link of this.#links.values()) link.end('central stopped');
  }

  onStateChange(listener: (state: CentralState) => void): Unsubscribe {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  async startScan(): Promise<void> {
    if (this.state !== 'poweredOn') {
      throw new PlumblineError('radio/unavailable', `expected the adapter powered on, found ${this.state}`);
    }
    this.isScanning = true;
  }

  async stopScan(): Promise<void> {
    this.isScanning = false;
  }

  onAdvertisement(listener: (advertisement: Advertisement) => void): Unsubscribe {
    this.#advertisementListeners.add(listener);
    return () => this.#advertisementListeners.delete(listener);
  }

  async connect(id: string): Promise<BleLink> {
    this.connects.push(id);
    if (this.isMute) return new Promise(() => undefined);
    const error = this.connectErrors.shift();
    if (error) throw error;
    const peer = this.#peers.get(id);
    if (!peer) throw new PlumblineError('radio/timeout', `expected ${id} to answer within 15000 ms, found silence`);
    const link = new MemoryLink(peer, this.#clock, () => this.#links.delete(id));
    this.#links.set(id, link);
    return link;
  }
}

class MemoryLink implements BleLink {
  readonly id: string;
  readonly mtu: number;
  readonly characteristics: readonly GattCharacteristic[];
  readonly closed: Promise<string>;
  readonly #peer: MemoryPeer;
  readonly #onEnd: () => void;
  readonly #listeners = new Map<string, NotificationListener>();
  #resolveClosed: (reason: string) => void = () => undefined;
  #isOpen = true;

  constructor(peer: MemoryPeer, clock: Clock, onEnd: () => void) {
    this.id = peer.advertisement.id;
    this.mtu = peer.mtu;
    this.characteristics = peer.characteristics;
    this.#peer = peer;
    this.#onEnd = onEnd;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    peer.connected((uuid, bytes) => {
      if (this.#isOpen) this.#listeners.get(uuid)?.(bytes, clock.nowMs());
    });
  }

  end(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#peer.disconnected();
    this.#onEnd();
    this.#resolveClosed(reason);
  }

  async read(uuid: string): Promise<Uint8Array> {
    this.#expectOpen();
    const value = this.#peer.read(uuid);
    if (!value) throw new PlumblineError('radio/refused', `expected a value of ${uuid}, found none`);
    return value;
  }

  async write(uuid: string, bytes: Uint8Array): Promise<void> {
    this.#expectOpen();
    this.#peer.write(uuid, bytes);
  }

  async subscribe(uuid: string, listener: NotificationListener): Promise<void> {
    this.#expectOpen();
    this.#listeners.set(uuid, listener);
  }

  async readRssiDbm(): Promise<number> {
    this.#expectOpen();
    return this.#peer.advertisement.rssiDbm;
  }

  async disconnect(): Promise<void> {
    this.end('disconnected by us');
  }

  #expectOpen(): void {
    if (!this.#isOpen) throw new PlumblineError('radio/closed', 'expected an open link, found it closed');
  }
}
