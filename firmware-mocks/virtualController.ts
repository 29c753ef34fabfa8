/**
 * A Bluetooth controller made of software: it stands below the real noble in place of the HCI socket, so that every
 * test and every simulation goes through noble's own HCI, GAP and GATT code.
 */
import { EventEmitter } from 'node:events';
import { advertisingData } from './advertisingData.ts';
import type { AttFaults } from './attServer.ts';
import {
  addressText,
  advertisingReport,
  type ConnectionParameters,
  Command,
  commandComplete,
  commandStatus,
  disconnectionComplete,
  extendedAdvertisingReport,
  HciStatus,
  leConnectionComplete,
  leConnectionUpdateComplete,
  numberOfCompletedPackets,
  PacketType,
  u16,
} from './hci.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import { VirtualLink } from './virtualLink.ts';

const ADVERTISING_INTERVAL_MS = 40;
/** What one radio channel can carry: 25 ticks per second of at most this many advertisers. */
const ADVERTISERS_PER_TICK = 40;
const FIRST_HANDLE = 0x0040;
const NO_PEER = { address: '00:00:00:00:00:00', addressType: 'public' } as const;
const NO_PARAMETERS: ConnectionParameters = { interval: 0, latency: 0, supervisionTimeout: 0 };
const CONTROLLER_ADDRESS = [0x01, 0x00, 0x00, 0xda, 0x02, 0x00];

/** What the peer at one address does wrong on purpose. */
export interface PeerFaults extends AttFaults {
  /** Advertises no more and never answers a connection request. */
  readonly vanished?: boolean;
  /** Advertises, but never answers a connection request. */
  readonly refusesConnection?: boolean;
  /** The link is reported as connected, then lost at once with 0x3e. */
  readonly failsToEstablish?: boolean;
}

/** What the adapter does wrong on purpose. */
export interface AdapterFaults {
  readonly off?: boolean;
  /** HCI status with which enabling the scan is refused, for example 0x0c. */
  readonly scanRefusedStatus?: number;
  /** HCI status with which a connection request is refused. */
  readonly connectRefusedStatus?: number;
  /** No advertisement gets through, as when scanning died without a word. */
  readonly deaf?: boolean;
}

export interface VirtualRadioOptions {
  /** Bytes per ACL packet towards the host: 251 with Data Length Extension, 27 without. */
  readonly aclFragmentBytes?: number;
}

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

interface PendingConnection {
  readonly address: string;
  readonly parameters: ConnectionParameters;
}

class VirtualController {
  lastConnectionParameters: ConnectionParameters | undefined;
  readonly #aclFragmentBytes: number;
  readonly #peripherals = new Map<string, VirtualPeripheral>();
  readonly #peerFaults = new Map<string, PeerFaults>();
  readonly #links = new Map<number, VirtualLink>();
  readonly #reported = new Set<string>();
  #adapterFaults: AdapterFaults = {};
  #deliver: ((packet: Buffer) => void) | undefined;
  #outbox: Buffer[] = [];
  #scan: { extended: boolean; filterDuplicates: boolean } | undefined;
  #pending: PendingConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextHandle = FIRST_HANDLE;
  #nextAdvertiser = 0;

  constructor({ aclFragmentBytes = 251 }: VirtualRadioOptions) {
    this.#aclFragmentBytes = aclFragmentBytes;
  }

  get isUp(): boolean {
    return !this.#adapterFaults.off;
  }

  get scanning(): boolean {
    return this.#scan !== undefined;
  }

