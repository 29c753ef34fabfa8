/**
 * The virtual radio: a controller made of software that stands below the real noble in place of the HCI socket, so that
 * every test and every simulation goes through noble's own HCI, GAP and GATT code.
 */
import { EventEmitter } from 'node:events';
import type { ConnectionParameters } from './hci.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import type { AdapterFaults, PeerFaults } from './radioFaults.ts';
import { VirtualController, type VirtualRadioOptions } from './virtualController.ts';

/** The interface of `@abandonware/bluetooth-hci-socket`. */
export interface HciSocket extends EventEmitter {
  bindRaw(deviceId?: number): number;
  bindUser(deviceId?: number): number;
  start(): void;
  stop(): void;
  isDevUp(): boolean;
  setFilter(filter: Buffer): void;
  write(packet: Buffer): void;
}
export type HciSocketClass = new () => HciSocket;

export interface VirtualRadio {
  readonly HciSocket: HciSocketClass;
  addPeripheral(peripheral: VirtualPeripheral): void;
  setPeerFaults(address: string, faults: PeerFaults): void;
  setAdapterFaults(faults: AdapterFaults): void;
  /** Cuts the link to that address; reason 0x08 (out of range) unless told. False when there is none. */
  drop(address: string, reason?: number): boolean;
  /** Parameters of the last connection request, in units of the wire. */
  readonly lastConnectionParameters: ConnectionParameters | undefined;
  readonly connectedAddresses: readonly string[];
  /** Enabled by the host and not refused. */
  readonly scanning: boolean;
}

export function createVirtualRadio(
  peripherals: readonly VirtualPeripheral[],
  options: VirtualRadioOptions = {},
): VirtualRadio {
  const controller = new VirtualController(options);
  for (const peripheral of peripherals) controller.addPeripheral(peripheral);
  class VirtualHciSocket extends EventEmitter implements HciSocket {
    bindRaw(): number {
      return 0;
    }
    bindUser(): number {
      return 0;
    }
    start(): void {
      controller.attach((packet) => this.emit('data', packet));
    }
    stop(): void {
      controller.detach();
    }
    isDevUp(): boolean {
      return controller.isUp;
    }
    setFilter(): void {}
    write(packet: Buffer): void {
      if (controller.isUp) controller.receive(packet);
      else this.emit('error', Object.assign(new Error('Network is down'), { code: 'ENETDOWN' }));
    }
  }
  return {
    HciSocket: VirtualHciSocket,
    addPeripheral: (peripheral) => controller.addPeripheral(peripheral),
    setPeerFaults: (address, faults) => controller.setPeerFaults(address, faults),
    setAdapterFaults: (faults) => controller.setAdapterFaults(faults),
    drop: (address, reason) => controller.drop(address, reason),
    get lastConnectionParameters() {
      return controller.lastConnectionParameters;
    },
    get connectedAddresses() {
      return controller.connectedAddresses;
    },
    get scanning() {
      return controller.scanning;
    },
  };
}
