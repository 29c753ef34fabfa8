import { describe, expect, it } from 'vitest';
import { PushDesk } from '../../src/app/pushDesk.ts';
import { parseConfig } from '../../src/config.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';

const TOKEN = 'token-of-anna-0123456789';

function desk(wearable: object, nowMs = () => 5000): { desk: PushDesk; received: string[]; logger: QuietLogger } {
  const received: string[] = [];
  const logger = new QuietLogger();
  const { people } = parseConfig({ people: [{ id: 'anna', wearables: [wearable] }] }, 'test');
  const made = new PushDesk({
    people,
    base: 'plumbline/v1',
    clock: { nowMs },
    logger,
    receive: (personId, deviceId, message, arrivalMs) => {
      received.push([personId, deviceId, message, arrivalMs].join(' '));
      return { kind: 'refused', because: 'message', expected: 'a JSON object', found: 'none' };
    },
  });
  return { desk: made, received, logger };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('who may deliver samples', () => {
  it('nobody, where nobody wears what sends by itself', () => {
    const { desk: made } = desk({ device: 'plumbline', name: 'P-1', placement: 'chest' });
    expect(made.isOpen).toBe(false);
    expect(made.raw).toBeUndefined();
    expect(made.admit('anna', 'P-1', '')).toBeUndefined();
  });

  it('a phone with a token, by HTTP and by both brokers', () => {
    const { desk: made, received } = desk({ device: 'sensor-logger', token: TOKEN, placement: 'lowerBack' });
    const topic = 'plumbline/v1/anna/raw/sensor-logger-lowerBack';
    expect(made.isOpen).toBe(true);
    expect(made.raw).toMatchObject({ topics: [topic], guests: [{ topic, token: TOKEN }] });
    made.admit('anna', 'sensor-logger-lowerBack', TOKEN)?.('by http');
    made.raw?.onMessage(topic, bytes('by mqtt'));
    expect(received).toEqual([
      'anna sensor-logger-lowerBack by http 5000',
      'anna sensor-logger-lowerBack by mqtt 5000',
    ]);
  });

  it('a phone with an id and no token, by your own broker only', () => {
    const { desk: made } = desk({ device: 'sensor-logger', deviceId: 'F3A1', placement: 'waist' });
    expect(made.isOpen).toBe(false);
    expect(made.admit('anna', 'sensor-logger-waist', '')).toBeUndefined();
    expect(made.raw).toMatchObject({ topics: ['plumbline/v1/anna/raw/sensor-logger-waist'], guests: [] });
  });

  it('nothing that is too large, on no other topic, and bytes that are no text do no harm', () => {
    const { desk: made, received, logger } = desk({ device: 'sensor-logger', token: TOKEN, placement: 'waist' });
    const topic = 'plumbline/v1/anna/raw/sensor-logger-waist';
    made.raw?.onMessage(topic, new Uint8Array(1_048_577));
    made.raw?.onMessage('plumbline/v1/berta/raw/sensor-logger-waist', bytes('{}'));
    expect(received).toEqual([]);
    made.raw?.onMessage(topic, Uint8Array.of(0xff, 0xfe));
    expect(received).toHaveLength(1);
    expect(logger.of('push.refused')).toHaveLength(1);
  });

  it('1200 messages a minute by HTTP and MQTT together; more are refused, and said once a minute', () => {
    let nowMs = 0;
    const {
      desk: made,
      received,
      logger,
    } = desk({ device: 'sensor-logger', token: TOKEN, placement: 'waist' }, () => nowMs);
    const topic = 'plumbline/v1/anna/raw/sensor-logger-waist';
    const byHttp = made.admit('anna', 'sensor-logger-waist', TOKEN);
    for (let i = 0; i < 600; i++) {
      byHttp?.('{}');
      made.raw?.onMessage(topic, bytes('{}'));
    }
    expect(received).toHaveLength(1200);
    nowMs = 15_000;
    made.raw?.onMessage(topic, bytes('{}'));
    made.raw?.onMessage(topic, bytes('{}'));
    const expected = 'at most 1200 messages per minute';
    expect(byHttp?.('{}')).toEqual({ kind: 'too-often', expected, found: 'more', waitMs: 45_000 });
    expect(made.admit('anna', 'sensor-logger-waist', TOKEN)?.('{}')).toMatchObject({ kind: 'too-often' });
    expect(received).toHaveLength(1200);
    expect(logger.of('push.too-often')).toEqual([
      { level: 'warn', event: 'push.too-often', fields: { topic, expected, waitMs: 45_000, countRefused: 1 } },
    ]);
    nowMs = 60_000;
    made.raw?.onMessage(topic, bytes('{}'));
    expect(received).toHaveLength(1201);
  });
});
