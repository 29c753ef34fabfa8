/** What comes from outside may be anything: each kind of nonsense gets one clear line, and everything else goes on. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Caregiver } from '../sinks/mqtt/caregiver.ts';
import { bendingWearer, PEOPLE, PERSON_ID, VIRTUAL_WEARABLE } from './bendingWearer.ts';
import { LivePage } from './livePage.ts';
import { PlumblineProcess, temporaryFolder } from './plumblineProcess.ts';
import { readRecord } from './recordReader.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

interface DeviceView {
  readonly state: string;
  readonly samples: number;
  readonly lostSamples: number;
  readonly problem?: string;
}

async function devicesOf(service: PlumblineProcess): Promise<readonly DeviceView[]> {
  return ((await service.get('/api/devices')) as { items: DeviceView[] }).items;
}

const problemsOf = (service: PlumblineProcess): string[] =>
  service.logged('wearable.problem').map(({ message }) => String(message));

/** Each kind of problem once: two lines that differ in their numbers are of one kind. */
function expectEachKindOnce(messages: readonly string[]): void {
  const kinds = messages.map((message) => message.replaceAll(/\b[0-9a-f]{2}\b|\d+/g, '#').replaceAll(/#( #)+/g, '#'));
  expect(kinds).toEqual([...new Set(kinds)]);
}

describe('a wearable that sends nonsense beside its data', () => {
  const folder = temporaryFolder();
  let service: PlumblineProcess;
  let page: LivePage;

  beforeAll(async () => {
    service = await PlumblineProcess.start(folder.path, bendingWearer({ nonsenseEveryS: 0.1 }));
    page = await LivePage.open(service.page);
    await vi.waitUntil(() => page.of('clinicalEvent').length > 1, PATIENCE);
  });
  afterAll(async () => {
    page?.close();
    service?.signal('SIGKILL');
    await service?.ended;
    folder.remove();
  });

  it('is heard all the same: every sample counts, no gap, no angle that was not there', async () => {
    expect(await devicesOf(service)).toMatchObject([{ state: 'streaming', lostSamples: 0 }]);
    expect(readRecord(folder.path, `SELECT id FROM motion_event WHERE type = 'gap'`)).toEqual([]);
    const angles = page.of('angles').map(({ data }) => data.flexionDeg);
    expect(Math.min(...angles)).toBeGreaterThan(-10);
    expect(Math.max(...angles)).toBeLessThan(70);
  });

  it('is complained about in words, each kind of nonsense once', () => {
    const messages = problemsOf(service);
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^IMU data: expected format 0x11 or 0x12, found nothing/),
        expect.stringMatching(/^IMU data: expected format 0x11 or 0x12, found ee/),
        expect.stringMatching(/^IMU data 0x11: expected \d+ bytes for \d+ samples, found \d+ bytes/),
      ]),
    );
    expectEachKindOnce(messages);
    expect(service.log.every(({ event }) => event === 'wearable.problem')).toBe(true);
  });
});

describe('a wearable whose values are not numbers now and then', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it('loses these samples and no others, and NaN reaches nobody', async () => {
    const name = 'Movesense 123456789012';
    const service = await PlumblineProcess.start(folder.path, {
      people: [{ ...PEOPLE[0], wearables: [{ device: 'movesense', name, placement: 'chest' }] }],
      radio: {
        adapter: 'simulated',
        wearables: [{ ...VIRTUAL_WEARABLE, kind: 'movesense', name, notFiniteEveryPackets: 10 }],
      },
    });
    try {
      const page = await LivePage.open(service.page);
      await expect.poll(() => page.of('clinicalEvent').length, PATIENCE).toBeGreaterThan(0);
      const angles = page.of('angles').flatMap(({ data }) => [data.flexionDeg, data.lateralDeg, data.inclinationDeg]);
      expect(angles.every((deg) => typeof deg === 'number' && Math.abs(deg) < 90)).toBe(true);
      expect(problemsOf(service)).toEqual([
        expect.stringMatching(/^data: expected finite numbers, found \d+ of \d+ samples without/),
      ]);
      const stored = () => readRecord(folder.path, 'SELECT coverage, values_json FROM series ORDER BY t_ms');
      await expect.poll(() => stored().length, PATIENCE).toBeGreaterThan(2);
      const seconds = stored();
      // One packet of 4 samples in 10 is missing, at 52 Hz in each whole second.
      expect(seconds.slice(1).every(({ coverage }) => Math.abs(Number(coverage) - 0.9) < 0.07)).toBe(true);
      expect(seconds.every(({ values_json }) => !/null|NaN/.test(String(values_json)))).toBe(true);
      page.close();
    } finally {
      service.signal('SIGKILL');
      await service.ended;
    }
  });
});

