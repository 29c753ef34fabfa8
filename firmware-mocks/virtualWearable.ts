/**
 * The body of every virtual wearable: its own drifting clock, sampling that catches up with the host's clock,
 * a link that may lose, delay or drop, and a battery. The services stand on top of it.
 *
 * Nothing runs by itself: `poll()` does what is due. The host's clock may run faster than real time; samples then come in bursts.
 */
import { NonsenseSource } from './nonsense.ts';
import type { ImperfectSensor } from './sensorErrors.ts';
import { mixSeeds, type Random, seededRandom } from './seededRandom.ts';

export interface WearableBehaviour {
  readonly seed: number;
  /** How much faster than the host the device's clock runs, millionths. */
  readonly driftPpm: number;
  /** Share of notifications of sensor data that never arrive. */
  readonly lossRatio: number;
  /** A notification is late by 0..jitterMs, in order. */
  readonly jitterMs: number;
  readonly batteryPct: number;
  /** Undefined: never. */
  readonly dropLinkEveryS: number | undefined;
  /** The device restarts: new boot, its clock begins anew. */
  readonly rebootEveryS: number | undefined;
  /** The sensor's memory overflows and loses a quarter of a second. */
  readonly overrunEveryS: number | undefined;
  /** Beside its data it sends bytes that cannot be read. */
  readonly nonsenseEveryS?: number | undefined;
  readonly rssiDbm: number;
}

export interface PeripheralLink {
  mtu(): number;
  drop(reason?: number): void;
}

export interface SampleSink {
  /** `values`: acc x y z m/s², gyr x y z rad/s, sensor frame; valid during the call only. `index` counts from the stream's start. */
  onSample(index: number, deviceS: number, values: Float64Array): void;
  /** The samples before and after do not join: the sensor was silent, or its memory overflowed. */
  onBreak(reason: 'silent' | 'overrun'): void;
  /** The motion is over: nothing more will come. */
  onEnd(): void;
}

export interface SampleStream {
  readonly rateHz: number;
  readonly sink: SampleSink;
}

interface RunningStream extends SampleStream {
  readonly sensor: ImperfectSensor;
  readonly startDeviceS: number;
  readonly startBodyS: number;
  nextIndex: number;
  nextOverrunS: number;
  ended: boolean;
}

interface Notification {
  readonly dueMs: number;
  readonly bytes: Uint8Array;
  readonly send: (bytes: Uint8Array) => boolean;
}

/** Core Specification 5.3, Vol 1, Part F: connection timeout. */
const REASON_TIMEOUT = 0x08;
/** A suspended host is not caught up with for ever: beyond this the sensor's memory has overflowed. */
const MAX_CATCH_UP_S = 600;
const OVERRUN_S = 0.25;
const BATTERY_LIFE_H = 100;

/** Host time at which the wearer began to move, Unix ms: one for all that the wearer wears. */
export interface MotionStart {
  ms: number | undefined;
}

export class VirtualWearable {
  readonly behaviour: WearableBehaviour;
  /** Changes at every boot. */
  bootId = 0;
  /** Called after a reboot, when all state but the persistent one is gone. */
  onReboot: (() => void) | undefined;
  /** Called once, when the motion has been played to its end. */
  onMotionEnd: (() => void) | undefined;
  private readonly now: () => number;
  private readonly sensorFor: (streamSeed: number) => ImperfectSensor;
  private readonly compass: ImperfectSensor;
  private readonly random: Random;
  private readonly createdMs: number;
  private bootMs: number;
  private bootCount = 0;
  private readonly motionStart: MotionStart;
  private motionEnded = false;
  private link: PeripheralLink | undefined;
  private dropAtMs = Number.POSITIVE_INFINITY;
  private rebootAtMs = Number.POSITIVE_INFINITY;
  private streams: RunningStream[] = [];
  private outgoing: Notification[] = [];
  private lastDueMs = 0;
  private readonly nonsense: NonsenseSource | undefined;
  private alarms: { readonly dueMs: number; readonly run: () => void }[] = [];
  private readonly values = new Float64Array(6);

