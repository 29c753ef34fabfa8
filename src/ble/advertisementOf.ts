/** What a peer says about itself, from noble's words to ours. */
import type { Advertisement } from '../model/ports.ts';
import type { NoblePeripheral } from './nobleShape.ts';

export function advertisementOf(peripheral: NoblePeripheral): Advertisement {
  const { localName, serviceUuids, manufacturerData } = peripheral.advertisement;
  return {
    id: peripheral.id,
    address: peripheral.address,
    // Some devices pad their name with NUL.
    name: localName?.replaceAll('\0', '') || undefined,
    serviceUuids: (serviceUuids ?? []).map((uuid) => uuid.padStart(4, '0')),
    companyId: manufacturerData && manufacturerData.length >= 2 ? manufacturerData.readUInt16LE(0) : undefined,
    rssiDbm: peripheral.rssi,
  };
}
