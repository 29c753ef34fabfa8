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
/** For a radio to start and a sensor to be found. */
const FIND_S = 120;

/** Holds until data come, whatever becomes of the service meanwhile. */
export const SILENCE_KIND = 'no-data';

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
  readonly isRadioOn: boolean;
}

/** What is known from before the service was started; Unix ms. */
export interface SilenceBefore {
  /** Undefined: there have never been any. */
  readonly lastDataMs: number | undefined;
  /** When the alert that still stands was raised or last said again; undefined: none stands. */
  readonly saidMs: number | undefined;
}

export class SilenceWatch {
  readonly #onVerdict: (verdict: Verdict) => void;
  #silentS = 0;
  #saidCount = 0;
  #lastDataMs: number | undefined;
  /** Unix seconds; set when it is said for the first time. */
  #startS = 0;

  constructor(onVerdict: (verdict: Verdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** A service that was away has not heard anything either; a sensor gets its time to be found before that is said. */
  resume({ lastDataMs, saidMs }: SilenceBefore, nowMs: number): void {
    this.#lastDataMs = lastDataMs;
    const sinceS = (ms: number): number => Math.max(0, (nowMs - ms) / 1000);
    if (saidMs === undefined) {
      if (lastDataMs !== undefined) this.#silentS = Math.min(sinceS(lastDataMs), SAID_AFTER_S[0] - FIND_S);
      return;
    }
    const startMs = lastDataMs ?? saidMs - 1000 * SAID_AFTER_S[0];
    this.#startS = startMs / 1000;
    this.#silentS = sinceS(startMs);
    const saidS = (saidMs - startMs) / 1000;
    this.#saidCount = Math.max(1, SAID_AFTER_S.filter((afterS) => saidS >= afterS).length);
  }

  /** So much time has passed without a usable sample, as far as is known. @param nowMs Unix milliseconds, for what is said */
  pass(elapsedS: number, nowMs: number, sensor: SilentSensor): void {
    this.#silentS += elapsedS;
    if (this.#saidCount >= SAID_AFTER_S.length || this.#silentS < SAID_AFTER_S[this.#saidCount]) return;
    const stage = stageOf(sensor);
    if (this.#saidCount === 0) {
      // Those that have come since are of no use.
      const lastMs = stage === 'values' ? undefined : (sensor.lastSampleMs ?? this.#lastDataMs);
      this.#startS = (lastMs ?? nowMs - 1000 * this.#silentS) / 1000;
    }
    // Each time an event of its own: who has seen the first is asked again.
    const startS = this.#startS + (this.#saidCount === 0 ? 0 : SAID_AFTER_S[this.#saidCount]);
    this.#saidCount++;
    this.#say('start', startS, nowMs, stage);
  }

  /** Usable samples have come, of now and not of before. @param nowMs Unix milliseconds */
  onData(nowMs: number): void {
    if (this.#saidCount > 0) this.#say('end', this.#startS, nowMs, undefined);
    this.#silentS = 0;
    this.#saidCount = 0;
  }

  #say(phase: VerdictPhase, startS: number, nowMs: number, stage: SilentStage | undefined): void {
    const silentMin = Math.round(this.#silentS / 60);
    this.#onVerdict({
      ruleId: 'EV-NODATA',
      kind: SILENCE_KIND,
      severity: 'medium',
      phase,
      startS,
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
  if (stage === 'radio')
    return 'The receiver cannot hear your sensor right now. Please ask somebody to look at the receiver.';
  return 'We have lost your sensor. Is it charged, and near its receiver?';
}

function stageOf({ state, sendsItself, isRadioOn }: SilentSensor): SilentStage {
  if (state === 'streaming') return 'values';
  if (sendsItself) return 'phone';
  if (!isRadioOn || state === 'stopped') return 'radio';
  return state === 'searching' ? 'range' : 'sensor';
}
