/**
 * One worn sensor, from samples to verdicts: block → motion core → angles, events, seconds → this person's rules.
 * Wiring only; what each part does stands in its own stage.
 */
import type { DeviceDefinition } from './devices/define.ts';
import { judges, sightOf } from './devices/sensorSight.ts';
import type { ImuBlock } from './model/block.ts';
import type { MotionEvent } from './model/event.ts';
import type { Calibration, Person, Placement } from './model/person.ts';
import type { LiveMessage } from './model/ports.ts';
import { DEG_PER_RAD } from './model/units.ts';
import type { Verdict } from './model/verdict.ts';
import {
  DEFAULT_PARAMETERS,
  Mark,
  MountWatch,
  POSTURES,
  StanceCalibration,
  TrunkMotion,
  type MotionFrame,
  type MotionSink,
  type SecondSummary,
  type WornAs,
} from './motion/index.ts';
import { PersonRules } from './rules/personRules.ts';

export interface PipelineOptions {
  readonly person: Person;
  readonly placement: Placement;
  readonly calibration: Calibration;
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  /** What the wearable's signal is good enough for: events beyond that are told to nobody. */
  readonly capabilities: DeviceDefinition['capabilities'];
  /** This person's rules read this sensor; with two sensors on one person only one of them. */
  readonly withRules: boolean;
  /** With a second sensor: the spine's flexion as of then, NaN where it is not known. */
  readonly spineFlexionDegAt?: (tS: number) => number;
  /** The wearer's upright is not looked for again in these samples. */
  readonly keepsCalibration?: boolean;
}

export interface PipelineListeners {
  onVerdict(verdict: Verdict): void;
  onMotionEvent(event: MotionEvent): void;
  onSecond(second: SecondSummary): void;
  onAngles(angles: Extract<LiveMessage, { type: 'angles' }>): void;
  /** How the sensor sits is known better than before. */
  onCalibration(calibration: Calibration): void;
  /** It sits otherwise than it is said to, or than on the first day; `isCorrected`: this is allowed for from now on. */
  onWornDifferently(wornAs: WornAs, offDeg: number, isCorrected: boolean): void;
}

/** A stance is believed when the wearer walked at most so long before: who walks is upright, and wears the sensor. */
const STANCE_AFTER_WALKING_S = 15;
/** Its upright is that of walking to within this: who walks leans forward by some degrees. */
const WALKS_AS_STANDS_DEG = 12;
const WALKING_UP_S = 5;
/** The posture goes on saying walking for so long after the last step: the latest seconds may be sitting down already. */
const WALKING_SAID_S = 6;

/** An upright found by itself replaces an earlier one within this of the first day's; decisions.md, calibration. */
const REZERO_WITHIN_DEG = 8;
/** A stance taken on purpose is left alone within the difference of its own two repeats. */
const SAME_STANCE_DEG = 4;
/** Calibrations of the live service, which a sensor put on otherwise makes wrong. */
const LIVE_METHODS: readonly string[] = ['default', 'autoStance', 'guidedStance', 'walking'];

/** What this needs of the motion core. */
type MotionCore = Pick<TrunkMotion, 'push' | 'flush' | 'calibrate'>;
type CreateMotion = (options: ConstructorParameters<typeof TrunkMotion>[0], sink: MotionSink) => MotionCore;

const trunkMotion: CreateMotion = (options, sink) => new TrunkMotion(options, sink);

