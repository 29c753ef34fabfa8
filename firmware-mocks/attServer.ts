/** The attribute server of one link: answers requests, pushes notifications and indications (Core Specification 5.3, Vol 3, Part F). */
import { uuidBytes } from './advertisingData.ts';
import { type Attribute, AttributeType, GattTable } from './gattTable.ts';
import { u16 } from './hci.ts';
import { AttError, GattRefusal, type VirtualCharacteristic, type VirtualPeripheral } from './peripheral.ts';

const Op = {
  error: 0x01,
  mtuRequest: 0x02,
  mtuResponse: 0x03,
  findInformation: 0x04,
  readByType: 0x08,
  read: 0x0a,
  readBlob: 0x0c,
  readByGroup: 0x10,
  write: 0x12,
  prepareWrite: 0x16,
  executeWrite: 0x18,
  notification: 0x1b,
  indication: 0x1d,
  confirmation: 0x1e,
  writeCommand: 0x52,
} as const;

const Refusal = {
  ...AttError,
  invalidHandle: 0x01,
  invalidPdu: 0x04,
  requestNotSupported: 0x06,
  invalidOffset: 0x07,
  notFound: 0x0a,
  unlikely: 0x0e,
} as const;

const Push = { notify: 0x0001, indicate: 0x0002 } as const;
const DEFAULT_MTU = 23;

/** What the server of one peer does wrong on purpose; ATT error codes by characteristic id. */
export interface AttFaults {
  /** Answers nothing and sends nothing; the link stays. */
  readonly mute?: boolean;
  /** Answers the MTU exchange with Invalid PDU (0x04). */
  readonly refuseMtu?: boolean;
  readonly readErrors?: Readonly<Record<string, number>>;
  readonly writeErrors?: Readonly<Record<string, number>>;
  /** Reading the client configuration is refused, which is what the central does before it writes one. */
  readonly configurationReadErrors?: Readonly<Record<string, number>>;
  readonly configurationWriteErrors?: Readonly<Record<string, number>>;
}

export interface AttServerOptions {
  readonly peripheral: VirtualPeripheral;
  readonly transmit: (pdu: Buffer) => void;
  readonly faults: () => AttFaults;
}

export class AttServer {
  readonly #peripheral: VirtualPeripheral;
  readonly #transmit: (pdu: Buffer) => void;
  readonly #faults: () => AttFaults;
  readonly #table: GattTable;
  readonly #configurations = new Map<VirtualCharacteristic, number>();
  readonly #indications: Buffer[] = [];
  #awaitsConfirmation = false;
  #prepared: { handle: number; offset: number; value: Buffer }[] = [];
  #open = true;
  #mtu = DEFAULT_MTU;

  constructor({ peripheral, transmit, faults }: AttServerOptions) {
    this.#peripheral = peripheral;
    this.#transmit = transmit;
    this.#faults = faults;
    this.#table = new GattTable(peripheral);
  }

  get mtu(): number {
    return this.#mtu;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const characteristic of this.#configurations.keys()) characteristic.onUnsubscribe?.();
    this.#configurations.clear();
  }

