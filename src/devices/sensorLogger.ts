/**
 * A phone with the app Sensor Logger (Kelvin Choi, iOS and Android), which sends what it measures by HTTP push or MQTT.
 * The format, with its sources: docs/wearables/sensor-logger.md; what is read of it: `sensorLoggerMessage.ts`.
 */
import { MessageOrder } from './messageOrder.ts';
import { PhoneClock, type TimedMessage } from './phoneClock.ts';
import { type PhoneFrame, PhoneMotion } from './phoneMotion.ts';
import {
  definePushedDevice,
  type EmitPushed,
  type PushDecoder,
  type PushDecoderOptions,
  type PushOutcome,
} from './pushedDevice.ts';
import { readSensorLoggerMessage, type SensorLoggerMessage } from './sensorLoggerMessage.ts';
import { StampedStream } from './stampedStream.ts';

/** "Sampling Frequencies" of the app; what the phone makes of it is learned from its stamps. */
const RATES = { choices: [50, 100, 200], default: 100 } as const;

export const sensorLogger = definePushedDevice({
  id: 'sensor-logger',
  vendor: 'Sensor Logger',
  model: 'Sensor Logger app on a phone',
  description: {
    match: 'sends by itself; enrolled by a token, or by the id that the app gives the phone',
    placements: ['waist', 'lowerBack', 'chest'],
    wear: 'tight belt pouch or chest strap, always the same side out; a loose pocket moves by itself',
    ranges: 'the phone’s own, commonly ±8 g and ±2000 deg/s; the app does not say',
    identity: 'the id that the app gives the phone',
    timeBase:
      'each sample is stamped by the phone’s clock; a step in the stamps, or in the message numbers, shows what is missing; when that clock is set, the times go on',
    limits: [
      'a message that is lost is not sent again',
      'samples come in batches of 0.2 to 1 s, so alerts are later by as much',
      'the phone’s battery lasts hours, not days; the system may stop the app',
      'a sign that is set wrongly (mode) cannot be told from a phone that is worn upside down',
    ],
  },
  rateHz: RATES,
  hasGyroscope: true,
  modes: [
    {
      id: 'standard',
      description: 'an Android phone, or an iPhone with “Standardise Units & Frames” on',
      rateHz: RATES,
      hasGyroscope: true,
    },
    {
      id: 'ios',
      description: 'an iPhone with “Standardise Units & Frames” off: accelerations have the other sign',
      rateHz: RATES,
      hasGyroscope: true,
    },
  ],
  // Nanoseconds since 1970, which a JSON number holds to 256 ns.
  clock: { tickHz: 1e6, stampOf: 'first', wrapTicks: Infinity, quantisationS: 1e-6, lossUnit: 'sample' },
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  pairing: 'byStamp',
  capabilities: { falls: true, sway: 'full', haptic: false },
  createDecoder: (options) => new SensorLoggerDecoder(options),
});

/** Twice the longest that the app’s page of this documentation asks for. */
const MOST_BATCH_S = 2;

class SensorLoggerDecoder implements PushDecoder {
  readonly #motion: PhoneMotion;
  readonly #order: MessageOrder<SensorLoggerMessage>;
  readonly #clock = new PhoneClock((timed) => this.#takeTimed(timed));
  readonly #stream = new StampedStream();
  #senderId: string | undefined;
  #emit: EmitPushed = () => undefined;
  #newestArrivalMs = 0;