type MutableRuleInput = {
  -readonly [K in keyof Parameters<PersonRules['push']>[0]]: Parameters<PersonRules['push']>[0][K];
};

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #listeners: PipelineListeners;
  readonly #createMotion: CreateMotion;
  readonly #rules: PersonRules | undefined;
  readonly #input: MutableRuleInput = {
    tS: 0,
    flexionDeg: 0,
    flexionRateDps: 0,
    lateralDeg: 0,
    rotationDeg: Number.NaN,
    inclinationDeg: 0,
    spineFlexionDeg: NaN,
    posture: 'unknown',
    transfer: false,
    stepping: false,
    isWornDifferently: false,
    valid: true,
  };
  #calibration: Calibration;
  #motion: MotionCore | undefined;
  #stance: StanceCalibration | undefined;
  #mountWatch: MountWatch | undefined;
  #rateHz = 0;
  #hasGyroscope = false;
  #lastWalkingS = -Infinity;
  /** Mean up of late while walking, segment frame. */
  readonly #walkingUp: [number, number, number] = [0, 1, 0];
  /** The last seconds of walking, which may not be walking any more. */
  #lateUp: { readonly tS: number; readonly spanS: number; readonly up: Direction }[] = [];
  /** Found in the frame that is being worked on; the rules hear each after the sample that decided it, however blocks are cut. */
  #found: MotionEvent[] = [];

  constructor(options: PipelineOptions, listeners: PipelineListeners, createMotion = trunkMotion) {
    this.#createMotion = createMotion;
    this.#options = options;
    this.#listeners = listeners;
    this.#calibration = options.calibration;
    if (options.withRules) this.#rules = new PersonRules(options.person, (verdict) => listeners.onVerdict(verdict));
  }

  push(block: ImuBlock): void {
    const hasGyroscope = block.gyrRadps !== undefined;
    if (!this.#motion || block.rateHz !== this.#rateHz || hasGyroscope !== this.#hasGyroscope) {
      this.#rateHz = block.rateHz;
      this.#hasGyroscope = hasGyroscope;
      this.#begin();
    }
    const finding = this.#mountWatch?.push(block, this.#calibration);
    if (finding) {
      const { wornAs, offDeg, corrected } = finding;
      this.#wornAs(wornAs, offDeg, corrected !== undefined);
      if (corrected) this.#useFound(corrected);
    }
    this.#motion?.push(block);
  }

  /** Time has gone back, or another sensor is worn: everything starts anew. */
  restart(): void {
    this.#motion?.flush();
    this.#motion = undefined;
    this.#tellRules(Infinity);
    this.#rules?.interrupt();
  }

  /** The stream has ended: what is under way is reported. */
  end(): void {
    this.restart();
  }

  #begin(): void {
    this.#motion?.flush();
    this.#tellRules(Infinity);
    const { placement, gyroTiming, capabilities, keepsCalibration = false } = this.#options;
    const sight = sightOf(capabilities, { rateHz: this.#rateHz, hasGyroscope: this.#hasGyroscope });
    this.#forgetWalking();
    // The sensor never sits twice the same: its upright is found anew at each wear.
    const isFoundHere = !keepsCalibration && LIVE_METHODS.includes(this.#calibration.method);
    this.#stance = isFoundHere ? new StanceCalibration(this.#rateHz) : undefined;
    this.#mountWatch = isFoundHere ? new MountWatch(this.#rateHz) : undefined;
    this.#motion = this.#createMotion(
      {
        rateHz: this.#rateHz,
        hasGyroscope: this.#hasGyroscope,
        placement,
        gyroTiming,
        calibration: this.#calibration,
      },
      {
        onFrame: (frame) => this.#onFrame(frame),
        onEvent: (event) => {
          if (!judges(sight, event.type) || isOrdinaryStep(event)) return;
          if (this.#rules) this.#found.push(event);
          this.#listeners.onMotionEvent(event);
        },
        onSecond: (second) => this.#listeners.onSecond(second),
      },
    );
  }

  #onFrame(frame: MotionFrame): void {
    const input = this.#input;
    const { spineFlexionDegAt } = this.#options;
    for (let i = 0; i < frame.n; i++) {
      input.tS = frame.tS[i];
      input.flexionDeg = frame.flexionRad[i] * DEG_PER_RAD;
      input.flexionRateDps = frame.flexionRateRadps[i] * DEG_PER_RAD;
      input.lateralDeg = frame.lateralRad[i] * DEG_PER_RAD;
      input.rotationDeg = frame.twistRad[i] * DEG_PER_RAD;
      input.stepping = frame.shakingMps2[i] > DEFAULT_PARAMETERS.steppingMps2;
      input.inclinationDeg = frame.inclinationRad[i] * DEG_PER_RAD;
      if (spineFlexionDegAt) input.spineFlexionDeg = spineFlexionDegAt(frame.tS[i]);
      input.posture = POSTURES[frame.posture[i]];
      input.valid = !(frame.marks[i] & Mark.missing);
      this.#rules?.push(input);
      if (this.#found.length > 0) this.#tellRules(input.tS);
    }
    this.#showLast(frame);
    if (this.#stance) this.#takeStance(frame);
  }

  #tellRules(untilS: number): void {
    const due = this.#found.filter(({ decidedS }) => decidedS <= untilS);
    if (due.length === 0) return;
    this.#found = this.#found.filter(({ decidedS }) => decidedS > untilS);
    for (const event of due) this.#rules?.onMotionEvent(event);
  }

  #showLast(frame: MotionFrame): void {
    const i = frame.n - 1;
    if (frame.marks[i] & Mark.missing) return;
    this.#listeners.onAngles({
      type: 'angles',
      personId: this.#options.person.id,
      site: this.#options.placement,
      tMs: frame.tS[i] * 1000,
      flexionDeg: frame.flexionRad[i] * DEG_PER_RAD,
      lateralDeg: frame.lateralRad[i] * DEG_PER_RAD,
      rotationDeg: frame.rotationRad[i] * DEG_PER_RAD,
      inclinationDeg: frame.inclinationRad[i] * DEG_PER_RAD,
      posture: POSTURES[frame.posture[i]],
    });
  }

  /**
   * Nobody has taken this wearer's stance: standing still after walking does, and is marked as found by itself. A sensor on
   * a table, or somebody slumped in a chair when it is switched on, is not taken for it.
   */
  #takeStance(frame: MotionFrame): void {
    const stance = this.#stance;
    if (!stance) return;
    stance.push(frame);
    for (let i = 0; i < frame.n; i++) {
      if (POSTURES[frame.posture[i]] !== 'walking' || Number.isNaN(frame.up[3 * i])) continue;
      this.#lastWalkingS = frame.tS[i];
    }
    this.#followWalking(frame);
    const { result } = stance;
    if (!result.ok || stance.sinceS - this.#lastWalkingS > STANCE_AFTER_WALKING_S) return;
    // Sat down and sunk forward after walking: whoever walks is upright, so that is no stance.
    if (angleDeg(unit(this.#walkingUp), result.neutralUp) > WALKS_AS_STANDS_DEG) return;
    this.#stance = undefined;
    const { method, neutralUp, firstNeutralUp = neutralUp } = this.#calibration;
    const { neutralUp: found } = result;
    if (method === 'guidedStance' && neutralUp && angleDeg(neutralUp, found) <= SAME_STANCE_DEG) {
      if (this.#input.isWornDifferently) this.#wornAs('asStated', 0, false);
      return;
    }
    // A mount that was corrected while walking has the lean of walking in it: the first stance after it is better.
    const movedDeg = firstNeutralUp && method !== 'walking' ? angleDeg(firstNeutralUp, found) : 0;
    if (movedDeg > REZERO_WITHIN_DEG) {
      if (!this.#input.isWornDifferently) this.#wornAs('slipped', movedDeg, false);
      // The next stance after walking may show that it was a lean, or that it was put right.
      this.#stance = new StanceCalibration(this.#rateHz);
      this.#forgetWalking();
    } else {
      const isWalked = method === 'walking';
      this.#useFound({
        ...this.#calibration,
        neutralUp: found,
        firstNeutralUp: isWalked ? found : (firstNeutralUp ?? found),
        method: isWalked ? method : 'autoStance',
        confidence: isWalked ? this.#calibration.confidence : 0.5,
      });
    }
  }

  /** Of another body frame, or another wear. */
  #forgetWalking(): void {
    this.#lastWalkingS = -Infinity;
    this.#lateUp = [];
    [this.#walkingUp[0], this.#walkingUp[1], this.#walkingUp[2]] = [0, 1, 0];
  }

  /** Frame by frame is fine enough: what counts is the mean of seconds. */
  #followWalking({ n, tS, stepS, up, posture }: MotionFrame): void {
    const i = n - 1;
    if (POSTURES[posture[i]] !== 'walking' || Number.isNaN(up[3 * i])) return;
    this.#lateUp.push({ tS: tS[i], spanS: n * stepS[i], up: [up[3 * i], up[3 * i + 1], up[3 * i + 2]] });
    while (this.#lateUp.length > 0 && this.#lateUp[0].tS < tS[i] - WALKING_SAID_S) {
      const past = this.#lateUp.shift();
      if (!past) return;
      const share = past.spanS / (WALKING_UP_S + past.spanS);
      for (let c = 0; c < 3; c++) this.#walkingUp[c] += share * (past.up[c] - this.#walkingUp[c]);
    }
  }

  #wornAs(wornAs: WornAs, offDeg: number, isCorrected: boolean): void {
    this.#input.isWornDifferently = wornAs !== 'asStated' && !isCorrected;
    this.#listeners.onWornDifferently(wornAs, offDeg, isCorrected);
  }

  #useFound(calibration: Calibration): void {
    this.#input.isWornDifferently = false;
    const isRemounted = calibration.mount !== this.#calibration.mount;
    this.#calibration = calibration;
    if (isRemounted) {
      this.#stance = new StanceCalibration(this.#rateHz);
      this.#forgetWalking();
    }
    this.#motion?.calibrate(calibration);
    this.#listeners.onCalibration(calibration);
  }
}

/** Walking makes ninety impacts a minute: only those that load bone as no ordinary step does are told and stored one by one. */
const isOrdinaryStep = (event: MotionEvent): boolean => event.type === 'impact' && event.band !== 'high';

type Direction = readonly [number, number, number];

const angleDeg = (a: Direction, b: Direction): number =>
  Math.acos(Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])) * DEG_PER_RAD;

const unit = (v: Direction): Direction => {
  const size = Math.hypot(...v);
  return [v[0] / size, v[1] / size, v[2] / size];
};
