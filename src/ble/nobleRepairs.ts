/**
 * noble swallows error responses, wedges itself on one of them, writes to links that are gone and remembers every
 * address for ever (trap numbers: the table of traps in the Bluetooth specification page). These repairs hook into one
 * noble instance from outside; each does nothing where an internal it needs is absent. They hold for both libraries:
 * where one of them is sound, the repair finds nothing to do.
 */
import type { NobleBindings } from './nobleShape.ts';

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
  for (const key of ['_pendingConnectionUuid', '_pendingConnectionAddress', '_pendingConnectionToken'] as const) {
    if (bindings[key] !== undefined) bindings[key] = null;
  }
  if (bindings._cancelledConnectionUuid !== undefined) bindings._cancelledConnectionUuid = null;
  if (bindings._connectionQueue) bindings._connectionQueue = [];
  const hci = bindings._hci;
  if (hci?._pendingLeConn === undefined) return;
  hci._pendingLeConn = null;
  // stoprocent resets the adapter before it connects; a request that still waits for the reset would come back with the next.
  hci.removeAllListeners('reset');
}

export const hasPendingConnection = (bindings: NobleBindings): boolean =>
  typeof bindings._pendingConnectionUuid === 'string';

/** stoprocent remembers that it scans, also where the adapter refused or was switched off, and then sends nothing (trap 15). */
export function forgetScan(bindings: NobleBindings): void {
  if (bindings._isScanning !== undefined) bindings._isScanning = false;
  if (bindings._isScanningStarted !== undefined) bindings._isScanningStarted = false;
}
