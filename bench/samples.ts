/** The same ten minutes of a simulated day for every measurement: blocks, packets, and finished frames. */
import { DAILY_LOOP } from '../firmware-mocks/dailyLoop.ts';
import { encodeBatch } from '../firmware-mocks/plumblinePacket.ts';
import { ScriptedMotion } from '../firmware-mocks/scriptedMotion.ts';
import { ImperfectSensor, STRAIGHT_MOUNTING, toRaw16, TYPICAL_SENSOR_ERRORS } from '../firmware-mocks/sensorErrors.ts';
import { emptyBlock, type ImuBlock } from '../src/model/block.ts';
import { degFromRad, gFromMps2 } from '../src/model/units.ts';

export const RATE_HZ = 100;
export const SAMPLES = 60_000;
const SEED = 1;
const TICK_HZ = 32_768;
/** ±8 g and ±1000 °/s, as the codes of the Plumbline service. */
const ACC_CODE = 2;
const ACC_FULL_SCALE_G = 8;
const GYR_CODE = 3;
const GYR_FULL_SCALE_DPS = 1000;

export function simulatedDay(): ImuBlock {
  const sensor = new ImperfectSensor(
    new ScriptedMotion(DAILY_LOOP, { loop: true }),
    STRAIGHT_MOUNTING,
    TYPICAL_SENSOR_ERRORS,
    SEED,
  );
  const day = emptyBlock(SAMPLES, RATE_HZ, true);
  const values = new Float64Array(6);
  for (let i = 0; i < SAMPLES; i++) {
    sensor.readInto(i / RATE_HZ, 1 / RATE_HZ, values);
    day.tS[i] = i / RATE_HZ;
    day.accMps2.set(values.subarray(0, 3), 3 * i);
    day.gyrRadps?.set(values.subarray(3), 3 * i);
  }
  return day;
}

export function blocksOf(day: ImuBlock, blockSamples: number): ImuBlock[] {
  return Array.from({ length: Math.floor(day.n / blockSamples) }, (_, b) => {
    const from = b * blockSamples;
    const to = from + blockSamples;
    return {
      n: blockSamples,
      rateHz: day.rateHz,
      tS: day.tS.slice(from, to),
      accMps2: day.accMps2.slice(3 * from, 3 * to),
      gyrRadps: day.gyrRadps?.slice(3 * from, 3 * to),
      flags: day.flags.slice(from, to),
    };
  });
}

/** Format 0x11 of the Plumbline service, as the virtual wearable sends it. */
export function packetOf(block: ImuBlock, sequence: number): Uint8Array {
  const raw: number[] = [];
  for (let i = 0; i < block.n; i++) {
    for (let axis = 0; axis < 3; axis++) raw.push(toRaw16(gFromMps2(block.accMps2[3 * i + axis]), ACC_FULL_SCALE_G));
    for (let axis = 0; axis < 3; axis++) {
      raw.push(toRaw16(degFromRad(block.gyrRadps?.[3 * i + axis] ?? 0), GYR_FULL_SCALE_DPS));
    }
  }
  return encodeBatch({
    seq: sequence & 0xffff,
    firstSampleIndex: sequence * block.n,
    tick: Math.round(block.tS[0] * TICK_HZ),
    flags: 0,
    accCode: ACC_CODE,
    gyrCode: GYR_CODE,
    raw,
  });
}
