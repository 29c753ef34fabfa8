/** The schema of the configuration as a tree of plain data: examples, documents, environment names and error texts come from it. */
import { z } from 'zod';

/** As in JSON Schema, with `example` where there is no default to show. */
export interface ConfigNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  /** What a value must be, where its type does not say it. */
  readonly expected?: string;
  /** Does not go with the values that the example shows beside it. */
  readonly apart?: boolean;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, ConfigNode>>;
  readonly required?: readonly string[];
  readonly items?: ConfigNode;
  /** Variants, told apart by a key that is constant in each. */
  readonly oneOf?: readonly ConfigNode[];
  readonly anyOf?: readonly ConfigNode[];
}

export const configTree = (schema: z.ZodType): ConfigNode =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ConfigNode;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The variant that `value` is meant to be; undefined when it does not say or says something else. */
export function variantOf(node: ConfigNode, value: unknown): ConfigNode | undefined {
  return node.oneOf?.find((variant) => {
    const kind = kindOf(variant);
    return kind && isRecord(value) && value[kind.key] === kind.value;
  });
}

/** Such as `broker: embedded`. */
export function kindOf(variant: ConfigNode): { readonly key: string; readonly value: string } | undefined {
  const found = Object.entries(variant.properties ?? {}).find(([, { const: constant }]) => constant !== undefined);
  return found && { key: found[0], value: String(found[1].const) };
}

/** The node for a path into a configuration; undefined where there is no such key. */
export function nodeAt(tree: ConfigNode, root: unknown, path: readonly PropertyKey[]): ConfigNode | undefined {
  let node: ConfigNode | undefined = tree;
  let value = root;
  for (const key of path) {
    const group: ConfigNode | undefined = node?.oneOf ? (variantOf(node, value) ?? node.oneOf[0]) : node;
    node = typeof key === 'number' ? group?.items : group?.properties?.[String(key)];
    value = valueAt(value, [key]);
  }
  return node;
}

export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    root,
  );

/** What a value must be, in words: "a whole number from 0 to 65535", "one of T1, T2, T3". */
export function expectedWords(node: ConfigNode): string {
  if (node.expected !== undefined) return node.expected;
  const choices = choicesOf(node);
  if (choices) return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`;
  if (node.anyOf) return node.anyOf.map(expectedWords).join(' or ');
  switch (node.type) {
    case 'integer':
    case 'number':
      return numberWords(node);
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return node.minItems ? `a list with at least ${node.minItems} entry` : 'a list';
    default:
      return 'a group of keys';
  }
}

export function choicesOf({ enum: choices, const: constant, anyOf }: ConfigNode): readonly unknown[] | undefined {
  if (choices) return choices;
  if (constant !== undefined) return [constant];
  return anyOf?.every((one) => one.const !== undefined) ? anyOf.map((one) => one.const) : undefined;
}

/** JavaScript's own bounds of whole numbers are not worth telling anybody. */
function numberWords({ type, minimum, maximum, exclusiveMinimum }: ConfigNode): string {
  const words = type === 'integer' ? 'a whole number' : 'a number';
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (low !== undefined && high !== undefined) return `${words} from ${low} to ${high}`;
  if (exclusiveMinimum !== undefined) return `${words} above ${exclusiveMinimum}`;
  return low === undefined ? words : `${words} of at least ${low}`;
}
