/** A minute of an ordinary day for the demonstration: what is fine, what is borderline, and one bend that goes too far. */
import type { Movement } from './movement.ts';

export const DAILY_LOOP: readonly Movement[] = [
  { do: 'stand', forS: 1 },
  // A small, harmless movement that shows at once that the figure is alive.
  { do: 'bend', toDeg: 12, inS: 0.8, holdS: 0.3, backS: 0.8 },
  { do: 'sideBend', toDeg: 9, inS: 0.7, holdS: 0.2, backS: 0.7 },
  { do: 'bend', toDeg: 24, inS: 1.1, holdS: 0.5, backS: 1 },
  // Too far: at least 60° for 3 s, from about the 9th to the 12th second.
  { do: 'bend', toDeg: 65, inS: 1.6, holdS: 3.2, backS: 1.6 },
  { do: 'stand', forS: 2 },
  { do: 'walk', forS: 9 },
  { do: 'turn', deg: 180, inS: 2.4 },
  { do: 'stand', forS: 1 },
  { do: 'twist', toDeg: 30, inS: 1, holdS: 0.4, backS: 1 },
  { do: 'twist', toDeg: -26, inS: 1, holdS: 0.3, backS: 1 },
  { do: 'sit', forS: 8, leanDeg: 4 },
  // Sitting a little rounded, as one does.
  { do: 'bend', toDeg: 18, inS: 1.5, holdS: 4, backS: 1.2 },
  { do: 'standUp' },
  { do: 'walk', forS: 8, cadencePerMin: 100 },
  { do: 'turn', deg: 180, inS: 2.4 },
  { do: 'stand', forS: 3 },
];
