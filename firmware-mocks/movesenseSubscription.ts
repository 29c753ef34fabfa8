/** One subscription of a Movesense: a resource path turned into notifications. */
import { degFromRad, mps2FromG } from '../src/model/units.ts';
import { encodeMeasurement } from './movesensePacket.ts';
import type { SampleSink } from './virtualWearable.ts';

type Quantity = 'acc' | 'gyr' | 'mag';

export interface Resource {
  readonly quantities: readonly Quantity[];
  readonly rateHz: number;
}

const QUANTITIES: Readonly<Record<string, readonly Quantity[]>> = {
  Acc: ['acc'],
  Gyro: ['gyr'],
  Magn: ['mag'],
  IMU6: ['acc', 'gyr'],
  IMU6m: ['acc', 'mag'],
  IMU9: ['acc', 'gyr', 'mag'],
};
const RATES_HZ: readonly number[] = [13, 26, 52, 104, 208, 416, 833, 1666];
/** The firmware keeps a notification within an MTU of 161. */
const MAX_NOTIFICATION_BYTES = 158;
const HEADER_BYTES = 6;
/** Steps and rails of the sensor at ±8 g and ±2000 dps: the values of captured packets are multiples of them. */
const ACC_STEP_MPS2 = mps2FromG(0.000244);
const GYR_STEP_DPS = 0.07;
const MAG_STEP_UT = 0.15;

/** `/Meas/IMU6/52`; undefined: no such resource. */
export function parseResource(path: string): Resource | undefined {
  const [, name = '', rateText = ''] = /^\/Meas\/(\w+)\/(\d+)$/.exec(path) ?? [];
  const quantities = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name] : undefined;
  const rateHz = Number(rateText);
  return quantities && RATES_HZ.includes(rateHz) ? { quantities, rateHz } : undefined;
}

/** Four samples at 52 Hz, one at 13 Hz: 13 packets per second as long as they fit. */
function samplesPerPacket({ quantities, rateHz }: Resource): number {
  const fitting = Math.floor((MAX_NOTIFICATION_BYTES - HEADER_BYTES) / (12 * quantities.length));
  return Math.max(1, Math.min(Math.round(rateHz / 13), fitting));
}

export interface SubscriptionSurroundings {
  timestampMsAt(deviceS: number): number;
  magneticFieldInto(deviceS: number, out: Float64Array): void;
  send(bytes: Uint8Array, lastDeviceS: number): void;
}

export class MovesenseSubscription implements SampleSink {
  readonly ref: number;
  private readonly resource: Resource;
  private readonly around: SubscriptionSurroundings;
  private readonly countPerPacket: number;
  private arrays: number[][];
  private firstDeviceS = 0;
  private readonly field = new Float64Array(3);

  constructor(ref: number, resource: Resource, around: SubscriptionSurroundings) {
    this.ref = ref;
    this.resource = resource;
    this.around = around;
    this.countPerPacket = samplesPerPacket(resource);
    this.arrays = resource.quantities.map(() => []);
  }

  onSample(_index: number, deviceS: number, values: Float64Array): void {
    const { quantities } = this.resource;
    if (this.arrays[0]?.length === 0) this.firstDeviceS = deviceS;
    quantities.forEach((quantity, i) => this.append(this.arrays[i], quantity, deviceS, values));
    if ((this.arrays[0]?.length ?? 0) < 3 * this.countPerPacket) return;
    this.around.send(encodeMeasurement(this.ref, this.around.timestampMsAt(this.firstDeviceS), this.arrays), deviceS);
    this.clear();
  }

  /** A packet holds samples in a row: a broken one is never sent. */
  onBreak(): void {
    this.clear();
  }

  onEnd(): void {
    this.clear();
  }

  private clear(): void {
    this.arrays = this.resource.quantities.map(() => []);
  }

  private append(array: number[], quantity: Quantity, deviceS: number, values: Float64Array): void {
    if (quantity === 'mag') this.around.magneticFieldInto(deviceS, this.field);
    for (let axis = 0; axis < 3; axis++) {
      if (quantity === 'acc') array.push(stepped(values[axis], ACC_STEP_MPS2));
      else if (quantity === 'gyr') array.push(stepped(degFromRad(values[3 + axis]), GYR_STEP_DPS));
      else array.push(stepped(this.field[axis], MAG_STEP_UT));
    }
  }
}

function stepped(value: number, step: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value / step))) * step;
}
