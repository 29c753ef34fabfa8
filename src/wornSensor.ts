/** One person's sensor in the running service: its session, its pipeline, and what it stores, tells and shows. */
import type { DeviceFacts } from './devices/define.ts';
import type { PushOutcome } from './devices/pushedDevice.ts';
import type { StreamGap } from './devices/imuStream.ts';
import type { ImuBlock } from './model/block.ts';
import { motionEventId, type MotionEvent } from './model/event.ts';
import type { Calibration, Person } from './model/person.ts';
import type { DeviceHealth, LiveMessage, RecordBatch, SeriesSecond, StoredMotionEvent } from './model/ports.ts';
import type { Verdict } from './model/verdict.ts';
import type { SecondSummary, WornAs } from './motion/index.ts';
import { type SilenceBefore, SilenceWatch } from './safety/silenceWatch.ts';
import { UsableSamples } from './safety/usableSamples.ts';
import { every } from './app/session/timers.ts';
import { WORN_AS_WORDS } from './app/wornAsWords.ts';
import { LatePass } from './latePass.ts';
import { Pipeline } from './pipeline.ts';
import type { SpinePair } from './spinePair.ts';
import { enrolledPushed, enrolledWearable, type WearableConfig } from './app/session/enrolledWearable.ts';
import { PushedSession, type PushedSessionPorts } from './app/session/pushedSession.ts';
import {
  WearableSession,
  type WearableSessionEvents,
  type WearableSessionPorts,
} from './app/session/wearableSession.ts';
import { messageOf, PlumblineError } from './model/errors.ts';

export interface WornSensorPorts extends PushedSessionPorts {
  /** Undefined: there is none, and only wearables that send by themselves can be worn. */
  readonly radio: Omit<WearableSessionPorts, keyof PushedSessionPorts> | undefined;
  /** Stored now, or kept until it can be. */
  store(batch: RecordBatch): void;
  show(message: LiveMessage): void;
  onVerdict(personId: string, verdict: Verdict): void;
  onSecond(second: SeriesSecond): void;
  /** Of a gap that was stated before: for the record, never for now. */
  onLateSecond(second: SeriesSecond): void;
  onHealth(health: DeviceHealth): void;
  onBlockDone(samples: number, seconds: number): void;
  onGap(reason: string): void;
  /** Of the silence in which this service began. */
  silenceBefore(personId: string, site: string): SilenceBefore;
  /** Known for this run, such as from the recording that is played. */
  givenCalibration(personId: string, site: string): Calibration | undefined;
  savedCalibration(personId: string, site: string): Calibration | undefined;
  saveCalibration(personId: string, site: string, calibration: Calibration): void;
}

const SILENCE_EVERY_S = 10;

export class WornSensor {
  readonly #person: Person;
  readonly #site: string;
  readonly #ports: WornSensorPorts;
  readonly #session: WearableSession | PushedSession;
  readonly #pipeline: Pipeline;
  readonly #latePass: LatePass;
  /** Of the sensor that the rules read: without it nothing is seen. */
  readonly #silence: SilenceWatch | undefined;
  readonly #usable = new UsableSamples();
  /** Between this sensor and another one of the same person. */
  readonly #spine: SpinePair | undefined;
  readonly #segment: 'thorax' | 'pelvis';
  #endWatch = (): void => undefined;
  #calibration: Calibration;
  #isWornDifferently = false;
  #isStopping = false;

