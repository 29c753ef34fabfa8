import { useRef } from 'preact/hooks';

/** The value as it was at most `holdMs` ago, so that numbers can be read while they change. */
export function useSteady<T>(value: T, nowMs: number, holdMs: number): T {
  const held = useRef({ value, sinceMs: nowMs });
  if (nowMs - held.current.sinceMs >= holdMs) held.current = { value, sinceMs: nowMs };
  return held.current.value;
}
