/** The attributes of a peripheral, numbered as an ATT server numbers them (Core Specification 5.3, Vol 3, Part G, 3). */
import { uuidBytes } from './advertisingData.ts';
import { u16 } from './hci.ts';
import type { GattProperty, VirtualCharacteristic, VirtualPeripheral, VirtualService } from './peripheral.ts';

export const AttributeType = {
  primaryService: '2800',
  characteristic: '2803',
  clientConfiguration: '2902',
} as const;

const PROPERTY_BITS: Readonly<Record<GattProperty, number>> = {
  read: 0x02,
  writeWithoutResponse: 0x04,
  write: 0x08,
  notify: 0x10,
  indicate: 0x20,
};

export interface Attribute {
  readonly handle: number;
  /** Service ids as 4 or 32 hex digits. */
  readonly type: string;
  /** Value of declarations; empty for values and client configurations, which live elsewhere. */
  readonly fixed: readonly number[];
  /** Set on characteristic values and their client configuration. */
  readonly characteristic: VirtualCharacteristic | undefined;
  /** Last handle of the service, set on service declarations. */
  readonly endHandle: number;
}

const canPush = (characteristic: VirtualCharacteristic): boolean =>
  characteristic.properties.includes('notify') || characteristic.properties.includes('indicate');

/** Every real device has Generic Access with its name. */
const genericAccess = (name: string): VirtualService => ({
  uuid: '1800',
  characteristics: [{ uuid: '2a00', properties: ['read'], read: () => Buffer.from(name, 'utf8') }],
});

export class GattTable {
  readonly attributes: readonly Attribute[];
  readonly #valueHandles = new Map<VirtualCharacteristic, number>();

  constructor(peripheral: VirtualPeripheral) {
    const attributes: Attribute[] = [];
    for (const service of [genericAccess(peripheral.name), ...peripheral.services]) addService(attributes, service);
    this.attributes = attributes;
    for (const { handle, type, characteristic } of attributes) {
      if (characteristic && type === characteristic.uuid) this.#valueHandles.set(characteristic, handle);
    }
  }

  at(handle: number): Attribute | undefined {
    return this.attributes[handle - 1];
  }

  range(first: number, last: number): readonly Attribute[] {
    return this.attributes.slice(Math.max(0, first - 1), last);
  }

  valueHandle(characteristic: VirtualCharacteristic): number {
    return this.#valueHandles.get(characteristic) ?? 0;
  }
}

function addService(attributes: Attribute[], service: VirtualService): void {
  const first = attributes.length + 1;
  const handles = 1 + service.characteristics.reduce((sum, c) => sum + (canPush(c) ? 3 : 2), 0);
  const endHandle = first + handles - 1;
  const add = (type: string, fixed: readonly number[], characteristic?: VirtualCharacteristic): void => {
    attributes.push({ handle: attributes.length + 1, type, fixed, characteristic, endHandle });
  };
  add(AttributeType.primaryService, uuidBytes(service.uuid));
  for (const characteristic of service.characteristics) {
    const properties = characteristic.properties.reduce((bits, property) => bits | PROPERTY_BITS[property], 0);
    const valueHandle = attributes.length + 2;
    add(AttributeType.characteristic, [properties, ...u16(valueHandle), ...uuidBytes(characteristic.uuid)]);
    add(characteristic.uuid, [], characteristic);
    if (canPush(characteristic)) add(AttributeType.clientConfiguration, [], characteristic);
  }
}
