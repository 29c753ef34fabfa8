import type { FigureGroup, RecordingInfo, Scorer } from './figureGroup.ts';

const isJudged = ({ quality, labelledEvents }: RecordingInfo): boolean => quality !== 'suspect' && labelledEvents > 0;
const isBend = ({ activity, accScaleBad }: RecordingInfo): boolean => activity === 'Bending' && !accScaleBad;
/** They wore the waist sensor turned round at times. */
const UMAFALL_TURNED_WAIST = ['S02', 'S04', 'S08', 'S17'];

const SILVER =
  'The labels are silver labels: made afterwards from the same upper sensor and looked at on plots. They judge whether a movement is found, ' +
  'counted and given the right side, not its degrees. ';

const trunkyxl = (run: 'oneSensor' | 'twoSensor', placement: string): FigureGroup[] => [
  {
    title: `Whole trials without a mistake, ${placement}`,
    figures: new RegExp(`^events\\.${run}\\.\\w+\\.exactCount$`),
    sets: ['trunkyxl'],
    placement,
    takes: (recording) => isJudged(recording) && recording.eventsComplete === true,
    countedIn: 'recordings',
    limits:
      'Share of the completely labelled trials in which every movement is found and none is told too many. Few trials: one is many per cent.',
  },
  {
    title: `Bends, side bends and twists, ${placement}`,
    figures: new RegExp(`^events\\.${run}\\.`),
    sets: ['trunkyxl'],
    placement,
    takes: isJudged,
    countedIn: 'movements',
    limits:
      `${SILVER}The people sit and follow a protocol of three bends, six side bends and six twists, large, slow and one at a time: ` +
      'the movements of a day, standing, smaller, faster and mixed, are harder.' +
      (run === 'twoSensor' ? ' A movement that both sensors tell counts once.' : ''),
  },
];

const umafallBend = (placement: 'chest' | 'waist', limits: string): FigureGroup => ({
  title: `A bend to the floor, ${placement}`,
  figures: new RegExp(`^events\\.bendHit\\.umafall\\.${placement}$`),
  sets: ['umafall'],
  placement,
  takes: (recording) =>
    isBend(recording) &&
    recording.placement === placement &&
    (placement === 'chest' || !UMAFALL_TURNED_WAIST.includes(recording.subject)),
  countedIn: 'recordings',
  limits,
});

const NO_TIMES = 'One label for the whole recording: found means at least one forward bend in it, at any time. ';

const GROUPS: readonly FigureGroup[] = [
  ...trunkyxl('oneSensor', 'upper back (C7/T1)'),
  ...trunkyxl('twoSensor', 'upper back (C7/T1) and pelvis'),
  umafallBend('chest', `${NO_TIMES}Simulated activities of mostly young adults at 20 Hz.`),
  umafallBend(
    'waist',
    `${NO_TIMES}Simulated activities of mostly young adults at 20 Hz. A waist sensor sees the pelvis, not the back. ` +
      'Recordings of people who wore the sensor turned round at times are left out.',
  ),
  {
    title: 'A bend with straight knees, waist',
    figures: /^events\.bendHit\.sisfall\.D16$/,
    sets: ['sisfall'],
    placement: 'waist',
    takes: ({ activity }) => activity === 'D16',
    countedIn: 'recordings',
    limits:
      `${NO_TIMES}Simulated activities. A waist sensor sees the pelvis: who bends from the spine alone turns it little, ` +
      'so a bend not found can be a bend that the sensor did not see.',
  },
  {
    title: 'Bending the knees, waist',
    figures: /^events\.bendHit\.sisfall\.D15$/,
    sets: ['sisfall'],
    placement: 'waist',
    takes: ({ activity }) => activity === 'D15',
    countedIn: 'recordings',
    better: 'neither',
    limits:
      'Shown beside the figure above and never a target or a floor: who bends the knees as one should bends the trunk little, ' +
      'so neither a high nor a low share is right by itself.',
  },
  {
    title: 'False events while walking and jogging',
    figures: /^events\.falseWhileWalking\./,
    sets: ['sisfall', 'voisard-gait'],
    placement: 'waist (SisFall), lower back (Voisard)',
    takes: ({ activity = '' }, set) => set === 'voisard-gait' || /^D0[1-4]$/.test(activity),
    countedIn: 'recordings',
    limits:
      'Nobody bends, leans or twists in these walks, so every such event is false. Healthy people on level ground, up to 100 s each: ' +
      'walking with a frame, a stoop or a limp is not in them. With so few hours one event is half an event per hour, ' +
      'and an interval of 0 to 0 says that none was seen, not that there is none. The walks of Voisard hold a U-turn. ' +
      'DSADS stands only in the table below: on its sloping treadmill people do lean, so not every event there is false.',
  },
];

export const EVENTS: Scorer = {
  name: 'events',
  title: 'Bends, side bends and twists',
  groups: GROUPS,
  setsInTables: ['dsads'],
};
