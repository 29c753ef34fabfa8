/** What is wrong with a configuration, one line for each key: where it stands, what was expected, what was found. */
import type { z } from 'zod';
import { suggestion } from '../nearestWord.ts';
import {
  choicesOf,
  type ConfigNode,
  expectedWords,
  isRecord,
  kindOf,
  nodeAt,
  valueAt,
  variantOf,
} from './configTree.ts';
import { isSecretKey, withoutCredentials } from './secrets.ts';

export interface ConfigPlaces {
  /** Environment variables by `section.key`. */
  readonly sources: ReadonlyMap<string, string>;
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

type Issue = z.core.$ZodIssue;

const LONGEST_FOUND = 80;

export function configProblems(
  issues: readonly Issue[],
  json: unknown,
  tree: ConfigNode,
  places: ConfigPlaces,
): string[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => {
          const path = [...issue.path, key];
          return `${where(path, places)}: ${unknownKey(key, nodeAt(tree, json, issue.path), valueAt(json, issue.path))}`;
        })
      : [`${where(issue.path, places)}: ${badValue(issue, json, tree)}`],
  );
}

function where(path: readonly PropertyKey[], { sources, lineOf }: ConfigPlaces): string {
  const key = pathText(path);
  const variable = sources.get(key);
  if (variable !== undefined) return `${variable} (${key})`;
  const line = lineOf(path);
  return line === undefined ? key : `line ${line}, ${key}`;
}

const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.') || '(whole file)';

function unknownKey(key: string, node: ConfigNode | undefined, group: unknown): string {
  const elsewhere = node?.oneOf?.find((variant) => variant !== variantOf(node, group) && variant.properties?.[key]);
  const kind = elsewhere && kindOf(elsewhere);
  if (kind) {
    const chosen = isRecord(group) ? String(group[kind.key]) : 'another';
    return `expected only with ${kind.key}: ${kind.value}, found ${kind.key}: ${chosen}`;
  }
  const known = Object.keys((node?.oneOf ? variantOf(node, group) : node)?.properties ?? {});
  return `expected one of the keys ${known.join(', ')}, found ${JSON.stringify(key)}${suggestion(key, known)}`;
}

function badValue(issue: Issue, json: unknown, tree: ConfigNode): string {
  const node = nodeAt(tree, json, issue.path);
  const found = valueAt(json, issue.path);
  const choices = unionChoices(issue) ?? (node && choicesOf(node));
  const key = issue.path.at(-1) ?? '';
  const message = messageWithout(issue.message, found, key);
  if (/, found /.test(message)) return message;
  const expected = choices
    ? `expected ${choices.join(' or ')}`
    : message.startsWith('expected')
      ? message
      : `expected ${node ? expectedWords(node) : 'something else'}`;
  const near = typeof found === 'string' && choices ? suggestion(found, choices.map(String)) : '';
  const advice = typeof found === 'number' && node?.type === 'string' ? ' (a number; put it in quotes)' : '';
  return `${expected}, found ${foundWords(found, issue.path)}${advice}${near}`;
}

/** Those of the key that tells the variants apart. */
function unionChoices(issue: Issue): readonly unknown[] | undefined {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : undefined;
}

/** A check of our own may quote the value, and name the key that stands before it already. */
function messageWithout(message: string, found: unknown, key: PropertyKey): string {
  if (isSecretKey(key) && typeof found === 'string') return message.replaceAll(found, '(hidden)');
  return withoutCredentials(message.startsWith(`${String(key)}: `) ? message.slice(String(key).length + 2) : message);
}

/** Groups and lists are not printed: they may hold a password under a key that nobody expects. */
function foundWords(found: unknown, path: readonly PropertyKey[]): string {
  if (found === undefined) return 'nothing';
  if (found === null) return 'an empty value';
  if (path.some(isSecretKey)) return `${typeof found === 'string' ? 'a text' : `a ${typeof found}`} (hidden)`;
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a group of keys';
  if (typeof found !== 'string') return JSON.stringify(found) ?? 'something without a value';
  const text = withoutCredentials(found);
  return JSON.stringify(text.length > LONGEST_FOUND ? `${text.slice(0, LONGEST_FOUND)}…` : text);
}
