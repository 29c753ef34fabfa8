import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { GoldenMessage } from '../../fixtures/packets/sensorLoggerMessages.ts';
import { PhoneMotion } from '../../src/devices/phoneMotion.ts';
import { readSensorLoggerMessage, type Reading } from '../../src/devices/sensorLoggerMessage.ts';

const messages = readFileSync(new URL('../../fixtures/packets/sensor-logger.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenMessage);

function expectRows(found: readonly Reading[] | string, expected: readonly (readonly number[])[]): void {
  if (typeof found === 'string') throw new Error(`expected samples, found ${found}`);
  expect(found.map(({ tickUs }) => tickUs)).toEqual(expected.map(([tickUs]) => tickUs));
  expected.forEach(([, ...xyz], i) => xyz.forEach((value, axis) => expect(found[i].xyz[axis]).toBeCloseTo(value, 5)));
}

describe('golden messages of sensor-logger', () => {
  it('hold samples as well as messages that must not be understood', () => {
    expect(messages.some(({ expected }) => 'accMps2' in expected)).toBe(true);
    expect(messages.some(({ expected }) => 'problem' in expected)).toBe(true);
  });

  it.each(messages.map((message) => [message.id, message.note, message] as const))('%s: %s', (_id, _note, golden) => {
    const { text, mode, expected } = golden;
    const read = readSensorLoggerMessage(text);
    if (!('accMps2' in expected)) {
      expect(read.kind).toBe('test' in expected ? 'test' : 'bad');
      return;
    }
    if (read.kind !== 'message') throw new Error(`expected a message, found ${read.kind}`);
    const motion = new PhoneMotion(mode);
    expect(read.message.problem).toBeUndefined();
    expectRows(motion.acceleration(read.message), expected.accMps2);
    expectRows(motion.rotation(read.message), expected.gyrRadps);
  });
});
