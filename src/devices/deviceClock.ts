/**
 * When was each sample taken, in Unix seconds? Sample index → device seconds (`SampleAxis`) → host seconds (`HostClockFit`) →
 * a time that never runs backward. As the fit improves, time is slewed by at most a few per cent and never stepped; only a new
 * epoch (the device restarted, the host's clock was set) may jump. Pure: time comes from the arguments.
 */
import type { TimeQuality } from '../model/ports.ts';
import type { ClockSample, DeviceClockSpec } from './define.ts';
import { HostClockFit } from './hostClockFit.ts';
import { SampleAxis } from './sampleAxis.ts';

/** A second may be this much longer or shorter while a correction is worked in; more for gross errors of the first packet. */
const SLEW_RATIO = 0.02;
const SLEW_RATIO_GROSS = 0.05;
const GROSS_S = 0.1;
/** Working this in would take most of a minute, with every time wrong meanwhile. */
const MOST_SLEW_S = 2;
const CRYSTAL_SD = 1e-4;
const FREE_RUNNING_SD = 0.02;
const HOST_SET_BACK_S = 0.5;
/** A resumed clock that is further off was restarted after all, or the host's was set meanwhile. */
const RESUME_S = 5;
/** Of a device that cannot tell a restart from a new link: this close, by chance, would be one restart in many thousands. */
const RESUME_UNTOLD_S = 0.15;
const POOR_RESIDUAL_MS = 20;

/** What became of the time axis with this packet. */
export type ClockNotice = 'ok' | 'deviceJumped' | 'hostStepped';

export class DeviceClock {
  readonly #hasClock: boolean;
  readonly #stampsLast: boolean;
  readonly #axis: SampleAxis;
  readonly #fit: HostClockFit;
  #epoch: string | undefined;
  /** The next packet is the first after a restart that should not have touched the device's clock. */
  #isResumed = false;
  /** It is also the next of the same count: the times must not jump unsaid. */
  #countGoesOn = false;
  #lastDeviceS = NaN;
  #lastHostS = -Infinity;
  #lastArrivalS = -Infinity;
  /** What is still to be worked in: time given out minus time of the fit, at the last sample given out. */
  #slewS = 0;

  constructor(clock: DeviceClockSpec | undefined, rateHz: number) {
    this.#hasClock = clock !== undefined;
    this.#stampsLast = clock?.stampOf === 'last';
    this.#axis = new SampleAxis(clock, rateHz);
    this.#fit = this.#hasClock ? new HostClockFit(CRYSTAL_SD) : new HostClockFit(FREE_RUNNING_SD, { canStep: false });
  }

  /**
   * A stream starts with sample index 0 or any other. The same epoch again keeps what was learned of the clock; after '' again
   * the first stamp decides, because a device that merely lost its link counts its clock on.
   */
  startEpoch(epoch: string): void {
    const isSame = epoch === this.#epoch && this.#hasClock;
    this.#epoch = epoch;
    this.#isResumed = isSame;
    if (isSame) this.#axis.restartIndex();
    else this.#restart();
  }

  /** The stream goes on where a lost link left it. */
  resume(): void {
    this.#isResumed = true;
    this.#countGoesOn = true;
  }

