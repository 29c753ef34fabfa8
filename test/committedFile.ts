/** Files, and parts of them, that are made from the program and committed: compared here, written with UPDATE_DOCS=1. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const pathOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const committed = (path: string): string => (existsSync(pathOf(path)) ? readFileSync(pathOf(path), 'utf8') : '');

export function expectCommitted(path: string, made: string): void {
  if (process.env['UPDATE_DOCS']) writeFileSync(pathOf(path), made);
  expect(committed(path), `${path} is out of date: run the test with UPDATE_DOCS=1`).toBe(made);
}

/** A part of a page that is written by hand otherwise: what stands between `<!-- name -->` and `<!-- /name -->`. */
export function expectCommittedPart(path: string, name: string, made: string): void {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  const text = committed(path);
  expect(text, `${path} has no part <!-- ${name} -->`).toMatch(marked);
  expectCommitted(
    path,
    text.replace(marked, (_all, before: string, after: string) => `${before}${made}\n${after}`),
  );
}
