/**
 * Which private parts of noble the repairs reach for. Both libraries are pinned to one version; when an update moves one
 * of these, the repair that needs it would silently do nothing, so that is said at the start, and a test fails.
 */
import type { NobleLibrary } from './nobleLibrary.ts';
import type { Noble } from './nobleShape.ts';

const IN_BOTH = [
  '_peripherals',
  '_services',
  '_characteristics',
  '_descriptors',
  '_bindings._state',
  '_bindings._handles',
  '_bindings._gatts',
  '_bindings._aclStreams',
  '_bindings._pendingConnectionUuid',
  '_bindings._connectionQueue',
  '_bindings._addresses',
  '_bindings._addresseTypes',
  '_bindings._connectable',
  '_bindings.scannable',
  '_bindings.disconnect',
  '_bindings.onAclDataPkt',
  '_bindings.onDisconnComplete',
  '_bindings._gap._discoveries',
  '_bindings._hci._socket',
  '_bindings._hci._aclConnections',
  '_bindings._hci._aclQueue',
  '_bindings._hci.flushAcl',
  '_bindings._hci.pollIsDevUp',
  '_bindings._hci.setScanEnabled',
  '_bindings._hci.onSocketData',
] as const;

const IN_ONE: Readonly<Record<NobleLibrary, readonly string[]>> = {
  abandonware: ['initialized', '_discoveredPeripheralUUids', '_bindings.init'],
  stoprocent: [
    '_initialized',
    '_initializeBindings',
    '_discoveredPeripherals',
    '_bindings._isScanning',
    '_bindings._isScanningStarted',
    '_bindings._pendingConnectionAddress',
    '_bindings._pendingConnectionToken',
    '_bindings._cancelledConnectionUuid',
    '_bindings._hci._pendingLeConn',
    '_bindings._hci.stop',
  ],
};

/** Paths that a noble which was just loaded or started should have, and has not. */
export function missingInternals(noble: Noble, library: NobleLibrary): string[] {
  return [...IN_BOTH, ...IN_ONE[library]].filter((path) => valueAt(noble, path.split('.')) === undefined);
}

function valueAt(start: unknown, keys: readonly string[]): unknown {
  let value = start;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
