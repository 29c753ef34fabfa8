/** A packet made of two halves. Pure. */
import { SampleFlag } from '../model/block.ts';
import type { ImuPacket, ImuPart } from './define.ts';

/** `arrivalMs` is that of the acceleration. */
export type DeliverPacket = (packet: ImuPacket, arrivalMs: number) => void;

export interface PartPairing {
  push(part: ImuPart, arrivalMs: number): void;
}

/** `gyrRadps`: 3n values that belong to the part's samples. */
export function packetOf(
  acc: ImuPart,
  gyrRadps: Float64Array | undefined,
  firstSampleIndex: number | undefined,
): ImuPacket {
  return {
    n: acc.n,
    tick: acc.tick,
    sequence: undefined,
    firstSampleIndex,
    accMps2: acc.values,
    gyrRadps,
    flags: acc.flags,
    backfilled: false,
    overrunBefore: false,
    timeBaseReset: false,
  };
}

/** A sample counts as one: where either half is missing or doubted, all of it is. */
export function joinInto(packet: ImuPacket, i: number, gyrFlags: number): void {
  const { accMps2, gyrRadps, flags } = packet;
  flags[i] |= gyrFlags & (SampleFlag.gyrClipped | SampleFlag.implausible | SampleFlag.notWorn);
  if (!gyrRadps) return;
  const sum = accMps2[3 * i] + accMps2[3 * i + 1] + accMps2[3 * i + 2];
  if (Number.isFinite(sum + gyrRadps[3 * i] + gyrRadps[3 * i + 1] + gyrRadps[3 * i + 2])) return;
  accMps2.fill(NaN, 3 * i, 3 * i + 3);
  gyrRadps.fill(NaN, 3 * i, 3 * i + 3);
}
