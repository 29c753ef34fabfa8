/** A connection that lives in the radio process, seen from the service. */
import { PlumblineError } from '../model/errors.ts';
import type { BleLink, GattCharacteristic } from '../model/ports.ts';
import type { RadioChannel } from './radioChannel.ts';
import type { LinkStats } from './radioStats.ts';
import type { Notification, OpenedLink, RadioRequest, ReplyValue } from './radioProtocol.ts';

type NotificationListener = (bytes: Uint8Array, arrivalMs: number) => void;

export class RemoteLink implements BleLink {
  readonly id: string;
  readonly mtu: number;
  readonly characteristics: readonly GattCharacteristic[];
  readonly closed: Promise<string>;
  readonly #channel: RadioChannel;
  readonly #link: number;
  readonly #listeners = new Map<string, NotificationListener[]>();
  #resolveClosed: (reason: string) => void = () => undefined;
  #closedReason: string | undefined;
  #notifications = 0;

  constructor(channel: RadioChannel, { link, id, mtu, characteristics }: OpenedLink) {
    this.#channel = channel;
    this.#link = link;
    this.id = id;
    this.mtu = mtu;
    this.characteristics = characteristics;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get stats(): LinkStats {
    return { id: this.id, notifications: this.#notifications };
  }

  async read(uuid: string): Promise<Uint8Array> {
    return this.#call({ op: 'read', link: this.#link, uuid }, (value) =>
      value instanceof Uint8Array ? value : new Uint8Array(0),
    );
  }

  async write(uuid: string, bytes: Uint8Array, { withoutResponse = false } = {}): Promise<void> {
    await this.#call({ op: 'write', link: this.#link, uuid, bytes, withoutResponse }, () => undefined);
  }

  async subscribe(uuid: string, listener: NotificationListener): Promise<void> {
    const listeners = this.#listeners.get(uuid) ?? [];
    const isFirst = listeners.length === 0;
    listeners.push(listener);
    this.#listeners.set(uuid, listeners);
    try {
      // One subscription in the radio process serves all listeners here.
      if (isFirst) await this.#call({ op: 'subscribe', link: this.#link, uuid }, () => undefined);
    } catch (error) {
      listeners.splice(listeners.indexOf(listener), 1);
      throw error;
    }
  }

  async readRssiDbm(): Promise<number> {
    return this.#call({ op: 'rssi', link: this.#link }, Number);
  }

  async disconnect(): Promise<void> {
    if (this.#closedReason !== undefined) return;
    await this.#call({ op: 'disconnect', link: this.#link }, () => undefined).catch(() => undefined);
    await this.closed;
  }

  deliver({ uuid, bytes, arrivalMs }: Notification): void {
    this.#notifications++;
    for (const listener of this.#listeners.get(uuid) ?? []) listener(bytes, arrivalMs);
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#closedReason = reason;
    this.#listeners.clear();
    this.#resolveClosed(reason);
  }

  #call<T>(request: RadioRequest, onReply: (value: ReplyValue) => T): Promise<T> {
    if (this.#closedReason !== undefined) {
      const found = `expected an open link, found it closed: ${this.#closedReason}`;
      return Promise.reject(new PlumblineError('radio/closed', found));
    }
    return this.#channel.call(request, onReply);
  }
}
