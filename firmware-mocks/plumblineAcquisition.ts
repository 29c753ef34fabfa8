/** Measuring and sending of the Plumbline IMU wearable: configuration, START and STOP, repeated packets, capture of upright. */
import { gFromMps2 } from '../src/model/units.ts';
import { DEFAULT_CONFIG, parseConfig, type PlumblineConfig } from './plumblineConfig.ts';
import { type CaptureResult, Status } from './plumblineControlPoint.ts';
import { batchCapacity, BATCH_FLAGS_OFFSET, PacketFlag, TICK_HZ } from './plumblinePacket.ts';
import { MASK_ACC, MASK_GYR, PlumblineStream } from './plumblineStream.ts';
import type { SampleStream, VirtualWearable } from './virtualWearable.ts';

/** Two minutes of ten packets a second: 160 kB. */
export const DEFAULT_MEMORY_PACKETS = 1200;
export const MAX_RATE_HZ = 200;
/** With one sample per notification the radio does not keep up with more. */
const MAX_RATE_SINGLE_HZ = 100;
const CAPTURE_RATE_HZ = 100;
const MAX_CAPTURE_MS = 30_000;
const GRAVITY_STEPS_PER_G = 16_384;
const TICK_WRAP = 2 ** 32;
/** What a connection event of 30 ms has room for beside the live stream. */
const BACKFILL_PER_EVENT = 2;
const CONNECTION_EVENT_S = 0.03;

export class PlumblineAcquisition {
  config: PlumblineConfig = DEFAULT_CONFIG;
  /** Set while the data characteristic is subscribed to. */
  sendData: ((value: Uint8Array) => boolean) | undefined;
  /** Packets that nobody could be given. */
  droppedPackets = 0;
  /** Since the last START. */
  overrunSeen = false;
  /** Until the first packet after a restart. */
  timeBaseReset = false;
  private readonly body: VirtualWearable;
  private readonly watch: (deviceS: number, values: Float64Array) => void;
  private stream: PlumblineStream | undefined;
  private sampling: SampleStream | undefined;
  private nextSeq = 0;
  private capturing = false;
  private readonly memoryPackets: number;
  /** What a packet of the session may hold; it stays while nobody listens. */
  private packetBytes = 0;
  private wanted: Uint8Array[] = [];
  private nextEventS = 0;

  constructor(
    body: VirtualWearable,
    watch: (deviceS: number, values: Float64Array) => void,
    memoryPackets = DEFAULT_MEMORY_PACKETS,
  ) {
    this.body = body;
    this.watch = watch;
    this.memoryPackets = memoryPackets;
  }

  get isRunning(): boolean {
    return this.stream !== undefined;
  }

  /** The clock did not begin at zero when the simulation began. */
  tickAt(deviceS: number): number {
    return Math.floor(this.body.bootRandom(1) + deviceS * TICK_HZ) % TICK_WRAP;
  }

  tickNow(): number {
    return this.tickAt(this.body.deviceS());
  }

  /** With what already runs the session simply goes on: its link was lost, or the answer to the first START. */
  start(mask: number): number {
    if (mask === 0 || (mask & ~(MASK_ACC | MASK_GYR)) !== 0) return Status.param;
    if (this.stream) return mask === this.stream.mask ? Status.ok : Status.busy;
    const single = batchCapacity(this.body.notificationBytes()) === 0;
    if (single && this.config.rateHz > MAX_RATE_SINGLE_HZ) return Status.mtuTooSmall;
    this.overrunSeen = false;
    this.stream = new PlumblineStream(
      {
        config: () => this.config,
        notificationBytes: () => this.sessionPacketBytes(),
        tickAt: (deviceS) => this.tickAt(deviceS),
        send: (bytes, lastDeviceS) => this.sendPacket(bytes, lastDeviceS),
        takeTimeBaseReset: () => this.takeTimeBaseReset(),
        watch: this.watch,
      },
      { mask, memoryPackets: this.memoryPackets, firstSeq: this.nextSeq },
    );
    this.sampling = this.body.startStream(this.config.rateHz, this.stream);
    return Status.ok;
  }

  /** Also ok when nothing was running: a host that lost track must be able to get to a known state. */
  stop(): number {
    if (this.sampling) this.body.stopStream(this.sampling);
    if (this.stream) {
      this.stream.flush();
      this.nextSeq = this.stream.nextSeq;
    }
    this.stream = undefined;
    this.sampling = undefined;
    this.wanted = [];
    return Status.ok;
  }