  /** Do n samples from `index` on, with this stamp, lie on the line of those so far? False in another session of the device. */
  continues(index: number, n: number, tick: number | undefined, arrivalMs: number): boolean {
    if (!this.#hasClock || tick === undefined) return false;
    return this.#axis.isOnLine(this.#stampedOf(index, n), this.#axis.secondsOfTick(tick, arrivalMs / 1000));
  }

  /** An explicit pair of device and host time. */
  exchange({ tick, hostMs, uncertaintyMs }: ClockSample): ClockNotice {
    if (!this.#hasClock) return 'ok';
    const hostS = hostMs / 1000;
    const deviceS = this.#axis.secondsOfTick(tick, hostS);
    this.#axis.note(deviceS, hostS);
    if (this.#fit.exchange(deviceS, hostS, uncertaintyMs / 1000) === 'stepped') {
      this.#lastDeviceS = NaN;
      if (this.#lastHostS > hostS) this.#lastHostS = -Infinity;
      return 'hostStepped';
    }
    return this.#keepContinuous();
  }

  /** Index of the first of n samples by their stamp, for devices that count nothing: whole samples on the axis learned so far. */
  indexOfTick(tick: number, n: number, arrivalMs: number): number {
    const stamped = Math.round(this.#axis.indexAt(this.#axis.secondsOfTick(tick, arrivalMs / 1000)));
    return this.#stampsLast ? stamped - (n - 1) : stamped;
  }

  /** By how many samples the stamp of a packet of n may be off without anything being lost. */
  slackSamples(n: number): number {
    return this.#axis.slackSamples(n);
  }

  /** Learns from a packet of n samples that arrived just now; sent-again packets say nothing about arrival. */
  observe(index: number, n: number, tick: number | undefined, arrivalMs: number): ClockNotice {
    const arrivalS = arrivalMs / 1000;
    let notice: ClockNotice = 'ok';
    if (this.#hasClock && tick !== undefined) {
      const stampS = this.#axis.secondsOfTick(tick, arrivalS);
      if (this.#axis.learn(this.#stampedOf(index, n), stampS) === 'jumped') {
        this.#fit.restart();
        this.#lastDeviceS = NaN;
        notice = 'deviceJumped';
      }
    }
    if (!this.#hasClock && this.#lastArrivalS - arrivalS > HOST_SET_BACK_S) {
      // Only the host's clock being set back looks like this; one set forward looks like a loss, and is told as one.
      this.#fit.restart();
      this.#lastDeviceS = NaN;
      this.#lastHostS = -Infinity;
      notice = 'hostStepped';
    }
    this.#lastArrivalS = arrivalS;
    const lastSampleS = this.#axis.secondsAt(index + n - 1);
    const resumeS = this.#epoch === '' ? RESUME_UNTOLD_S : RESUME_S;
    if (this.#isResumed && !(Math.abs(this.#fit.hostSecondsAt(lastSampleS) - arrivalS) < resumeS)) {
      this.#fit.restart();
      this.#lastDeviceS = NaN;
      if (this.#countGoesOn) notice = 'hostStepped';
    }
    this.#isResumed = false;
    this.#countGoesOn = false;
    this.#axis.note(lastSampleS, arrivalS);
    if (this.#fit.observe(lastSampleS, arrivalS) === 'stepped') {
      this.#lastDeviceS = NaN;
      notice = 'hostStepped';
    }
    if (this.#lastHostS - arrivalS > HOST_SET_BACK_S && Number.isNaN(this.#lastDeviceS)) {
      // Times in the future of a new epoch: the host's clock was set back, and time has to start again from there.
      this.#lastHostS = -Infinity;
      notice = 'hostStepped';
    }
    return this.#keepContinuous() === 'hostStepped' ? 'hostStepped' : notice;
  }

  /** Unix seconds of n samples from `index` on into `tS`; strictly increasing from call to call within an epoch. */
  stamp(index: number, n: number, tS: Float64Array): void {
    for (let i = 0; i < n; i++) {
      const deviceS = this.#axis.secondsAt(index + i);
      let hostS = this.#fit.hostSecondsAt(deviceS) + this.#slewAt(deviceS);
      if (hostS <= this.#lastHostS) {
        const pushed = this.#lastHostS + this.#axis.periodS / 2;
        this.#slewS += pushed - hostS;
        hostS = pushed;
      }
      this.#lastDeviceS = deviceS;
      this.#lastHostS = hostS;
      tS[i] = hostS;
    }
  }

  /** Seconds from when a sample should have arrived, had it been as quick as the quickest, to when it did; NaN before the first. */
  latenessS(index: number, arrivalMs: number): number {
    return arrivalMs / 1000 - this.#fit.hostSecondsAt(this.#axis.secondsAt(index));
  }

  /** Seconds of the host's clock from sample to sample. */
  get periodS(): number {
    return this.#axis.periodS * (1 + this.#fit.driftPpm * 1e-6);
  }

  /** How far the learned rate of a free-running sensor may still be from the true one. */
  get rateErrorRatio(): number {
    return this.#fit.rateErrorRatio;
  }

  /** False: nothing has arrived yet that says what the host's time was. */
  get isReady(): boolean {
    return this.#fit.isReady;
  }

  /** NaN until there are enough packets to tell. */
  get residualP95Ms(): number {
    return this.#fit.residualP95Ms;
  }

  get driftPpm(): number {
    return this.#fit.driftPpm;
  }

  get quality(): TimeQuality {
    if (!this.#hasClock) return 'arrival';
    if (!this.#fit.isSettled) return 'settling';
    return this.#fit.residualP95Ms > POOR_RESIDUAL_MS ? 'poor' : 'good';
  }

  #stampedOf(index: number, n: number): number {
    return this.#stampsLast ? index + n - 1 : index;
  }

  #restart(): void {
    this.#axis.restart();
    this.#fit.restart();
    this.#lastDeviceS = NaN;
    this.#lastArrivalS = -Infinity;
    this.#slewS = 0;
  }

  /** After the fit has changed: the last sample keeps its time, the difference is worked in from there. */
  #keepContinuous(): ClockNotice {
    if (Number.isNaN(this.#lastDeviceS)) return 'ok';
    this.#slewS = this.#lastHostS - this.#fit.hostSecondsAt(this.#lastDeviceS);
    if (Math.abs(this.#slewS) < MOST_SLEW_S) return 'ok';
    if (this.#slewS > 0) this.#lastHostS = -Infinity;
    this.#lastDeviceS = NaN;
    return 'hostStepped';
  }

  #slewAt(deviceS: number): number {
    if (Number.isNaN(this.#lastDeviceS)) this.#slewS = 0;
    else {
      const ratio = Math.abs(this.#slewS) > GROSS_S ? SLEW_RATIO_GROSS : SLEW_RATIO;
      const most = ratio * Math.max(0, deviceS - this.#lastDeviceS);
      this.#slewS -= Math.max(-most, Math.min(most, this.#slewS));
    }
    return this.#slewS;
  }
}
