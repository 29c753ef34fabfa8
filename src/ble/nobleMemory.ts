/** What noble keeps of peers that it has heard: every address, for ever (trap 16). Here it is made to forget. */
import type { Noble, NobleTable } from './nobleShape.ts';

/** Makes noble forget a peripheral that is not connected. */
export function forgetPeripheral(noble: Noble, id: string, address: string): void {
  const bindings = noble._bindings;
  const tables = [
    noble._peripherals,
    noble._services,
    noble._characteristics,
    noble._descriptors,
    noble._discoveredPeripheralUUids,
    noble._discoveredPeripherals,
    bindings._addresses,
    bindings._addresseTypes,
    bindings._connectable,
    bindings.scannable,
  ];
  for (const table of tables) forgetEntry(table, id);
  forgetEntry(bindings._gap?._discoveries, address);
}

function forgetEntry(table: NobleTable | undefined, key: string): void {
  if (table instanceof Map || table instanceof Set) table.delete(key);
  else if (table) delete table[key];
}

/** Addresses heard once are never reported, yet remembered: forget them when there are too many. */
export function forgetDiscoveries(noble: Noble, isKnown: (address: string) => boolean, maxCount: number): void {
  const discoveries = noble._bindings._gap?._discoveries;
  if (!discoveries) return;
  const addresses = Object.keys(discoveries);
  if (addresses.length <= maxCount) return;
  for (const address of addresses) {
    if (!isKnown(address)) delete discoveries[address];
  }
}
