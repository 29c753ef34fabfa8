import { array, assert, constant, json, oneof, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAcknowledgement } from '../../../src/sinks/mqtt/acknowledgement.ts';

const BASE = 'plumbline/v1';
const TOPIC = 'plumbline/v1/p1/ack/p1.EV-BEND.1700000000000';
const read = (topic: string, payload: string | Uint8Array): ReturnType<typeof readAcknowledgement> =>
  readAcknowledgement(topic, typeof payload === 'string' ? new TextEncoder().encode(payload) : payload, BASE);

describe('acknowledgement from outside', () => {
  it('says whose alert and who has seen it', () => {
    expect(read(TOPIC, '{"by":" Anna  ","app":"any"}')).toEqual({
      acknowledgement: { personId: 'p1', alertId: 'p1.EV-BEND.1700000000000', by: 'Anna' },
    });
  });

  it.each([
    ['another base', 'other/v1/p1/ack/p1.x', '{"by":"a"}', /topic: expected plumbline\/v1/],
    ['a level too many', `${TOPIC}/x`, '{"by":"a"}', /topic: expected/],
    ['no person', 'plumbline/v1//ack/p1.x', '{"by":"a"}', /topic: expected/],
    ['the service itself', 'plumbline/v1/_svc/ack/_svc.x', '{"by":"a"}', /topic: expected/],
    ['an alert of another person', 'plumbline/v1/p1/ack/p2.EV-BEND.1', '{"by":"a"}', /alert id: expected p1\./],
    ['a person whose id begins alike', 'plumbline/v1/p1/ack/p11.EV-BEND.1', '{"by":"a"}', /alert id: expected p1\./],
    ['a hostile id', 'plumbline/v1/p1/ack/p1.x; rm -rf ~', '{"by":"a"}', /alert id: expected/],
    ['an endless id', `plumbline/v1/p1/ack/p1.${'x'.repeat(200)}`, '{"by":"a"}', /alert id: expected/],
    ['no JSON', TOPIC, 'seen', /payload: expected \{ "by"/],
    ['nothing', TOPIC, '', /payload: expected/],
    ['null', TOPIC, 'null', /payload: expected/],
    ['a list', TOPIC, '["a"]', /payload: expected/],
    ['a number as a name', TOPIC, '{"by":1}', /payload: expected/],
    ['an empty name', TOPIC, '{"by":"  "}', /payload: expected/],
    ['a name with a line break', TOPIC, '{"by":"a\\nb"}', /payload: expected/],
    ['a name that turns the text around', TOPIC, '{"by":"a\\u202eb"}', /payload: expected/],
    ['a prototype', TOPIC, '{"__proto__":{"by":"a"}}', /payload: expected/],
    ['too much', TOPIC, `{"by":"${'x'.repeat(2000)}"}`, /payload: expected at most 1024 bytes, found 2009/],
  ])('%s is one clear problem', (_name, topic, payload, expected) => {
    const result = read(topic, payload);
    expect(result).toEqual({ problem: expect.stringMatching(expected) as string });
    expect('problem' in result && result.problem).not.toMatch(/\n/);
  });

  it('never throws, whatever arrives', () => {
    const topic = oneof(
      constant(TOPIC),
      string(),
      array(string()).map((levels) => levels.join('/')),
    );
    const payload = oneof(
      uint8Array({ maxLength: 2000 }),
      json().map((text) => new TextEncoder().encode(text)),
    );
    assert(
      property(topic, payload, (t, p) => {
        const result = readAcknowledgement(t, p, BASE);
        return 'problem' in result
          ? result.problem.length < 400
          : result.acknowledgement.alertId.startsWith(`${result.acknowledgement.personId}.`);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
