/**
 * Packets between a Bluetooth controller and its host (Core Specification 5.3, Vol 4, Part E; H4 framing of Part A):
 * builders for the events that the virtual controller sends, and the L2CAP layer on top of ACL data.
 */

/** First byte of every H4 packet. */
export const PacketType = { command: 0x01, acl: 0x02, event: 0x04 } as const;

/** Opcodes of the commands that the virtual controller understands. */
export const Command = {
  disconnect: 0x0406,
  setEventMask: 0x0c01,
  reset: 0x0c03,
  readLeHostSupport: 0x0c6c,
  writeLeHostSupport: 0x0c6d,
  readLocalVersion: 0x1001,
  readBufferSize: 0x1005,
  readBdAddr: 0x1009,
  readRssi: 0x1405,
  leSetEventMask: 0x2001,
  leReadBufferSize: 0x2002,
  leReadLocalFeatures: 0x2003,
  leSetScanParameters: 0x200b,
  leSetScanEnable: 0x200c,
  leCreateConnection: 0x200d,
  leCreateConnectionCancel: 0x200e,
  leConnectionUpdate: 0x2013,
  leSetDataLength: 0x2022,
  leReadMaximumDataLength: 0x202f,
  leSetDefaultPhy: 0x2031,
  leSetExtendedScanParameters: 0x2041,
  leSetExtendedScanEnable: 0x2042,
  leExtendedCreateConnection: 0x2043,
} as const;

/** Error codes of Vol 1, Part F. */
export const HciStatus = {
  success: 0x00,
  unknownCommand: 0x01,
  unknownConnection: 0x02,
  connectionTimeout: 0x08,
  commandDisallowed: 0x0c,
  remoteUserTerminated: 0x13,
  localHostTerminated: 0x16,
  failedToEstablish: 0x3e,
} as const;

/** Fixed L2CAP channels of a Low Energy link. */
export const Channel = { att: 0x0004, signaling: 0x0005, security: 0x0006 } as const;

const EventCode = {
  disconnectionComplete: 0x05,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  numberOfCompletedPackets: 0x13,
  leMeta: 0x3e,
} as const;

const LeSubevent = {
  connectionComplete: 0x01,
  advertisingReport: 0x02,
  connectionUpdateComplete: 0x03,
  extendedAdvertisingReport: 0x0d,
} as const;

export const u16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];

const event = (code: number, parameters: readonly number[]): Buffer =>
  Buffer.from([PacketType.event, code, parameters.length, ...parameters]);

/** `aa:bb:cc:dd:ee:ff` to the little-endian bytes on the wire. */
const addressBytes = (address: string): number[] =>
  address
    .split(':')
    .map((byte) => Number.parseInt(byte, 16))
    .toReversed();

export const addressText = (bytes: Uint8Array): string =>
  [...bytes]
    .toReversed()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');

export const commandComplete = (opcode: number, results: readonly number[]): Buffer =>
  event(EventCode.commandComplete, [1, ...u16(opcode), ...results]);

export const commandStatus = (opcode: number, status: number): Buffer =>
  event(EventCode.commandStatus, [status, 1, ...u16(opcode)]);

export const disconnectionComplete = (handle: number, reason: number): Buffer =>
  event(EventCode.disconnectionComplete, [HciStatus.success, ...u16(handle), reason]);

export const numberOfCompletedPackets = (handle: number, packets: number): Buffer =>
  event(EventCode.numberOfCompletedPackets, [1, ...u16(handle), ...u16(packets)]);

export interface Peer {
  readonly address: string;
  readonly addressType: 'public' | 'random';
}

const addressTypeCode = (peer: Peer): number => (peer.addressType === 'random' ? 1 : 0);

/** Units of the wire: interval 1.25 ms, supervision timeout 10 ms. */
export interface ConnectionParameters {
  readonly interval: number;
  readonly latency: number;
  readonly supervisionTimeout: number;
}