  constructor(
    behaviour: WearableBehaviour,
    sensorFor: (streamSeed: number) => ImperfectSensor,
    now: () => number,
    motionStart: MotionStart = { ms: undefined },
  ) {
    this.motionStart = motionStart;
    this.behaviour = behaviour;
    this.sensorFor = sensorFor;
    this.compass = sensorFor(0);
    this.now = now;
    this.random = seededRandom(mixSeeds(behaviour.seed, 3));
    this.createdMs = now();
    this.bootMs = this.createdMs;
    const { nonsenseEveryS } = behaviour;
    this.nonsense = nonsenseEveryS === undefined ? undefined : new NonsenseSource(nonsenseEveryS, this.random, now());
    this.boot();
  }

  // ------------------------------------------------------------ clock

  /** Seconds since boot on the device's own clock. */
  deviceS(): number {
    return ((this.now() - this.bootMs) / 1000) * this.rateOfClock;
  }

  private get rateOfClock(): number {
    return 1 + this.behaviour.driftPpm * 1e-6;
  }

  /** A random 32-bit number that is the same for all of this boot. */
  bootRandom(purpose: number): number {
    return mixSeeds(this.bootId, purpose);
  }

  /** Runs once at the first `poll` that is at least `delayMs` from now. */
  after(delayMs: number, run: () => void): void {
    this.alarms.push({ dueMs: this.now() + delayMs, run });
  }

  batteryPct(): number {
    const usedPct = ((this.now() - this.createdMs) / 3_600_000) * (100 / BATTERY_LIFE_H);
    return Math.max(0, Math.min(100, Math.ceil(this.behaviour.batteryPct - usedPct)));
  }

  // ------------------------------------------------------------ link

  connected(link: PeripheralLink): void {
    this.link = link;
    const { dropLinkEveryS } = this.behaviour;
    if (dropLinkEveryS !== undefined) this.dropAtMs = this.now() + dropLinkEveryS * 1000;
  }

  disconnected(): void {
    this.link = undefined;
    this.dropAtMs = Number.POSITIVE_INFINITY;
    this.outgoing = [];
  }

  get isConnected(): boolean {
    return this.link !== undefined;
  }

  /** What fits into one notification. */
  notificationBytes(): number {
    return (this.link?.mtu() ?? 23) - 3;
  }

  dropLink(): void {
    this.link?.drop(REASON_TIMEOUT);
  }

  /** Sends sensor data: may be lost or late, never out of order. `readyMs` is the host's time at which the device had it. */
  transmit(bytes: Uint8Array, send: (bytes: Uint8Array) => boolean, readyMs = this.now()): void {
    const { lossRatio, jitterMs } = this.behaviour;
    if (lossRatio > 0 && this.random() < lossRatio) return;
    const dueMs = Math.max(this.lastDueMs, readyMs + (jitterMs > 0 ? this.random() * jitterMs : 0));
    this.lastDueMs = dueMs;
    this.outgoing.push({ dueMs, bytes, send });
    const nonsense = this.nonsense?.after(bytes, this.now());
    if (nonsense) this.outgoing.push({ dueMs, bytes: nonsense, send });
  }

  // ------------------------------------------------------------ sampling

  /** The first stream begins the motion. @param streamSeed tells the noise of parallel streams apart. */
  startStream(rateHz: number, sink: SampleSink, streamSeed = 0): SampleStream {
    this.motionStart.ms ??= this.now();
    const { overrunEveryS = Number.POSITIVE_INFINITY } = this.behaviour;
    const stream: RunningStream = {
      rateHz,
      sink,
      sensor: this.sensorFor(streamSeed),
      startDeviceS: this.deviceS(),
      startBodyS: this.bodyS(),
      nextIndex: 0,
      nextOverrunS: overrunEveryS,
      ended: false,
    };
    this.streams.push(stream);
    return stream;
  }

  stopStream(stream: SampleStream): void {
    this.streams = this.streams.filter((running) => running !== stream);
  }

  /** Seconds since the motion began; the motion goes on while nobody listens. */
  bodyS(): number {
    return this.motionStart.ms === undefined ? 0 : (this.now() - this.motionStart.ms) / 1000;
  }

  get knowsMagneticField(): boolean {
    return this.compass.knowsMagneticField;
  }

