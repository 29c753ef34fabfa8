#!/usr/bin/env node
/** Process entry: picks the subcommand; expected failures end in one clear line and an exit code, never in a stack trace. */
import { COMMANDS } from './app/commands.ts';
import { helpOf, parseCommand } from './app/command.ts';
import { suggestion } from './app/nearestWord.ts';
import { VERSION } from './app/version.ts';
import { messageOf, PlumblineError } from './model/errors.ts';

/** 0 done, 1 something failed, 2 bad usage or configuration. */
const exitCodeOf = (error: unknown): number =>
  error instanceof PlumblineError && (error.code === 'usage' || error.code === 'config/invalid') ? 2 : 1;

function overview(): string {
  const width = Math.max(...COMMANDS.map((c) => c.name.length)) + 2;
  return [
    `plumbline ${VERSION}: posture and fall-risk monitoring with a wearable sensor`,
    '',
    'plumbline <command> [options]      plumbline <command> --help',
    '',
    ...COMMANDS.map((c) => `  ${c.name.padEnd(width)}${c.summary}`),
    '',
    'Exit codes: 0 done, 1 something failed, 2 bad usage or configuration.',
  ].join('\n');
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    process.stderr.write(`${overview()}\n`);
    return 2;
  }
  if (name === 'help' && rest.length > 0) return main([...rest, '--help']);
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${overview()}\n`);
    return 0;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (!command) {
    const names = COMMANDS.map((c) => c.name);
    throw new PlumblineError('usage', `expected one of ${names.join(', ')}, found "${name}"${suggestion(name, names)}`);
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  return command.run(parseCommand(command, rest));
}

// Whoever reads our output may have read enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // An unexpected error keeps its stack: it is a mistake in the program, not in the input.
  const text =
    error instanceof PlumblineError ? error.message : error instanceof Error ? error.stack : messageOf(error);
  process.stderr.write(`plumbline: ${text}\n`);
  process.exitCode = exitCodeOf(error);
}
