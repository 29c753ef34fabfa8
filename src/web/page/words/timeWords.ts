/** Times and durations as a person says them. */

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const CLOCK_S = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const clockTime = (tMs: number): string => CLOCK.format(tMs);

/** Seconds for what happened just now, the date for what happened on another day. */
export function eventTime(tMs: number, nowMs: number): string {
  const isToday = new Date(tMs).toDateString() === new Date(nowMs).toDateString();
  return isToday ? CLOCK_S.format(tMs) : `${DAY.format(tMs)}, ${CLOCK.format(tMs)}`;
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export function durationWords(durationS: number): string {
  if (durationS < 9.95) return `${durationS.toFixed(1)} s`;
  if (durationS < 90) return `${Math.round(durationS)} s`;
  if (durationS < 90 * 60) return `${Math.round(durationS / 60)} min`;
  return `${Math.round(durationS / 3600)} h`;
}

export function agoWords(tMs: number, nowMs: number): string {
  const agoS = Math.max(0, (nowMs - tMs) / 1000);
  if (agoS < 3) return 'just now';
  if (agoS < 60) return `${Math.floor(agoS)} seconds ago`;
  if (agoS < 3600) return `${plural(Math.floor(agoS / 60), 'minute')} ago`;
  if (agoS < 86_400) return `${plural(Math.floor(agoS / 3600), 'hour')} ago`;
  return `${plural(Math.floor(agoS / 86_400), 'day')} ago`;
}
