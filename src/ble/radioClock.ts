/** One time for the service and its radio process, also when a replay runs faster than life. */

/** At wall time `startedWallMs` the clock read `epochMs`; since then it runs `speed` times as fast as the wall clock. */
export interface RadioClockSetting {
  /** Unix ms. */
  readonly epochMs: number;
  readonly startedWallMs: number;
  readonly speed: number;
}

/** How far the fine clock may be from the wall clock, which has whole milliseconds and is set by the network, ms. */
const MAX_APART_MS = 1.5;

/** Unix ms with a fraction; both processes derive it from the same wall clock, so they agree. */
export function radioClock({ epochMs, startedWallMs, speed }: RadioClockSetting): () => number {
  let offsetMs = performance.timeOrigin;
  return () => {
    const wallMs = Date.now() + 0.5;
    if (Math.abs(performance.now() + offsetMs - wallMs) > MAX_APART_MS) offsetMs = wallMs - performance.now();
    return epochMs + (performance.now() + offsetMs - startedWallMs) * speed;
  };
}
