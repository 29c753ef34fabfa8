/**
 * `npm run validate -- [--quick] [--update-floors] [--only inclination,events] [--limit N] [--work dir] [--jobs N]`: runs the
 * scorers beside the repository, holds their figures against the committed ones and writes `docs/validation.md`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../src/app/version.ts';
import { compareWithFloors, floorLine, type Floors, floorsOf, isFailure, ofScorers } from './validation/floors.ts';
import { floorsKind, makesPage, parseOptions, QUICK_LIMIT, type ValidateOptions } from './validation/options.ts';
import { pageOf } from './validation/page.ts';
import { extentOf, recordingsOf } from './validation/recordingIndex.ts';
import { SCORERS } from './validation/scorers.ts';
import { brokenRuns, type Scores } from './validation/scores.ts';

/** Seen from the compiled file. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHARED = '../shared';
const DATA = join(SHARED, 'data');
const SCORER = join(SHARED, 'score', 'all.mjs');
const FLOORS = 'test/validation/floors.json';
const PAGE = 'docs/validation.md';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Its exit code tells missed targets, which are no failures here; a run that wrote nothing is one. */
function score({ scorers, passedOn }: ValidateOptions, limit: number | undefined): Scores {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-validate-'));
  try {
    const json = join(folder, 'scores.json');
    const limited = limit === undefined ? [] : ['--limit', String(limit)];
    const where = ['--data', DATA, '--json', json, '--only', scorers.join(','), '--cmd', 'node dist/src/main.js'];
    const { status } = spawnSync(process.execPath, [SCORER, ...where, ...limited, ...passedOn], { stdio: 'inherit' });
    if (!existsSync(json)) throw new Error(`expected scores, found none: ${SCORER} ended with exit code ${status}`);
    return JSON.parse(readFileSync(json, 'utf8')) as Scores;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says what could not be analysed. */
function isComplete(scores: Scores): boolean {
  const broken = brokenRuns(scores);
  for (const line of broken) say(line);
  return broken.length === 0;
}

/** Says every figure that moved; false when one became worse or is missing. */
function holdsFloors(scores: Scores, { scorers, limit }: ValidateOptions): boolean {
  const kind = floorsKind(limit);
  if (kind === undefined) {
    say(`no committed figures for --limit ${limit}: nothing compared`);
    return true;
  }
  const floors = JSON.parse(readFileSync(FLOORS, 'utf8')) as Floors;
  const verdicts = compareWithFloors(ofScorers(floors[kind], scorers), floorsOf(scores));
  const failures = verdicts.filter(isFailure);
  for (const verdict of verdicts.filter(({ change }) => change === 'better' || change === 'new')) {
    say(`${verdict.change}: ${floorLine(verdict)}; keep it with npm run validate -- --update-floors`);
  }
  for (const verdict of failures) say(`${verdict.change}: ${floorLine(verdict)}`);
  say(`${verdicts.length - failures.length} of ${verdicts.length} figures are no worse than committed`);
  return failures.length === 0;
}

function writePage(scores: Scores): void {
  const extent = (group: Parameters<typeof extentOf>[0]) => extentOf(group, (set) => recordingsOf(DATA, set));
  writeFileSync(PAGE, pageOf({ version: VERSION, scorers: SCORERS, scores, extentOf: extent }));
  say(`wrote ${PAGE}`);
}

function updateFloors(options: ValidateOptions): boolean {
  const quick = score(options, QUICK_LIMIT);
  const full = score(options, undefined);
  if (![quick, full].map(isComplete).every(Boolean)) return false;
  const floors: Floors = { full: floorsOf(full), quick: floorsOf(quick) };
  writeFileSync(FLOORS, `${JSON.stringify(floors, null, 2)}\n`);
  say(`wrote ${FLOORS}`);
  writePage(full);
  return true;
}

function validate(options: ValidateOptions): boolean {
  if (options.updateFloors) return updateFloors(options);
  const scores = score(options, options.limit);
  const complete = isComplete(scores);
  const held = holdsFloors(scores, options);
  if (!makesPage(options)) say(`left ${PAGE} as it is: only a run of everything writes it`);
  else if (complete) writePage(scores);
  return complete && held;
}

process.chdir(ROOT);
if (!existsSync(SCORER) || !existsSync(DATA)) {
  say(`skipped: no ${SHARED}`);
} else {
  try {
    if (!validate(parseOptions(process.argv.slice(2)))) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`validate: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