  get connectedAddresses(): readonly string[] {
    return [...this.#links.values()].map((link) => link.peripheral.address);
  }

  addPeripheral(peripheral: VirtualPeripheral): void {
    this.#peripherals.set(peripheral.address.toLowerCase(), peripheral);
  }

  setPeerFaults(address: string, faults: PeerFaults): void {
    this.#peerFaults.set(address.toLowerCase(), faults);
  }

  setAdapterFaults(faults: AdapterFaults): void {
    this.#adapterFaults = faults;
    // A powered-off adapter says nothing about its links any more: no disconnection events.
    if (faults.off) this.#clear();
  }

  attach(deliver: (packet: Buffer) => void): void {
    this.#deliver = deliver;
  }

  /** The host let go of the adapter: its links end. */
  detach(): void {
    this.#clear();
    this.#deliver = undefined;
  }

  drop(address: string, reason: number = HciStatus.connectionTimeout): boolean {
    const link = [...this.#links.values()].find((l) => l.peripheral.address.toLowerCase() === address.toLowerCase());
    if (link) this.#endLink(link, reason);
    return link !== undefined;
  }

  receive(packet: Buffer): void {
    const type = packet.readUInt8(0);
    if (type === PacketType.command) this.#command(packet.readUInt16LE(1), packet.subarray(4));
    else if (type === PacketType.acl) this.#acl(packet);
  }

  #clear(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#outbox = [];
    this.#scan = undefined;
    this.#pending = undefined;
    this.#updateTimer();
  }

  /** Packets reach the host in order and never inside its own call, as from a real controller. */
  #send(...packets: readonly Buffer[]): void {
    if (!this.#deliver) return;
    if (this.#outbox.length === 0) setImmediate(() => this.#flush());
    this.#outbox.push(...packets);
  }

  #flush(): void {
    const packets = this.#outbox;
    this.#outbox = [];
    for (const packet of packets) this.#deliver?.(packet);
  }

  #acl(packet: Buffer): void {
    const header = packet.readUInt16LE(1);
    const handle = header & 0x0fff;
    this.#send(numberOfCompletedPackets(handle, 1));
    const continues = ((header >> 12) & 0x3) === 0x1;
    this.#links.get(handle)?.receive(packet.subarray(5), continues);
  }

  #command(opcode: number, parameters: Buffer): void {
    const complete = (...results: readonly number[]): void => this.#send(commandComplete(opcode, results));
    const status = (code: number): void => this.#send(commandStatus(opcode, code));
    const ok = HciStatus.success;
    switch (opcode) {
      case Command.reset:
        this.#clear();
        return complete(ok);
      case Command.setEventMask:
      case Command.writeLeHostSupport:
      case Command.leSetEventMask:
      case Command.leSetScanParameters:
      case Command.leSetDefaultPhy:
      case Command.leSetExtendedScanParameters:
        return complete(ok);
      case Command.readLeHostSupport:
        return complete(ok, 1, 0);
      case Command.readLocalVersion:
        // HCI and LMP version 0x0c: Bluetooth 5.3.
        return complete(ok, 0x0c, ...u16(0), 0x0c, ...u16(0xffff), ...u16(0));
      case Command.readBufferSize:
        return complete(ok, ...u16(1021), 0, ...u16(8), ...u16(0));
      case Command.readBdAddr:
        return complete(ok, ...CONTROLLER_ADDRESS);
      case Command.leReadBufferSize:
        return complete(ok, ...u16(251), 8);
      case Command.leReadLocalFeatures:
        return complete(ok, ...[0, 0, 0, 0, 0, 0, 0, 0]);
      case Command.leReadMaximumDataLength:
        return complete(ok, ...u16(251), ...u16(2120), ...u16(251), ...u16(2120));
      case Command.leSetDataLength:
        return complete(ok, parameters.readUInt8(0), parameters.readUInt8(1));
      case Command.readRssi:
        return this.#readRssi(parameters.readUInt16LE(0));
      case Command.leSetScanEnable:
      case Command.leSetExtendedScanEnable:
        return complete(this.#enableScan(opcode, parameters.readUInt8(0) === 1, parameters.readUInt8(1) === 1));
      case Command.leCreateConnection:
        return status(this.#requestConnection(parameters.subarray(6, 12), parameters.subarray(13)));
      case Command.leExtendedCreateConnection:
        return status(this.#requestConnection(parameters.subarray(3, 9), parameters.subarray(14)));
      case Command.leCreateConnectionCancel:
        return this.#cancelConnection();
      case Command.disconnect:
        return this.#disconnect(parameters.readUInt16LE(0));
      case Command.leConnectionUpdate:
        status(ok);
        return this.#send(
          leConnectionUpdateComplete(parameters.readUInt16LE(0), connectionParameters(parameters.subarray(2))),
        );
      default:
        return complete(HciStatus.unknownCommand);
    }
  }

  #readRssi(handle: number): void {
    const link = this.#links.get(handle);
    const results = link
      ? [HciStatus.success, ...u16(handle), link.peripheral.rssiDbm() & 0xff]
      : [HciStatus.unknownConnection, ...u16(handle), 0];
    this.#send(commandComplete(Command.readRssi, results));
  }

