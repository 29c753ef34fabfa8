/** One run of the scorers beside the repository: its figures held against the committed ones, the page written. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../src/app/version.ts';
import { compareWithFloors, floorLine, type Floors, floorsOf, isFailure, ofScorers } from './floors.ts';
import { floorsKind, makesPage, QUICK_LIMIT, type ValidateOptions } from './options.ts';
import { pageOf } from './page.ts';
import { extentOf, recordingsOf } from './recordingIndex.ts';
import { SCORERS } from './scorers.ts';
import { brokenRuns, type Scores } from './scores.ts';

const SHARED = '../shared';
const DATA = join(SHARED, 'data');
const SCORER = join(SHARED, 'score', 'all.mjs');
const FLOORS = 'test/validation/floors.json';
const PAGE = 'docs/validation.md';

/** Where it runs, and who hears of it. */
export interface Place {
  /** The repository; the recordings are beside it. */
  readonly root: string;
  readonly say: (line: string) => void;
}

/** Its exit code tells missed targets, which are no failures here; a run that wrote nothing is one. */
function score({ root }: Place, { scorers, passedOn }: ValidateOptions, limit: number | undefined): Scores {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-validate-'));
  try {
    const json = join(folder, 'scores.json');
    const limited = limit === undefined ? [] : ['--limit', String(limit)];
    const where = ['--data', DATA, '--json', json, '--only', scorers.join(','), '--cmd', 'node dist/src/main.js'];
    const command = [SCORER, ...where, ...limited, ...passedOn];
    const { status } = spawnSync(process.execPath, command, { stdio: 'inherit', cwd: root });
    if (!existsSync(json)) throw new Error(`expected scores, found none: ${SCORER} ended with exit code ${status}`);
    return JSON.parse(readFileSync(json, 'utf8')) as Scores;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says what could not be analysed. */
function isComplete({ say }: Place, scores: Scores): boolean {
  const broken = brokenRuns(scores);
  for (const line of broken) say(line);
  return broken.length === 0;
}

/** Says every figure that moved; false when one became worse or is missing. */
function holdsFloors({ root, say }: Place, scores: Scores, { scorers, limit }: ValidateOptions): boolean {
  const kind = floorsKind(limit);
  if (kind === undefined) {
    say(`no committed figures for --limit ${limit}: nothing compared`);
    return true;
  }
  const floors = JSON.parse(readFileSync(join(root, FLOORS), 'utf8')) as Floors;
  const verdicts = compareWithFloors(ofScorers(floors[kind], scorers), floorsOf(scores));
  const failures = verdicts.filter(isFailure);
  for (const verdict of verdicts.filter(({ change }) => change === 'better' || change === 'new')) {
    say(`${verdict.change}: ${floorLine(verdict)}; keep it with npm run validate -- --update-floors`);
  }
  for (const verdict of failures) say(`${verdict.change}: ${floorLine(verdict)}`);
  say(
    `${verdicts.length - failures.length} of ${verdicts.length} figures are no worse than committed; missed targets are no failures here`,
  );
  return failures.length === 0;
}

function writePage({ root, say }: Place, scores: Scores): void {
  const extent = (group: Parameters<typeof extentOf>[0]) =>
    extentOf(group, (set) => recordingsOf(join(root, DATA), set));
  writeFileSync(join(root, PAGE), pageOf({ version: VERSION, scorers: SCORERS, scores, extentOf: extent }));
  say(`wrote ${PAGE}`);
}

function updateFloors(place: Place, options: ValidateOptions): boolean {
  const quick = score(place, options, QUICK_LIMIT);
  const full = score(place, options, undefined);
  if (![quick, full].map((scores) => isComplete(place, scores)).every(Boolean)) return false;
  const floors: Floors = { full: floorsOf(full), quick: floorsOf(quick) };
  writeFileSync(join(place.root, FLOORS), `${JSON.stringify(floors, null, 2)}\n`);
  place.say(`wrote ${FLOORS}`);
  writePage(place, full);
  return true;
}

/** True when every recording was analysed and no figure is worse than committed, or when there is nothing to score. */
export function validate(place: Place, options: ValidateOptions): boolean {
  const { root, say } = place;
  if (!existsSync(join(root, SCORER)) || !existsSync(join(root, DATA))) {
    say(`skipped: no ${SHARED}`);
    return true;
  }
  if (options.updateFloors) return updateFloors(place, options);
  const scores = score(place, options, options.limit);
  const complete = isComplete(place, scores);
  const held = holdsFloors(place, scores, options);
  if (!makesPage(options)) say(`left ${PAGE} as it is: only a run of everything writes it`);
  else if (complete) writePage(place, scores);
  return complete && held;
}
