/**
 * Hours of several wearables in minutes: the session with real noble on the virtual controller, on a clock that goes as fast
 * as the computer can. Noble's own timers know only this computer's time, so while it searches or connects the clock slows down.
 */
import { createVirtualRadio, type VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import type { MotionSource } from '../../firmware-mocks/motionSource.ts';
import type { RunningWearable } from '../../firmware-mocks/wearableKinds.ts';
import { WEARABLE_KINDS } from '../../firmware-mocks/wearableKinds.ts';
import { ImperfectSensor, NO_SENSOR_ERRORS, STRAIGHT_MOUNTING } from '../../firmware-mocks/sensorErrors.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { VirtualWearable } from '../../firmware-mocks/virtualWearable.ts';
import { SharedScan } from '../../src/app/session/sharedScan.ts';
import { WearableSession } from '../../src/app/session/wearableSession.ts';
import { nextDelayMs } from '../../src/ble/connection.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import { deviceById } from '../../src/devices/index.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { SteppedTime } from '../fakes/steppedTime.ts';
import { NumberedMotion, NUMBERS_PER_S } from './numberedMotion.ts';
import { SampleAccount } from './sampleAccount.ts';

const STEP_MS = 10;
/** Turns of the event loop in which what was sent reaches the other side and is answered. */
const TURNS_PER_STEP = 3;

export type SoakSpec = Omit<WearableSpec, 'motion'>;

export interface SoakedWearable {
  readonly motion: NumberedMotion;
  readonly account: SampleAccount;
  readonly session: WearableSession;
  readonly body: VirtualWearable;
  readonly address: string;
  readonly problems: string[];
  /** True Unix seconds at which a sample was taken, by its number. */
  readonly trueS: (number: number) => number;
}

export interface SoakOptions {
  /** Ahead of the true time, by the true seconds since the start. */
  readonly hostAheadMs?: (elapsedS: number) => number;
  readonly onBlock?: (wearable: number, block: ImuBlock) => void;
  /** What every wearable feels at a true moment, instead of its numbered motion: acc xyz m/s², gyr xyz rad/s. */
  readonly feel?: (trueS: number, out: Float64Array) => void;
}

export class SoakBench {
  readonly wearables: SoakedWearable[] = [];
  readonly time = new SteppedTime();
  readonly radio: VirtualRadio;
  readonly #startMs = this.time.nowMs();
  readonly #peripherals: RunningWearable[];
  readonly #central: NobleCentral;

  constructor(specs: readonly SoakSpec[], { hostAheadMs = () => 0, onBlock, feel }: SoakOptions = {}) {
    const { time } = this;
    const nowMs = (): number => time.nowMs() + hostAheadMs(this.elapsedS);
    const made = specs.map((spec, index) => makeWearable(spec, index, () => time.nowMs(), feel));
    this.#peripherals = made.map(({ peripheral }) => peripheral);
    this.radio = createVirtualRadio(this.#peripherals, { advertisingIntervalMs: 4 });
    const logger = new QuietLogger();
    this.#central = new NobleCentral({ nowMs, logger, hciSocket: this.radio.HciSocket });
    const scan = new SharedScan(this.#central, logger);
    made.forEach(({ motion, body, peripheral: { address } }, index) => {
      const device = deviceById(specs[index].kind);
      if (!device) throw new Error(`expected a device called ${specs[index].kind}, found none`);
      const account = new SampleAccount();
      const problems: string[] = [];
      const session = new WearableSession(
        { personId: `p${index}`, deviceId: `d${index}`, device, address },
        {
          central: this.#central,
          scan,
          clock: { nowMs },
          timers: time,
          logger,
          random: () => 0.5,
          nextDelayMs,
        },
        {
          onBlock: (block) => {
            if (!feel) account.block(block);
            onBlock?.(index, block);
          },
          onGap: (gap) => account.gap(gap),
          onLate: (block) => account.late(block),
          onHealth: () => undefined,
          onProblem: (message) => problems.push(message),
        },
      );
      const motionStartS = (): number => time.nowMs() / 1000 - body.bodyS();
      const trueS = (number: number): number => motionStartS() + number / NUMBERS_PER_S;
      this.wearables.push({ motion, account, session, body, address, problems, trueS });
    });
  }

  get elapsedS(): number {
    return (this.time.nowMs() - this.#startMs) / 1000;
  }

  async start(): Promise<void> {
    await this.#central.start();
    for (const { session } of this.wearables) session.start();
  }

  /** Lets simulated time pass. */
  async run(forS: number): Promise<void> {
    const untilMs = this.time.nowMs() + forS * 1000;
    while (this.time.nowMs() < untilMs) {
      await this.time.advance(STEP_MS);
      for (const peripheral of this.#peripherals) peripheral.poll();
      for (let turn = 0; turn < TURNS_PER_STEP; turn++) await turnOfLoop();
      if (this.#isNobleBusy) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async stop(): Promise<void> {
    const stopped = Promise.all(this.wearables.map(({ session }) => session.stop()));
    const isOver = stopped.then(() => true);
    while (!(await Promise.race([isOver, this.run(0.05).then(() => false)])));
    await this.#central.stop();
  }

  get #isNobleBusy(): boolean {
    return this.radio.scanning || this.wearables.some(({ session }) => session.health().state === 'connecting');
  }
}

function makeWearable(spec: SoakSpec, index: number, now: () => number, feel: SoakOptions['feel']) {
  const motion = new NumberedMotion();
  const felt: MotionSource = {
    durationS: Infinity,
    frame: 'sensor',
    sampleInto(tS, _periodS, out) {
      feel?.(now() / 1000 - body.bodyS() + tS, out);
      return true;
    },
  };
  const source = feel ? felt : motion;
  const { seed = index + 1, driftPpm = 0, lossRatio = 0, jitterMs = 0, batteryPct = 90, rssiDbm = -58 } = spec;
  const { dropLinkEveryS, rebootEveryS, overrunEveryS } = spec;
  const body: VirtualWearable = new VirtualWearable(
    { seed, driftPpm, lossRatio, jitterMs, batteryPct, rssiDbm, dropLinkEveryS, rebootEveryS, overrunEveryS },
    (streamSeed) => new ImperfectSensor(source, STRAIGHT_MOUNTING, NO_SENSOR_ERRORS, seed, streamSeed),
    now,
  );
  const address = `c0:50:00:00:00:0${index + 1}`;
  const full: WearableSpec = { ...spec, motion: { script: [] } };
  return { motion, body, peripheral: WEARABLE_KINDS[spec.kind]({ spec: full, index, address, body }) };
}

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
