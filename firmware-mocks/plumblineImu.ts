/** The Plumbline IMU wearable: the services of the open profile v1 on a virtual body. */
import { AttError, GattRefusal, type VirtualCharacteristic, type VirtualPeripheral } from './peripheral.ts';
import { DEFAULT_MEMORY_PACKETS, MAX_RATE_HZ, PlumblineAcquisition } from './plumblineAcquisition.ts';
import { CALIBRATION_BYTES, CalibrationStore } from './plumblineCalibration.ts';
import { AUTO_START, encodeConfig } from './plumblineConfig.ts';
import { handleRequest, Status } from './plumblineControlPoint.ts';
import { PlumblineEvents } from './plumblineEvents.ts';
import {
  encodeInfo,
  encodeStatus,
  PLUMBLINE_SERVICE,
  PLUMBLINE_UUIDS,
  StatusFlag,
  StatusKind,
} from './plumblinePacket.ts';
import { MASK_ACC, MASK_GYR } from './plumblineStream.ts';
import { deviceInformationService, immediateAlertService } from './sigServices.ts';
import type { VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

interface PlumblineIdentity extends PeripheralIdentity {
  readonly serial: string;
  /** How many packets it can send again. */
  readonly memoryPackets: number;
  /** Old firmware stops measuring when the link is lost. */
  readonly keepsSession: boolean;
}

/** The `variant` of a wearable with old firmware. */
const ENDS_WITH_LINK = 'sessionEndsWithLink';

export function createPlumblineImu({ spec, index, address, body }: WearableMaking): PlumblineImu {
  const serial = spec.serial ?? String(index + 1).padStart(4, '0');
  const { name = `Plumbline-${serial}`, maxMtu = 247, memoryPackets = DEFAULT_MEMORY_PACKETS } = spec;
  const keepsSession = spec.variant !== ENDS_WITH_LINK;
  return new PlumblineImu({ address, name, serial, maxMtu, memoryPackets, keepsSession }, body);
}

/** A cue that the wearer felt. */
export interface FeltCue {
  readonly id: number;
  readonly intensityPct: number;
  readonly onMs: number;
  readonly offMs: number;
  readonly repeats: number;
}

/** b0 acc, b1 gyro, b2 haptic, b3 backfill, b4 calibration store, b6 free-fall and impact events; wear is not detected. */
const CAPABILITIES = 0b101_1111;
const HAPTIC_BYTES = 7;
const TEMPERATURE_C = 31;
/** Then nobody is coming back, and measuring on would only empty the battery. */
const SESSION_WITHOUT_LINK_S = 600;

type Send = (value: Uint8Array) => boolean;

export class PlumblineImu extends WearablePeripheral {
  readonly addressType = 'random';
  readonly advertisedServices = [PLUMBLINE_SERVICE];
  readonly services: VirtualPeripheral['services'];
  readonly cues: FeltCue[] = [];
  /** Last level written to Immediate Alert. */
  alertLevel = 0;
  identifyCount = 0;
  private readonly identity: PlumblineIdentity;
  private readonly calibration = new CalibrationStore();
  private readonly acquisition: PlumblineAcquisition;
  private sendStatus: Send | undefined;
  private sendResponse: Send | undefined;
  private cueNumber = 0;
  private linkLostS = 0;

  constructor(identity: PlumblineIdentity, body: VirtualWearable) {
    super(identity, body);
    this.identity = identity;
    const events = new PlumblineEvents((kind, arg) => this.notifyStatus(kind, arg));
    this.acquisition = new PlumblineAcquisition(
      body,
      (deviceS, values) => events.watch(deviceS, values),
      identity.memoryPackets,
    );
    this.services = [
      deviceInformationService({
        manufacturer: 'Plumbline',
        model: 'Reference IMU',
        serial: identity.serial,
        firmware: '1.0.0',
        hardware: 'virtual',
      }),
      this.battery.service,
      immediateAlertService((level) => {
        this.alertLevel = level;
      }),
      { uuid: PLUMBLINE_SERVICE, characteristics: this.characteristics() },
    ];
    body.onReboot = () => this.acquisition.afterReboot();
  }

  /** Nobody listens any more: the session goes on; the calibration and the configuration stay. */
  onDisconnect(): void {
    if (!this.identity.keepsSession) this.acquisition.stop();
    this.acquisition.linkLost();
    this.linkLostS = this.body.deviceS();
    this.sendStatus = undefined;
    this.sendResponse = undefined;
    this.battery.stop();
    this.body.disconnected();
  }

  override poll(): void {
    this.body.poll();
    this.acquisition.poll();
    const isAlone = !this.body.isConnected && this.body.deviceS() - this.linkLostS > SESSION_WITHOUT_LINK_S;
    if (isAlone) this.acquisition.stop();
    this.battery.poll();
  }

  private characteristics(): VirtualCharacteristic[] {
    const { acquisition } = this;
    return [
      { uuid: PLUMBLINE_UUIDS.info, properties: ['read'], read: () => this.info() },
      {
        uuid: PLUMBLINE_UUIDS.controlPoint,
        properties: ['write', 'indicate'],
        write: (value) => this.request(value),
        onSubscribe: (send) => {
          this.sendResponse = send;
        },
        onUnsubscribe: () => {
          this.sendResponse = undefined;
        },
      },
      {
        uuid: PLUMBLINE_UUIDS.config,
        properties: ['read', 'write'],
        read: () => encodeConfig(acquisition.config),
        write: (value) => refuseUnlessOk(acquisition.setConfig(value)),
      },
      {
        uuid: PLUMBLINE_UUIDS.imuData,
        properties: ['notify'],
        onSubscribe: (send) => {
          acquisition.sendData = send;
          const starts = (acquisition.config.flags & AUTO_START) !== 0 && !acquisition.isRunning;
          if (starts) acquisition.start(MASK_ACC | MASK_GYR);
        },
        onUnsubscribe: () => {
          acquisition.sendData = undefined;
        },
      },
      {
        uuid: PLUMBLINE_UUIDS.status,
        properties: ['read', 'notify'],
        read: () => this.status(StatusKind.status, 0),
        onSubscribe: (send) => {
          this.sendStatus = send;
        },
        onUnsubscribe: () => {
          this.sendStatus = undefined;
        },
      },
      {
        uuid: PLUMBLINE_UUIDS.calibration,
        properties: ['read', 'write'],
        read: () => this.calibration.read(),
        write: (value) => {
          if (value.length !== CALIBRATION_BYTES) throw new GattRefusal(AttError.invalidAttributeLength);
          if (!this.calibration.write(value)) throw new GattRefusal(AttError.valueNotAllowed);
        },
      },
      {
        uuid: PLUMBLINE_UUIDS.haptic,
        properties: ['write', 'writeWithoutResponse'],
        write: (value) => this.vibrate(value),
      },
    ];
  }

  private info(): Uint8Array {
    return encodeInfo({
      capabilities: CAPABILITIES,
      maxRateHz: MAX_RATE_HZ,
      backfillPackets: this.identity.memoryPackets,
      bootId: this.body.bootId,
    });
  }

  private status(kind: number, arg: number): Uint8Array {
    const { acquisition } = this;
    return encodeStatus({
      kind,
      flags:
        StatusFlag.worn |
        (acquisition.overrunSeen ? StatusFlag.fifoOverrun : 0) |
        (acquisition.timeBaseReset ? StatusFlag.timeBaseReset : 0),
      tick: acquisition.tickNow(),
      droppedPackets: Math.min(acquisition.droppedPackets, 0xffff),
      temperatureC: TEMPERATURE_C,
      batteryPct: this.body.batteryPct(),
      arg: Math.max(-32_768, Math.min(32_767, arg)),
    });
  }

  private notifyStatus(kind: number, arg: number): void {
    this.sendStatus?.(this.status(kind, arg));
  }

  private request(value: Uint8Array): void {
    if (!this.sendResponse) throw new GattRefusal(AttError.cccdImproperlyConfigured);
    if (value.length === 0) throw new GattRefusal(AttError.invalidAttributeLength);
    const { acquisition } = this;
    handleRequest(
      value.slice(),
      {
        start: (mask) => acquisition.start(mask),
        stop: () => acquisition.stop(),
        setConfig: (bytes) => acquisition.setConfig(bytes),
        backfill: (firstSeq, count) => acquisition.backfill(firstSeq, count),
        captureUpright: (averageMs, done) => acquisition.captureUpright(averageMs, done),
        identify: () => {
          this.identifyCount++;
          return Status.ok;
        },
        tickNow: () => acquisition.tickNow(),
        bootId: () => this.body.bootId,
      },
      (makeResponse, afterwards) => this.respond(makeResponse, afterwards),
    );
  }

  /** In the next round of the firmware's main loop: the response to the write itself goes first. */
  private respond(makeResponse: () => Uint8Array, afterwards?: () => void): void {
    this.body.after(0, () => {
      this.sendResponse?.(makeResponse());
      afterwards?.();
    });
  }

  private vibrate(value: Uint8Array): void {
    if (value.length !== HAPTIC_BYTES) throw new GattRefusal(AttError.invalidAttributeLength);
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const cue: FeltCue = {
      id: view.getUint8(0),
      intensityPct: view.getUint8(1),
      onMs: view.getUint16(2, true),
      offMs: view.getUint16(4, true),
      repeats: view.getUint8(6),
    };
    if (cue.intensityPct > 100) throw new GattRefusal(AttError.valueNotAllowed);
    // A new cue takes the place of the one that still runs; that one is never reported as done.
    const number = ++this.cueNumber;
    if (cue.repeats === 0) return;
    this.cues.push(cue);
    this.body.after(cue.repeats * (cue.onMs + cue.offMs), () => {
      if (number === this.cueNumber) this.notifyStatus(StatusKind.hapticDone, cue.id);
    });
  }
}

function refuseUnlessOk(status: number): void {
  if (status === Status.ok) return;
  throw new GattRefusal(status === Status.length ? AttError.invalidAttributeLength : AttError.valueNotAllowed);
}
