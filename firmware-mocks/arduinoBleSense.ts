/**
 * An Arduino Nano 33 BLE Sense with the "BLESense" sketch, on a virtual body. Variants: `rev1` (default, 119 Hz), `rev2` (104 Hz),
 * and `alert`: somebody has added the Immediate Alert service and a motor.
 */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import { arduinoUuid, encodeTriple, encodeVersion } from './arduinoBleSensePacket.ts';
import type { VirtualCharacteristic, VirtualPeripheral } from './peripheral.ts';
import { toRaw16 } from './sensorErrors.ts';
import { immediateAlertService } from './sigServices.ts';
import type { SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

const RATE_HZ: Readonly<Record<string, number>> = { rev1: 119, rev2: 104 };
/** Ranges of the libraries for the sensor of the board. */
const ACC_RANGE_G = 4;
const GYR_RANGE_DPS = 2000;

type Send = (value: Uint8Array) => boolean;

export function createArduinoBleSense({ spec, address, body }: WearableMaking): ArduinoBleSense {
  const {
    name = `BLESense-${address.replaceAll(':', '').slice(-4).toUpperCase()}`,
    maxMtu = 247,
    variant = 'rev1',
  } = spec;
  return new ArduinoBleSense({ address, name, maxMtu, variant }, body);
}

interface ArduinoIdentity extends PeripheralIdentity {
  readonly variant: string;
}

export class ArduinoBleSense extends WearablePeripheral {
  readonly addressType = 'random';
  readonly advertisedServices = [arduinoUuid('0000')];
  readonly services: VirtualPeripheral['services'];
  /** Written to Immediate Alert, in order. */
  readonly alertLevels: number[] = [];
  private readonly rateHz: number;
  private readonly sends: { acc?: Send | undefined; gyr?: Send | undefined } = {};
  private stream: SampleStream | undefined;

  constructor(identity: ArduinoIdentity, body: VirtualWearable) {
    super(identity, body);
    const { variant } = identity;
    this.rateHz = RATE_HZ[variant] ?? 119;
    this.services = [
      {
        uuid: arduinoUuid('0000'),
        characteristics: [
          { uuid: arduinoUuid('1001'), properties: ['read'], read: () => encodeVersion(1) },
          this.measured('3001', 'acc'),
          this.measured('3002', 'gyr'),
        ],
      },
      ...(variant === 'alert' ? [immediateAlertService((level) => this.alertLevels.push(level))] : []),
    ];
    body.onReboot = () => this.stop();
  }

  onDisconnect(): void {
    this.stop();
    this.body.disconnected();
  }

  private measured(number: string, quantity: 'acc' | 'gyr'): VirtualCharacteristic {
    return {
      uuid: arduinoUuid(number),
      properties: ['notify'],
      onSubscribe: (send) => {
        this.sends[quantity] = send;
        this.stream ??= this.body.startStream(this.rateHz, {
          onSample: (_index, deviceS, values) => this.loop(deviceS, values),
          onBreak: () => undefined,
          onEnd: () => undefined,
        });
      },
      onUnsubscribe: () => {
        this.sends[quantity] = undefined;
        if (!this.sends.acc && !this.sends.gyr) this.stop();
      },
    };
  }

  /** One turn of the sketch: acceleration, then rotation, each to whom it may concern. */
  private loop(deviceS: number, values: Float64Array): void {
    const acc = [0, 1, 2].map((axis) => (toRaw16(gFromMps2(values[axis]), ACC_RANGE_G) * ACC_RANGE_G) / 32_768);
    const gyr = [3, 4, 5].map((axis) => (toRaw16(degFromRad(values[axis]), GYR_RANGE_DPS) * GYR_RANGE_DPS) / 32_768);
    const readyMs = this.body.hostMsOf(deviceS);
    const { sends } = this;
    if (sends.acc) this.body.transmit(encodeTriple(acc), sends.acc, readyMs);
    if (sends.gyr) this.body.transmit(encodeTriple(gyr), sends.gyr, readyMs);
  }

  private stop(): void {
    this.sends.acc = undefined;
    this.sends.gyr = undefined;
    if (this.stream) this.body.stopStream(this.stream);
    this.stream = undefined;
  }
}
