/** A MetaMotion with the MetaWear register protocol, on a virtual body. Variants: `bmi160` (default), `bmi270`, `bmi160-plain`, `no-gyroscope`. */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import {
  CHIPS,
  encodeBattery,
  encodeCounts,
  encodeModuleInfo,
  GYR_RANGES_DPS,
  gyrFullScaleDps,
  METAWEAR_COMMAND,
  METAWEAR_NOTIFY,
  METAWEAR_SERVICE,
  type MetaWearChip,
  MetaWearModule,
  ODR_HZ,
} from './metamotionPacket.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import { toRaw16 } from './sensorErrors.ts';
import { deviceInformationService } from './sigServices.ts';
import type { SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

/** A pulse of the motor or the buzzer. */
export interface Pulse {
  readonly duty: number;
  readonly ms: number;
  readonly isMotor: boolean;
}

type Quantity = 'acc' | 'gyr';
const QUANTITIES: readonly Quantity[] = ['acc', 'gyr'];
const MODULE_OF = { acc: MetaWearModule.accelerometer, gyr: MetaWearModule.gyroscope } as const;

interface Sensor {
  /** The firmware measures only when it is on as well as enabled. */
  isOn: boolean;
  isEnabled: boolean;
  rateHz: number;
  /** g or deg/s. */
  range: number;
  readonly registers: Set<number>;
  counts: number[];
}

/** A register with it is read. Alone it asks what a module is. */
const READ_BIT = 0x80;
const BATTERY_MV = 4148;
const PACKED_COUNTS = 9;
const PLAIN_COUNTS = 3;

/** What the chips have after power-on: not what anybody would want. */
const poweredOff = (range: number): Sensor => ({
  isOn: false,
  isEnabled: false,
  rateHz: 100,
  range,
  registers: new Set(),
  counts: [],
});

export function createMetamotion({ spec, index, address, body }: WearableMaking): Metamotion {
  const { name = 'MetaWear', maxMtu = 23, variant = 'bmi160', serial = `0${index}A1B2` } = spec;
  return new Metamotion({ address, name, maxMtu, variant, serial }, body);
}

interface MetamotionIdentity extends PeripheralIdentity {
  readonly variant: string;
  readonly serial: string;
}

export class Metamotion extends WearablePeripheral {
  readonly addressType = 'random';
  readonly advertisedServices = [METAWEAR_SERVICE];
  readonly services: VirtualPeripheral['services'];
  readonly pulses: Pulse[] = [];
  /** Everything that was written, in order. */
  readonly commands: Uint8Array[] = [];
  private readonly chip: MetaWearChip;
  private readonly hasGyroscope: boolean;
  private readonly revision: number;
  private sensors: Record<Quantity, Sensor> = { acc: poweredOff(2), gyr: poweredOff(2000) };
  private streams: SampleStream[] = [];
  private send: ((value: Uint8Array) => boolean) | undefined;

  constructor(identity: MetamotionIdentity, body: VirtualWearable) {
    super(identity, body);
    const { variant, serial } = identity;
    this.chip = CHIPS[variant === 'bmi270' ? 'bmi270' : 'bmi160'];
    this.hasGyroscope = variant !== 'no-gyroscope';
    this.revision = variant === 'bmi160-plain' ? 0 : 1;
    this.services = [
      deviceInformationService({
        manufacturer: 'MbientLab Inc',
        model: '5',
        serial,
        firmware: '1.5.0',
        hardware: '0.4',
      }),
      this.battery.service,
      {
        uuid: METAWEAR_SERVICE,
        characteristics: [
          {
            uuid: METAWEAR_COMMAND,
            properties: ['write', 'writeWithoutResponse'],
            write: (value) => this.command(value),
          },
          {
            uuid: METAWEAR_NOTIFY,
            properties: ['notify'],
            onSubscribe: (send) => {
              this.send = send;
              this.measure();
            },
            onUnsubscribe: () => {
              this.send = undefined;
              this.measure();
            },
          },
        ],
      },
    ];
    body.onReboot = () => {
      this.sensors = { acc: poweredOff(2), gyr: poweredOff(2000) };
      this.measure();
    };
  }

  /** Sensors that empty the battery. */
  get poweredSensors(): readonly Quantity[] {
    return QUANTITIES.filter((quantity) => this.sensors[quantity].isOn);
  }

  /** The sensors stay as they are: a lost link does not switch them off. */
  onDisconnect(): void {
    this.send = undefined;
    this.measure();
    this.battery.stop();
    this.body.disconnected();
  }

  /** Nothing is refused: what the firmware does not know it ignores. */
  private command(value: Uint8Array): void {
    this.commands.push(value.slice());
    const [module, register] = value;
    if (value.length < 2) return;
    if ((register & READ_BIT) !== 0) return this.answer(module, register);
    if (module === MetaWearModule.haptic && register === 1 && value.length === 6) {
      this.pulses.push({ duty: value[2], ms: value[3] | (value[4] << 8), isMotor: value[5] === 0 });
    }
    const quantity = QUANTITIES.find((one) => MODULE_OF[one] === module);
    if (quantity === undefined || (quantity === 'gyr' && !this.hasGyroscope)) return;
    this.set(quantity, register, value.subarray(2));
    this.measure();
  }

  private answer(module: number, register: number): void {
    if (register === READ_BIT) this.reply(this.moduleInfo(module));
    else if (module === MetaWearModule.settings && register === 0x8c) {
      this.reply(encodeBattery(this.body.batteryPct(), BATTERY_MV));
    }
  }

  private moduleInfo(module: number): Uint8Array {
    const { revision, chip } = this;
    if (module === MetaWearModule.accelerometer) {
      return encodeModuleInfo(module, { implementation: chip.accImplementation, revision });
    }
    if (module === MetaWearModule.gyroscope && this.hasGyroscope) {
      return encodeModuleInfo(module, { implementation: chip.gyrImplementation, revision });
    }
    return encodeModuleInfo(module);
  }

  private set(quantity: Quantity, register: number, data: Uint8Array): void {
    const sensor = this.sensors[quantity];
    if (register === 1) sensor.isOn = data[0] === 1;
    else if (register === 2 && data[0] === 1) sensor.isEnabled = true;
    else if (register === 2 && data[1] === 1) sensor.isEnabled = false;
    else if (register === 3) this.configure(quantity, sensor, data);
    else if (this.samplesIn(quantity, register) === undefined) return;
    else if (data[0] === 1) sensor.registers.add(register);
    else sensor.registers.delete(register);
  }

  private configure(quantity: Quantity, sensor: Sensor, [rate, range]: Uint8Array): void {
    const rateHz = ODR_HZ[rate & 0x0f];
    const isKnownFilter = (rate & 0xf0) === (quantity === 'acc' ? this.chip.accFilterBits : 0x20);
    const found = quantity === 'acc' ? this.chip.accRangesG[range] : GYR_RANGES_DPS[range];
    if (rateHz === undefined || !isKnownFilter || found === undefined) return;
    sensor.rateHz = rateHz;
    sensor.range = found;
  }

  /** Counts in a packet of this register, if it has samples. */
  private samplesIn(quantity: Quantity, register: number): number | undefined {
    const { plain, packed } = this.chip.registers;
    if (register === plain[quantity]) return PLAIN_COUNTS;
    return register === packed[quantity] && this.revision >= 1 ? PACKED_COUNTS : undefined;
  }

  /** Starts what is on, enabled and asked for; sensors of one rate share a sampling clock, as on the chip. */
  private measure(): void {
    for (const stream of this.streams) this.body.stopStream(stream);
    for (const quantity of QUANTITIES) this.sensors[quantity].counts = [];
    const running = QUANTITIES.filter((quantity) => {
      const { isOn, isEnabled, registers } = this.sensors[quantity];
      return isOn && isEnabled && registers.size > 0 && this.send !== undefined;
    });
    const rates = new Set(running.map((quantity) => this.sensors[quantity].rateHz));
    this.streams = [...rates].map((rateHz) => {
      const sampled = running.filter((quantity) => this.sensors[quantity].rateHz === rateHz);
      const clear = (): void => {
        for (const quantity of sampled) this.sensors[quantity].counts = [];
      };
      return this.body.startStream(
        rateHz,
        {
          onSample: (_index, deviceS, values) => {
            for (const quantity of sampled) this.sample(quantity, deviceS, values);
          },
          onBreak: clear,
          onEnd: clear,
        },
        rateHz,
      );
    });
  }

  private sample(quantity: Quantity, deviceS: number, values: Float64Array): void {
    const sensor = this.sensors[quantity];
    for (let axis = 0; axis < 3; axis++) {
      const count =
        quantity === 'acc'
          ? toRaw16(gFromMps2(values[axis]), sensor.range)
          : toRaw16(degFromRad(values[3 + axis]), gyrFullScaleDps(sensor.range));
      sensor.counts.push(count);
    }
    for (const register of sensor.registers) {
      const length = this.samplesIn(quantity, register) ?? PLAIN_COUNTS;
      if (sensor.counts.length % length === 0) this.transmit(quantity, register, sensor.counts.slice(-length), deviceS);
    }
    if (sensor.counts.length >= PACKED_COUNTS) sensor.counts = [];
  }

  private transmit(quantity: Quantity, register: number, counts: readonly number[], deviceS: number): void {
    const { send } = this;
    if (!send) return;
    const bytes = encodeCounts(MODULE_OF[quantity], register, counts);
    if (bytes.length > this.body.notificationBytes()) return;
    this.body.transmit(bytes, send, this.body.hostMsOf(deviceS));
  }

  private reply(bytes: Uint8Array): void {
    this.body.after(0, () => this.send?.(bytes));
  }
}
