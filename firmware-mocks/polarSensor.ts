/** A Polar H10 or Verity Sense on a virtual body: one PMD service with what each of them offers. */
import type { VirtualPeripheral } from './peripheral.ts';
import { PmdMeasurement } from './polarPmdPacket.ts';
import { type PmdOffers, PolarPmdService } from './polarPmdService.ts';
import { deviceInformationService } from './sigServices.ts';
import type { PeripheralLink, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

interface PolarIdentity extends PeripheralIdentity {
  readonly model: string;
  /** Eight hexadecimal digits. */
  readonly serial: string;
  readonly firmware: string;
}

/** Company 0x006B, and what is of no use to us. */
const MANUFACTURER_DATA = Uint8Array.of(0x6b, 0x00, 0x72, 0x08);
const DEFAULT_MTU = 232;
/** The H10 ends the link so long after it has left the strap, and its clock begins anew. */
const OFF_STRAP_PATIENCE_S = 45;
const REASON_REMOTE_USER = 0x13;

const H10_OFFERS: PmdOffers = {
  usual: { [PmdMeasurement.acc]: { ratesHz: [25, 50, 100, 200], ranges: [2, 4, 8], coding: 'raw16' } },
  leastMtu: 70,
};

const SDK_RATES_HZ = [26, 52, 104, 208, 416];
const VERITY_OFFERS: PmdOffers = {
  usual: {
    [PmdMeasurement.acc]: { ratesHz: [52], ranges: [8], coding: 'delta16', channels: 3 },
    [PmdMeasurement.gyro]: { ratesHz: [52], ranges: [2000], coding: 'delta16', channels: 3 },
  },
  sdk: {
    [PmdMeasurement.acc]: { ratesHz: SDK_RATES_HZ, ranges: [2, 4, 8, 16], coding: 'delta16', channels: 3 },
    [PmdMeasurement.gyro]: { ratesHz: SDK_RATES_HZ, ranges: [250, 500, 1000, 2000], coding: 'delta16', channels: 3 },
  },
  leastMtu: 140,
};

export function createPolarH10({ spec, index, address, body }: WearableMaking): PolarSensor {
  const serial = spec.serial ?? serialOf(0xa1b2_0000 + index);
  const { name = `Polar H10 ${serial}`, maxMtu = DEFAULT_MTU, offStrapAfterS } = spec;
  const identity = { address, name, model: 'H10', serial, firmware: '5.0.0', maxMtu };
  const sensor = new PolarSensor(identity, H10_OFFERS, body);
  if (offStrapAfterS !== undefined) sensor.leaveStrapAfter(offStrapAfterS);
  return sensor;
}

export function createPolarVerity({ spec, index, address, body }: WearableMaking): PolarSensor {
  const serial = spec.serial ?? serialOf(0xc3d4_0000 + index);
  const { name = `Polar Sense ${serial}`, maxMtu = DEFAULT_MTU } = spec;
  return new PolarSensor(
    { address, name, model: 'Polar Sense', serial, firmware: '2.2.1', maxMtu },
    VERITY_OFFERS,
    body,
  );
}

const serialOf = (number: number): string => number.toString(16).toUpperCase().padStart(8, '0');

export class PolarSensor extends WearablePeripheral {
  readonly addressType = 'random';
  readonly advertisedServices = ['180d', 'feee'];
  readonly manufacturerData = MANUFACTURER_DATA;
  readonly services: VirtualPeripheral['services'];
  readonly pmd: PolarPmdService;
  private link: PeripheralLink | undefined;

  constructor(identity: PolarIdentity, offers: PmdOffers, body: VirtualWearable) {
    super(identity, body);
    const { model, serial, firmware } = identity;
    this.pmd = new PolarPmdService(offers, body);
    this.services = [
      deviceInformationService({
        manufacturer: 'Polar Electro Oy',
        model,
        serial,
        firmware,
        hardware: 'virtual',
      }),
      this.battery.service,
      this.pmd.service,
    ];
    body.onReboot = () => this.pmd.rebooted();
  }

  /** Snapped off, and on again when the link has ended. */
  leaveStrapAfter(afterS: number): void {
    this.body.after(1000 * (afterS + OFF_STRAP_PATIENCE_S), () => {
      this.link?.drop(REASON_REMOTE_USER);
      this.body.reboot();
    });
  }

  override onConnect(link: PeripheralLink): void {
    this.link = link;
    super.onConnect(link);
  }

  onDisconnect(): void {
    this.link = undefined;
    this.pmd.linkLost();
    this.battery.stop();
    this.body.disconnected();
  }
}
