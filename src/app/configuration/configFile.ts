/** Reads a configuration file: YAML, of which JSON is a part. Remembers on which line each key stands. */
import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { messageOf, PlumblineError } from '../../model/errors.ts';

export interface ConfigFile {
  readonly json: unknown;
  /** The line of a key, or of the nearest group around it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

export const NO_FILE: ConfigFile = { json: {}, lineOf: () => undefined };

/** @throws PlumblineError `config/invalid` that lists every place where it is not YAML */
export function readConfigFile(file: string): ConfigFile {
  return parseConfigText(readText(file), file);
}

/** @throws PlumblineError `config/invalid` */
function parseConfigText(text: string, source: string): ConfigFile {
  const lines = new LineCounter();
  // Without pretty errors: those quote the file, passwords included.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) {
    throw invalid(
      source,
      mistakes.map(
        (mistake) => `  line ${lines.linePos(mistake.pos[0]).line}: expected YAML, found: ${wordsOf(mistake)}`,
      ),
    );
  }
  return { json: toJson(document, source), lineOf: (path) => lineOf(document, lines, path) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const found = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : messageOf(error);
    throw new PlumblineError('config/invalid', `configuration: expected a readable file ${file}, found ${found}`);
  }
}

function toJson(document: Document, source: string): unknown {
  try {
    return (document.toJS() as unknown) ?? {};
  } catch {
    // Its message quotes the alias, which may be a password that begins with *.
    throw invalid(source, ['  expected YAML, found a value that begins with * and is no alias (put it in quotes)']);
  }
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const found = document.getIn(path.slice(0, length), true);
    if (isNode(found) && found.range) return lines.linePos(found.range[0]).line;
  }
  return undefined;
}

/** Up to the first colon: what follows it is the offending text itself. */
const wordsOf = ({ message, code }: YAMLError): string => message.split(/[:\n]/, 1)[0].trim() || code;

function invalid(source: string, lines: readonly string[]): PlumblineError {
  return new PlumblineError('config/invalid', `configuration (${source}):\n${lines.join('\n')}`);
}
