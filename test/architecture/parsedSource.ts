/** What the architecture tests read of a source file: which modules it asks for and where, and its syntax tree. */
import { parseSync } from 'vite';

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface ModuleRequest {
  /** As written: `../model/block.ts`, `node:fs`, `mqtt`; undefined: computed at run time. */
  readonly specifier: string | undefined;
  readonly line: number;
}

export interface ParsedSource {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly requests: readonly ModuleRequest[];
  readonly lineOf: (node: SyntaxNode) => number;
  /** Every node of the tree with the node above it, in the order of the text. */
  readonly visit: (onNode: (node: SyntaxNode, parent: SyntaxNode | undefined) => void) => void;
}

/** @throws Error when the text is not TypeScript. */
export function parseSource(path: string, text: string): ParsedSource {
  const { program, errors } = parseSync(path, text, { sourceType: 'module' });
  const [error] = errors;
  if (error) throw new Error(`${path}: expected TypeScript, found ${error.message}`);
  const root = program as unknown as SyntaxNode;
  const lineOf = (node: SyntaxNode): number => text.slice(0, node.start).split('\n').length;
  const visit: ParsedSource['visit'] = (onNode) => visitNode(root, undefined, onNode);
  const requests: ModuleRequest[] = [];
  visit((node, parent) => {
    const asked = requestedBy(node, parent);
    if (asked) requests.push({ specifier: literalText(asked), line: lineOf(node) });
  });
  return { path, requests, lineOf, visit };
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** The name of an identifier or the text of a plain string; undefined for everything else. */
function literalText(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateLiteral') return undefined;
  const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

export const identifierName = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Identifier' ? String(node['name']) : undefined;

function visitNode(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  onNode: (node: SyntaxNode, parent: SyntaxNode | undefined) => void,
): void {
  onNode(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visitNode(child, node, onNode);
  }
}

/** The node that names a module, for every way in which a file can ask for one. */
function requestedBy(node: SyntaxNode, parent: SyntaxNode | undefined): SyntaxNode | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return isNode(node['source']) ? node['source'] : undefined;
    case 'CallExpression':
      return loads(node['callee']) ? (node['arguments'] as readonly SyntaxNode[])[0] : undefined;
    default:
      // A package named in a constant or a table and loaded through it, which the radio needs to load noble anew.
      return parent && ['VariableDeclarator', 'Property'].includes(parent.type) && isNoblePackage(literalText(node))
        ? node
        : undefined;
  }
}

const isNoblePackage = (text: string | undefined): boolean => /^@(?:abandonware|stoprocent)\//.test(text ?? '');

/** `require(…)`, `require.resolve(…)`, `createRequire(…)(…)`, `import.meta.resolve(…)`, `process.getBuiltinModule(…)`. */
function loads(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (identifierName(callee) === 'require') return true;
  if (callee.type === 'CallExpression') return identifierName(callee['callee']) === 'createRequire';
  if (callee.type !== 'MemberExpression') return false;
  const [object, property] = [callee['object'], identifierName(callee['property'])];
  if (property === 'getBuiltinModule') return true;
  return (
    property === 'resolve' &&
    (identifierName(object) === 'require' || (isNode(object) && object.type === 'MetaProperty'))
  );
}