  /** The field at a moment of the device's clock, sensor frame, µT. */
  magneticFieldInto(deviceS: number, out: Float64Array): void {
    const startMs = this.motionStart.ms ?? this.now();
    this.compass.readMagneticFieldInto((this.hostMsOf(deviceS) - startMs) / 1000, out);
  }

  /** Host time at which a moment of the device's clock was, Unix ms. */
  hostMsOf(deviceS: number): number {
    return this.bootMs + (deviceS / this.rateOfClock) * 1000;
  }

  poll(): void {
    const nowMs = this.now();
    if (nowMs >= this.rebootAtMs) this.reboot();
    if (nowMs >= this.dropAtMs) {
      this.dropAtMs = Number.POSITIVE_INFINITY;
      this.dropLink();
    }
    for (const stream of this.streams) this.advance(stream);
    this.runAlarms(nowMs);
    this.flush(nowMs);
    this.tellEnd();
  }

  private advance(stream: RunningStream): void {
    const dueCount = Math.floor((this.deviceS() - stream.startDeviceS) * stream.rateHz + 1e-6) + 1;
    const maxBehind = MAX_CATCH_UP_S * stream.rateHz;
    if (dueCount - stream.nextIndex > maxBehind) this.overrun(stream, dueCount - stream.nextIndex - maxBehind);
    while (stream.nextIndex < dueCount && !stream.ended && this.streams.includes(stream)) this.sample(stream);
  }

  private sample(stream: RunningStream): void {
    const sinceStartS = stream.nextIndex / stream.rateHz;
    const bodyS = stream.startBodyS + sinceStartS / this.rateOfClock;
    // Half a sample of patience, so that the last sample is not lost to rounding.
    if (bodyS > stream.sensor.durationS + 0.5 / stream.rateHz) return this.end(stream);
    const { overrunEveryS } = this.behaviour;
    if (overrunEveryS !== undefined && sinceStartS >= stream.nextOverrunS) {
      stream.nextOverrunS += overrunEveryS;
      return this.overrun(stream, Math.ceil(OVERRUN_S * stream.rateHz));
    }
    const present = stream.sensor.readInto(bodyS, 1 / (stream.rateHz * this.rateOfClock), this.values);
    const index = stream.nextIndex++;
    if (present) stream.sink.onSample(index, stream.startDeviceS + sinceStartS, this.values);
    else stream.sink.onBreak('silent');
  }

  private overrun(stream: RunningStream, countSamples: number): void {
    stream.sink.onBreak('overrun');
    stream.nextIndex += countSamples;
  }

  private end(stream: RunningStream): void {
    stream.ended = true;
    stream.sink.onEnd();
    this.motionEnded = true;
  }

  /** The end is told when the last packet has left. */
  private tellEnd(): void {
    if (!this.motionEnded || this.outgoing.length > 0) return;
    this.onMotionEnd?.();
    this.onMotionEnd = undefined;
  }

  private runAlarms(nowMs: number): void {
    if (this.alarms.length === 0) return;
    const due = this.alarms.filter((alarm) => alarm.dueMs <= nowMs);
    if (due.length === 0) return;
    this.alarms = this.alarms.filter((alarm) => alarm.dueMs > nowMs);
    for (const alarm of due) alarm.run();
  }

  private flush(nowMs: number): void {
    let sentCount = 0;
    for (const notification of this.outgoing) {
      if (notification.dueMs > nowMs) break;
      sentCount++;
      notification.send(notification.bytes);
    }
    if (sentCount > 0) this.outgoing = this.outgoing.slice(sentCount);
  }

  /** Cuts the link, forgets everything but the time of the battery, and begins a new clock. */
  reboot(): void {
    this.dropLink();
    this.streams = [];
    this.alarms = [];
    this.bootMs = this.now();
    this.boot();
    this.onReboot?.();
  }

  private boot(): void {
    const { seed, rebootEveryS } = this.behaviour;
    this.bootId = mixSeeds(seed, this.bootMs, this.bootCount++);
    if (rebootEveryS !== undefined) this.rebootAtMs = this.bootMs + rebootEveryS * 1000;
  }
}
