/** What a wearable made of software looks like to the virtual radio: an advertiser with a GATT table. */

/** Attribute protocol error codes used by the mocks (Core Specification 5.3, Vol 3, Part F, 3.4.1.1). */
export const AttError = {
  readNotPermitted: 0x02,
  writeNotPermitted: 0x03,
  insufficientAuthentication: 0x05,
  invalidAttributeLength: 0x0d,
  /** Core Specification 5.3, Vol 3, Part F, 3.4.1.1 and CSS Part B 1.2. */
  valueNotAllowed: 0x13,
  cccdImproperlyConfigured: 0xfd,
} as const;

export class GattRefusal extends Error {
  readonly attError: number;
  constructor(attError: number) {
    super(`ATT error 0x${attError.toString(16).padStart(2, '0')}`);
    this.name = 'GattRefusal';
    this.attError = attError;
  }
}

export type GattProperty = 'read' | 'write' | 'writeWithoutResponse' | 'notify' | 'indicate';

export interface VirtualCharacteristic {
  /** Lower case without dashes; 4 hex digits for SIG ids. */
  readonly uuid: string;
  readonly properties: readonly GattProperty[];
  /** Full value; the controller cuts it to the MTU and serves long reads. @throws GattRefusal */
  read?(): Uint8Array;
  /** @throws GattRefusal (ignored for writes without response) */
  write?(value: Uint8Array): void;
  /** The central enabled notifications or indications: `send` transmits one value, cut by nobody; false when the link is gone. */
  onSubscribe?(send: (value: Uint8Array) => boolean): void;
  onUnsubscribe?(): void;
}

export interface VirtualService {
  readonly uuid: string;
  readonly characteristics: readonly VirtualCharacteristic[];
}

export interface VirtualPeripheral {
  /** `aa:bb:cc:dd:ee:ff` */
  readonly address: string;
  readonly addressType: 'public' | 'random';
  readonly name: string;
  /** Advertised service ids. */
  readonly advertisedServices: readonly string[];
  /** Company id and data, where the device advertises any. */
  readonly manufacturerData?: Uint8Array;
  readonly services: readonly VirtualService[];
  /** Largest ATT MTU that the peripheral accepts. */
  readonly maxMtu: number;
  rssiDbm(): number;
  /** A central connected; `mtu()` is the negotiated MTU, 23 until exchanged; `drop()` cuts the link from this side. */
  onConnect(link: { mtu(): number; drop(reason?: number): void }): void;
  onDisconnect(): void;
}
