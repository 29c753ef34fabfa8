import type { FigureGroup, Scorer } from './figureGroup.ts';

const BOARD = {
  sets: ['broad'],
  placement: 'a rigid board moved by hand, no person',
  takes: () => true,
  countedIn: 'recordings',
} as const;

const GROUPS: readonly FigureGroup[] = [
  {
    ...BOARD,
    title: 'Inclination at once',
    figures: /^inclination\.causal\./,
    peer: 'VQF, the authors’ C++',
    limits:
      'Root mean square error of inclination over the samples in motion, mean over the trials, from the orientation that is known at each sample. ' +
      'A board has no skin, clothes or strap: on a person their movement comes on top, and so does the error of the posture taken as upright. ' +
      'Heading is not judged. The lower rates are means of 3, 6 and 11 samples, cleaner than what a wearable with that rate gives. ' +
      'The peer figures are those of the C++ program of the authors of VQF on the same trials.',
  },
  {
    ...BOARD,
    title: 'Inclination with later data',
    figures: /^inclination\.settled\./,
    limits:
      'The same, from the orientation that up to 5 s of later data have improved: good for a report, too late for an alert. ' +
      'No peer figure is known for the same delay.',
  },
];

export const INCLINATION: Scorer = { name: 'inclination', title: 'Orientation', groups: GROUPS, setsInTables: [] };
