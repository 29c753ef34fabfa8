/**
 * The scorers that make the validation page. One line here, with its groups and data sets, adds another: its figures then
 * stand in the page and have floors.
 */
import { EVENTS } from './eventFigures.ts';
import type { FigureGroup, Scorer } from './figureGroup.ts';
import { INCLINATION } from './inclinationFigures.ts';

export const SCORERS: readonly Scorer[] = [INCLINATION, EVENTS];

/** The group of a figure. A figure without one would stand in the page without its limits: that is a mistake here. */
export function groupOf(figure: string): FigureGroup {
  const group = SCORERS.flatMap(({ groups }) => groups).find(({ figures }) => figures.test(figure));
  if (!group) throw new Error(`expected a group for figure ${figure}, found none: add it to a scorer of scorers.ts`);
  return group;
}
