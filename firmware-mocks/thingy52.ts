/** A Nordic Thingy:52 with its own firmware, on a virtual body. */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import { AttError, GattRefusal, type VirtualPeripheral } from './peripheral.ts';
import { deviceInformationService } from './sigServices.ts';
import {
  DEFAULT_CONFIG,
  encodeConfig,
  encodeRaw,
  type MotionConfig,
  parseConfig,
  TCS_SERVICE,
  TMS_CONFIG,
  TMS_RAW,
  TMS_SERVICE,
} from './thingy52Packet.ts';
import type { SampleSink, SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

/** Any link carries the 18 bytes of a sample. */
const MAX_MTU = 247;

export function createThingy52({ spec, address, body, index }: WearableMaking): Thingy52 {
  const { name = 'Thingy', serial = String(1000 + index), maxMtu = MAX_MTU } = spec;
  return new Thingy52({ address, name, serial, maxMtu }, body);
}

interface ThingyIdentity extends PeripheralIdentity {
  readonly serial: string;
}

export class Thingy52 extends WearablePeripheral implements SampleSink {
  readonly addressType = 'random';
  readonly advertisedServices = [TCS_SERVICE];
  readonly services: VirtualPeripheral['services'];
  /** How often the configuration was written to flash. */
  flashWrites = 0;
  /** Survives a reboot. */
  private config: MotionConfig = DEFAULT_CONFIG;
  private send: ((value: Uint8Array) => boolean) | undefined;
  private stream: SampleStream | undefined;
  private readonly field = new Float64Array(3);

  constructor(identity: ThingyIdentity, body: VirtualWearable) {
    super(identity, body);
    this.services = [
      deviceInformationService({
        manufacturer: 'Nordic Semiconductor',
        model: 'Thingy:52',
        serial: identity.serial,
        firmware: '2.2.0',
        hardware: 'virtual',
      }),
      this.battery.service,
      {
        uuid: TMS_SERVICE,
        characteristics: [
          {
            uuid: TMS_CONFIG,
            properties: ['read', 'write'],
            read: () => encodeConfig(this.config),
            write: (value) => this.configure(value),
          },
          {
            uuid: TMS_RAW,
            properties: ['notify'],
            onSubscribe: (send) => {
              this.send = send;
              this.switchOn();
            },
            onUnsubscribe: () => this.switchOff(),
          },
        ],
      },
    ];
    body.onReboot = () => {
      this.stream = undefined;
    };
  }

  /** The firmware switches the motion sensor off with the link. */
  onDisconnect(): void {
    this.switchOff();
    this.battery.stop();
    this.body.disconnected();
  }

  get isMeasuring(): boolean {
    return this.stream !== undefined;
  }

  onSample(_index: number, deviceS: number, values: Float64Array): void {
    const { send } = this;
    if (!send) return;
    if (this.body.knowsMagneticField) this.body.magneticFieldInto(deviceS, this.field);
    const force = values.subarray(0, 3).map(gFromMps2);
    const rates = values.subarray(3, 6).map(degFromRad);
    this.body.transmit(encodeRaw(force, rates, this.field), send, this.body.hostMsOf(deviceS));
  }

  /** Nothing on the wire tells of it: a sample has neither stamp nor number. */
  onBreak(): void {}

  onEnd(): void {}

  private switchOn(): void {
    this.stream ??= this.body.startStream(this.config.motionHz, this);
  }

  private switchOff(): void {
    if (this.stream) this.body.stopStream(this.stream);
    this.stream = undefined;
    this.send = undefined;
  }

  /** Bad values of any kind are answered by "write not permitted"; good ones restart a sensor that runs. */
  private configure(value: Uint8Array): void {
    const config = parseConfig(value);
    if (!config) throw new GattRefusal(AttError.writeNotPermitted);
    this.config = config;
    this.flashWrites++;
    if (!this.stream) return;
    this.body.stopStream(this.stream);
    this.stream = this.body.startStream(config.motionHz, this);
  }
}
