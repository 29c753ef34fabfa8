/** The command line of `npm run validate`. */
import { parseArgs } from 'node:util';
import { SCORERS } from './scorers.ts';

/** Recordings of each set in the quick run. */
export const QUICK_LIMIT = 5;

export interface ValidateOptions {
  readonly scorers: readonly string[];
  readonly limit?: number;
  readonly updateFloors: boolean;
  /** For the scorers as they are. */
  readonly passedOn: readonly string[];
}

const PASSED_ON = ['cmd', 'work', 'jobs', 'timeout-min'] as const;

export function parseOptions(argv: readonly string[]): ValidateOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: text,
      limit: text,
      quick: { type: 'boolean' },
      'update-floors': { type: 'boolean' },
      cmd: text,
      work: text,
      jobs: text,
      'timeout-min': text,
    },
  });
  const { only, limit, quick = false, 'update-floors': updateFloors = false } = values;
  if (updateFloors && (only !== undefined || limit !== undefined || quick)) {
    throw new Error('expected --update-floors without --only, --limit and --quick, which would leave floors out');
  }
  if (limit !== undefined && (quick || !/^[1-9]\d*$/.test(limit))) {
    throw new Error(`expected --limit with a whole number of 1 or more, and without --quick, found ${limit}`);
  }
  return {
    scorers: only?.split(',') ?? SCORERS.map(({ name }) => name),
    limit: quick ? QUICK_LIMIT : limit === undefined ? undefined : Number(limit),
    updateFloors,
    passedOn: PASSED_ON.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]])),
  };
}

/** Only a run of everything describes the product. */
export const makesPage = ({ scorers, limit }: ValidateOptions): boolean =>
  limit === undefined && SCORERS.every(({ name }) => scorers.includes(name)) && scorers.length === SCORERS.length;

/** Which committed values a run can be held against. */
export const floorsKind = (limit: number | undefined): 'full' | 'quick' | undefined =>
  limit === undefined ? 'full' : limit === QUICK_LIMIT ? 'quick' : undefined;
