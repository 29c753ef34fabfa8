/** What a person at a terminal is told and asked during pairing. */
import { createInterface } from 'node:readline/promises';
import { printable } from '../textTable.ts';

export interface Dialog {
  /** A line that stays. */
  say(text: string): void;
  /** A line that the next one replaces, such as a countdown; nothing where there is no terminal. */
  show(text: string): void;
  /** Index of the chosen line; undefined where nobody can be asked. */
  choose(question: string, lines: readonly string[], signal: AbortSignal): Promise<number | undefined>;
}

export function terminalDialog(
  input: NodeJS.ReadStream = process.stdin,
  output: NodeJS.WriteStream = process.stderr,
): Dialog {
  const { isTTY: isTerminal } = output;
  let isShowing = false;
  const clear = (): void => {
    if (isShowing) output.write('\r\u001b[K');
    isShowing = false;
  };
  return {
    say(text) {
      clear();
      output.write(`${printable(text)}\n`);
    },
    show(text) {
      if (!isTerminal) return;
      clear();
      output.write(printable(text));
      isShowing = true;
    },
    async choose(question, lines, signal) {
      if (!isTerminal || !input.isTTY) return undefined;
      clear();
      lines.forEach((line, i) => output.write(`  ${i + 1}  ${printable(line)}\n`));
      const ask = createInterface({ input, output });
      try {
        for (;;) {
          const answer = Number(await ask.question(`${question} (1-${lines.length}): `, { signal }));
          if (Number.isInteger(answer) && answer >= 1 && answer <= lines.length) return answer - 1;
        }
      } finally {
        ask.close();
      }
    },
  };
}
