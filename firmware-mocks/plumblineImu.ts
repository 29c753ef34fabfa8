/** The Plumbline IMU wearable: services and behaviour of the open profile v1, on a virtual body. */
import { gFromMps2 } from '../src/model/units.ts';
import { AttError, GattRefusal, type VirtualCharacteristic, type VirtualPeripheral } from './peripheral.ts';
import { CALIBRATION_BYTES, CalibrationStore } from './plumblineCalibration.ts';
import { AUTO_START, DEFAULT_CONFIG, encodeConfig, parseConfig, type PlumblineConfig } from './plumblineConfig.ts';
import { handleRequest, Status } from './plumblineControlPoint.ts';
import { PlumblineEvents } from './plumblineEvents.ts';
import {
  batchCapacity,
  encodeInfo,
  encodeStatus,
  PLUMBLINE_SERVICE,
  PLUMBLINE_UUIDS,
  StatusFlag,
  StatusKind,
  TICK_HZ,
} from './plumblinePacket.ts';
import { MASK_ACC, MASK_GYR, PlumblineStream } from './plumblineStream.ts';
import { BatteryService, deviceInformationService, immediateAlertService } from './sigServices.ts';
import type { PeripheralLink, SampleStream, VirtualWearable } from './virtualWearable.ts';

export interface PlumblineIdentity {
  readonly address: string;
  readonly name: string;
  readonly serial: string;
}

/** A cue that the wearer felt. */
export interface FeltCue {
  readonly id: number;
  readonly intensityPct: number;
  readonly onMs: number;
  readonly offMs: number;
  readonly repeats: number;
}

const BACKFILL_PACKETS = 256;
const MAX_RATE_HZ = 200;
/** With one sample per notification the radio does not keep up with more. */
const MAX_RATE_SINGLE_HZ = 100;
/** b0 acc, b1 gyro, b2 haptic, b3 backfill, b4 calibration store, b6 free-fall and impact events; wear is not detected. */
const CAPABILITIES = 0b101_1111;
const CAPTURE_RATE_HZ = 100;
const MAX_CAPTURE_MS = 30_000;
const GRAVITY_STEPS_PER_G = 16_384;
const TEMPERATURE_C = 31;
const TICK_WRAP = 2 ** 32;

type Send = (value: Uint8Array) => boolean;

export class PlumblineImu implements VirtualPeripheral {
  readonly address: string;
  readonly addressType = 'random';
  readonly name: string;
  readonly advertisedServices = [PLUMBLINE_SERVICE];
  readonly services: VirtualPeripheral['services'];
  readonly maxMtu = 247;
  readonly cues: FeltCue[] = [];
  alertLevel = 0;
  identifyCount = 0;
  private readonly body: VirtualWearable;
  private readonly battery: BatteryService;
  private readonly calibration = new CalibrationStore();
  private readonly events = new PlumblineEvents((kind, arg) => this.notifyStatus(kind, arg));
  private config: PlumblineConfig = DEFAULT_CONFIG;
  private sendData: Send | undefined;
  private sendStatus: Send | undefined;
  private sendResponse: Send | undefined;
  private stream: PlumblineStream | undefined;
  private sampling: SampleStream | undefined;
  private nextSeq = 0;
  private droppedPackets = 0;
  private overrunSeen = false;
  private timeBaseReset = false;
  private capturing = false;
  private cueNumber = 0;

  constructor(identity: PlumblineIdentity, body: VirtualWearable) {
    this.address = identity.address;
    this.name = identity.name;
    this.body = body;
    this.battery = new BatteryService(() => body.batteryPct());
    this.services = [
      {
        uuid: '180a',
        characteristics: deviceInformationService({
          manufacturer: 'Plumbline',
          model: 'Reference IMU',
          serial: identity.serial,
          firmware: '1.0.0',
          hardware: 'virtual',
        }).characteristics,
      },
      this.battery.service,
      immediateAlertService((level) => {
        this.alertLevel = level;
      }),
      { uuid: PLUMBLINE_SERVICE, characteristics: this.characteristics() },
    ];
    body.onReboot = () => this.afterReboot();
  }