  #enableScan(opcode: number, enable: boolean, filterDuplicates: boolean): number {
    const refused = this.#adapterFaults.scanRefusedStatus;
    if (enable && refused !== undefined) return refused;
    this.#reported.clear();
    this.#scan = enable ? { extended: opcode === Command.leSetExtendedScanEnable, filterDuplicates } : undefined;
    this.#updateTimer();
    return HciStatus.success;
  }

  #requestConnection(address: Buffer, parameters: Buffer): number {
    const refused = this.#adapterFaults.connectRefusedStatus;
    if (refused !== undefined) return refused;
    if (this.#pending) return HciStatus.commandDisallowed;
    this.#pending = { address: addressText(address), parameters: connectionParameters(parameters) };
    this.lastConnectionParameters = this.#pending.parameters;
    this.#updateTimer();
    return HciStatus.success;
  }

  #cancelConnection(): void {
    const opcode = Command.leCreateConnectionCancel;
    if (!this.#pending) {
      this.#send(commandComplete(opcode, [HciStatus.commandDisallowed]));
      return;
    }
    this.#pending = undefined;
    this.#updateTimer();
    this.#send(
      commandComplete(opcode, [HciStatus.success]),
      leConnectionComplete(HciStatus.unknownConnection, 0, NO_PEER, NO_PARAMETERS),
    );
  }

  #disconnect(handle: number): void {
    const link = this.#links.get(handle);
    this.#send(commandStatus(Command.disconnect, link ? HciStatus.success : HciStatus.unknownConnection));
    if (link) this.#endLink(link, HciStatus.localHostTerminated);
  }

  #endLink(link: VirtualLink, reason: number): void {
    if (!this.#links.delete(link.handle)) return;
    link.close();
    this.#send(disconnectionComplete(link.handle, reason));
  }

  #updateTimer(): void {
    const needed = this.#scan !== undefined || this.#pending !== undefined;
    if (needed && !this.#timer) {
      this.#timer = setInterval(() => this.#advertisingTick(), ADVERTISING_INTERVAL_MS);
      this.#timer.unref();
    } else if (!needed && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #advertisingTick(): void {
    this.#completePending();
    if (!this.#scan || this.#adapterFaults.deaf) return;
    const advertisers = [...this.#peripherals.values()].filter((p) => this.#isAdvertising(p));
    const count = Math.min(advertisers.length, ADVERTISERS_PER_TICK);
    for (let i = 0; i < count; i++) {
      const peripheral = advertisers[(this.#nextAdvertiser + i) % advertisers.length];
      if (peripheral) this.#report(peripheral, this.#scan);
    }
    this.#nextAdvertiser = advertisers.length === 0 ? 0 : (this.#nextAdvertiser + count) % advertisers.length;
  }

  #isAdvertising(peripheral: VirtualPeripheral): boolean {
    if (this.#peerFaults.get(peripheral.address.toLowerCase())?.vanished) return false;
    return ![...this.#links.values()].some((link) => link.peripheral === peripheral);
  }

  #report(peripheral: VirtualPeripheral, scan: { extended: boolean; filterDuplicates: boolean }): void {
    if (scan.filterDuplicates && this.#reported.has(peripheral.address)) return;
    this.#reported.add(peripheral.address);
    const { advertisement, scanResponse } = advertisingData(peripheral);
    const build = scan.extended ? extendedAdvertisingReport : advertisingReport;
    const rssiDbm = peripheral.rssiDbm();
    this.#send(
      build('connectable', peripheral, advertisement, rssiDbm),
      build('scanResponse', peripheral, scanResponse, rssiDbm),
    );
  }

  #completePending(): void {
    const pending = this.#pending;
    const peripheral = pending && this.#peripherals.get(pending.address);
    if (!pending || !peripheral || !this.#isAdvertising(peripheral)) return;
    if (this.#peerFaults.get(pending.address)?.refusesConnection) return;
    this.#pending = undefined;
    this.#updateTimer();
    const handle = this.#nextHandle;
    this.#nextHandle = handle === 0x0eff ? FIRST_HANDLE : handle + 1;
    const link = new VirtualLink({
      handle,
      peripheral,
      fragmentBytes: this.#aclFragmentBytes,
      faults: () => this.#peerFaults.get(pending.address) ?? {},
      transmit: (packets) => this.#send(...packets),
      drop: (reason) => this.#endLink(link, reason),
    });
    this.#links.set(handle, link);
    this.#send(leConnectionComplete(HciStatus.success, handle, peripheral, pending.parameters));
    if (this.#peerFaults.get(pending.address)?.failsToEstablish) this.#endLink(link, HciStatus.failedToEstablish);
    else link.open();
  }
}

/** The run of 16-bit words from the minimum interval on, common to create and update commands. */
function connectionParameters(words: Buffer): ConnectionParameters {
  return {
    interval: words.readUInt16LE(2),
    latency: words.readUInt16LE(4),
    supervisionTimeout: words.readUInt16LE(6),
  };
}
