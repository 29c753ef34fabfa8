/** Services of the Bluetooth SIG that wearables carry beside their own. */
import { AttError, GattRefusal, type VirtualService } from './peripheral.ts';

export interface DeviceIdentity {
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
  readonly hardware: string;
}

/** 180A. The trailing NUL is what many devices send: readers have to strip it. */
export function deviceInformationService(identity: DeviceIdentity): VirtualService {
  const text = (uuid: string, value: string) => ({
    uuid,
    properties: ['read'] as const,
    read: () => new TextEncoder().encode(value),
  });
  return {
    uuid: '180a',
    characteristics: [
      text('2a29', `${identity.manufacturer}\0`),
      text('2a24', identity.model),
      text('2a25', identity.serial),
      text('2a26', identity.firmware),
      text('2a27', identity.hardware),
    ],
  };
}

/** 180F: read, and notified when the level changes. */
export class BatteryService {
  readonly service: VirtualService;
  private readonly levelPct: () => number;
  private send: ((value: Uint8Array) => boolean) | undefined;
  private notifiedPct: number | undefined;

  constructor(levelPct: () => number) {
    this.levelPct = levelPct;
    this.service = {
      uuid: '180f',
      characteristics: [
        {
          uuid: '2a19',
          properties: ['read', 'notify'],
          read: () => Uint8Array.of(levelPct()),
          onSubscribe: (send) => {
            this.send = send;
            this.notifiedPct = undefined;
          },
          onUnsubscribe: () => this.stop(),
        },
      ],
    };
  }

  /** The first call after a subscription always notifies. */
  poll(): void {
    if (!this.send) return;
    const levelPct = this.levelPct();
    if (levelPct === this.notifiedPct) return;
    this.notifiedPct = levelPct;
    this.send(Uint8Array.of(levelPct));
  }

  stop(): void {
    this.send = undefined;
  }
}

/** 1802: 0 none, 1 mild, 2 high. */
export function immediateAlertService(onAlert: (level: number) => void): VirtualService {
  return {
    uuid: '1802',
    characteristics: [
      {
        uuid: '2a06',
        properties: ['writeWithoutResponse'],
        write: (value) => {
          if (value.length !== 1) throw new GattRefusal(AttError.invalidAttributeLength);
          onAlert(value[0]);
        },
      },
    ],
  };
}