  rssiDbm(): number {
    return this.body.behaviour.rssiDbm;
  }

  onConnect(link: PeripheralLink): void {
    this.body.connected(link);
  }

  /** Nobody listens any more: measuring stops, as it does when a cable is pulled; the calibration stays. */
  onDisconnect(): void {
    this.stop();
    this.sendData = undefined;
    this.sendStatus = undefined;
    this.sendResponse = undefined;
    this.battery.stop();
    this.body.disconnected();
  }

  poll(): void {
    this.body.poll();
    this.battery.poll();
  }

  // ------------------------------------------------------------ characteristics

  private characteristics(): VirtualCharacteristic[] {
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
        read: () => encodeConfig(this.config),
        write: (value) => refuseUnlessOk(this.configure(value)),
      },
      {
        uuid: PLUMBLINE_UUIDS.imuData,
        properties: ['notify'],
        onSubscribe: (send) => {
          this.sendData = send;
          if ((this.config.flags & AUTO_START) !== 0 && !this.stream) this.start(MASK_ACC | MASK_GYR);
        },
        onUnsubscribe: () => {
          this.sendData = undefined;
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
      backfillPackets: BACKFILL_PACKETS,
      bootId: this.body.bootId,
    });
  }

  private status(kind: number, arg: number): Uint8Array {
    const flags =
      StatusFlag.worn |
      (this.overrunSeen ? StatusFlag.fifoOverrun : 0) |
      (this.timeBaseReset ? StatusFlag.timeBaseReset : 0);
    return encodeStatus({
      kind,
      flags,
      tick: this.tickAt(this.body.deviceS()),
      droppedPackets: this.droppedPackets & 0xffff,
      temperatureC: TEMPERATURE_C,
      batteryPct: this.body.batteryPct(),
      arg: Math.max(-32_768, Math.min(32_767, arg)),
    });
  }

  private notifyStatus(kind: number, arg: number): void {
    this.sendStatus?.(this.status(kind, arg));
  }

  /** The clock did not begin at zero when the simulation began. */
  private tickAt(deviceS: number): number {
    return Math.floor(this.body.bootRandom(1) + deviceS * TICK_HZ) % TICK_WRAP;
  }

  // ------------------------------------------------------------ control point

  private request(value: Uint8Array): void {
    if (!this.sendResponse) throw new GattRefusal(AttError.cccdImproperlyConfigured);
    if (value.length === 0) throw new GattRefusal(AttError.invalidAttributeLength);
    handleRequest(
      value.slice(),
      {
        start: (mask) => this.start(mask),
        stop: () => this.stop(),
        setConfig: (bytes) => this.configure(bytes),
        backfill: (firstSeq, count) => this.backfill(firstSeq, count),
        captureUpright: (averageMs, done) => this.captureUpright(averageMs, done),
        identify: () => {
          this.identifyCount++;
          return Status.ok;
        },
        tickNow: () => this.tickAt(this.body.deviceS()),
        bootId: () => this.body.bootId,
      },
      (makeResponse, afterwards) => {
        // After the write response: the answer is made by the next round of the firmware's main loop.
        this.body.after(0, () => {
          this.sendResponse?.(makeResponse());
          afterwards?.();
        });
      },
    );
  }

  private start(mask: number): number {
    if (mask === 0 || (mask & ~(MASK_ACC | MASK_GYR)) !== 0) return Status.param;
    if (this.stream) return Status.busy;
    const single = batchCapacity(this.body.notificationBytes()) === 0;
    if (single && this.config.rateHz > MAX_RATE_SINGLE_HZ) return Status.mtuTooSmall;
    this.stream = new PlumblineStream(
      {
        config: () => this.config,
        notificationBytes: () => this.body.notificationBytes(),
        tickAt: (deviceS) => this.tickAt(deviceS),
        send: (bytes, lastDeviceS) => this.sendPacket(bytes, lastDeviceS),
        takeTimeBaseReset: () => {
          const reset = this.timeBaseReset;
          this.timeBaseReset = false;
          return reset;
        },
        watch: (deviceS, values) => this.events.watch(deviceS, values),
      },
      mask,
      BACKFILL_PACKETS,
      this.nextSeq,
    );
    this.overrunSeen = false;
    this.sampling = this.body.startStream(this.config.rateHz, this.stream);
    return Status.ok;
  }

  /** Also ok when nothing was running: a host that lost track must be able to get to a known state. */
  private stop(): number {
    if (this.sampling) this.body.stopStream(this.sampling);
    if (this.stream) {
      this.stream.flush();
      this.nextSeq = this.stream.nextSeq;
    }
    this.stream = undefined;
    this.sampling = undefined;
    return Status.ok;
  }

  /** Ranges and batching may change while measuring, each packet states its scale; the rate may not. */
  private configure(bytes: Uint8Array): number {
    const config = parseConfig(bytes);
    if (config === 'length') return Status.length;
    if (config === 'param') return Status.param;
    if (this.stream && config.rateHz !== this.config.rateHz) return Status.busy;
    this.config = config;
    return Status.ok;
  }

  private backfill(firstSeq: number, count: number): { status: number; afterwards?: () => void } {
    if (count === 0) return { status: Status.param };
    // Format 0x12 has no flags byte in which a repeated packet could be marked.
    if (batchCapacity(this.body.notificationBytes()) === 0) return { status: Status.mtuTooSmall };
    const packets = this.stream?.stored(firstSeq, count) ?? [];
    if (packets.length === 0) return { status: Status.param };
    return {
      status: Status.ok,
      afterwards: () => {
        for (const packet of packets) this.transmit(packet);
      },
    };
  }

  private captureUpright(averageMs: number, done: (result: { status: number; gravity?: Int16Array }) => void): number {
    if (averageMs === 0 || averageMs > MAX_CAPTURE_MS) return Status.param;
    if (this.capturing) return Status.busy;
    this.capturing = true;
    const sum = new Float64Array(3);
    let countSamples = 0;
    const capture = this.body.startStream(
      CAPTURE_RATE_HZ,
      {
        onSample: (_index, _deviceS, values) => {
          countSamples++;
          for (let axis = 0; axis < 3; axis++) sum[axis] = (sum[axis] as number) + (values[axis] as number);
        },
        onBreak: () => {},
        onEnd: () => {},
      },
      1,
    );
    this.body.after(averageMs, () => {
      this.body.stopStream(capture);
      this.capturing = false;
      if (countSamples === 0) return done({ status: Status.notWorn });
      const gravity = Int16Array.from(sum, (total) =>
        Math.round(gFromMps2(total / countSamples) * GRAVITY_STEPS_PER_G),
      );
      done({ status: Status.ok, gravity });
    });
    return Status.ok;
  }

  // ------------------------------------------------------------ data and cues

  private sendPacket(bytes: Uint8Array, lastDeviceS: number): void {
    if (bytes[0] === 0x11 && ((bytes[12] as number) & 16) !== 0) this.overrunSeen = true;
    this.transmit(bytes, this.body.hostMsOf(lastDeviceS));
  }

  private transmit(bytes: Uint8Array, readyMs?: number): void {
    const send = this.sendData;
    if (!send) {
      this.droppedPackets++;
      return;
    }
    this.body.transmit(
      bytes,
      (value) => {
        const sent = send(value);
        if (!sent) this.droppedPackets++;
        return sent;
      },
      readyMs,
    );
  }

  private vibrate(value: Uint8Array): void {
    if (value.length !== 7) throw new GattRefusal(AttError.invalidAttributeLength);
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

  private afterReboot(): void {
    this.stream = undefined;
    this.sampling = undefined;
    this.config = DEFAULT_CONFIG;
    this.nextSeq = 0;
    this.droppedPackets = 0;
    this.capturing = false;
    this.timeBaseReset = true;
  }
}

function refuseUnlessOk(status: number): void {
  if (status === Status.ok) return;
  throw new GattRefusal(status === Status.length ? AttError.invalidAttributeLength : AttError.valueNotAllowed);
}
