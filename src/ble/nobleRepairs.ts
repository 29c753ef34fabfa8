/**
 * noble 1.9.2 swallows error responses, wedges itself on one of them, writes to links that are gone and remembers every
 * address for ever (trap numbers: the table of traps in the Bluetooth specification page). These repairs hook into one
 * noble instance from outside; each does nothing where an internal it needs is absent.
 */
import type { EventEmitter } from 'node:events';
import type { Noble, NobleBindings } from './nobleShape.ts';

const ATT_CHANNEL = 0x0004;
const SECURITY_CHANNEL = 0x0006;
const ATT_ERROR_RESPONSE = 0x01;
const ATT_INVALID_PDU = 0x04;
const ATT_UNLIKELY_ERROR = 0x0e;
const PAIRING_FAILED = 0x05;
/** What noble announces to the peer; a larger answer does not make the link's MTU larger (Vol 3, Part F, 3.4.2.2). */
export const MAX_MTU = 256;
export const DEFAULT_MTU = 23;

export interface AttRefusal {
  readonly peripheralId: string;
  /** The request that was refused; undefined when pairing failed. */
  readonly requestOpcode: number | undefined;
  readonly attError: number;
}

/**
 * Reports every ATT error response before noble sees it (traps 5-8), and turns "invalid PDU", on which noble stops
 * for ever (trap 4), into an error that it survives. Call before `init`.
 */
export function reportRefusals(bindings: NobleBindings, report: (refusal: AttRefusal) => void): void {
  const original = bindings.onAclDataPkt;
  if (!original) return;
  bindings.onAclDataPkt = (handle, channel, data) => {
    const id = bindings._handles?.[handle];
    if (channel === SECURITY_CHANNEL && data[0] === PAIRING_FAILED && typeof id === 'string') {
      report({ peripheralId: id, requestOpcode: undefined, attError: 0x05 });
    }
    if (channel !== ATT_CHANNEL || data[0] !== ATT_ERROR_RESPONSE || data.length < 5) {
      original.call(bindings, handle, channel, data);
      return;
    }
    const attError = data.readUInt8(4);
    const survivable = Buffer.from(data);
    if (attError === ATT_INVALID_PDU) survivable.writeUInt8(ATT_UNLIKELY_ERROR, 4);
    original.call(bindings, handle, channel, survivable);
    if (typeof id === 'string') report({ peripheralId: id, requestOpcode: data.readUInt8(1), attError });
  };
}

/** A packet queued for a link that is gone makes noble reject a promise that nobody holds: drop such packets first. */
export function dropPacketsOfLostLinks(bindings: NobleBindings): void {
  const hci = bindings._hci;
  const original = hci?.flushAcl;
  if (!hci || !original) return;
  hci.flushAcl = async () => {
    const links = hci._aclConnections;
    if (links && hci._aclQueue) hci._aclQueue = hci._aclQueue.filter(({ handle }) => links.has(handle));
    // A link can still end while noble waits inside; what then fails is only the packet of that link.
    await original.call(hci).catch(() => undefined);
  };
}

/** noble has no `stop()`: its poll goes on for ever and its process listeners stay (trap 20). Returns what ends them. */
export function initStoppable(bindings: NobleBindings): () => void {
  const hci = bindings._hci;
  const poll = hci?.pollIsDevUp;
  let stopped = false;
  if (hci && poll) {
    hci.pollIsDevUp = () => {
      if (!stopped) poll.call(hci);
    };
  }
  const emitter: EventEmitter = process;
  const events = ['SIGINT', 'exit'];
  const before = new Set(events.flatMap((name) => emitter.listeners(name)));
  bindings.init();
  for (const name of events) {
    const added = emitter.listeners(name).filter((listener) => !before.has(listener));
    for (const listener of added) emitter.removeListener(name, listener as () => void);
  }
  return () => {
    stopped = true;
    hci?._socket?.stop();
    hci?._socket?.removeAllListeners();
  };
}

/** noble takes the peer's MTU even where its own is smaller (trap 2): reads and long writes then use the wrong size. */
export function limitMtu(bindings: NobleBindings, peripheralId: string): void {
  const gatt = bindings._gatts?.[peripheralId];
  if (gatt?._mtu !== undefined && gatt._mtu > MAX_MTU) gatt._mtu = MAX_MTU;
}

/** After the adapter was switched off no link ends by itself (trap 17): end them as a lost connection would. */
export function endAllLinks(bindings: NobleBindings, reason: number): void {
  for (const handle of Object.keys(bindings._aclStreams ?? {})) bindings.onDisconnComplete?.(Number(handle), reason);
  bindings._hci?._aclConnections?.clear();
  if (bindings._hci?._aclQueue) bindings._hci._aclQueue = [];
  forgetPendingConnection(bindings);
}

/** A request that the controller never completes would hold back all later ones (trap 13). */
export function forgetPendingConnection(bindings: NobleBindings): void {
  if (bindings._pendingConnectionUuid !== undefined) bindings._pendingConnectionUuid = null;
  if (bindings._connectionQueue) bindings._connectionQueue = [];
}

export const hasPendingConnection = (bindings: NobleBindings): boolean =>
  typeof bindings._pendingConnectionUuid === 'string';

/** Makes noble forget a peripheral that is not connected (trap 16). */
export function forgetPeripheral(noble: Noble, id: string, address: string): void {
  const bindings = noble._bindings;
  const tables = [
    noble._peripherals,
    noble._services,
    noble._characteristics,
    noble._descriptors,
    noble._discoveredPeripheralUUids,
    bindings._addresses,
    bindings._addresseTypes,
    bindings._connectable,
    bindings.scannable,
  ];
  for (const table of tables) {
    if (table) delete table[id];
  }
  if (bindings._gap?._discoveries) delete bindings._gap._discoveries[address];
}

/** Addresses heard once are never reported, yet remembered (trap 16): forget them when there are too many. */
export function forgetDiscoveries(noble: Noble, isKnown: (address: string) => boolean, maxCount: number): void {
  const discoveries = noble._bindings._gap?._discoveries;
  if (!discoveries) return;
  const addresses = Object.keys(discoveries);
  if (addresses.length <= maxCount) return;
  for (const address of addresses) {
    if (!isKnown(address)) delete discoveries[address];
  }
}
