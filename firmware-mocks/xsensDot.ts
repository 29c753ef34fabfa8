/** An Xsens DOT on a virtual body: configuration, measurement and battery services. */
import { degFromRad } from '../src/model/units.ts';
import { AttError, GattRefusal, type VirtualService } from './peripheral.ts';
import type { SampleSink, SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';
import { dotUuid, encodeCustom5, encodeInfo, encodeRateQuantities } from './xsensDotPacket.ts';

interface DotIdentity extends PeripheralIdentity {
  /** Hexadecimal. */
  readonly serial: string;
}

const COMPANY_ID_LE = [0x86, 0x08];
const RATES_HZ: readonly number[] = [1, 4, 10, 12, 15, 20, 30, 60];
const RECORDING_RATE_HZ = 120;
const DEVICE_CONTROL_BYTES = 32;
/** Which characteristic each payload mode comes on; those of the page that hold acceleration and rotation. */
const PAYLOAD_OF_MODE: Readonly<Record<number, string>> = { 21: '2003', 26: '2002' };
/** The page lists them, but the body has no sensor fusion: they can be started and are silent. */
const SILENT_MODES: readonly number[] = [2, 3, 4, 5, 6, 7, 16, 18, 19, 20, 22, 23, 24];
/** So long after a measurement was ended the next one is not heard. */
const SETTLE_MS = 3000;
const TIMESTAMP_WRAP = 2 ** 32;
const NO_TURN = [1, 0, 0, 0];

const Visit = { identify: 0x01, powerOptions: 0x02, outputRate: 0x10, filterProfile: 0x20 } as const;

export function createXsensDot({ spec, index, address, body }: WearableMaking): XsensDot {
  // Second generation, as its app shows it: a product of the family D422CD, counted.
  const serial = spec.serial ?? `D422CD00${(0x6000 + index).toString(16).toUpperCase()}`;
  const { name = spec.variant === 'movella' ? 'Movella DOT' : 'Xsens DOT', maxMtu = 247 } = spec;
  return new XsensDot({ address, name, serial, maxMtu }, body);
}

export class XsensDot extends WearablePeripheral implements SampleSink {
  readonly addressType = 'public';
  readonly advertisedServices: readonly string[] = [];
  readonly manufacturerData = Uint8Array.from([...COMPANY_ID_LE, 0, 0]);
  readonly services: readonly VirtualService[];
  identifiedCount = 0;
  private readonly deviceControl = new Uint8Array(DEVICE_CONTROL_BYTES);
  private action = 0;
  private mode = 0;
  private stream: SampleStream | undefined;
  private heardAgainMs = 0;
  private readonly listeners = new Map<string, (value: Uint8Array) => boolean>();
  private notifiedBattery = '';

  constructor(identity: DotIdentity, body: VirtualWearable) {
    super(identity, body);
    new DataView(this.deviceControl.buffer).setUint16(24, 60, true);
    const serial = BigInt(`0x${identity.serial.replaceAll(/[^0-9a-f]/gi, '0')}`);
    const info = encodeInfo({ address: identity.address, version: [2, 0, 0], serial, productCode: 'XS-T01' });
    this.services = [
      {
        uuid: dotUuid('1000'),
        characteristics: [
          { uuid: dotUuid('1001'), properties: ['read'], read: () => info },
          {
            uuid: dotUuid('1002'),
            properties: ['read', 'write'],
            read: () => this.deviceControl.slice(),
            write: (value) => this.changeDeviceControl(value),
          },
        ],
      },
      {
        uuid: dotUuid('2000'),
        characteristics: [
          {
            uuid: dotUuid('2001'),
            properties: ['read', 'write'],
            read: () => Uint8Array.of(1, this.action, this.mode),
            write: (value) => this.control(value),
          },
          ...['2002', '2003', '2004'].map((short) => this.notifying(short)),
        ],
      },
      {
        uuid: dotUuid('3000'),
        characteristics: [{ ...this.notifying('3001', ['read', 'notify']), read: () => this.batteryValue() }],
      },
    ];
    body.onReboot = () => this.forget();
  }

  /** A measurement goes on without its listener: the next one finds `action` still 1. */
  onDisconnect(): void {
    this.listeners.clear();
    this.body.disconnected();
  }

  override poll(): void {
    this.body.poll();
    const send = this.listeners.get('3001');
    const battery = this.batteryValue();
    if (!send || battery.join() === this.notifiedBattery) return;
    this.notifiedBattery = battery.join();
    send(battery);
  }

  onSample(_index: number, deviceS: number, values: Float64Array): void {
    const send = this.listeners.get(PAYLOAD_OF_MODE[this.mode]);
    if (!send) return;
    const sample = {
      timestampUs: this.timestampUsAt(deviceS),
      accMps2: [...values.subarray(0, 3)],
      gyrDps: [...values.subarray(3, 6)].map(degFromRad),
    };
    const bytes = this.mode === 26 ? encodeCustom5(sample, NO_TURN) : encodeRateQuantities(sample);
    this.body.transmit(bytes.subarray(0, this.body.notificationBytes()), send, this.body.hostMsOf(deviceS));
  }

  /** Each packet is one sample: there is nothing to break. */
  onBreak(): void {
    return;
  }

  onEnd(): void {
    return;
  }

  /** Microseconds since power-on, which was some time before the simulation began. */
  private timestampUsAt(deviceS: number): number {
    return (this.body.bootRandom(1) + Math.round(deviceS * 1e6)) % TIMESTAMP_WRAP;
  }

  private batteryValue(): Uint8Array {
    return Uint8Array.of(this.body.batteryPct(), 0);
  }

  private notifying(short: string, properties: readonly ('read' | 'notify')[] = ['notify']) {
    return {
      uuid: dotUuid(short),
      properties,
      onSubscribe: (send: (value: Uint8Array) => boolean) => {
        this.listeners.set(short, send);
        if (short === '3001') this.notifiedBattery = '';
      },
      onUnsubscribe: () => {
        this.listeners.delete(short);
      },
    };
  }

  /** The first byte says which fields the write changes; the others keep their values, whatever stands there. */
  private changeDeviceControl(value: Uint8Array): void {
    if (value.length !== DEVICE_CONTROL_BYTES) throw new GattRefusal(AttError.invalidAttributeLength);
    const [visit] = value;
    const control = this.deviceControl;
    if ((visit & Visit.identify) !== 0 && value[1] === 1) this.identifiedCount++;
    if ((visit & Visit.powerOptions) !== 0) control[2] = value[2];
    if ((visit & Visit.filterProfile) !== 0) control[26] = value[26];
    const rateHz = new DataView(value.buffer, value.byteOffset).getUint16(24, true);
    const isKnown = RATES_HZ.includes(rateHz) || rateHz === RECORDING_RATE_HZ;
    // Fixed for the length of a measurement.
    if ((visit & Visit.outputRate) !== 0 && isKnown && this.action === 0) control.set(value.subarray(24, 26), 24);
  }

  private control(value: Uint8Array): void {
    if (value.length !== 3) throw new GattRefusal(AttError.invalidAttributeLength);
    const [type, action, mode] = value;
    const isKnown = mode in PAYLOAD_OF_MODE || SILENT_MODES.includes(mode);
    if (type !== 1 || action > 1 || !isKnown) throw new GattRefusal(AttError.valueNotAllowed);
    if (action === 0) this.stopMeasuring();
    else if (this.action === 0 && this.body.bodyS() * 1000 >= this.heardAgainMs) this.startMeasuring(mode);
  }

  private startMeasuring(mode: number): void {
    const rateHz = new DataView(this.deviceControl.buffer).getUint16(24, true);
    if (rateHz === RECORDING_RATE_HZ) return;
    this.action = 1;
    this.mode = mode;
    this.stream = this.body.startStream(rateHz, this);
  }

  private stopMeasuring(): void {
    if (this.stream) {
      this.body.stopStream(this.stream);
      this.heardAgainMs = this.body.bodyS() * 1000 + SETTLE_MS;
    }
    this.stream = undefined;
    this.action = 0;
  }

  private forget(): void {
    this.stream = undefined;
    this.action = 0;
    this.heardAgainMs = 0;
    this.listeners.clear();
  }
}
