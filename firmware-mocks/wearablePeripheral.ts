/** What every wearable on a virtual body does alike. What its firmware does when the link is lost is its own. */
import type { VirtualPeripheral } from './peripheral.ts';
import { BatteryService } from './sigServices.ts';
import type { PeripheralLink, VirtualWearable } from './virtualWearable.ts';
import type { RunningWearable } from './wearableKinds.ts';

export interface PeripheralIdentity {
  readonly address: string;
  readonly name: string;
  readonly maxMtu: number;
}

export abstract class WearablePeripheral implements RunningWearable {
  readonly address: string;
  readonly name: string;
  readonly maxMtu: number;
  abstract readonly addressType: VirtualPeripheral['addressType'];
  abstract readonly advertisedServices: VirtualPeripheral['advertisedServices'];
  abstract readonly services: VirtualPeripheral['services'];
  protected readonly body: VirtualWearable;
  /** Silent where its service is not among those offered. */
  protected readonly battery: BatteryService;

  constructor({ address, name, maxMtu }: PeripheralIdentity, body: VirtualWearable) {
    this.address = address;
    this.name = name;
    this.maxMtu = maxMtu;
    this.body = body;
    this.battery = new BatteryService(() => body.batteryPct());
  }

  rssiDbm(): number {
    return this.body.behaviour.rssiDbm;
  }

  onConnect(link: PeripheralLink): void {
    this.body.connected(link);
  }

  abstract onDisconnect(): void;

  poll(): void {
    this.body.poll();
    this.battery.poll();
  }
}
