/** What pure code may not touch: the clock, randomness, timers, and everything else outside its arguments. */
import { identifierName, parseSource, type SyntaxNode } from './parsedSource.ts';

const OUTSIDE = new Set([
  'Buffer',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** @returns one line for each place that reaches outside. */
export function impurities(path: string, text: string): string[] {
  const source = parseSource(path, text);
  const found: string[] = [];
  source.visit((node, parent) => {
    const what = impurityOf(node, parent);
    if (what !== undefined) found.push(`${path}:${source.lineOf(node)}: pure code may not use ${what}`);
  });
  return found;
}

function impurityOf(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  if (node.type === 'MemberExpression') {
    const called = `${identifierName(node['object'])}.${identifierName(node['property'])}`;
    return called === 'Date.now' || called === 'Math.random' ? called : undefined;
  }
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const withoutTime = node.type === 'CallExpression' || (node['arguments'] as readonly unknown[]).length === 0;
    return identifierName(node['callee']) === 'Date' && withoutTime ? 'Date() of now' : undefined;
  }
  const name = identifierName(node);
  return name !== undefined && OUTSIDE.has(name) && !isLabel(node, parent) ? name : undefined;
}

/** A name of a property or member, such as `timers.setTimeout`, does not reach anything by itself. */
function isLabel(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent['property'] === node && parent['computed'] !== true;
  return parent?.['key'] === node && parent['computed'] !== true && parent['shorthand'] !== true;
}
