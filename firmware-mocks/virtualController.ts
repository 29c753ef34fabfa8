/** A Bluetooth controller made of software: takes HCI commands and ACL data, sends events, carries links (Core Specification 5.3, Vol 4, Part E). */
import {
  addressText,
  type ConnectionParameters,
  Command,
  commandComplete,
  commandStatus,
  disconnectionComplete,
  HciStatus,
  leConnectionComplete,
  leConnectionUpdateComplete,
  numberOfCompletedPackets,
  PacketType,
  u16,
} from './hci.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import type { AdapterFaults, PeerFaults } from './radioFaults.ts';
import { VirtualLink } from './virtualLink.ts';
import { VirtualScanner } from './virtualScanner.ts';

const FIRST_HANDLE = 0x0040;
const NO_PEER = { address: '00:00:00:00:00:00', addressType: 'public' } as const;
const NO_PARAMETERS: ConnectionParameters = { interval: 0, latency: 0, supervisionTimeout: 0 };
const CONTROLLER_ADDRESS = [0x01, 0x00, 0x00, 0xda, 0x02, 0x00];

interface PendingConnection {
  readonly address: string;
  readonly parameters: ConnectionParameters;
}

export interface ControllerOptions {
  /** Bytes per ACL packet towards the host: 251 with Data Length Extension, 27 without. */
  readonly aclFragmentBytes?: number;
  /** How often every peripheral is heard; of this computer's time, not of a simulated one. */
  readonly advertisingIntervalMs?: number;
  /** Bits of the LE feature set, of the first two bytes (Vol 6, Part B, 4.6); none unless told. */
  readonly leFeatures?: number;
}

export class VirtualController {
  lastConnectionParameters: ConnectionParameters | undefined;
  readonly #aclFragmentBytes: number;
  readonly #advertisingIntervalMs: number;
  readonly #leFeatures: number;
  readonly #peripherals = new Map<string, VirtualPeripheral>();
  readonly #peerFaults = new Map<string, PeerFaults>();
  readonly #links = new Map<number, VirtualLink>();
  readonly #connected = new Set<VirtualPeripheral>();
  readonly #scanner = new VirtualScanner((...packets) => this.#send(...packets));
  #adapterFaults: AdapterFaults = {};
  #deliver: ((packet: Buffer) => void) | undefined;
  #outbox: Buffer[] = [];
  #pending: PendingConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextHandle = FIRST_HANDLE;

  constructor({ aclFragmentBytes = 251, advertisingIntervalMs = 40, leFeatures = 0 }: ControllerOptions) {
    this.#aclFragmentBytes = aclFragmentBytes;
    this.#advertisingIntervalMs = advertisingIntervalMs;
    this.#leFeatures = leFeatures;
  }

  get isUp(): boolean {
    return !this.#adapterFaults.off;
  }

  get scanning(): boolean {
    return this.#scanner.isOn;
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
    const link = this.#linkTo(address);
    if (link) this.#endLink(link, reason);
    return link !== undefined;
  }

  /** Any packet to the host, as from a controller that nobody has met yet. */
  inject(packet: Buffer): void {
    this.#send(packet);
  }

  /** Any attribute PDU from that peer, unasked. */
  sendPdu(address: string, pdu: Uint8Array): void {
    this.#linkTo(address)?.sendPdu(pdu);
  }

  receive(packet: Buffer): void {
    const type = packet.readUInt8(0);
    if (type === PacketType.command) this.#command(packet.readUInt16LE(1), packet.subarray(4));
    else if (type === PacketType.acl) this.#acl(packet);
  }

  #linkTo(address: string): VirtualLink | undefined {
    return [...this.#links.values()].find((l) => l.peripheral.address.toLowerCase() === address.toLowerCase());
  }

  #clear(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#connected.clear();
    this.#outbox = [];
    this.#scanner.set(undefined);
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
        if (this.#adapterFaults.losesReset) return;
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
        return complete(ok, ...u16(this.#leFeatures), 0, 0, 0, 0, 0, 0);
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
    const extended = opcode === Command.leSetExtendedScanEnable;
    this.#scanner.set(enable ? { extended, filterDuplicates } : undefined);
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
    if (this.#adapterFaults.losesCancel) return;
    if (!this.#pending) {
      this.#send(commandComplete(opcode, [HciStatus.commandDisallowed]));
      return;
    }
    this.#pending = undefined;
    this.#updateTimer();
    if (this.#adapterFaults.silentCancel) return;
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
    this.#connected.delete(link.peripheral);
    link.close();
    this.#send(disconnectionComplete(link.handle, reason));
  }

  #updateTimer(): void {
    const needed = this.#scanner.isOn || this.#pending !== undefined;
    if (needed && !this.#timer) {
      this.#timer = setInterval(() => this.#advertisingTick(), this.#advertisingIntervalMs);
      this.#timer.unref();
    } else if (!needed && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #advertisingTick(): void {
    this.#completePending();
    if (!this.#scanner.isOn || this.#adapterFaults.deaf) return;
    this.#scanner.tick([...this.#peripherals.values()].filter((p) => this.#isAdvertising(p)));
  }

  #isAdvertising(peripheral: VirtualPeripheral): boolean {
    if (this.#peerFaults.get(peripheral.address.toLowerCase())?.vanished) return false;
    return !this.#connected.has(peripheral);
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
    this.#connected.add(peripheral);
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