describe('two wearables with one name', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it('are both left alone until the configuration says which: one line that names their addresses', async () => {
    const addresses = ['c0:50:00:00:00:01', 'c0:50:00:00:00:02'];
    const service = await PlumblineProcess.start(folder.path, {
      people: PEOPLE,
      radio: { adapter: 'simulated', wearables: addresses.map((address) => ({ ...VIRTUAL_WEARABLE, address })) },
    });
    try {
      await expect
        .poll(() => problemsOf(service), PATIENCE)
        .toEqual([
          `expected one wearable named "${VIRTUAL_WEARABLE.name}", found 2: ${addresses.join(' and ')}; ` +
            'state the address of the right one in the configuration',
        ]);
      await expect.poll(async () => (await devicesOf(service))[0]?.problem, PATIENCE).toContain('found 2');
      expect(await devicesOf(service)).toMatchObject([{ state: 'searching', samples: 0 }]);
      expect(service.log).toHaveLength(1);
    } finally {
      service.signal('SIGKILL');
      await service.ended;
    }
  });

  it('are told apart by the address', async () => {
    const addresses = ['c0:50:00:00:00:01', 'c0:50:00:00:00:02'];
    const [{ wearables, ...person }] = PEOPLE;
    const service = await PlumblineProcess.start(folder.path, {
      people: [{ ...person, wearables: [{ ...wearables[0], address: addresses[1] }] }],
      radio: { adapter: 'simulated', wearables: addresses.map((address) => ({ ...VIRTUAL_WEARABLE, address })) },
    });
    try {
      await expect.poll(async () => (await devicesOf(service))[0]?.samples, PATIENCE).toBeGreaterThan(0);
      expect(service.stderr).toBe('');
    } finally {
      service.signal('SIGKILL');
      await service.ended;
    }
  });
});

describe('one wearable that two people could wear', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it('gives its data to one of them only, and the other is told why there are none', async () => {
    const address = 'c0:50:00:00:00:01';
    const [byName] = PEOPLE;
    const byAddress = { id: 'p2', wearables: [{ device: 'plumbline', address, placement: 'chest' }] };
    const service = await PlumblineProcess.start(folder.path, {
      people: [byName, byAddress],
      radio: { adapter: 'simulated', wearables: [{ ...VIRTUAL_WEARABLE, address }] },
    });
    try {
      const states = async () => (await devicesOf(service)).map(({ samples }) => samples > 0);
      await expect.poll(async () => (await states()).includes(true), PATIENCE).toBe(true);
      await expect
        .poll(() => problemsOf(service), PATIENCE)
        .toEqual([`expected a wearable that nobody else wears, found ${address} in use for another person`]);
      await expect
        .poll(() => readRecord(folder.path, 'SELECT DISTINCT person_id FROM series'), PATIENCE)
        .toHaveLength(1);
      expect((await states()).filter(Boolean)).toHaveLength(1);
    } finally {
      service.signal('SIGKILL');
      await service.ended;
    }
  });
});

