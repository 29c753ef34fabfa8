/** A virtual wearable with a pretended central connected to it, and a clock that the test moves. */
import type { VirtualCharacteristic, VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
import { plumblineUuid } from '../../firmware-mocks/plumblinePacket.ts';
import { createSimulation, type WearableSpec } from '../../firmware-mocks/simulation.ts';

export const EPOCH_MS = 1_700_000_000_000;

export interface Received {
  readonly bytes: Buffer;
  readonly atMs: number;
}

export class ConnectedWearable {
  readonly peripheral: VirtualPeripheral;
  nowMs = EPOCH_MS;
  mtu: number;
  isConnected = false;
  endedAtMs: number | undefined;
  readonly dropReasons: (number | undefined)[] = [];
  private readonly poll: () => void;
  private readonly received = new Map<string, Received[]>();

  constructor(spec: Partial<WearableSpec> & Pick<WearableSpec, 'motion'>, mtu = 247) {
    this.mtu = mtu;
    const simulation = createSimulation(
      { wearables: [{ kind: 'plumbline', errors: 'none', ...spec }] },
      {
        now: () => this.nowMs,
        timer: false,
        onEnd: () => {
          this.endedAtMs = this.nowMs;
        },
      },
    );
    this.peripheral = simulation.peripherals[0];
    this.poll = () => simulation.poll();
    this.connect();
  }

  connect(): void {
    this.isConnected = true;
    this.peripheral.onConnect({
      mtu: () => this.mtu,
      drop: (reason) => {
        this.dropReasons.push(reason);
        this.disconnect();
      },
    });
  }

  disconnect(): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.peripheral.onDisconnect();
  }

  characteristic(uuid: string): VirtualCharacteristic {
    const full = /^000[2-8]$/.test(uuid) ? plumblineUuid(uuid) : uuid;
    const all = this.peripheral.services.flatMap((service) => service.characteristics);
    const found = all.find((one) => one.uuid === full);
    if (!found) throw new Error(`expected characteristic ${uuid}, found none`);
    return found;
  }

  read(uuid: string): Buffer {
    return Buffer.from(this.characteristic(uuid).read?.() ?? []);
  }

  /** Hexadecimal, spaces do not matter. */
  write(uuid: string, hex: string): void {
    this.characteristic(uuid).write?.(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  subscribe(uuid: string): Received[] {
    const list: Received[] = [];
    this.received.set(uuid, list);
    this.characteristic(uuid).onSubscribe?.((value) => {
      if (this.isConnected) list.push({ bytes: Buffer.from(value), atMs: this.nowMs });
      return this.isConnected;
    });
    return list;
  }

  /** Lets time pass in steps of one poll. */
  run(forS: number, stepMs = 4): void {
    const endMs = this.nowMs + forS * 1000;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + stepMs);
      this.poll();
    }
  }

  /** One request to the Plumbline control point; the answer in hexadecimal. */
  control(hex: string): string {
    const answers = this.received.get('0003') ?? this.subscribe('0003');
    const before = answers.length;
    this.write('0003', hex);
    for (let polls = 0; answers.length === before && polls < 10_000; polls++) this.run(0.004);
    return answers.at(-1)?.bytes.toString('hex') ?? '';
  }
}
