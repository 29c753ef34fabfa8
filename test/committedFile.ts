/** Files that are made from the program and committed: compared here, written with UPDATE_DOCS=1. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const pathOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const committed = (path: string): string => (existsSync(pathOf(path)) ? readFileSync(pathOf(path), 'utf8') : '');

export function expectCommitted(path: string, made: string): void {
  if (process.env['UPDATE_DOCS']) writeFileSync(pathOf(path), made);
  expect(committed(path), `${path} is out of date: run the test with UPDATE_DOCS=1`).toBe(made);
}