  receive(pdu: Buffer): void {
    if (!this.#open || this.#faults().mute || pdu.length === 0) return;
    const opcode = pdu.readUInt8(0);
    try {
      const response = this.#respond(opcode, pdu);
      if (response) this.#transmit(response);
    } catch (error) {
      if (opcode === Op.writeCommand) return;
      const code = attErrorOf(error);
      const handle = pdu.length >= 3 && opcode !== Op.mtuRequest ? pdu.readUInt16LE(1) : 0;
      this.#transmit(Buffer.from([Op.error, opcode, ...u16(handle), code]));
    }
  }

  #respond(opcode: number, pdu: Buffer): Buffer | undefined {
    switch (opcode) {
      case Op.mtuRequest:
        return this.#exchangeMtu(pdu.readUInt16LE(1));
      case Op.findInformation:
        return this.#findInformation(pdu.readUInt16LE(1), pdu.readUInt16LE(3));
      case Op.readByGroup:
        return this.#readByGroup(pdu.readUInt16LE(1), pdu.readUInt16LE(3), typeIn(pdu));
      case Op.readByType:
        return this.#readByType(pdu.readUInt16LE(1), pdu.readUInt16LE(3), typeIn(pdu));
      case Op.read:
        return this.#read(opcode, pdu.readUInt16LE(1), 0);
      case Op.readBlob:
        return this.#read(opcode, pdu.readUInt16LE(1), pdu.readUInt16LE(3));
      case Op.write:
        this.#write(pdu.readUInt16LE(1), pdu.subarray(3));
        return Buffer.from([Op.write + 1]);
      case Op.writeCommand:
        this.#write(pdu.readUInt16LE(1), pdu.subarray(3));
        return undefined;
      case Op.prepareWrite:
        this.#prepared.push({
          handle: pdu.readUInt16LE(1),
          offset: pdu.readUInt16LE(3),
          value: Buffer.from(pdu.subarray(5)),
        });
        return Buffer.from([Op.prepareWrite + 1, ...pdu.subarray(1)]);
      case Op.executeWrite:
        this.#executeWrite(pdu.readUInt8(1) === 1);
        return Buffer.from([Op.executeWrite + 1]);
      case Op.confirmation:
        this.#awaitsConfirmation = false;
        this.#sendNextIndication();
        return undefined;
      default:
        throw new GattRefusal(Refusal.requestNotSupported);
    }
  }

  #exchangeMtu(clientMtu: number): Buffer {
    if (this.#faults().refuseMtu) throw new GattRefusal(Refusal.invalidPdu);
    this.#mtu = Math.max(DEFAULT_MTU, Math.min(clientMtu, this.#peripheral.maxMtu));
    return Buffer.from([Op.mtuResponse, ...u16(this.#peripheral.maxMtu)]);
  }

  #findInformation(first: number, last: number): Buffer {
    const found = this.#table.range(first, last);
    const items = this.#sameLength(found.map((a) => [...u16(a.handle), ...uuidBytes(a.type)]));
    return Buffer.from([Op.findInformation + 1, items[0]?.length === 4 ? 0x01 : 0x02, ...items.flat()]);
  }

  #readByGroup(first: number, last: number, type: string): Buffer {
    const found = this.#table.range(first, last).filter((a) => a.type === type);
    const items = this.#sameLength(found.map((a) => [...u16(a.handle), ...u16(a.endHandle), ...a.fixed]));
    return Buffer.from([Op.readByGroup + 1, items[0]?.length ?? 0, ...items.flat()]);
  }

  #readByType(first: number, last: number, type: string): Buffer {
    const found = this.#table.range(first, last).filter((a) => a.type === type);
    const head = found[0];
    // An error is only reported for the first attribute; later ones end the list (3.4.4.1).
    if (head) this.#valueOf(head);
    const readable = found.filter((a) => a === head || a.type === AttributeType.characteristic);
    const items = this.#sameLength(readable.map((a) => [...u16(a.handle), ...this.#valueOf(a)]));
    return Buffer.from([Op.readByType + 1, items[0]?.length ?? 0, ...items.flat()]);
  }

  /** The leading items of equal length that fit into one response. */
  #sameLength(items: readonly number[][]): number[][] {
    const first = items[0];
    if (!first) throw new GattRefusal(Refusal.notFound);
    const room = Math.max(1, Math.floor((this.#mtu - 2) / first.length));
    const differs = items.findIndex((item) => item.length !== first.length);
    const alike = items.slice(0, differs === -1 ? items.length : differs).slice(0, room);
    return alike.map((item) => item.slice(0, this.#mtu - 2));
  }

  #read(opcode: number, handle: number, offset: number): Buffer {
    const value = this.#valueOf(this.#attribute(handle));
    if (offset > value.length) throw new GattRefusal(Refusal.invalidOffset);
    return Buffer.from([opcode + 1, ...value.slice(offset, offset + this.#mtu - 1)]);
  }

  #attribute(handle: number): Attribute {
    const attribute = this.#table.at(handle);
    if (!attribute) throw new GattRefusal(Refusal.invalidHandle);
    return attribute;
  }

  #valueOf({ type, fixed, characteristic }: Attribute): readonly number[] {
    if (!characteristic) return fixed;
    if (type === AttributeType.clientConfiguration) {
      refuseIfTold(this.#faults().configurationReadErrors?.[characteristic.uuid]);
      return u16(this.#configurations.get(characteristic) ?? 0);
    }
    refuseIfTold(this.#faults().readErrors?.[characteristic.uuid]);
    if (!characteristic.properties.includes('read') || !characteristic.read) {
      throw new GattRefusal(Refusal.readNotPermitted);
    }
    return [...characteristic.read()];
  }

  #write(handle: number, value: Buffer): void {
    const { type, characteristic } = this.#attribute(handle);
    if (!characteristic) throw new GattRefusal(Refusal.writeNotPermitted);
    if (type === AttributeType.clientConfiguration) {
      this.#configure(characteristic, value);
      return;
    }
    refuseIfTold(this.#faults().writeErrors?.[characteristic.uuid]);
    const writable = characteristic.properties.some((p) => p === 'write' || p === 'writeWithoutResponse');
    if (!writable || !characteristic.write) throw new GattRefusal(Refusal.writeNotPermitted);
    characteristic.write(Uint8Array.from(value));
  }

  #executeWrite(commit: boolean): void {
    const prepared = this.#prepared;
    this.#prepared = [];
    const first = prepared[0];
    if (!commit || !first) return;
    const length = Math.max(...prepared.map(({ offset, value }) => offset + value.length));
    const whole = Buffer.alloc(length);
    for (const { offset, value } of prepared) whole.set(value, offset);
    this.#write(first.handle, whole);
  }

  #configure(characteristic: VirtualCharacteristic, value: Buffer): void {
    refuseIfTold(this.#faults().configurationWriteErrors?.[characteristic.uuid]);
    if (value.length !== 2) throw new GattRefusal(Refusal.invalidAttributeLength);
    const bits = value.readUInt16LE(0);
    const was = this.#configurations.get(characteristic) ?? 0;
    if (bits === 0) this.#configurations.delete(characteristic);
    else this.#configurations.set(characteristic, bits);
    if (was !== 0 && bits === 0) characteristic.onUnsubscribe?.();
    if (was === 0 && bits !== 0) characteristic.onSubscribe?.((bytes) => this.#push(characteristic, bytes));
  }

  #push(characteristic: VirtualCharacteristic, value: Uint8Array): boolean {
    const bits = this.#configurations.get(characteristic);
    if (!this.#open || bits === undefined) return false;
    if (this.#faults().mute) return true;
    const handle = this.#table.valueHandle(characteristic);
    const notify = (bits & Push.notify) !== 0;
    const pdu = Buffer.alloc(3 + value.length);
    pdu.writeUInt8(notify ? Op.notification : Op.indication, 0);
    pdu.writeUInt16LE(handle, 1);
    pdu.set(value, 3);
    if (notify) {
      this.#transmit(pdu);
      return true;
    }
    this.#indications.push(pdu);
    this.#sendNextIndication();
    return true;
  }

  /** One indication at a time: the next waits for the confirmation (3.4.7.2). */
  #sendNextIndication(): void {
    if (this.#awaitsConfirmation) return;
    const pdu = this.#indications.shift();
    if (!pdu) return;
    this.#awaitsConfirmation = true;
    this.#transmit(pdu);
  }
}

function typeIn(pdu: Buffer): string {
  const bytes = pdu.subarray(5);
  if (bytes.length !== 2 && bytes.length !== 16) throw new GattRefusal(Refusal.invalidPdu);
  return Buffer.from(bytes.toReversed()).toString('hex');
}

/** A truncated request throws a RangeError while it is read; anything else is a fault of the peripheral. */
function attErrorOf(error: unknown): number {
  if (error instanceof GattRefusal) return error.attError;
  return error instanceof RangeError ? Refusal.invalidPdu : Refusal.unlikely;
}

function refuseIfTold(attError: number | undefined): void {
  if (attError !== undefined) throw new GattRefusal(attError);
}
