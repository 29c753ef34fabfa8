/**
 * A WitMotion with Bluetooth 5.0 on a virtual body: one stream of bytes, of data and of answers, which notifications cut.
 * Variants: `dual` has the service of the models with classic Bluetooth, `dated` puts a date behind each frame, `dual-dated` both.
 */
import { degFromRad, gFromMps2 } from '../src/model/units.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import type { SampleSink, SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';
import { encodeData, encodeDate, encodeRegisters, WITMOTION_DUAL, WITMOTION_SINGLE } from './witmotionPacket.ts';
import { WitmotionRegisters } from './witmotionRegisters.ts';

interface WitmotionHardware extends PeripheralIdentity {
  readonly isDual: boolean;
  readonly isDated: boolean;
  /** Undefined: each frame is a notification of its own, as long as it fits. */
  readonly notificationBytes: number | undefined;
}

const COMMAND_BYTES = 5;
const READ = 0x27;

export function createWitmotion({ spec, index, address, body }: WearableMaking): Witmotion {
  const { name = `WT901BLE${68 + index}`, maxMtu = 247, variant = '', notificationBytes } = spec;
  const isDual = variant.includes('dual');
  const isDated = variant.includes('dated');
  return new Witmotion({ address, name, maxMtu, isDual, isDated, notificationBytes }, body);
}

export class Witmotion extends WearablePeripheral implements SampleSink {
  readonly addressType = 'random';
  readonly advertisedServices: readonly string[] = [];
  readonly services: VirtualPeripheral['services'];
  readonly registers = new WitmotionRegisters();
  private readonly hardware: WitmotionHardware;
  private stream: SampleStream | undefined;
  private send: ((value: Uint8Array) => boolean) | undefined;
  private waiting: number[] = [];

  constructor(hardware: WitmotionHardware, body: VirtualWearable) {
    super(hardware, body);
    this.hardware = hardware;
    const { service, notify, write } = hardware.isDual ? WITMOTION_DUAL : WITMOTION_SINGLE;
    this.services = [
      {
        uuid: service,
        characteristics: [
          {
            uuid: notify,
            properties: ['notify'],
            onSubscribe: (send) => {
              this.send = send;
              this.restartStream();
            },
            onUnsubscribe: () => this.stopStream(),
          },
          { uuid: write, properties: ['write', 'writeWithoutResponse'], write: (value) => this.command(value) },
        ],
      },
    ];
    body.onReboot = () => {
      this.stopStream();
      this.registers.restart();
    };
  }

  onDisconnect(): void {
    this.stopStream();
    this.body.disconnected();
  }

  onSample(_index: number, deviceS: number, values: Float64Array): void {
    const [accX, accY, accZ] = values;
    const frame = encodeData({
      accG: [accX, accY, accZ].map(gFromMps2),
      gyrDps: [...values.subarray(3, 6)].map(degFromRad),
      angleDeg: [degFromRad(Math.atan2(accY, accZ)), degFromRad(Math.atan2(-accX, Math.hypot(accY, accZ))), 0],
    });
    const readyMs = this.body.hostMsOf(deviceS);
    this.put(this.hardware.isDated ? Uint8Array.of(...frame, ...encodeDate(readyMs)) : frame, readyMs);
  }

  /** Nothing in the bytes says so. */
  onBreak(): void {
    return;
  }

  onEnd(): void {
    return;
  }

  /** `FF AA`, register, value; `FF AA 27` reads. Whatever else is written is ignored, as by the serial port behind it. */
  private command(value: Uint8Array): void {
    const [first, second, register, low, high] = value;
    if (value.length !== COMMAND_BYTES || first !== 0xff || second !== 0xaa) return;
    const nowMs = this.body.hostMsOf(this.body.deviceS());
    if (register === READ) {
      const answer = encodeRegisters(low, this.registers.read(low, this.body.batteryPct()));
      this.body.after(0, () => this.put(answer, nowMs));
      return;
    }
    const { rateHz } = this.registers;
    this.registers.write(register, low + 256 * high, nowMs);
    if (this.registers.rateHz !== rateHz && this.stream) this.restartStream();
  }

  private restartStream(): void {
    if (this.stream) this.body.stopStream(this.stream);
    this.stream = this.body.startStream(this.registers.rateHz, this);
  }

  private stopStream(): void {
    if (this.stream) this.body.stopStream(this.stream);
    this.stream = undefined;
    this.send = undefined;
    this.waiting = [];
  }

  /** Sends what fills a notification; the rest waits for the next frame. */
  private put(frame: Uint8Array, readyMs: number): void {
    const { send } = this;
    if (!send) return;
    this.waiting.push(...frame);
    const { notificationBytes } = this.hardware;
    const most = Math.min(notificationBytes ?? Infinity, this.body.notificationBytes());
    const least = notificationBytes === undefined ? 1 : most;
    while (this.waiting.length >= least) {
      this.body.transmit(Uint8Array.from(this.waiting.splice(0, most)), send, readyMs);
    }
  }
}
