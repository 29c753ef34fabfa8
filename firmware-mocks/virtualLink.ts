/** One connection of the virtual controller: L2CAP between ACL packets and the attribute server of the peer. */
import { type AttFaults, AttServer } from './attServer.ts';
import { aclPackets, Channel, FrameAssembler, HciStatus } from './hci.ts';
import type { VirtualPeripheral } from './peripheral.ts';

/** Security Manager (Vol 3, Part H, 3.5.5): no virtual peer can pair. */
const PAIRING_FAILED = Buffer.from([0x05, 0x05]);

export interface VirtualLinkOptions {
  readonly handle: number;
  readonly peripheral: VirtualPeripheral;
  readonly fragmentBytes: number;
  readonly faults: () => AttFaults;
  readonly transmit: (packets: readonly Buffer[]) => void;
  readonly drop: (reason: number) => void;
}

export class VirtualLink {
  readonly handle: number;
  readonly peripheral: VirtualPeripheral;
  readonly #options: VirtualLinkOptions;
  readonly #assembler = new FrameAssembler();
  readonly #server: AttServer;
  #open = false;

  constructor(options: VirtualLinkOptions) {
    this.#options = options;
    this.handle = options.handle;
    this.peripheral = options.peripheral;
    this.#server = new AttServer({
      peripheral: options.peripheral,
      transmit: (pdu) => this.#transmit(Channel.att, pdu),
      faults: options.faults,
    });
  }

  open(): void {
    this.#open = true;
    this.peripheral.onConnect({
      mtu: () => this.#server.mtu,
      drop: (reason = HciStatus.remoteUserTerminated) => this.#options.drop(reason),
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#server.close();
    this.peripheral.onDisconnect();
  }

  /** Payload of one ACL packet from the host. */
  receive(data: Buffer, continues: boolean): void {
    const frame = this.#assembler.push(data, continues);
    if (!frame || !this.#open) return;
    if (frame.channel === Channel.att) this.#server.receive(frame.payload);
    else if (frame.channel === Channel.security) this.#transmit(Channel.security, PAIRING_FAILED);
  }

  sendPdu(pdu: Uint8Array): void {
    this.#transmit(Channel.att, pdu);
  }

  #transmit(channel: number, payload: Uint8Array): void {
    if (!this.#open) return;
    this.#options.transmit(aclPackets(this.handle, channel, payload, this.#options.fragmentBytes));
  }
}
