/**
 * The stamps of a phone, whose clock is set now and then (by the network, by hand), on one axis that goes on. A step back in a message
 * that follows its predecessor is a clock that was set, unless the very readings are known already; a leap ahead is one if the message
 * came earlier than any, which no loss and no delay can make. Pure: time as an argument.
 */
import type { MotionName, Reading, SensorLoggerMessage } from './sensorLoggerMessage.ts';

/** Whose stamps are looked at; the other quantities of the message go with them. */
const LOOKED_AT = [
  'totalacceleration',
  'accelerometer',
  'accelerometeruncalibrated',
  'gyroscope',
  'gyroscopeuncalibrated',
] as const satisfies readonly MotionName[];
/** Stamps jitter by less than that many periods. */
const STEP_PERIODS = 2;
/** The quickest of so many messages, ten seconds or more, took as long as a message must. */
const MOST_DELAYS = 50;
const LEAST_DELAYS = 10;
/** Earlier than the quickest by more: no luck of the network. */
const EARLY_US = 100_000;
/** Two seconds at 500 Hz. */
const MOST_KNOWN = 1024;
const NO_PERIOD_US = 20_000;

/** Where in the stamps of a message the clock was set, and by how much. */
interface ClockStep {
  /** The stamp of the reading before, and of the one after. */
  readonly beforeUs: number;
  readonly afterUs: number;
  /** What the clock shows too much from then on; negative: it was set back. */
  readonly byUs: number;
}

interface MessageArrival {
  readonly us: number;
  /** No message is missing before it. */
  readonly isNext: boolean;
  /** What the missing messages held. */
  readonly lostUs: number;
}

export interface TimedMessage {
  /** Each quantity in the order of time, on the axis that goes on. */
  readonly readings: SensorLoggerMessage['readings'];
  /** The phone's clock was set by so much, in or before this message; 0: it was not. */
  readonly setByUs: number;
}

export class PhoneClock {
  #sessionId: string | undefined;
  #messageId = NaN;
  /** What the phone's clock shows more than the axis. */
  #aheadUs = 0;
  #periodUs = NO_PERIOD_US;
  /** Latest stamps, as the phone gave them. */
  #lastUs = new Map<MotionName, number>();
  #known: Reading[] = [];
  /** From the newest reading, on the axis, to the message's arrival. */
  #delaysUs: number[] = [];

