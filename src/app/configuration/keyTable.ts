/** All keys of the configuration as Markdown tables, for docs/configuration.md. */
import { type ConfigNode, expectedWords, isRecord, kindOf } from './configTree.ts';
import { environmentName } from './environment.ts';

const COLUMNS = ['key', 'what it means', 'expected', 'default', 'environment'];

export function keyTables(tree: ConfigNode): string {
  const sections = Object.entries(tree.properties ?? {}).flatMap(([section, node]) => {
    const variants = node.oneOf ?? [node];
    return [
      `### \`${section}\``,
      capital(node.description ?? ''),
      ...variants.map((variant) => variantTable(section, node, variant)),
    ];
  });
  return sections.join('\n\n');
}

function variantTable(section: string, node: ConfigNode, variant: ConfigNode): string {
  const kind = node.oneOf && kindOf(variant);
  const group = variant.items ?? variant;
  const rows = rowsOf(group, variant.items ? `${section}[]` : section, variant.items ? undefined : section);
  const isDefault = kind && isRecord(node.default) && node.default[kind.key] === kind.value;
  const head = kind
    ? [`**\`${kind.key}: ${kind.value}\`**${isDefault ? ' (default)' : ''}: ${variant.description ?? ''}`, '']
    : [];
  return [...head, line(COLUMNS), line(COLUMNS.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @param section whose keys these are, where they can come from the environment */
function rowsOf(group: ConfigNode, path: string, section: string | undefined): string[][] {
  return Object.entries(group.properties ?? {}).flatMap(([key, node]) => {
    const own = `${path}.${key}`;
    const variable = section && !node.properties && !node.items ? `\`${environmentName(section, key)}\`` : '';
    const isRequired = group.required?.includes(key) && node.const === undefined;
    const row = [
      `\`${own}\``,
      node.description ?? '',
      expectedOf(node),
      isRequired ? 'required' : defaultOf(node),
      variable,
    ];
    if (node.properties) return [row, ...rowsOf(node, own, undefined)];
    return node.items?.properties && node.example === undefined
      ? [row, ...rowsOf(node.items, `${own}[]`, undefined)]
      : [row];
  });
}

const expectedOf = (node: ConfigNode): string =>
  node.items?.properties
    ? 'a list of groups'
    : node.const === undefined
      ? expectedWords(node)
      : `\`${valueText(node.const)}\``;

const defaultOf = (node: ConfigNode): string => {
  if (node.const !== undefined || node.properties || node.default === undefined) return '';
  return Array.isArray(node.default) && node.default.length === 0 ? 'none' : `\`${valueText(node.default)}\``;
};

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/<([^>]+)>/g, '&lt;$1&gt;')).join(' | ')} |`;

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