  /** @param withRules the rules read this one of the person's sensors, and its events are the person's events */
  constructor(person: Person, wearable: WearableConfig, withRules: boolean, ports: WornSensorPorts, spine?: SpinePair) {
    this.#person = person;
    this.#spine = spine;
    this.#segment = wearable.placement === 'chest' ? 'thorax' : 'pelvis';
    this.#site = wearable.placement;
    this.#ports = ports;
    const { session, device } = this.#createSession(wearable);
    this.#session = session;
    this.#calibration = this.#calibrationOf(wearable);
    const { gyroTiming, capabilities } = device;
    const options = { person, placement: wearable.placement, gyroTiming, capabilities };
    spine?.enrol(this.#segment, { gyroTiming, calibration: this.#calibration });
    const withSpine = spine && withRules ? { spineFlexionDegAt: (tS: number) => spine.flexionDegAt(tS) } : {};
    this.#pipeline = new Pipeline(
      { ...options, ...withSpine, withRules, calibration: this.#calibration },
      {
        onVerdict: (verdict) => ports.onVerdict(person.id, verdict),
        // One movement is one event, whatever the number of sensors.
        onMotionEvent: (event) => {
          if (withRules) this.#onMotionEvent(event);
        },
        onSecond: (second) => ports.onSecond(this.#storedSecond(this.#withSpine(second))),
        onAngles: (angles) => ports.show(angles),
        onCalibration: (calibration) => this.#onCalibration(calibration),
        onWornDifferently: (wornAs, offDeg, isCorrected) => this.#onWornDifferently(wornAs, offDeg, isCorrected),
      },
    );
    this.#silence = withRules ? new SilenceWatch((verdict) => ports.onVerdict(person.id, verdict)) : undefined;
    this.#latePass = new LatePass(options, {
      calibration: () => this.#calibration,
      onSecond: (second) => ports.onLateSecond(this.#storedSecond(second)),
      onMotionEvent: (event) => {
        // Not shown: whoever looks at the page would take it for something that happens now.
        if (withRules) ports.store({ motionEvents: [this.#storedEvent(event)] });
      },
    });
  }

  get health(): DeviceHealth {
    return this.#withCalibration(this.#session.health());
  }

  /** Waits for no radio. */
  get sendsItself(): boolean {
    return this.#session instanceof PushedSession;
  }

  /** From now on it is expected to be heard, also while there is no radio to hear it. */
  expect(): void {
    const { timers, clock, radio } = this.#ports;
    const silence = this.#silence;
    if (!silence) return;
    silence.resume(this.#ports.silenceBefore(this.#person.id, this.#site), clock.nowMs());
    this.#endWatch = every(timers, 1000 * SILENCE_EVERY_S, () => {
      const isRadioOn = radio?.central.state === 'poweredOn';
      silence.pass(SILENCE_EVERY_S, clock.nowMs(), { ...this.health, sendsItself: this.sendsItself, isRadioOn });
    });
  }

  start(): void {
    this.#session.start();
  }

  /** A message that the wearable sent by itself. */
  take(message: string, arrivalMs: number): PushOutcome {
    if (this.#session instanceof PushedSession) return this.#session.take(message, arrivalMs);
    return { kind: 'refused', because: 'sender', expected: 'a wearable that sends by itself', found: 'another' };
  }

  /** What is under way is decided first: a wearable out of reach may take its time to be told. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#endWatch();
    this.#pipeline.end();
    await this.#session.stop();
    this.#latePass.end();
  }

  #createSession(wearable: WearableConfig): {
    readonly session: WearableSession | PushedSession;
    readonly device: DeviceFacts;
  } {
    const { id } = this.#person;
    const ports = this.#ports;
    const events: WearableSessionEvents = {
      onBlock: (block) => this.#onBlock(block),
      onLate: (block) => this.#latePass.push(block),
      onGap: (gap) => this.#onGap(gap),
      onHealth: (health) => ports.onHealth(this.#withCalibration(health)),
      onProblem: (message) => ports.logger.warn('wearable.problem', { personId: id, site: this.#site, message }),
    };
    const pushed = enrolledPushed(id, wearable);
    if (pushed) {
      return { session: new PushedSession(pushed, ports, events), device: pushed.device };
    }
    const enrolled = enrolledWearable(id, wearable);
    if (!ports.radio)
      throw new PlumblineError('radio/unavailable', `expected a radio for ${enrolled.deviceId}, found none`);
    const session = new WearableSession(enrolled, { ...ports, ...ports.radio }, events);
    return { session, device: enrolled.device };
  }

  #withCalibration(health: DeviceHealth): DeviceHealth {
    const { method, confidence } = this.#calibration;
    return { ...health, calibration: { method, confidence, isWornDifferently: this.#isWornDifferently } };
  }

  #onCalibration(calibration: Calibration): void {
    this.#calibration = calibration;
    this.#spine?.calibrate(this.#segment, calibration);
    this.#isWornDifferently = false;
    try {
      this.#ports.saveCalibration(this.#person.id, this.#site, calibration);
    } catch (error) {
      // A full disk must not end the stream: this wear goes on with it, the next one finds it anew.
      const message = error instanceof Error ? error.message : String(error);
      this.#ports.logger.error('calibration.not-saved', { personId: this.#person.id, site: this.#site, message });
    }
  }

  #onWornDifferently(wornAs: WornAs, offDeg: number, isCorrected: boolean): void {
    this.#isWornDifferently = !isCorrected && wornAs !== 'asStated';
    if (wornAs === 'asStated') {
      this.#ports.logger.info('calibration.worn-as-before', { personId: this.#person.id, site: this.#site });
      return;
    }
    const found = `expected the sensor as it was worn before, found it ${WORN_AS_WORDS[wornAs]} (${offDeg.toFixed(0)}° off)`;
    this.#ports.logger.warn('calibration.worn-differently', {
      personId: this.#person.id,
      site: this.#site,
      message: isCorrected
        ? `${found}; its angles are turned to match`
        : `${found}; angles may be off by as much until it sits as before or its stance is taken anew`,
    });
  }

  /** The mount is what the configuration says; the upright of an earlier wear only counts for the same mount. */
  #calibrationOf(wearable: WearableConfig): Calibration {
    const { mount } = wearable;
    const given = this.#ports.givenCalibration(this.#person.id, this.#site);
    if (given) return given;
    const saved = this.#ports.savedCalibration(this.#person.id, this.#site);
    const sameMount = saved?.mount.every((m, i) => Math.abs(m - mount[i]) < 1e-9);
    return saved && sameMount ? saved : { mount, method: 'default', confidence: 0.2 };
  }

  #onBlock(block: ImuBlock): void {
    if (this.#isStopping) return;
    this.#latePass.end();
    if (this.#usable.push(block)) this.#silence?.onData(this.#ports.clock.nowMs());
    const startedMs = performance.now();
    this.#tellSpine(block);
    this.#pipeline.push(block);
    this.#ports.onBlockDone(block.n, (performance.now() - startedMs) / 1000);
  }

  /** Why data are missing is known here, not in the motion core: this one is stored, with its reason. */
  #onGap(gap: StreamGap): void {
    this.#ports.onGap(gap.reason);
    if (gap.reason === 'hostClockSet') {
      this.#pipeline.restart();
      this.#spine?.restart();
    }
    if (!(gap.endS > gap.startS)) return;
    this.#tell({
      id: motionEventId('gap', gap.startS),
      type: 'gap',
      startS: gap.startS,
      endS: gap.endS,
      decidedS: gap.endS,
      confidence: 1,
      reason: gap.reason,
      missingSamples: gap.missingSamples,
    });
  }

  #onMotionEvent(event: MotionEvent): void {
    if (event.type !== 'gap') this.#tell(this.#spine?.withFields(event) ?? event);
  }