describe('whoever writes to the broker or the page', () => {
  const folder = temporaryFolder();
  let service: PlumblineProcess;
  let caregiver: Caregiver;
  let alertId: string;

  beforeAll(async () => {
    service = await PlumblineProcess.start(folder.path, bendingWearer());
    caregiver = await Caregiver.join(service.broker, { reconnectPeriod: 20 });
    alertId = await vi.waitUntil(async () => (await openAlerts(service))[0], PATIENCE);
  });
  afterAll(async () => {
    await caregiver?.leave();
    service?.signal('SIGKILL');
    await service?.ended;
    folder.remove();
  });

  it('cannot acknowledge with nonsense, for somebody else, or what does not exist', async () => {
    const ack = (id: string): string => `plumbline/v1/${PERSON_ID}/ack/${id}`;
    await caregiver.send(ack(alertId), 'x'.repeat(60_000));
    await caregiver.send(ack(alertId), 'not json');
    await caregiver.send(ack(alertId), '{"by":"\\u0000"}');
    await caregiver.send(ack(alertId), '[]');
    await caregiver.send(ack(alertId), '');
    await caregiver.send(`plumbline/v1/p2/ack/${alertId}`, '{"by":"x"}');
    await caregiver.send(ack(`${PERSON_ID}.EV-BEND.1`), '{"by":"x"}');
    await expect.poll(() => service.logged('mqtt.acknowledge.rejected').length, PATIENCE).toBe(1);
    await expect.poll(() => service.logged('mqtt.acknowledge-refused').length, PATIENCE).toBe(1);
    expect(await openAlerts(service)).toEqual([alertId]);
    const [{ problem }] = service.logged('mqtt.acknowledge.rejected');
    expect(problem).toMatch(/expected .+, found .+/);
    expect(String(problem).length).toBeLessThan(300);
  });

  it('cannot pass for the service: what it says in Plumbline’s name is refused', async () => {
    const forger = await Caregiver.join(service.broker, { reconnectPeriod: 0 });
    const topic = `plumbline/v1/${PERSON_ID}/state/alert/bend`;
    await forger.client.publishAsync(topic, '{"state":"OFF"}', { qos: 0, retain: true });
    await expect.poll(() => forger.client.connected, PATIENCE).toBe(false);
    const newcomer = await Caregiver.join(service.broker);
    await expect.poll(() => newcomer.on(topic), PATIENCE).toMatchObject([{ state: 'ON', alert_id: alertId }]);
    await newcomer.leave();
  });

  it.each([
    ['no JSON', 'not json', 'application/json', 400],
    ['nobody', '{"by":""}', 'application/json', 400],
    ['too much', `{"by":"${'x'.repeat(50_000)}"}`, 'application/json', 413],
    ['a form', 'by=x', 'application/x-www-form-urlencoded', 415],
  ])('gets a clear answer from the page for %s', async (_, body, type, status) => {
    const url = `${service.page}/api/alerts/${alertId}/acknowledge`;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(/expected .+found .+/);
    expect(await openAlerts(service)).toEqual([alertId]);
  });

  it.each([
    '/api/series?person=p1',
    '/api/events?limit=-1',
    '/api/events?person=../etc',
    '/api/nothing',
    '/%2e%2e/%2e%2e/etc/passwd',
  ])('gets a clear refusal for %s', async (path) => {
    const response = await fetch(`${service.page}${path}`);
    expect([400, 404]).toContain(response.status);
    expect(await response.text()).toMatch(/expected .+found .+/);
  });

  it('has not harmed the service, which still takes a proper acknowledgement', async () => {
    await caregiver.send(`plumbline/v1/${PERSON_ID}/ack/${alertId}`, '{"by":"son"}');
    const acknowledged = () => readRecord(folder.path, 'SELECT ack_by FROM alert WHERE id = ?', alertId)[0]?.ack_by;
    await expect.poll(acknowledged, PATIENCE).toBe('son');
    expect((await service.interrupt()).code).toBe(0);
  });
});

async function openAlerts(service: PlumblineProcess): Promise<string[]> {
  return ((await service.get('/api/alerts?open=true')) as { items: { id: string }[] }).items.map(({ id }) => id);
}