  time({ sessionId, messageId, readings }: SensorLoggerMessage, arrivalMs: number): TimedMessage {
    if (sessionId !== this.#sessionId) this.#begin(sessionId);
    const missing = messageId - this.#messageId - 1;
    this.#messageId = messageId;
    const name = LOOKED_AT.find((one) => readings.has(one));
    const looked = name && readings.get(name);
    if (!name || !looked) return { readings: sortedAll(readings), setByUs: 0 };
    this.#learnPeriod(looked);
    // Messages are equally long. An app that counts anew may have lost some.
    const lostUs = missing > 0 ? missing * looked.length * this.#periodUs : 0;
    const arrival = { us: 1000 * arrivalMs, isNext: missing === 0, lostUs };
    const step = this.#stepIn(looked, this.#lastUs.get(name), arrival);
    const beforeUs = this.#aheadUs;
    if (step) this.#aheadUs += step.byUs;
    const timed = new Map([...readings].map(([one, list]) => [one, this.#onAxis(one, list, step, beforeUs)]));
    this.#note(looked, timed.get(name)?.at(-1)?.tickUs ?? NaN, arrivalMs);
    return { readings: timed, setByUs: step?.byUs ?? 0 };
  }

  #begin(sessionId: string): void {
    this.#sessionId = sessionId;
    this.#messageId = NaN;
    this.#aheadUs = 0;
    this.#lastUs = new Map();
    this.#known = [];
    this.#delaysUs = [];
  }

  #learnPeriod(looked: readonly Reading[]): void {
    const steps = looked.slice(1).map(({ tickUs }, i) => tickUs - looked[i].tickUs);
    const rising = steps.filter((us) => us > 0).sort((a, b) => a - b);
    if (rising.length > 2) this.#periodUs = rising[rising.length >> 1];
  }

  #stepIn(looked: readonly Reading[], lastUs: number | undefined, arrival: MessageArrival): ClockStep | undefined {
    if (lastUs === undefined) return undefined;
    const before = this.#whereSetBack(looked, lastUs);
    if (before !== undefined) {
      const beforeUs = before < 0 ? lastUs : looked[before].tickUs;
      const isAfterLoss = before < 0 && !arrival.isNext;
      return this.#stepBack(looked, beforeUs, looked[before + 1].tickUs, isAfterLoss ? arrival : undefined);
    }
    return isRising(looked) ? this.#stepAhead(looked, lastUs, arrival) : undefined;
  }

  /** Index of the last reading before the clock was set back, -1: the whole message came after; undefined: it was not. */
  #whereSetBack(looked: readonly Reading[], lastUs: number): number | undefined {
    const leastUs = (STEP_PERIODS - 1) * this.#periodUs;
    const falls = looked.flatMap(({ tickUs }, i) => (i > 0 && tickUs <= looked[i - 1].tickUs ? [i] : []));
    const [firstUs] = [looked[0].tickUs];
    if (falls.length === 0) {
      return firstUs < lastUs - leastUs && !this.#isRepetition(looked, lastUs) ? -1 : undefined;
    }
    const [fall] = falls;
    const isBack = looked[fall].tickUs < looked[fall - 1].tickUs - leastUs;
    // Readings that are merely out of order do not begin where the last message ended.
    const isContinued = Math.abs(firstUs - lastUs - this.#periodUs) <= STEP_PERIODS * this.#periodUs;
    return falls.length === 1 && isBack && isContinued ? fall - 1 : undefined;
  }

  /** The same stamps with the same values were there before. Values that never change tell nothing where all of it is old. */
  #isRepetition(looked: readonly Reading[], lastUs: number): boolean {
    const old = looked.filter(({ tickUs }) => tickUs <= lastUs);
    const isTelling = old.length < looked.length || old.some(({ xyz }) => !isSame(xyz, old[0].xyz));
    return isTelling && old.every((one) => this.#known.some((k) => k.tickUs === one.tickUs && isSame(k.xyz, one.xyz)));
  }

  /**
   * Nothing is missing between two messages that follow each other, nor within one: the next sample is the next. After a loss it is
   * where the message's arrival says.
   */
  #stepBack(
    looked: readonly Reading[],
    beforeUs: number,
    afterUs: number,
    afterLoss: MessageArrival | undefined,
  ): ClockStep {
    const leastUs = beforeUs + this.#periodUs - afterUs;
    const lateUs = afterLoss ? this.#delayUs(looked, afterLoss) - this.#quickestUs() - leastUs : 0;
    return { beforeUs, afterUs, byUs: -Math.round(leastUs + this.#lossUs(lateUs, looked, afterLoss?.lostUs ?? 0)) };
  }

  /** What is missing, in whole samples; of whole messages where it is about as long as those that are. */
  #lossUs(aboutUs: number, looked: readonly Reading[], lostUs: number): number {
    const isAsCounted = Math.abs(aboutUs - lostUs) <= (looked.length * this.#periodUs) / 2;
    return this.#periodUs * Math.max(0, Math.round((isAsCounted ? lostUs : aboutUs) / this.#periodUs));
  }

  #stepAhead(looked: readonly Reading[], lastUs: number, arrival: MessageArrival): ClockStep | undefined {
    if (this.#delaysUs.length < LEAST_DELAYS) return undefined;
    const earlyUs = this.#quickestUs() - this.#delayUs(looked, arrival);
    if (!(earlyUs > EARLY_US)) return undefined;
    const stamps = [lastUs, ...looked.map(({ tickUs }) => tickUs)];
    const leaps = stamps.slice(1).map((tickUs, i) => tickUs - stamps[i] - this.#periodUs);
    const leapUs = Math.max(...leaps);
    const at = leaps.indexOf(leapUs);
    // Between messages those that are missing explain it, within one nothing does.
    const lostUs = at === 0 ? arrival.lostUs : 0;
    if (leapUs - lostUs <= STEP_PERIODS * this.#periodUs) return undefined;
    // What is not early of it was lost, or is a delay of this message; a message that follows has rather been delayed.
    const restUs = leapUs - earlyUs;
    const isWhole = (arrival.isNext || at > 0) && restUs <= leapUs / 2;
    const byUs = Math.round(leapUs - (isWhole ? 0 : this.#lossUs(restUs, looked, lostUs)));
    return byUs > 0 ? { beforeUs: stamps[at], afterUs: stamps[at + 1], byUs } : undefined;
  }

  #delayUs(looked: readonly Reading[], { us }: MessageArrival): number {
    return us - ((looked.at(-1)?.tickUs ?? NaN) - this.#aheadUs);
  }

  #quickestUs(): number {
    return Math.min(...this.#delaysUs);
  }

  #onAxis(name: MotionName, list: readonly Reading[], step: ClockStep | undefined, beforeUs: number): Reading[] {
    const since = step ? firstAfter(list, step) : 0;
    const newest = list.slice(since).reduce((most, { tickUs }) => Math.max(most, tickUs), -Infinity);
    // Before the first reading after a step the last one is not comparable.
    const isLater = newest > (this.#lastUs.get(name) ?? -Infinity) || step !== undefined;
    if (isLater && newest > 0) this.#lastUs.set(name, newest);
    return list
      .map(({ tickUs, xyz }, i) => ({ tickUs: tickUs - (i < since ? beforeUs : this.#aheadUs), xyz }))
      .sort((a, b) => a.tickUs - b.tickUs);
  }

  #note(looked: readonly Reading[], newestUs: number, arrivalMs: number): void {
    this.#known = [...this.#known, ...looked].slice(-MOST_KNOWN);
    this.#delaysUs.push(1000 * arrivalMs - newestUs);
    if (this.#delaysUs.length > MOST_DELAYS) this.#delaysUs.shift();
  }
}

/** Index of the first reading of a quantity that came after the clock was set. */
function firstAfter(list: readonly Reading[], { beforeUs, afterUs, byUs }: ClockStep): number {
  const middleUs = (beforeUs + afterUs) / 2;
  const isAfter = byUs > 0 ? (us: number) => us > middleUs : (us: number) => us < middleUs;
  if (byUs > 0 || isAfter(list[0].tickUs)) {
    const found = list.findIndex(({ tickUs }) => isAfter(tickUs));
    return found === -1 ? list.length : found;
  }
  const fall = list.findIndex(({ tickUs }, i) => i > 0 && tickUs < list[i - 1].tickUs + byUs / 2);
  return fall === -1 ? list.length : fall;
}

const sorted = (list: readonly Reading[]): Reading[] => [...list].sort((a, b) => a.tickUs - b.tickUs);
const sortedAll = (readings: SensorLoggerMessage['readings']): Map<MotionName, Reading[]> =>
  new Map([...readings].map(([name, list]) => [name, sorted(list)]));
const isRising = (list: readonly Reading[]): boolean =>
  list.every(({ tickUs }, i) => i === 0 || tickUs > list[i - 1].tickUs);
const isSame = (a: Reading['xyz'], b: Reading['xyz']): boolean => a.every((value, axis) => Object.is(value, b[axis]));