  /** Of the chest, because it is there in every second that has a spine. */
  #withSpine(second: SecondSummary): SecondSummary {
    if (!this.#spine || this.#segment !== 'thorax') return second;
    return { ...second, values: { ...second.values, ...this.#spine.secondValues(second.secondS) } };
  }

  /** Nothing that goes wrong between two sensors may keep a sample from the rules of one. */
  #tellSpine(block: ImuBlock): void {
    try {
      this.#spine?.push(this.#segment, block);
    } catch (error) {
      this.#spine?.restart();
      this.#ports.logger.error('spine.failed', { personId: this.#person.id, reason: messageOf(error) });
    }
  }

  #tell(event: MotionEvent): void {
    const stored = this.#storedEvent(event);
    this.#ports.store({ motionEvents: [stored] });
    this.#ports.show({ type: 'motionEvent', stored });
  }

  #storedEvent(event: MotionEvent): StoredMotionEvent {
    return { personId: this.#person.id, id: `${this.#person.id}.${event.id}`, site: this.#site, event };
  }

  #storedSecond({ secondS, values, activity, coverage }: SecondSummary): SeriesSecond {
    const finite = Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
    return { personId: this.#person.id, site: this.#site, tMs: secondS * 1000, values: finite, activity, coverage };
  }
}
