/** A peer that speaks just enough of the Plumbline IMU service to drive a session; the test says what it sends and when. */
import { PLUMBLINE } from '../../src/devices/plumblineProtocol.ts';
import type { Clock } from '../../src/model/ports.ts';
import type { MemoryPeer } from '../fakes/memoryCentral.ts';

const G_COUNTS_16G = 2048;

export class FakePlumbline implements MemoryPeer {
  readonly advertisement: MemoryPeer['advertisement'];
  readonly mtu = 247;
  readonly characteristics = [...Object.values(PLUMBLINE).slice(1), '2a19'].map((uuid) => ({
    serviceUuid: PLUMBLINE.service,
    uuid,
    properties: ['read', 'write', 'notify'],
  }));
  readonly #clock: Clock;
  #notify: ((uuid: string, bytes: Uint8Array) => void) | undefined;
  isStreaming = false;
  bootId = 0x1234;
  index = 0;
  sequence = 0;
  /** Of the sequence numbers that are still in its memory. */
  readonly sent = new Map<number, Uint8Array>();
  readonly requests: number[] = [];
  /** Control point operations that are answered with this status. */
  readonly refusals = new Map<number, number>();
  /** So many of the next operations are answered "busy". */
  busyNext = 0;
  /** Somebody else's session runs: no START and no configuration until it is stopped. */
  busyUntilStop = false;
  /** Answers nothing at all. */
  isMute = false;
  /** Goes on measuring when the link is lost. */
  keepsSession = false;

  constructor(clock: Clock, { name = 'Plumbline-0001', address = 'c0:00:00:00:00:01' } = {}) {
    this.#clock = clock;
    this.advertisement = {
      id: address,
      address,
      name,
      serviceUuids: [PLUMBLINE.service],
      companyId: undefined,
      rssiDbm: -60,
    };
  }

  connected(notify: (uuid: string, bytes: Uint8Array) => void): void {
    this.#notify = notify;
  }

  disconnected(): void {
    this.#notify = undefined;
    if (!this.keepsSession) this.isStreaming = false;
  }

  read(uuid: string): Uint8Array | undefined {
    if (uuid === PLUMBLINE.info) {
      const view = new DataView(new ArrayBuffer(16));
      view.setUint8(0, 1);
      view.setUint32(2, 0b11111, true);
      view.setUint16(6, 200, true);
      view.setUint16(8, 64, true);
      view.setUint32(10, this.bootId, true);
      return new Uint8Array(view.buffer);
    }
    if (uuid === PLUMBLINE.status) return Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 20, 77, 0, 0);
    return undefined;
  }

  write(uuid: string, bytes: Uint8Array): void {
    if (uuid !== PLUMBLINE.controlPoint || this.isMute) return;
    const [op, token] = bytes;
    this.requests.push(op);
    if (op === 2) this.busyUntilStop = false;
    const isBusy = this.busyNext-- > 0 || (this.busyUntilStop && (op === 1 || op === 3));
    const status = isBusy ? 4 : (this.refusals.get(op) ?? 0);
    this.#notify?.(uuid, Uint8Array.of(op | 0x80, token, status, ...(op === 4 ? this.#timeAnswer() : [])));
    if (status !== 0) return;
    if (op === 1 && !(this.keepsSession && this.isStreaming)) {
      this.isStreaming = true;
      this.index = 0;
      this.sequence = 0;
      this.sent.clear();
    }
    if (op === 2) {
      // What was under way in the radio still comes.
      this.send();
      this.isStreaming = false;
    }
    if (op === 5) this.#backfill(bytes[2] + 256 * bytes[3], bytes[4]);
  }

  /** So many of the next packets are kept in memory but do not reach us. */
  losesNext = 0;

  /** Ten samples at rest. `counts`: the accelerometer's reading along Y. */
  send({ counts = G_COUNTS_16G, n = 10 } = {}): void {
    const view = new DataView(new ArrayBuffer(14 + 12 * n));
    view.setUint8(0, 0x11);
    view.setUint8(1, n);
    view.setUint16(2, this.sequence, true);
    view.setUint32(4, this.index, true);
    view.setUint32(8, this.#tick(-(n - 1) * 10), true);
    view.setUint8(13, 0x34);
    for (let i = 0; i < n; i++) view.setInt16(14 + 12 * i + 2, counts, true);
    const bytes = new Uint8Array(view.buffer);
    this.sent.set(this.sequence, bytes);
    this.sequence = (this.sequence + 1) % 65_536;
    this.index += n;
    if (this.losesNext > 0) this.losesNext--;
    else this.#notify?.(PLUMBLINE.imuData, bytes);
  }

  notifyRaw(uuid: string, bytes: Uint8Array): void {
    this.#notify?.(uuid, bytes);
  }

  #backfill(first: number, count: number): void {
    for (let sequence = first; sequence < first + count; sequence++) {
      const bytes = this.sent.get(sequence)?.slice();
      if (!bytes) continue;
      bytes[12] |= 8;
      this.#notify?.(PLUMBLINE.imuData, bytes);
    }
  }

  #timeAnswer(): Uint8Array {
    const view = new DataView(new ArrayBuffer(12));
    view.setUint32(0, this.#tick(0), true);
    view.setUint32(4, this.#tick(0), true);
    view.setUint32(8, this.bootId, true);
    return new Uint8Array(view.buffer);
  }

  #tick(offsetMs: number): number {
    const elapsedMs = this.#clock.nowMs() + offsetMs - 1_699_999_000_000;
    return Math.floor(elapsedMs * 32.768) % 2 ** 32;
  }
}
