/** docs/cli.md, from the definitions of the commands. */
import { type Command, optionRows, usageOf } from './command.ts';

export function cliPage(commands: readonly Command[]): string {
  const head = [
    '# Command line',
    'Made from `src/app/commands.ts`. `plumbline --help` and `plumbline <command> --help` say the same; `plumbline --version` prints the version.',
    'Results go to stdout, progress and problems to stderr. A problem is one line that says what was expected and what was found.',
    [
      '| command | what it does |',
      '| --- | --- |',
      ...commands.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${summary} |`),
    ].join('\n'),
  ];
  return `${[...head, ...commands.flatMap(section)].join('\n\n')}\n`;
}

function section(command: Command): string[] {
  const { name, summary, notes, exitCodes, example } = command;
  const options = optionRows(command).map(([left, description]) => `| \`${left}\` | ${description} |`);
  const codes = exitCodes.map((meaning, code) => `| ${code} | ${meaning} |`);
  return [
    `## ${name}`,
    summary,
    `\`\`\`\n${usageOf(command)}\n\`\`\``,
    ['| option | |', '| --- | --- |', ...options].join('\n'),
    ...(notes ? [notes.join('\n')] : []),
    ['| exit code | |', '| --- | --- |', ...codes].join('\n'),
    `Example: \`${example}\``,
  ];
}
