/** Where the stamps of a message leap, forward or back, against the reading before. Pure. */
import type { Reading } from './sensorLoggerMessage.ts';

/** Stamps jitter by less than that many periods. */
const STEP_PERIODS = 2;

export interface ClockLeap {
  /** Stamps of the reading before and of the one after, as the phone gave them. */
  readonly beforeUs: number;
  readonly afterUs: number;
  /** From where the next reading would have been to where it is; negative: back. */
  readonly leapUs: number;
  /** Between two messages, not within one. */
  readonly isBetween: boolean;
}

interface LeapContext {
  readonly periodUs: number;
  /** No message is missing before this one. */
  readonly isNext: boolean;
  /** What the missing ones held. */
  readonly lostUs: number;
  /** Readings of the latest messages. */
  readonly known: readonly Reading[];
}

/** @param lastUs stamp of the last reading before the message, as the phone gives them now */
export function leapIn(list: readonly Reading[], lastUs: number, context: LeapContext): ClockLeap | undefined {
  const { periodUs, isNext, known } = context;
  const leastUs = (STEP_PERIODS - 1) * periodUs;
  const at = fallOf(list);
  if (at === 'disordered') return undefined;
  if (at === undefined) return leapAhead(list, lastUs, context);
  if (at > 0) {
    // Readings that are merely out of order do not begin where the last message ended.
    const isContinued = isNext && Math.abs(list[0].tickUs - lastUs - periodUs) <= STEP_PERIODS * periodUs;
    const isBack = list[at].tickUs < list[at - 1].tickUs - leastUs;
    return isContinued && isBack ? leapAt(list, at, lastUs, periodUs) : undefined;
  }
  return list[0].tickUs < lastUs - leastUs && !isRepetition(list, lastUs, known)
    ? leapAt(list, 0, lastUs, periodUs)
    : undefined;

  /** Index of the one reading before which stamps go back; 0: the whole message comes after. */
  function fallOf(stamps: readonly Reading[]): number | 'disordered' | undefined {
    const falls = stamps.flatMap(({ tickUs }, i) => (i > 0 && tickUs <= stamps[i - 1].tickUs ? [i] : []));
    if (falls.length > 1) return 'disordered';
    if (falls.length === 1) return falls[0];
    return stamps[0].tickUs < lastUs - leastUs ? 0 : undefined;
  }
}

function leapAhead(list: readonly Reading[], lastUs: number, context: LeapContext): ClockLeap | undefined {
  const { periodUs, isNext, lostUs } = context;
  const leaps = list.map((_, i) => leapAt(list, i, lastUs, periodUs));
  const largest = leaps.reduce((most, one) => (one.leapUs > most.leapUs ? one : most));
  const isLong = largest.leapUs > STEP_PERIODS * periodUs;
  if (isNext || !largest.isBetween) return isLong ? largest : undefined;
  // About as long as the missing messages; otherwise the stamps say something else, also if they go on as if none were missing.
  return Math.abs(largest.leapUs - lostUs) > (list.length * periodUs) / 2 ? largest : undefined;
}

function leapAt(list: readonly Reading[], at: number, lastUs: number, periodUs: number): ClockLeap {
  const beforeUs = at === 0 ? lastUs : list[at - 1].tickUs;
  const afterUs = list[at].tickUs;
  return { beforeUs, afterUs, leapUs: afterUs - beforeUs - periodUs, isBetween: at === 0 };
}

/** The same stamps with the same values were there before. Values that never change tell nothing where all of it is old. */
function isRepetition(list: readonly Reading[], lastUs: number, known: readonly Reading[]): boolean {
  const old = list.filter(({ tickUs }) => tickUs <= lastUs);
  const isTelling = old.length < list.length || old.some(({ xyz }) => !isSame(xyz, old[0].xyz));
  return isTelling && old.every((one) => known.some((k) => k.tickUs === one.tickUs && isSame(k.xyz, one.xyz)));
}

/** Index of the first reading of a quantity that came after the leap. */
export function changeAfter(list: readonly Reading[], { beforeUs, afterUs, leapUs }: ClockLeap): number {
  const middleUs = (beforeUs + afterUs) / 2;
  const isAhead = afterUs > beforeUs;
  const isAfter = (us: number): boolean => (isAhead ? us > middleUs : us < middleUs);
  if (isAhead || isAfter(list[0].tickUs)) {
    const found = list.findIndex(({ tickUs }) => isAfter(tickUs));
    return found === -1 ? list.length : found;
  }
  const fall = list.findIndex(({ tickUs }, i) => i > 0 && tickUs < list[i - 1].tickUs + leapUs / 2);
  return fall === -1 ? list.length : fall;
}

/** The stamp of the reading that was measured last: of a list that is in order but for one leap back, the last one. */
export function newestOf(list: readonly Reading[]): number {
  const falls = list.filter(({ tickUs }, i) => i > 0 && tickUs <= list[i - 1].tickUs).length;
  const last = list.at(-1)?.tickUs ?? NaN;
  return falls <= 1 ? last : list.reduce((most, { tickUs }) => Math.max(most, tickUs), -Infinity);
}

const isSame = (a: Reading['xyz'], b: Reading['xyz']): boolean => a.every((value, axis) => Object.is(value, b[axis]));
