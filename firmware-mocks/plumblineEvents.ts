/** The device's own free-fall and impact detection, which it reports through characteristic 0006. */
import { gFromMps2 } from '../src/model/units.ts';
import { StatusKind } from './plumblinePacket.ts';

const FREE_FALL_G = 0.4;
const FREE_FALL_S = 0.08;
const IMPACT_G = 3;
/** Samples after which a rise above the impact threshold is over. */
const IMPACT_END_G = 2;

export class PlumblineEvents {
  private readonly report: (kind: number, arg: number) => void;
  private fallingSinceS: number | undefined;
  private reported = false;
  private peakG = 0;

  /** `arg`: free fall: lasted ms so far; impact: peak in 0.01 g. */
  constructor(report: (kind: number, arg: number) => void) {
    this.report = report;
  }

  watch(deviceS: number, values: Float64Array): void {
    const forceG = gFromMps2(Math.hypot(values[0], values[1], values[2]));
    this.watchFreeFall(deviceS, forceG);
    if (forceG >= IMPACT_G) this.peakG = Math.max(this.peakG, forceG);
    if (this.peakG > 0 && forceG < IMPACT_END_G) {
      this.report(StatusKind.impact, Math.round(this.peakG * 100));
      this.peakG = 0;
    }
  }

  private watchFreeFall(deviceS: number, forceG: number): void {
    if (forceG >= FREE_FALL_G) {
      this.fallingSinceS = undefined;
      this.reported = false;
      return;
    }
    this.fallingSinceS ??= deviceS;
    const lastedS = deviceS - this.fallingSinceS;
    if (this.reported || lastedS < FREE_FALL_S) return;
    this.reported = true;
    this.report(StatusKind.freeFall, Math.round(lastedS * 1000));
  }
}
