import { expect, it } from 'vitest';
import { ProblemGate } from '../../src/app/session/problemGate.ts';

it('one kind of problem is said once a minute, then with how often it happened', () => {
  const gate = new ProblemGate();
  expect(gate.pass('expected 14 bytes, found 3', 0)).toBe('expected 14 bytes, found 3');
  expect(gate.pass('expected 14 bytes, found 4.5', 1000)).toBeUndefined();
  expect(gate.pass('expected a name, found none', 1000)).toBe('expected a name, found none');
  expect(gate.pass('expected 14 bytes, found 5', 60_000)).toBe('expected 14 bytes, found 5 (and 1 like it)');
});

it('bytes that differ are one kind, however many are shown', () => {
  const gate = new ProblemGate();
  expect(gate.pass('expected 0x11, found ee 0a ff', 0)).toBeDefined();
  expect(gate.pass('expected 0x11, found 3c 91 be', 1)).toBeUndefined();
  expect(gate.pass('expected 0x11, found a0', 2)).toBeUndefined();
});