  constructor({ senderId, mode }: PushDecoderOptions) {
    this.#senderId = senderId;
    const frame: PhoneFrame = mode === 'ios' ? 'ios' : 'standard';
    this.#motion = new PhoneMotion(frame);
    this.#order = new MessageOrder({
      release: (message, arrivalMs) => this.#take(message, arrivalMs),
      lost: (count) => {
        const message = `messageId: expected the next one, found ${count} missing`;
        this.#emit({ kind: 'problem', message }, this.#newestArrivalMs);
      },
    });
  }

  push(text: string, arrivalMs: number, emit: EmitPushed): PushOutcome {
    const read = readSensorLoggerMessage(text);
    if (read.kind === 'test') return this.#refusal(read.deviceId) ?? { kind: 'test' };
    if (read.kind === 'bad') {
      const { expected, found } = read;
      emit({ kind: 'problem', message: `message: expected ${expected}, found ${found}` }, arrivalMs);
      return { kind: 'refused', because: 'message', expected, found };
    }
    const { message } = read;
    const refusal = this.#refusal(message.deviceId);
    if (refusal) {
      // Without the other's id, which may be another one each time: the sender is told it.
      emit({ kind: 'problem', message: `phone: expected ${refusal.expected}, found another one` }, arrivalMs);
      return refusal;
    }
    this.#senderId ??= message.deviceId;
    this.#with(emit, arrivalMs, () => this.#order.add(message, arrivalMs));
    const readings = [...message.readings.values()].reduce((sum, { length }) => sum + length, 0);
    return { kind: 'taken', readings, senderId: message.deviceId };
  }

  poll(nowMs: number, emit: EmitPushed): void {
    this.#with(emit, nowMs, () => {
      this.#order.poll(nowMs);
      this.#clock.poll(nowMs);
    });
  }

  flush(emit: EmitPushed): void {
    this.#with(emit, this.#newestArrivalMs, () => {
      this.#order.flush();
      this.#clock.flush();
    });
  }

  #with(emit: EmitPushed, nowMs: number, work: () => void): void {
    this.#emit = emit;
    this.#newestArrivalMs = nowMs;
    work();
    this.#emit = () => undefined;
  }

  /** One wearer, one phone: a second one that knows the same token must not be mixed into the first one's samples. */
  #refusal(deviceId: string | undefined): Extract<PushOutcome, { kind: 'refused' }> | undefined {
    if (this.#senderId === undefined || deviceId === undefined || deviceId === this.#senderId) return undefined;
    return {
      kind: 'refused',
      because: 'sender',
      expected: `the phone that is enrolled here (deviceId ${this.#senderId})`,
      found: `deviceId ${deviceId}`,
    };
  }

  #take(message: SensorLoggerMessage, arrivalMs: number): void {
    const { problem, batteryPct, charging } = message;
    if (problem !== undefined) this.#emit({ kind: 'problem', message: problem }, arrivalMs);
    if (batteryPct !== undefined) {
      const status = { batteryPct, ...(charging === undefined ? {} : { charging }) };
      this.#emit({ kind: 'status', status }, arrivalMs);
    }
    this.#clock.add(message, arrivalMs);
  }

  /** What comes in larger portions comes too late for anybody to be warned, and for the times to be learned from it. */
  #judgeBatch(readings: TimedMessage['readings'], arrivalMs: number): void {
    const spans = [...readings.values()].map((list) => (list.at(-1)?.tickUs ?? NaN) - list[0].tickUs);
    const longestS = Math.max(0, ...spans) / 1e6;
    if (longestS <= MOST_BATCH_S) return;
    const expected = `expected at most ${MOST_BATCH_S} s in a message, found ${longestS.toFixed(1)} s`;
    this.#emit({ kind: 'problem', message: `batch: ${expected}; set a shorter batch period in the app` }, arrivalMs);
  }

  #takeTimed({ message, arrivalMs, readings, setByUs }: TimedMessage): void {
    if (setByUs !== 0) {
      const found = `${(Math.abs(setByUs) / 1e6).toFixed(1)} s ${setByUs < 0 ? 'earlier' : 'later'}`;
      const said = `time: expected it to go on, found it ${found}: the phone's clock was set`;
      this.#emit({ kind: 'problem', message: said }, arrivalMs);
      this.#stream.clockSet(arrivalMs, this.#emit);
    }
    this.#judgeBatch(readings, arrivalMs);
    const timed = { readings, hasAccuracy: message.hasAccuracy };
    const acc = this.#motion.acceleration(timed);
    if (typeof acc === 'string') {
      this.#emit({ kind: 'problem', message: acc }, arrivalMs);
      return;
    }
    this.#stream.add({ acc, gyr: this.#motion.rotation(timed), arrivalMs }, message.sessionId, this.#emit);
  }
}
