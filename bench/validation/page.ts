/** `docs/validation.md`: every figure with what stands behind it and what it cannot mean. The same run makes the same page. */
import { DATA_SETS } from './dataSets.ts';
import type { FigureGroup, Scorer } from './figureGroup.ts';
import { FIGURE_UNITS, figureUnit } from './figureUnits.ts';
import type { Extent } from './recordingIndex.ts';
import { groupOf } from './scorers.ts';
import { type Figure, figuresOf, type Scores, type Target } from './scores.ts';

export interface PageInput {
  readonly version: string;
  readonly scorers: readonly Scorer[];
  readonly scores: Scores;
  readonly extentOf: (group: FigureGroup) => Extent;
}

const cell = (text: string | number | null): string => String(text ?? '').replaceAll('|', '\\|');
const row = (cells: readonly (string | number | null)[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string[] => [
  row(header),
  `|${header.map(() => '---').join('|')}|`,
  ...rows.map(row),
];
const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const labelOf = ({ label }: Figure): string => upperFirst(label.replace(/\bf1\b/, 'F1'));

const asked = ({ op, target }: Target, unit: string): string =>
  `${op === '>=' ? 'at least' : 'at most'} ${figureUnit(unit).show(target)}`;

export function verdictOf({ value, failures }: Figure, target: Target | undefined): string {
  if (value === null) return 'no value';
  if (failures > 0) return `incomplete: ${failures} recordings not analysed`;
  if (!target) return 'no target';
  return (target.op === '>=' ? value >= target.target : value <= target.target) ? 'met' : 'missed';
}

export function extentLine(group: FigureGroup, { people, agesYears, recordings, hours }: Extent): string {
  const names = group.sets.map((set) => DATA_SETS[set]?.name ?? set).join(' and ');
  const ages = agesYears ? ` (${agesYears[0]} to ${agesYears[1]} years)` : '';
  const who = people === undefined ? '' : `${people} ${people === 1 ? 'person' : 'people'}${ages}, `;
  return `Data: ${names}. Placement: ${group.placement}. ${who}${counted(recordings, 'recording')}, ${hours.toFixed(2)} h.`;
}

function figureRow(key: string, figure: Figure, group: FigureGroup, target: Target | undefined): string[] {
  const { show } = figureUnit(figure.unit);
  if (target?.anchor !== undefined && !group.peer)
    throw new Error(`expected whose figure ${key} is held against, found none`);
  return [
    labelOf(figure),
    figure.value === null ? '' : show(figure.value),
    figure.ci ? `${show(figure.ci[0])} to ${show(figure.ci[1])}` : '',
    figure.n === null ? '' : `${figure.n} ${group.countedIn}`,
    target ? asked(target, figure.unit) : '',
    verdictOf(figure, target),
    ...(group.peer ? [target?.anchor === undefined ? '' : show(target.anchor)] : []),
    `\`${key}\``,
  ];
}

function groupSection(group: FigureGroup, { scores, extentOf }: PageInput): string[] {
  const figures = Object.entries(figuresOf(scores)).filter(([key]) => groupOf(key) === group);
  if (figures.length === 0) return [];
  const extent = extentOf(group);
  for (const [key, { n }] of figures) {
    if (group.countedIn === 'recordings' && n !== extent.recordings) {
      throw new Error(`${key}: expected ${extent.recordings} recordings as chosen in "${group.title}", found ${n}`);
    }
  }
  const header = [
    'figure',
    'value',
    '95 % interval',
    'from',
    'target',
    'verdict',
    ...(group.peer ? [group.peer] : []),
    'name',
  ];
  const rows = figures.map(([key, figure]) =>
    figureRow(
      key,
      figure,
      group,
      scores.targets.find((target) => target.key === key),
    ),
  );
  return [`### ${group.title}`, '', extentLine(group, extent), '', ...table(header, rows), '', group.limits, ''];
}

/** What the scorer found besides its figures, as it prints it. */
function scorerTables({ name }: Scorer, { scores }: PageInput): string[] {
  return (scores.results[name]?.tables ?? []).flatMap(({ title, header, rows }) => [
    `#### ${title}`,
    '',
    ...table(header, rows),
    '',
  ]);
}

const scorerSection = (scorer: Scorer, input: PageInput): string[] => [
  `## ${scorer.title}`,
  '',
  ...scorer.groups.flatMap((group) => groupSection(group, input)),
  '### More from this scorer',
  '',
  ...scorerTables(scorer, input),
];

function summary({ scores: { targets, ...scores } }: PageInput): string[] {
  const figures = figuresOf({ targets, ...scores });
  const judged = targets.flatMap((target) => {
    const figure = figures[target.key];
    if (!figure) return [{ verdict: 'missed', line: `- \`${target.key}\`: not scored` }];
    const { show } = figureUnit(figure.unit);
    const found = figure.value === null ? 'no value' : show(figure.value);
    return [
      {
        verdict: verdictOf(figure, target),
        line: `- ${labelOf(figure)}: ${found}, ${asked(target, figure.unit)} was asked.`,
      },
    ];
  });
  const others = judged.filter(({ verdict }) => verdict !== 'met');
  return [
    `**${judged.length - others.length} of ${judged.length} targets are met.**${others.length > 0 ? ' Missed:' : ''}`,
    '',
    ...others.map(({ line }) => line),
    ...(others.length > 0 ? [''] : []),
  ];
}

const dataSetTable = (scorers: readonly Scorer[]): string[] => {
  const used = new Set(
    scorers.flatMap(({ groups, setsInTables }) => [...groups.flatMap(({ sets }) => sets), ...setsInTables]),
  );
  return table(
    ['data set', 'who and how', 'Hz', 'source', 'licence stated'],
    [...used].map((set) => {
      const { name, whoAndHow, rateHz, source, licence } = DATA_SETS[set];
      return [name, whoAndHow, rateHz, source, licence];
    }),
  );
};

export function pageOf(input: PageInput): string {
  const units = new Set(Object.values(figuresOf(input.scores)).map(({ unit }) => unit));
  const lines = [
    '# Validation',
    '',
    '<!-- Made by `npm run validate`. Do not edit: the next run writes it again. -->',
    '',
    `How well \`plumbline analyze\` ${input.version} does on public recordings that were not made for it.`,
    '',
    ...summary(input),
    'No recording is of a person with osteoporosis, none is of a whole day at home, and none has an optical reference for the bending of a back: ' +
      'what depends on these is shown on synthetic motion only, in the tests. A figure here is no statement about what happens in daily life.',
    '',
    '## How to repeat it',
    '',
    '```',
    'npm run validate',
    '```',
    '',
    'needs the scorers and recordings beside the repository (`../shared/score`, `../shared/data`); without them it says so and changes nothing. ' +
      'The scorers know the product only by its command line and output files. It writes this page anew and compares each figure with ' +
      '`test/validation/floors.json`: a figure that became worse is a failure. `npm run validate -- --quick` takes five recordings of each set, ' +
      'as the build machine does; `npm run validate -- --update-floors` commits to what is found.',
    '',
    ...table(
      ['unit', 'may be worse by', 'because'],
      Object.entries(FIGURE_UNITS)
        .filter(([unit]) => units.has(unit))
        .map(([unit, { tolerance, because }]) => [unit === '' ? 'F1' : unit, tolerance, because]),
    ),
    '',
    'A share counts as a number between 0 and 1 there.',
    '',
    'Intervals hold 95 % of 1000 repetitions in which whole people (for BROAD, trials) are drawn with replacement; with fewer than three there is none. ' +
      'An interval of 100 % to 100 % says that no mistake was seen, not that there is none. Only the part of each data set that is meant for development ' +
      'is used: the program was made while looking at these people, others may fare worse.',
    '',
    '## Data sets',
    '',
    ...dataSetTable(input.scorers),
    '',
    ...input.scorers.flatMap((scorer) => scorerSection(scorer, input)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The values in a page by the figures' names, as written. */
export function valuesInPage(page: string): Readonly<Record<string, string>> {
  const rows = page.matchAll(/^\| [^|]+ \| ([^|]*) \|.*\| `([\w.]+)` \|$/gm);
  return Object.fromEntries([...rows].map(([, value, key]) => [key, value]));
}
