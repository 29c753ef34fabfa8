import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PushDesk } from '../../src/app/pushDesk.ts';
import { parseConfig } from '../../src/config.ts';
import type { PushOutcome } from '../../src/devices/pushedDevice.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { rawRequest, startWeb, T0_MS, type WebHarness } from './webHarness.ts';

const TOKENS = { anna: 'token-of-anna-0123456789', berta: 'token-of-berta-0123456789' };
const wearing = (id: string, wearable: object): object => ({
  id,
  wearables: [{ device: 'sensor-logger', placement: 'waist', ...wearable }],
});
const PEOPLE = [
  wearing('anna', { token: TOKENS.anna }),
  wearing('berta', { token: TOKENS.berta }),
  wearing('carla', { deviceId: 'by-broker-only' }),
];
const PATH = '/api/push/anna/sensor-logger-waist';

let web: WebHarness;
let received: { personId: string; deviceId: string; message: string; arrivalMs: number }[];
let outcome: PushOutcome;

let entrance: PushDesk;

async function open(people: object[]): Promise<WebHarness> {
  entrance = new PushDesk({
    people: parseConfig({ people }, 'test').people,
    base: 'plumbline/v1',
    clock: { nowMs: () => T0_MS },
    logger: new QuietLogger(),
    receive: (personId, deviceId, message, arrivalMs) => {
      received.push({ personId, deviceId, message, arrivalMs });
      return outcome;
    },
  });
  return startWeb({ entrance });
}

beforeEach(async () => {
  received = [];
  outcome = { kind: 'taken', readings: 3, senderId: 'F3A1' };
  web = await open(PEOPLE);
});
afterEach(() => web.server.stop());

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function expectProblem(response: Response, status: number, detail: RegExp): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.status).toBe(status);
  expect(body).toMatchObject({ status, detail: expect.stringMatching(detail) as string });
}

describe('a message with its token', () => {
  it('goes to its wearer as it is, with the time of its arrival, and is answered at once', async () => {
    const response = await web.post(PATH, '{"messageId":0}', bearer(TOKENS.anna));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ok: true, readings: 3 });
    expect(received).toEqual([
      { personId: 'anna', deviceId: 'sensor-logger-waist', message: '{"messageId":0}', arrivalMs: T0_MS },
    ]);
  });

  it.each([
    ['as the whole header', PATH, { authorization: TOKENS.anna }],
    ['in the address', `${PATH}?token=${TOKENS.anna}`, {}],
  ])('may show it %s', async (_, path, headers) => {
    expect((await web.post(path, '{}', headers)).status).toBe(200);
    expect(received).toHaveLength(1);
  });

  it('a test of the app is told that it was one', async () => {
    outcome = { kind: 'test' };
    expect(await (await web.post(PATH, '{}', bearer(TOKENS.anna))).json()).toEqual({ ok: true, test: true });
  });

  it('that is not understood, or comes from another phone, is refused in words', async () => {
    outcome = { kind: 'refused', because: 'message', expected: 'a JSON object', found: '"["' };
    await expectProblem(await web.post(PATH, '[', bearer(TOKENS.anna)), 400, /expected a JSON object, found "\["/);
    outcome = { kind: 'refused', because: 'sender', expected: 'the phone that is enrolled', found: 'another' };
    await expectProblem(await web.post(PATH, '{}', bearer(TOKENS.anna)), 403, /found another/);
  });

  it('of another type, or of more than a megabyte, is refused', async () => {
    const typed = { ...bearer(TOKENS.anna), 'content-type': 'text/plain' };
    await expectProblem(await web.post(PATH, '{}', typed), 415, /application\/json/);
    const large = `"${'x'.repeat(1_048_576)}"`;
    await expectProblem(await web.post(PATH, large, bearer(TOKENS.anna)), 413, /at most 1024 kB/);
    expect(received).toEqual([]);
  });

  it('too often is told to wait, and does not hold up another phone', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 1240 && !statuses.has(429); i += 40) {
      const some = Array.from({ length: 40 }, async () => (await web.post(PATH, '{}', bearer(TOKENS.anna))).status);
      for (const status of await Promise.all(some)) statuses.add(status);
    }
    expect([...statuses]).toEqual([200, 429]);
    const other = await web.post('/api/push/berta/sensor-logger-waist', '{}', bearer(TOKENS.berta));
    expect(other.status).toBe(200);
  }, 120_000);
});

it('a message that is one too many with those by MQTT is told when to come again', async () => {
  const { raw } = entrance;
  const topic = 'plumbline/v1/anna/raw/sensor-logger-waist';
  for (let i = 0; i < 1200; i++) raw?.onMessage(topic, new TextEncoder().encode('{}'));
  received = [];
  const response = await web.post(PATH, '{}', bearer(TOKENS.anna));
  expect(response.headers.get('retry-after')).toBe('60');
  await expectProblem(response, 429, /^expected at most 1200 messages per minute, found more$/);
  expect(received).toEqual([]);
});

describe('a message without its token', () => {
  it.each([
    ['none', PATH, {}],
    ['an empty one', PATH, { authorization: 'Bearer ' }],
    ['a wrong one', PATH, bearer('token-of-nobody-0123456789')],
    ['another’s', PATH, bearer(TOKENS.berta)],
    ['any, of somebody who has none', '/api/push/carla/sensor-logger-waist', bearer(TOKENS.anna)],
    ['an empty one, of somebody who has none', '/api/push/carla/sensor-logger-waist', {}],
    ['any, of nobody', '/api/push/dora/sensor-logger-waist', bearer(TOKENS.anna)],
    ['its own, of another place', '/api/push/anna/sensor-logger-chest', bearer(TOKENS.anna)],
    ['its own twice', `${PATH}?token=${TOKENS.anna}&token=${TOKENS.anna}`, {}],
  ])('%s: is refused with the same words', async (_, path, headers) => {
    const response = await web.post(path, '{}', headers);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="plumbline"');
    await expectProblem(response, 401, /^expected the token of this wearable .*, found none that is valid here$/);
    expect(received).toEqual([]);
  });

  it('is refused before its body has come', async () => {
    const answer = await rawRequest(
      web.server.address,
      `POST ${PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900000\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('leaves no token in the log', async () => {
    await web.post(`${PATH}?token=wrong-token-0123456789`, '{}', bearer('wrong-token-9876543210'));
    expect(JSON.stringify(web.log)).toMatch(/api\/push\/anna/);
    expect(JSON.stringify(web.log)).not.toMatch(/wrong-token/);
  });
});

it('where no phone has a token there is no such address', async () => {
  const closed = await open([wearing('carla', { deviceId: 'by-broker-only' })]);
  await expectProblem(await closed.post(PATH, '{}', bearer(TOKENS.anna)), 404, /expected a known address/);
  await closed.server.stop();
});
