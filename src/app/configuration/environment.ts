/** Environment variables over the file: `PLUMBLINE_WEB_PORT=8080` sets `web.port`, sections and keys in upper snake case. */
import { suggestion } from '../nearestWord.ts';
import { type ConfigNode, isRecord } from './configTree.ts';

export interface EnvironmentKey {
  readonly section: string;
  readonly key: string;
  /** One for each variant of the section that has the key. */
  readonly nodes: readonly ConfigNode[];
}

export interface Overlaid {
  readonly value: unknown;
  /** `web.port` → `PLUMBLINE_WEB_PORT`, for the keys that came from there. */
  readonly sources: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

const PREFIX = 'PLUMBLINE_';
const NUMBER_LIKE = new Set(['number', 'integer']);

/** Every single value of every section; lists and groups have no variable. */
export function environmentKeys(tree: ConfigNode): ReadonlyMap<string, EnvironmentKey> {
  const keys = new Map<string, EnvironmentKey>();
  for (const [section, node] of Object.entries(tree.properties ?? {})) {
    for (const variant of node.oneOf ?? [node]) {
      for (const [key, property] of Object.entries(variant.properties ?? {})) {
        if (property.type === 'object' || property.type === 'array') continue;
        const name = environmentName(section, key);
        keys.set(name, { section, key, nodes: [...(keys.get(name)?.nodes ?? []), property] });
      }
    }
  }
  return keys;
}

export const environmentName = (section: string, key: string): string =>
  `${PREFIX}${section.toUpperCase()}_${key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;

/** @param others names that are read elsewhere. An empty variable counts as absent, as container tools leave them. */
export function withEnvironment(
  json: unknown,
  env: Readonly<Record<string, string | undefined>>,
  tree: ConfigNode,
  others: ReadonlySet<string>,
): Overlaid {
  const keys = environmentKeys(tree);
  const sources = new Map<string, string>();
  const problems: string[] = [];
  const value: unknown = structuredClone(json);
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || others.has(name) || text === undefined || text === '') continue;
    const target = keys.get(name);
    if (!target) {
      const names = [...keys.keys()];
      const near = suggestion(name, names);
      problems.push(
        `${name}: expected a known variable${near === '' ? ` (${names.join(', ')})` : ''}, found none${near}`,
      );
      continue;
    }
    const { section, key, nodes } = target;
    // A file that is not a group of groups is reported for itself.
    if (!isRecord(value)) continue;
    value[section] ??= structuredClone(tree.properties?.[section]?.default ?? {});
    const group = value[section];
    if (!isRecord(group)) continue;
    group[key] = typed(text, nodes);
    sources.set(`${section}.${key}`, name);
  }
  return { value, sources, problems };
}

/** A variable is text; where a number is wanted and it is one, it is that number. */
function typed(text: string, nodes: readonly ConfigNode[]): unknown {
  const wantsNumber = nodes.some(({ type, anyOf }) =>
    [type, ...(anyOf ?? []).map((one) => one.type)].some((each) => each !== undefined && NUMBER_LIKE.has(each)),
  );
  const number = Number(text);
  return wantsNumber && text.trim() !== '' && Number.isFinite(number) ? number : text;
}
