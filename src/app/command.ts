/** What a subcommand is: its options as data, so that parsing, help and errors follow from one place. */
import { parseArgs } from 'node:util';
import { messageOf, PlumblineError } from '../model/errors.ts';

export interface CommandOption {
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
  readonly options: readonly CommandOption[];
  /** More lines for the help: exit codes, examples. */
  readonly notes?: readonly string[];
  /** @returns the exit code */
  readonly run: (args: Arguments) => Promise<number>;
}

export function helpOf(command: Command): string {
  const lines = [`plumbline ${command.name} ${command.usage}`, '', command.summary, ''];
  const options = [...command.options, { name: 'help', description: 'this text' }];
  const left = options.map((o) => `  --${o.name}${'value' in o && o.value ? ` <${o.value}>` : ''}`);
  const width = Math.max(...left.map((text) => text.length)) + 2;
  options.forEach((o, i) => lines.push(left[i].padEnd(width) + o.description));
  if (command.notes) lines.push('', ...command.notes);
  return lines.join('\n');
}

/** @throws PlumblineError `usage` naming what was expected and found */
export function parseCommand(command: Command, argv: readonly string[]): Arguments {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: Object.fromEntries(
        command.options.map((o) => [o.name, { type: o.value ? 'string' : 'boolean' } as const]),
      ),
    });
  } catch (error) {
    throw new PlumblineError(
      'usage',
      `expected plumbline ${command.name} ${command.usage}, found: ${messageOf(error)}`,
    );
  }
  const { values, positionals } = parsed;
  const text = (name: string): string | undefined => values[name] as string | undefined;
  return {
    positionals,
    flag: (name) => values[name] === true,
    text,
    number(name, { min, max, whole = false }) {
      const found = text(name);
      if (found === undefined) return undefined;
      const value = Number(found);
      if (found.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
        throw new PlumblineError(
          'usage',
          `--${name}: expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}, found "${found}"`,
        );
      }
      return value;
    },
  };
}