export function leConnectionComplete(
  status: number,
  handle: number,
  peer: Peer,
  { interval, latency, supervisionTimeout }: ConnectionParameters,
): Buffer {
  const central = 0;
  return event(EventCode.leMeta, [
    LeSubevent.connectionComplete,
    status,
    ...u16(handle),
    central,
    addressTypeCode(peer),
    ...addressBytes(peer.address),
    ...u16(interval),
    ...u16(latency),
    ...u16(supervisionTimeout),
    0,
  ]);
}

export function leConnectionUpdateComplete(handle: number, parameters: ConnectionParameters): Buffer {
  return event(EventCode.leMeta, [
    LeSubevent.connectionUpdateComplete,
    HciStatus.success,
    ...u16(handle),
    ...u16(parameters.interval),
    ...u16(parameters.latency),
    ...u16(parameters.supervisionTimeout),
  ]);
}

export type ReportKind = 'connectable' | 'scanResponse';

export function advertisingReport(kind: ReportKind, peer: Peer, data: readonly number[], rssiDbm: number): Buffer {
  const type = kind === 'connectable' ? 0x00 : 0x04;
  return event(EventCode.leMeta, [
    LeSubevent.advertisingReport,
    1,
    type,
    addressTypeCode(peer),
    ...addressBytes(peer.address),
    data.length,
    ...data,
    rssiDbm & 0xff,
  ]);
}

/** The report of LE Extended Advertising, for a legacy advertiser (Vol 4, Part E, 7.7.65.13). */
export function extendedAdvertisingReport(
  kind: ReportKind,
  peer: Peer,
  data: readonly number[],
  rssiDbm: number,
): Buffer {
  const type = kind === 'connectable' ? 0x0013 : 0x001b;
  const phy1M = 1;
  const txPowerUnknown = 0x7f;
  return event(EventCode.leMeta, [
    LeSubevent.extendedAdvertisingReport,
    1,
    ...u16(type),
    addressTypeCode(peer),
    ...addressBytes(peer.address),
    phy1M,
    0,
    0xff,
    txPowerUnknown,
    rssiDbm & 0xff,
    ...u16(0),
    0,
    ...addressBytes('00:00:00:00:00:00'),
    data.length,
    ...data,
  ]);
}

/** One L2CAP frame cut into ACL packets of at most `fragmentBytes` (27 without Data Length Extension, 251 with). */
export function aclPackets(handle: number, channel: number, payload: Uint8Array, fragmentBytes: number): Buffer[] {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeUInt16LE(payload.length, 0);
  frame.writeUInt16LE(channel, 2);
  frame.set(payload, 4);
  const packets: Buffer[] = [];
  for (let at = 0; at < frame.length; at += fragmentBytes) {
    const part = frame.subarray(at, at + fragmentBytes);
    const boundary = at === 0 ? 0x2 : 0x1;
    const packet = Buffer.alloc(5 + part.length);
    packet.writeUInt8(PacketType.acl, 0);
    packet.writeUInt16LE(handle | (boundary << 12), 1);
    packet.writeUInt16LE(part.length, 3);
    packet.set(part, 5);
    packets.push(packet);
  }
  return packets;
}

/** Puts the L2CAP frames of one link together from the host's ACL packets. */
export class FrameAssembler {
  #frame: Buffer = Buffer.alloc(0);

  /** `data` is the payload of one ACL packet; returns the frame when it is complete. */
  push(data: Buffer, continues: boolean): { channel: number; payload: Buffer } | undefined {
    this.#frame = continues ? Buffer.concat([this.#frame, data]) : Buffer.from(data);
    if (this.#frame.length < 4) return undefined;
    const bytes = this.#frame.readUInt16LE(0);
    if (this.#frame.length < 4 + bytes) return undefined;
    const frame = { channel: this.#frame.readUInt16LE(2), payload: this.#frame.subarray(4, 4 + bytes) };
    this.#frame = Buffer.alloc(0);
    return frame;
  }
}
