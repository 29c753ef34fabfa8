/** The figures' committed values: what a run may be better than, and not worse. */
import { figureUnit } from './figureUnits.ts';
import { groupOf, SCORERS } from './scorers.ts';
import { figuresOf, type Scores, type Target } from './scores.ts';

export type Better = 'more' | 'less';

export interface Floor {
  readonly value: number;
  readonly unit: string;
  readonly better: Better;
  readonly tolerance: number;
}
export type FloorsByFigure = Readonly<Record<string, Floor>>;

export interface Floors {
  /** `npm run validate`. */
  readonly full: FloorsByFigure;
  /** `npm run validate -- --quick`. */
  readonly quick: FloorsByFigure;
}

export interface FloorVerdict {
  readonly figure: string;
  readonly change: 'worse' | 'better' | 'same' | 'missing' | 'new';
  readonly committed?: number;
  readonly found?: number;
  readonly tolerance?: number;
}

const MORE_IS_BETTER = /\.(?:recall|precision|f1|exactCount|sensitivity|specificity|balanced|hit)$|\.bendHit\./;
const LESS_IS_BETTER = /^inclination\.|\.falseWhileWalking\.|\.falseAlarmsPerHour\.|\.delay\./;
const DECIMALS = 6;

/** Which way a figure improves: what its group says, else its target's direction, else its name. */
export function betterOf(figure: string, targets: readonly Target[]): Better | undefined {
  const { better } = groupOf(figure);
  if (better === 'neither') return undefined;
  const target = targets.find(({ key }) => key === figure);
  if (target) return target.op === '>=' ? 'more' : 'less';
  if (MORE_IS_BETTER.test(figure)) return 'more';
  return LESS_IS_BETTER.test(figure) ? 'less' : undefined;
}

/** Committed values from a run of the listed scorers. A figure without a value, or of which neither way is better, has none. */
export function floorsOf(scores: Scores): FloorsByFigure {
  const floors: Record<string, Floor> = {};
  for (const [figure, { value, unit }] of Object.entries(figuresOf(scores))) {
    if (!SCORERS.some(({ name }) => name === figure.split('.')[0])) continue;
    const better = betterOf(figure, scores.targets);
    if (value === null || better === undefined) continue;
    floors[figure] = { value: Number(value.toFixed(DECIMALS)), unit, better, tolerance: figureUnit(unit).tolerance };
  }
  return floors;
}

/** Every figure that has a committed value or was found now. */
export function compareWithFloors(floors: FloorsByFigure, found: FloorsByFigure): FloorVerdict[] {
  return [...new Set([...Object.keys(floors), ...Object.keys(found)])].map((figure): FloorVerdict => {
    const floor = floors[figure];
    const now = found[figure]?.value;
    if (floor === undefined) return { figure, change: 'new', found: now };
    const { value: committed, tolerance, better } = floor;
    if (now === undefined) return { figure, change: 'missing', committed, tolerance };
    const gained = better === 'more' ? now - committed : committed - now;
    const change = gained < -tolerance ? 'worse' : gained > tolerance ? 'better' : 'same';
    return { figure, change, committed, found: now, tolerance };
  });
}

export const isFailure = ({ change }: FloorVerdict): boolean => change === 'worse' || change === 'missing';

export function floorLine({ figure, committed, found, tolerance }: FloorVerdict): string {
  return `${figure}: committed ${committed ?? 'nothing'}, found ${found ?? 'nothing'}, tolerance ${tolerance ?? 'none'}`;
}

/** The committed values of some scorers only: the others did not run. */
export function ofScorers(floors: FloorsByFigure, scorers: readonly string[]): FloorsByFigure {
  return Object.fromEntries(Object.entries(floors).filter(([figure]) => scorers.includes(figure.split('.')[0])));
}