  /** The session goes on, into the memory. */
  linkLost(): void {
    this.sendData = undefined;
    this.wanted = [];
  }

  /** Packets that are sent again fill what the live stream leaves of each connection event. */
  poll(): void {
    if (this.wanted.length === 0 || this.body.deviceS() < this.nextEventS) return;
    this.nextEventS = this.body.deviceS() + CONNECTION_EVENT_S;
    for (const packet of this.wanted.splice(0, BACKFILL_PER_EVENT)) this.transmit(packet);
  }

  /** Ranges and batching may change while measuring, each packet states its scale; the rate may not. */
  setConfig(bytes: Uint8Array): number {
    const config = parseConfig(bytes);
    if (config === 'length') return Status.length;
    if (config === 'param') return Status.param;
    if (this.stream && config.rateHz !== this.config.rateHz) return Status.busy;
    this.config = config;
    return Status.ok;
  }

  backfill(firstSeq: number, count: number): { status: number; afterwards?: () => void } {
    if (count === 0) return { status: Status.param };
    // Format 0x12 has no flags byte in which a repeated packet could be marked.
    if (batchCapacity(this.body.notificationBytes()) === 0) return { status: Status.mtuTooSmall };
    const stored = this.stream?.stored(firstSeq, count) ?? [];
    if (stored.length === 0) return { status: Status.param };
    // The link before this one may have carried more.
    const packets = stored.filter(({ length }) => length <= this.body.notificationBytes());
    if (packets.length === 0) return { status: Status.mtuTooSmall };
    const afterwards = (): void => {
      this.wanted.push(...packets);
    };
    return { status: Status.ok, afterwards };
  }

  captureUpright(averageMs: number, done: (result: CaptureResult) => void): number {
    if (averageMs === 0 || averageMs > MAX_CAPTURE_MS) return Status.param;
    if (this.capturing) return Status.busy;
    this.capturing = true;
    const sumMps2 = new Float64Array(3);
    let countSamples = 0;
    const sink = {
      onSample: (_index: number, _deviceS: number, values: Float64Array): void => {
        countSamples++;
        for (let axis = 0; axis < 3; axis++) sumMps2[axis] = sumMps2[axis] + values[axis];
      },
      onBreak: (): void => {},
      onEnd: (): void => {},
    };
    const capture = this.body.startStream(CAPTURE_RATE_HZ, sink, 1);
    this.body.after(averageMs, () => {
      this.body.stopStream(capture);
      this.capturing = false;
      if (countSamples === 0) return done({ status: Status.notWorn });
      const gravity = Array.from(sumMps2, (sum) => Math.round(gFromMps2(sum / countSamples) * GRAVITY_STEPS_PER_G));
      done({ status: Status.ok, gravity });
    });
    return Status.ok;
  }

  afterReboot(): void {
    this.stream = undefined;
    this.sampling = undefined;
    this.wanted = [];
    this.nextEventS = 0;
    this.config = DEFAULT_CONFIG;
    this.nextSeq = 0;
    this.droppedPackets = 0;
    this.capturing = false;
    this.timeBaseReset = true;
  }

  private sessionPacketBytes(): number {
    if (this.sendData || this.packetBytes === 0) this.packetBytes = this.body.notificationBytes();
    return this.packetBytes;
  }

  private takeTimeBaseReset(): boolean {
    const reset = this.timeBaseReset;
    this.timeBaseReset = false;
    return reset;
  }

  private sendPacket(bytes: Uint8Array, lastDeviceS: number): void {
    if (bytes[0] === 0x11 && (bytes[BATCH_FLAGS_OFFSET] & PacketFlag.fifoOverrun) !== 0) {
      this.overrunSeen = true;
    }
    this.transmit(bytes, this.body.hostMsOf(lastDeviceS));
  }

  private transmit(bytes: Uint8Array, readyMs?: number): void {
    const send = this.sendData;
    if (!send) {
      this.droppedPackets++;
      return;
    }
    const counted = (value: Uint8Array): boolean => {
      const sent = send(value);
      if (!sent) this.droppedPackets++;
      return sent;
    };
    this.body.transmit(bytes, counted, readyMs);
  }
}
