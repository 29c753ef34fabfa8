/**
 * EV-NODATA: nobody sees falls while a sensor is silent, and somebody has to know. Pure; counted in elapsed time that it is
 * told, not read from a clock: a clock that is set must neither raise nor hide it.
 *
 * Source  clinical specification 3, EV-NODATA; `gapAlertMin` 30 [D]; said again after 2 h and 24 h
 */
import type { DeviceHealth } from '../model/ports.ts';
import type { Verdict, VerdictPhase } from '../model/verdict.ts';

/** `gapAlertMin`, then for caregivers, then for clinicians. */
const SAID_AFTER_S = [30 * 60, 2 * 3600, 24 * 3600] as const;

/** How far the data come: the last link of the chain that still works is before this one. */
type SilentStage = 'radio' | 'range' | 'sensor' | 'phone' | 'values';

const STAGE_WORDS: Readonly<Record<SilentStage, string>> = {
  radio: 'the radio of the receiver is not running',
  range: 'the sensor is not heard: out of reach, switched off or empty',
  sensor: 'the sensor is connected and sends nothing',
  phone: 'the phone sends nothing',
  values: 'what the sensor sends cannot be used',
};

/** Where the sensor stands; `sendsItself`: a phone, which no radio looks for. */
export interface SilentSensor extends Pick<DeviceHealth, 'state' | 'lastSampleMs'> {
  readonly sendsItself: boolean;
}

export class SilenceWatch {
  readonly #onVerdict: (verdict: Verdict) => void;
  #silentS = 0;
  #saidCount = 0;
  /** Unix seconds; set when it is said for the first time. */
  #startS = 0;

  constructor(onVerdict: (verdict: Verdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** So much time has passed without a usable sample, as far as is known. @param nowMs Unix milliseconds, for what is said */
  pass(elapsedS: number, nowMs: number, sensor: SilentSensor): void {
    this.#silentS += elapsedS;
    if (this.#saidCount >= SAID_AFTER_S.length || this.#silentS < SAID_AFTER_S[this.#saidCount]) return;
    const stage = stageOf(sensor);
    if (this.#saidCount === 0) {
      // Those that have come since are of no use.
      const lastMs = stage === 'values' ? undefined : sensor.lastSampleMs;
      this.#startS = (lastMs ?? nowMs - 1000 * this.#silentS) / 1000;
    }
    this.#say(this.#saidCount === 0 ? 'start' : 'repeat', nowMs, stage);
    this.#saidCount++;
  }

  /** Usable samples have come, of now and not of before. @param nowMs Unix milliseconds */
  onData(nowMs: number): void {
    if (this.#saidCount > 0) this.#say('end', nowMs, undefined);
    this.#silentS = 0;
    this.#saidCount = 0;
  }

  #say(phase: VerdictPhase, nowMs: number, stage: SilentStage | undefined): void {
    const silentMin = Math.round(this.#silentS / 60);
    this.#onVerdict({
      ruleId: 'EV-NODATA',
      kind: 'no-data',
      severity: 'medium',
      phase,
      startS: this.#startS,
      decidedS: nowMs / 1000,
      values: { silentMin, ...(stage === undefined ? {} : { stage }) },
      confidence: 1,
      text: textOf(stage),
      because: stage === undefined ? 'Data have come again' : becauseOf(silentMin, stage),
      // Nothing can reach it.
      cue: false,
    });
  }
}

const becauseOf = (silentMin: number, stage: SilentStage): string =>
  `No data for ${silentMin} minutes: ${STAGE_WORDS[stage]}. Falls cannot be seen; told after ${SAID_AFTER_S[0] / 60} minutes, source [D]`;

function textOf(stage: SilentStage | undefined): string {
  if (stage === 'values') return 'We cannot use what your sensor sends. Please switch it off and on again.';
  if (stage === 'phone') return 'We have lost your sensor. Is your phone near you?';
  return 'We have lost your sensor. Is it charged, and near its receiver?';
}

function stageOf({ state, sendsItself }: SilentSensor): SilentStage {
  if (state === 'streaming') return 'values';
  if (sendsItself) return 'phone';
  if (state === 'stopped') return 'radio';
  return state === 'searching' ? 'range' : 'sensor';
}
