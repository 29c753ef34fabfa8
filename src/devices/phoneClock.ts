/**
 * The stamps of a phone, whose clock is set now and then (by the network, by hand), on one axis that goes on.
 *
 * A leap in the stamps is samples that are missing, a clock that was set, or both: leap = missing + set. What tells them apart is how
 * long messages have been under way by the phone's stamps: that does not change by what is missing, and changes for good by as much as
 * the clock was set. One message may be late, so where the first one leaves it open the next ones are waited for, up to a second.
 *
 * Limits  A network that becomes quicker at the very moment of a pause, and by about as much, looks like a clock that was set.
 * Pure: time as an argument.
 */
import { changeAfter, type ClockLeap, leapIn, newestOf } from './stampLeap.ts';
import type { MotionName, Reading, SensorLoggerMessage } from './sensorLoggerMessage.ts';

/** Whose stamps are looked at; the other quantities of the message go with them. */
const LOOKED_AT = [
  'totalacceleration',
  'accelerometer',
  'accelerometeruncalibrated',
  'gyroscope',
  'gyroscopeuncalibrated',
] as const satisfies readonly MotionName[];
/** The quickest of so many messages, ten seconds or more, took as long as a message must. */
const MOST_DELAYS = 50;
const LEAST_DELAYS = 10;
/** How much the quickest of a few messages may differ from it: by twice what a usual message takes longer, within these. */
const LEAST_TOLERANCE_US = 30_000;
const MOST_TOLERANCE_US = 100_000;
/** Messages that may take so much longer than before have met a slower network; more is a clock that was set back. */
const SLOWER_NETWORK_US = 2_000_000;
/** Between messages that follow each other less than this is no pause of the app, but the network's. */
const PAUSE_US = 500_000;
/** Enough to know how long messages take now. */
const HOLD_MS = 1000;
const MOST_HELD = 5;
/** Two seconds at 500 Hz; and always the last two messages. */
const MOST_KNOWN = 1024;
const NO_PERIOD_US = 20_000;

interface Arrived {
  readonly message: SensorLoggerMessage;
  readonly arrivalMs: number;
}

/** A message, what is looked at in it, and where it comes in the row. */
interface Looked extends Arrived {
  readonly name: MotionName;
  readonly list: readonly Reading[];
  /** No message is missing before it. */
  readonly isNext: boolean;
  /** What the missing messages held: messages are equally long. */
  readonly lostUs: number;
}

export interface TimedMessage {
  readonly message: SensorLoggerMessage;
  readonly arrivalMs: number;
  /** Each quantity in the order of time, on the axis that goes on. */
  readonly readings: SensorLoggerMessage['readings'];
  /** The phone's clock was set by so much, in or before this message; 0: it was not. */
  readonly setByUs: number;
}

export class PhoneClock {
  readonly #release: (timed: TimedMessage) => void;
  #sessionId: string | undefined;
  #messageId = NaN;
  /** What the phone's clock shows more than the axis. */
  #aheadUs = 0;
  #periodUs = NO_PERIOD_US;
  /** Latest stamps of each quantity, on the axis. */
  #lastUs = new Map<MotionName, number>();
  #known: Reading[] = [];
  /** From the newest reading, on the axis, to the message's arrival. */
  #delaysUs: number[] = [];
  /** The first one leaps; what the leap is shows in those after it. */
  #held: Arrived[] = [];

  constructor(release: (timed: TimedMessage) => void) {
    this.#release = release;
  }

  /** In the order of their numbers. */
  add(message: SensorLoggerMessage, arrivalMs: number): void {
    if (message.sessionId !== this.#sessionId) this.#begin(message.sessionId);
    this.#held.push({ message, arrivalMs });
    this.#drain(false);
  }

  /** Decides about what has been held for long enough, whichever way the clock of the host was set meanwhile. */
  poll(nowMs: number): void {
    const head = this.#held.at(0);
    if (head && Math.abs(nowMs - head.arrivalMs) >= HOLD_MS) this.#drain(true);
  }

  /** Decides by what has come so far. */
  flush(): void {
    this.#drain(true);
  }

  #begin(sessionId: string): void {
    this.flush();
    this.#sessionId = sessionId;
    this.#messageId = NaN;
    this.#aheadUs = 0;
    this.#lastUs = new Map();
    this.#known = [];
    this.#delaysUs = [];
  }

