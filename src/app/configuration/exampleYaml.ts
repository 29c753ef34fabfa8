/**
 * The example file, made from the schema: every key with what it means, what it may be and its default. What is optional is
 * commented out with `#` alone; comments in words, and keys of another kind than the one shown, have a space after it, so that taking
 * away the `#` leaves valid YAML.
 */
import { stringify } from 'yaml';
import { choicesOf, type ConfigNode, expectedWords, isRecord, kindOf, variantOf } from './configTree.ts';

const HEAD = [
  'Configuration of Plumbline: plumbline start --config <this file>, or its path in PLUMBLINE_CONFIG.',
  'As it stands it is the demonstration: everything has its default, and the wearer is simulated.',
  'What is optional is commented out: take away the # before it, and before the keys around it.',
  'Single values of a section can also come from the environment, which wins: PLUMBLINE_WEB_PORT=8080 is web.port.',
  'Made from the schema in src/config.ts; all keys as a table: docs/configuration.md.',
];
const LINE_COLUMNS = 120;
const STEP = 2;

export function exampleYaml(tree: ConfigNode): string {
  const sections = Object.entries(tree.properties ?? {}).map(([key, node]) =>
    keyLines(key, node, node.default, false, 0).join('\n'),
  );
  return `${[words(HEAD, 0).join('\n'), ...sections].join('\n\n')}\n`;
}

/** @param value what is shown; undefined: its default, or its example commented out */
function keyLines(key: string, node: ConfigNode, value: unknown, isRequired: boolean, indent: number): string[] {
  const shown = value ?? node.default;
  const isEmptyList = Array.isArray(shown) && shown.length === 0;
  const isLive = isRequired || (shown !== undefined && !(isEmptyList && isRecord(exampleOf(node.items))));
  const content = isEmptyList && !isLive ? undefined : shown;
  const lines = contentLines(key, node, content, indent);
  return [
    ...words([commentOf(node)], indent),
    ...(isLive ? lines : commentedOut(lines, indent, node.apart ? '# ' : '#')),
    ...otherVariants(key, node, shown, indent),
  ];
}

function contentLines(key: string, node: ConfigNode, value: unknown, indent: number): string[] {
  const pad = ' '.repeat(indent);
  const group = node.oneOf ? (variantOf(node, value) ?? node.oneOf[0]) : node;
  if (group.properties) {
    const title = node.oneOf ? words([group.description ?? ''], indent + STEP) : [];
    return [`${pad}${key}:`, ...title, ...groupLines(group, value, indent + STEP)];
  }
  const { items } = node;
  if (items?.properties && node.example === undefined) {
    const [first] = Array.isArray(value) ? (value as unknown[]) : [];
    const entry = groupLines(items, first, indent + 2 * STEP);
    return [`${pad}${key}:`, ...asEntry(entry, indent + STEP)];
  }
  const text = stringify({ [key]: value ?? exampleOf(node) }, { lineWidth: 0, defaultStringType: 'PLAIN' });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => pad + line);
}

function groupLines(group: ConfigNode, value: unknown, indent: number): string[] {
  const given = isRecord(value) ? value : {};
  return Object.entries(group.properties ?? {}).flatMap(([key, node]) =>
    keyLines(key, node, given[key] ?? node.const, group.required?.includes(key) ?? false, indent),
  );
}

/** The dash stands before the first key, below what is said about it. */
function asEntry(lines: readonly string[], indent: number): string[] {
  const first = lines.findIndex((line) => !line.trimStart().startsWith('#'));
  return lines.map((line, i) =>
    i === first ? `${' '.repeat(indent)}- ${line.slice(indent + STEP)}` : i < first ? line.slice(STEP) : line,
  );
}

function otherVariants(key: string, node: ConfigNode, shown: unknown, indent: number): string[] {
  const chosen = node.oneOf && (variantOf(node, shown) ?? node.oneOf[0]);
  return (node.oneOf ?? [])
    .filter((variant) => variant !== chosen)
    .flatMap((variant) => {
      const kind = kindOf(variant);
      const lines = [`${' '.repeat(indent)}${key}:`, ...groupLines(variant, {}, indent + STEP)];
      return [
        ...words([`instead, ${kind?.key}: ${kind?.value}: ${variant.description ?? ''}`], indent),
        ...commentedOut(lines, indent),
      ];
    });
}

/** @param sign `# `: as comments in words, because it does not go with what stands around it */
const commentedOut = (lines: readonly string[], indent: number, sign: '#' | '# ' = '#'): string[] =>
  lines.map((line) => `${' '.repeat(indent)}${sign}${line.slice(indent)}`);

const exampleOf = (node: ConfigNode | undefined): unknown =>
  node?.example ?? node?.default ?? choicesOf(node ?? {})?.[0] ?? (node?.properties ? {} : 'some text');

/** What it means and what it may be; text and groups need no more words. */
function commentOf(node: ConfigNode): string {
  const meaning = node.description ?? '';
  const isPlain = node.type === 'string' && !node.enum;
  const needsWords =
    !isPlain &&
    node.expected === undefined &&
    !node.oneOf &&
    !node.properties &&
    !node.items &&
    node.const === undefined;
  const expected = needsWords ? expectedWords(node) : '';
  return expected === '' || isAllIn(expected, meaning) ? meaning : `${meaning} (${expected})`;
}

/** `one of T1, T2, T3` where the meaning names them already. */
const isAllIn = (expected: string, meaning: string): boolean =>
  expected.startsWith('one of ') &&
  expected
    .slice('one of '.length)
    .split(', ')
    .every((choice) => meaning.includes(choice));

/** Comments in words, broken where the line is full. */
function words(texts: readonly string[], indent: number): string[] {
  const start = `${' '.repeat(indent)}# `;
  return texts
    .filter((text) => text !== '')
    .flatMap((text) => {
      const lines: string[] = [];
      for (const word of text.split(' ')) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + word.length < LINE_COLUMNS) lines[lines.length - 1] = `${last} ${word}`;
        else lines.push(start + word);
      }
      return lines;
    });
}
