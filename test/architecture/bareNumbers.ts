/** Numbers whose name leaves open what they count: `timeout` says less than `timeoutMs`. */
import { identifierName, isNode, parseSource, type SyntaxNode } from './parsedSource.ts';

const QUANTITIES = 'timeout threshold window interval delay duration period frequency temperature age'.split(' ');
/** At the end of a name, as a word of its own: `holdDuration` and `MIN_AGE`, not `coverage`. */
const QUANTITY = new RegExp(
  [
    `^(?:${QUANTITIES.join('|')})$`,
    `[a-z](?:${QUANTITIES.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('|')})$`,
    `(?:^|_)(?:${QUANTITIES.join('|').toUpperCase()})$`,
  ].join('|'),
);

/** @returns one line for each declared number that names a quantity without its unit. */
export function bareNumbers(path: string, text: string): string[] {
  const source = parseSource(path, text);
  const found: string[] = [];
  source.visit((node) => {
    const name = declaredNumber(node);
    if (name !== undefined && QUANTITY.test(name)) {
      found.push(`${path}:${source.lineOf(node)}: expected a unit at the end of the number's name, found ${name}`);
    }
  });
  return found;
}

function declaredNumber(node: SyntaxNode): string | undefined {
  if (node.type === 'Identifier') return isNumberType(node['typeAnnotation']) ? String(node['name']) : undefined;
  if (node.type === 'TSPropertySignature' || node.type === 'PropertyDefinition') {
    return isNumberType(node['typeAnnotation']) || isNumber(node['value']) ? identifierName(node['key']) : undefined;
  }
  if (node.type === 'VariableDeclarator') return isNumber(node['init']) ? identifierName(node['id']) : undefined;
  return undefined;
}

function isNumberType(annotation: unknown): boolean {
  if (!isNode(annotation)) return false;
  const type = annotation['typeAnnotation'];
  return isNode(type) && type.type === 'TSNumberKeyword';
}

const isNumber = (node: unknown): boolean =>
  isNode(node) && node.type === 'Literal' && typeof node['value'] === 'number';