  #drain(isLast: boolean): void {
    for (let head = this.#held.at(0); head !== undefined; head = this.#held.at(0)) {
      const looked = this.#look(head, this.#messageId);
      const leap = looked && this.#leapOf(looked);
      const setByUs = looked && leap ? this.#setBy(looked, leap, isLast) : 0;
      if (setByUs === undefined) return;
      this.#held.shift();
      this.#hand(head, looked, leap, setByUs);
    }
  }

  #look({ message, arrivalMs }: Arrived, previousId: number): Looked | undefined {
    const name = LOOKED_AT.find((one) => message.readings.has(one));
    const list = name && message.readings.get(name);
    if (!name || !list) return undefined;
    const missing = message.messageId - previousId - 1;
    // An app that counts anew may have lost some.
    const lostUs = missing > 0 ? missing * list.length * this.#periodUs : 0;
    return { message, arrivalMs, name, list, isNext: missing === 0, lostUs };
  }

  #leapOf({ name, list, isNext, lostUs }: Looked): ClockLeap | undefined {
    const lastUs = this.#lastUs.get(name);
    if (lastUs === undefined) return undefined;
    this.#learnPeriod(list);
    return leapIn(list, lastUs + this.#aheadUs, { periodUs: this.#periodUs, isNext, lostUs, known: this.#known });
  }

  #learnPeriod(list: readonly Reading[]): void {
    const steps = list.slice(1).map(({ tickUs }, i) => tickUs - list[i].tickUs);
    const rising = steps.filter((us) => us > 0).sort((a, b) => a - b);
    if (rising.length > 2) this.#periodUs = rising[rising.length >> 1];
  }

  /** How much of the leap is the clock's; undefined: more has to be seen. */
  #setBy(looked: Looked, leap: ClockLeap, isLast: boolean): number | undefined {
    if (this.#delaysUs.length < LEAST_DELAYS) return leap.leapUs < 0 ? leap.leapUs : 0;
    const early = this.#earlyUs(looked);
    const isSeen = isLast || early.isCertain || this.#isPlain(leap, early.firstUs);
    return isSeen ? this.#believe(looked, leap, early.leastUs) : undefined;
  }

  /** How much sooner than the quickest before messages come now: the first, and the quickest of those that are held. */
  #earlyUs(head: Looked): { readonly firstUs: number; readonly leastUs: number; readonly isCertain: boolean } {
    const quickestUs = Math.min(...this.#delaysUs);
    const firstUs = quickestUs - this.#delayUs(head, head.arrivalMs);
    let leastUs = firstUs;
    let [before]: Looked[] = [head];
    let count = 1;
    for (const arrived of this.#held.slice(1)) {
      const next = this.#look(arrived, before.message.messageId);
      const gapUs = next && next.list[0].tickUs - newestOf(before.list) - this.#periodUs - next.lostUs;
      // Another leap, or none of what is looked at: what comes from here on says nothing about the first.
      if (!next || gapUs === undefined || Math.abs(gapUs) > PAUSE_US) return { firstUs, leastUs, isCertain: true };
      leastUs = Math.max(leastUs, quickestUs - this.#delayUs(next, next.arrivalMs));
      before = next;
      count++;
    }
    const heldMs = before.arrivalMs - head.arrivalMs;
    return { firstUs, leastUs, isCertain: count >= MOST_HELD || (count > 1 && heldMs >= HOLD_MS) };
  }

  #delayUs({ list }: Looked, arrivalMs: number): number {
    return 1000 * arrivalMs - (newestOf(list) - this.#aheadUs);
  }

  get #toleranceUs(): number {
    const delays = [...this.#delaysUs].sort((a, b) => a - b);
    const usualUs = delays[delays.length >> 1] - delays[0];
    return Math.min(MOST_TOLERANCE_US, Math.max(LEAST_TOLERANCE_US, 2 * usualUs));
  }

  /** The first message alone agrees with samples that are missing and nothing else, or with a clock that was set and nothing else. */
  #isPlain({ leapUs }: ClockLeap, earlyUs: number): boolean {
    const toleranceUs = this.#toleranceUs;
    return (leapUs > 0 && Math.abs(earlyUs) <= toleranceUs) || Math.abs(leapUs - earlyUs) <= toleranceUs;
  }

  #believe({ isNext, list, lostUs }: Looked, { leapUs, isBetween }: ClockLeap, earlyUs: number): number {
    const toleranceUs = this.#toleranceUs;
    if (leapUs > 0 && earlyUs <= toleranceUs && earlyUs > -SLOWER_NETWORK_US) return 0;
    // A clock cannot have been set by more than the stamps leap: the network has become quicker.
    if (leapUs > 0 && earlyUs > leapUs + toleranceUs) return 0;
    const restUs = Math.max(0, leapUs - earlyUs);
    if (isNext || !isBetween) return leapUs - this.#wholeSamples(restUs > PAUSE_US ? restUs : 0);
    // Of whole messages where it is about as long as those that are missing.
    const isAsCounted = Math.abs(restUs - lostUs) <= (list.length * this.#periodUs) / 2;
    return leapUs - this.#wholeSamples(isAsCounted ? lostUs : restUs);
  }

  #wholeSamples(durationUs: number): number {
    return this.#periodUs * Math.round(durationUs / this.#periodUs);
  }

  #hand({ message, arrivalMs }: Arrived, looked: Looked | undefined, leap: ClockLeap | undefined, byUs: number): void {
    const setByUs = Math.round(byUs);
    const beforeUs = this.#aheadUs;
    this.#aheadUs += setByUs;
    this.#messageId = message.messageId;
    const readings = new Map(
      [...message.readings].map(([name, list]) => {
        const since = leap && setByUs !== 0 ? changeAfter(list, leap) : 0;
        const onAxis = list.map(({ tickUs, xyz }, i) => ({
          tickUs: tickUs - (i < since ? beforeUs : this.#aheadUs),
          xyz,
        }));
        return [name, onAxis.sort((a, b) => a.tickUs - b.tickUs)];
      }),
    );
    for (const [name, list] of readings) {
      this.#lastUs.set(name, Math.max(this.#lastUs.get(name) ?? -Infinity, list.at(-1)?.tickUs ?? -Infinity));
    }
    if (looked) this.#note(looked);
    this.#release({ message, arrivalMs, readings, setByUs });
  }

  #note(looked: Looked): void {
    const { list, arrivalMs } = looked;
    this.#known = [...this.#known, ...list].slice(-Math.max(MOST_KNOWN, 2 * list.length));
    this.#delaysUs.push(this.#delayUs(looked, arrivalMs));
    if (this.#delaysUs.length > MOST_DELAYS) this.#delaysUs.shift();
  }
}
