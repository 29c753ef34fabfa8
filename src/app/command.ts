/** What a subcommand is: its options as data, so that parsing, help, documents and errors follow from one place. */
import { parseArgs } from 'node:util';
import { PlumblineError } from '../model/errors.ts';
import { suggestion } from './nearestWord.ts';

interface CommandOption {
  /** Without dashes. */
  readonly name: string;
  /** Name of the value in the help; absent: a flag. */
  readonly value?: string;
  readonly description: string;
}

export interface Arguments {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** @throws PlumblineError `usage` */
  number(name: string, range: { min: number; max: number; whole?: boolean }): number | undefined;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** After the name: `<path>... --out <dir>`. */
  readonly usage: string;
  /** How many arguments without dashes it takes, and what they are; absent: none. */
  readonly positionals?: { readonly most: number; readonly expected: string };
  readonly options: readonly CommandOption[];
  /** What else a user should know. */
  readonly notes?: readonly string[];
  /** What each exit code means, from 0 on. */
  readonly exitCodes: readonly string[];
  readonly example: string;
  /** @returns the exit code */
  readonly run: (args: Arguments) => Promise<number>;
}

/** `["--out <dir>", "folder that …"]` for every option, help included. */
export function optionRows({ options }: Command): [left: string, description: string][] {
  return [...options, { name: 'help', value: undefined, description: 'this text' }].map(
    ({ name, value, description }) => [`--${name}${value === undefined ? '' : ` <${value}>`}`, description],
  );
}

export const usageOf = ({ name, usage }: Command): string => `plumbline ${name} ${usage}`.trimEnd();

export function helpOf(command: Command): string {
  const rows = optionRows(command);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    usageOf(command),
    '',
    command.summary,
    '',
    'Options',
    ...rows.map(([left, description]) => `  ${left.padEnd(width)}${description}`),
    '',
    ...(command.notes ? [...command.notes, ''] : []),
    'Exit codes',
    ...command.exitCodes.map((meaning, code) => `  ${code}  ${meaning}`),
    '',
    'Example',
    `  ${command.example}`,
  ].join('\n');
}

/** @throws PlumblineError `usage` naming what was expected and found */
export function parseCommand(command: Command, argv: readonly string[]): Arguments {
  const { values, positionals } = readArguments(command, argv);
  const { most, expected } = command.positionals ?? { most: 0, expected: 'no argument' };
  if (positionals.length > most) {
    const found = positionals.length === 1 ? JSON.stringify(positionals[0]) : `${positionals.length} arguments`;
    throw usageError(command, `expected ${expected}, found ${found}`);
  }
  const text = (name: string): string | undefined => values.get(name);
  return {
    positionals,
    flag: (name) => values.has(name),
    text,
    number(name, { min, max, whole = false }) {
      const found = text(name);
      if (found === undefined) return undefined;
      const value = Number(found);
      if (found.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
      const words = `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;
      throw usageError(command, `--${name}: expected ${words}, found "${found}"`);
    },
  };
}

export const usageError = (command: Command, problem: string): PlumblineError =>
  new PlumblineError('usage', `${command.name}: ${problem} (usage: ${usageOf(command)})`);

/** `parseArgs` splits the words; what they mean, and what is wrong with them, is said here. */
function readArguments(
  command: Command,
  argv: readonly string[],
): { values: Map<string, string>; positionals: string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      command.options.map(({ name, value }) => [name, { type: value ? 'string' : 'boolean' }]),
    ),
  });
  const values = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const option = command.options.find((each) => each.name === name);
    if (!option || !rawName.startsWith('--')) {
      const known = [...command.options.map((each) => `--${each.name}`), '--help'];
      throw usageError(command, `expected one of ${known.join(', ')}, found ${rawName}${suggestion(rawName, known)}`);
    }
    if (values.has(name)) throw usageError(command, `expected ${rawName} once, found it twice`);
    if (option.value === undefined && value !== undefined) {
      throw usageError(command, `${rawName}: expected no value, found "${value}"`);
    }
    if (option.value !== undefined) expectValue(command, rawName, option.value, value);
    values.set(name, value ?? '');
  }
  return { values, positionals };
}

/** `--out --json` has forgotten the folder; `--seconds -5` has a value, though a bad one. */
function expectValue(command: Command, rawName: string, expected: string, value: string | undefined): void {
  const isOption = value !== undefined && command.options.some(({ name }) => value === `--${name}`);
  if (value !== undefined && value !== '' && !isOption) return;
  throw usageError(command, `${rawName}: expected <${expected}>, found ${isOption ? value : 'nothing'}`);
}
