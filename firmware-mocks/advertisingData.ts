/** What a peripheral says before anybody connects: advertising and scan response data, 31 bytes each (Core Specification Supplement, Part A). */
import { u16 } from './hci.ts';
import type { VirtualPeripheral } from './peripheral.ts';

const MAX_BYTES = 31;
const Field = {
  flags: 0x01,
  complete16: 0x03,
  complete128: 0x07,
  shortName: 0x08,
  completeName: 0x09,
  manufacturer: 0xff,
} as const;

const field = (type: number, bytes: readonly number[]): number[] => [bytes.length + 1, type, ...bytes];

/** Bytes of a service id as they travel, least significant first. */
export const uuidBytes = (uuid: string): number[] =>
  uuid.length === 4 ? u16(Number.parseInt(uuid, 16)) : [...Buffer.from(uuid, 'hex')].toReversed();

function nameField(name: string, roomBytes: number): number[] {
  const bytes = [...Buffer.from(name, 'utf8')];
  const longest = roomBytes - 2;
  return bytes.length <= longest
    ? field(Field.completeName, bytes)
    : field(Field.shortName, bytes.slice(0, Math.max(0, longest)));
}

/** The advertisement carries flags and services; name, and company data where it did not fit, come in the scan response. */
export function advertisingData(peripheral: VirtualPeripheral): { advertisement: number[]; scanResponse: number[] } {
  const generalDiscoverableNoBrEdr = 0x06;
  const advertisement = field(Field.flags, [generalDiscoverableNoBrEdr]);
  const scanResponse: number[] = [];
  const short = peripheral.advertisedServices.filter((uuid) => uuid.length === 4);
  if (short.length > 0) advertisement.push(...field(Field.complete16, short.flatMap(uuidBytes)));
  const long = peripheral.advertisedServices.filter((uuid) => uuid.length !== 4);
  for (const uuid of long) {
    const bytes = field(Field.complete128, uuidBytes(uuid));
    if (advertisement.length + bytes.length <= MAX_BYTES) advertisement.push(...bytes);
  }
  if (peripheral.manufacturerData) {
    const bytes = field(Field.manufacturer, [...peripheral.manufacturerData]);
    const target = advertisement.length + bytes.length <= MAX_BYTES ? advertisement : scanResponse;
    if (target.length + bytes.length <= MAX_BYTES) target.push(...bytes);
  }
  scanResponse.push(...nameField(peripheral.name, MAX_BYTES - scanResponse.length));
  return { advertisement, scanResponse };
}
