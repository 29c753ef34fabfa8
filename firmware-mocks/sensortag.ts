/** A TI CC2650 SensorTag, on a virtual body. */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import { AttError, GattRefusal, type VirtualPeripheral } from './peripheral.ts';
import {
  encodeMovement,
  isMeasuring,
  MOVEMENT_CONFIG,
  MOVEMENT_DATA,
  MOVEMENT_PERIOD,
  MOVEMENT_SERVICE,
  parseMovementConfig,
  SLEEPING,
} from './sensortagPacket.ts';
import { deviceInformationService } from './sigServices.ts';
import type { SampleSink, SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

/** In steps of 10 ms. */
const PERIOD = { least: 10, initial: 100 } as const;
const MAX_MTU = 247;

export function createSensortag({ spec, address, body, index }: WearableMaking): Sensortag {
  const { name = 'CC2650 SensorTag', serial = String(2650 + index), maxMtu = MAX_MTU } = spec;
  return new Sensortag({ address, name, serial, maxMtu }, body);
}

interface TagIdentity extends PeripheralIdentity {
  readonly serial: string;
}

export class Sensortag extends WearablePeripheral implements SampleSink {
  readonly addressType = 'public';
  readonly advertisedServices = ['aa80'];
  readonly services: VirtualPeripheral['services'];
  private configBits = 0;
  private config = SLEEPING;
  private period: number = PERIOD.initial;
  private send: ((value: Uint8Array) => boolean) | undefined;
  private stream: SampleStream | undefined;
  private readonly field = new Float64Array(3);

  constructor(identity: TagIdentity, body: VirtualWearable) {
    super(identity, body);
    this.services = [
      deviceInformationService({
        manufacturer: 'Texas Instruments',
        model: 'CC2650 SensorTag',
        serial: identity.serial,
        firmware: '1.40',
        hardware: 'virtual',
      }),
      this.battery.service,
      this.movementService(),
    ];
    body.onReboot = () => this.forget();
  }

  /** The sensors go to sleep with the link. */
  onDisconnect(): void {
    this.forget();
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
    const rates = values.subarray(3, 6).map(degFromRad);
    const force = values.subarray(0, 3).map(gFromMps2);
    this.body.transmit(encodeMovement(this.config, rates, force, this.field), send, this.body.hostMsOf(deviceS));
  }

  /** A sample has neither stamp nor number: what is missing is missing. */
  onBreak(): void {}

  onEnd(): void {}

  private movementService(): VirtualPeripheral['services'][number] {
    return {
      uuid: MOVEMENT_SERVICE,
      characteristics: [
        {
          uuid: MOVEMENT_DATA,
          properties: ['read', 'notify'],
          read: () => new Uint8Array(18),
          onSubscribe: (send) => {
            this.send = send;
            this.restart();
          },
          onUnsubscribe: () => {
            this.send = undefined;
            this.restart();
          },
        },
        {
          uuid: MOVEMENT_CONFIG,
          properties: ['read', 'write'],
          read: () => Uint8Array.of(this.configBits & 0xff, this.configBits >> 8),
          write: (value) => {
            if (value.length !== 2) throw new GattRefusal(AttError.invalidAttributeLength);
            this.configBits = value[0] | (value[1] << 8);
            this.config = parseMovementConfig(this.configBits);
            this.restart();
          },
        },
        {
          uuid: MOVEMENT_PERIOD,
          properties: ['read', 'write'],
          read: () => Uint8Array.of(this.period),
          write: (value) => {
            if (value.length !== 1) throw new GattRefusal(AttError.invalidAttributeLength);
            if (value[0] < PERIOD.least) throw new GattRefusal(AttError.valueNotAllowed);
            this.period = value[0];
            this.restart();
          },
        },
      ],
    };
  }

  private restart(): void {
    if (this.stream) this.body.stopStream(this.stream);
    const isWanted = this.send !== undefined && isMeasuring(this.config);
    this.stream = isWanted ? this.body.startStream(100 / this.period, this) : undefined;
  }

  private forget(): void {
    this.send = undefined;
    this.configBits = 0;
    this.config = SLEEPING;
    this.period = PERIOD.initial;
    this.restart();
  }
}
