import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerCheck, influxChecks, pageAddressCheck } from '../../src/app/doctor/networkChecks.ts';
import { radioChecks } from '../../src/app/doctor/radioChecks.ts';
import { spaceCheck, storageChecks } from '../../src/app/doctor/storageChecks.ts';
import { clockCheck, nodeCheck, pageCheck } from '../../src/app/doctor/systemChecks.ts';
import { wearableChecks } from '../../src/app/doctor/wearableChecks.ts';
import type { AdapterReport } from '../../src/ble/probeAdapter.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { influxConfigSchema, type InfluxConfig } from '../../src/sinks/influx/config.ts';
import { probeInflux } from '../../src/sinks/influx/probeInflux.ts';
import { mqttConfigSchema, type MqttConfig } from '../../src/sinks/mqtt/config.ts';
import { SqliteRecordStore } from '../../src/sinks/sqlite/sqliteRecordStore.ts';
import { configIn, PlumblineProcess, temporaryFolder } from '../e2e/plumblineProcess.ts';
import { type Influxd, startInfluxd } from '../services/influxd.ts';
import { type Mosquitto, startMosquitto } from '../services/mosquitto.ts';
import { freePort } from '../services/serviceProcess.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Node.js', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
    ['20.18.3', 'fail'],
    ['18.20.0', 'fail'],
  ])('%s: %s', (version, level) => {
    expect(nodeCheck(version)).toMatchObject({ level, found: `Node.js ${version}` });
  });
});

describe('the clock', () => {
  const nowMs = Date.UTC(2026, 7, 6, 7, 6);

  it.each([
    [true, 'ok', '2026-08-06 07:06 UTC, time zone Europe/Berlin, synchronised'],
    [undefined, 'ok', '2026-08-06 07:06 UTC, time zone Europe/Berlin, nobody says whether synchronised'],
    [false, 'warn', '2026-08-06 07:06 UTC, time zone Europe/Berlin, not synchronised'],
  ])('synchronised %s: %s', (isSynchronised, level, found) => {
    expect(clockCheck(nowMs, isSynchronised, 'Europe/Berlin')).toMatchObject({ level, found });
  });

  it('of a machine that has lost its battery fails, with what to do', () => {
    expect(clockCheck(0, true, 'UTC')).toMatchObject({
      level: 'fail',
      fix: expect.stringContaining('set-ntp') as string,
    });
  });
});

describe('the radio', () => {
  const noble = { name: '@abandonware/noble', version: '1.9.2-26' };
  const library = 'abandonware';
  const without: AdapterReport = {
    adapters: [],
    usable: false,
    findings: [{ check: 'adapter', level: 'problem', found: 'no Bluetooth adapter', fix: 'plug one in' }],
  };
  const found: AdapterReport = {
    adapters: ['hci0'],
    usable: true,
    findings: [
      { check: 'adapter', level: 'ok', found: 'Bluetooth adapter hci0' },
      { check: 'bluetoothd', level: 'warning', found: 'bluetoothd is running', fix: 'stop it' },
    ],
  };

  it('without an adapter fails when one is configured, else it is a note', () => {
    expect(radioChecks({ adapter: 'noble', library }, without, noble)).toEqual([
      { check: 'library', level: 'ok', found: 'radio.library: abandonware, @abandonware/noble 1.9.2-26' },
      { check: 'adapter', level: 'fail', found: 'no Bluetooth adapter', fix: 'plug one in' },
    ]);
    for (const adapter of ['simulated', 'none'] as const) {
      expect(radioChecks({ adapter }, without, noble).find(({ check }) => check === 'adapter')).toMatchObject({
        level: 'note',
      });
    }
  });

  it('that is switched off by configuration is a warning: nobody is watched', () => {
    expect(radioChecks({ adapter: 'none' }, found, noble)[0]).toMatchObject({ check: 'radio', level: 'warn' });
  });

  it('keeps warnings of a real adapter, and fails for a number that is not there', () => {
    const levels = radioChecks({ adapter: 'noble', library, hciDevice: 0 }, found, noble).map(({ level }) => level);
    expect(levels).toEqual(['ok', 'ok', 'warn']);
    expect(radioChecks({ adapter: 'noble', library, hciDevice: 1 }, found, noble).at(-1)).toMatchObject({
      level: 'fail',
      found: 'no hci1, which is configured',
      fix: 'set radio.hciDevice to one of hci0',
    });
  });

  it('fails when the library that is configured is not installed', () => {
    const missing = { name: '@stoprocent/noble', version: undefined };
    expect(radioChecks({ adapter: 'noble', library: 'stoprocent' }, found, missing)[0]).toEqual({
      check: 'library',
      level: 'fail',
      found: 'radio.library: stoprocent, @stoprocent/noble, which is not installed',
      fix: 'run npm install @stoprocent/noble, or choose the other radio.library',
    });
  });
});

describe('the wearables', () => {
  const worn = (wearable: object): Config['people'] =>
    parseConfig({ people: [{ id: 'anna', wearables: [{ placement: 'chest', ...wearable }] }] }, 'test').people;

  it('that can see falls are one line', () => {
    expect(wearableChecks(worn({ device: 'plumbline' }))).toEqual([
      { check: 'wearables', level: 'ok', found: 'falls can be seen with the one enrolled' },
    ]);
  });

  it.each([
    [
      'one that is not made for it',
      { device: 'sensortag-cc2650' },
      'falls cannot be seen with the sensortag-cc2650 of anna (chest): CC2650 SensorTag is not made for it',
      'plumbline devices',
    ],
    [
      'one that is asked for too few samples',
      { device: 'movesense', name: 'Movesense 1', rateHz: 26 },
      'falls cannot be seen with Movesense 1 of anna (chest) at 26 Hz',
      'at least 50 Hz',
    ],
    [
      'one that is, in another mode',
      { device: 'movesense', mode: 'acc', rateHz: 13 },
      'falls cannot be seen with the movesense of anna (chest) at 13 Hz',
      'at least 50 Hz',
    ],
  ])('that cannot see falls are a warning each, with what to do: %s', (_what, wearable, found, fix) => {
    const people = [...worn({ device: 'plumbline' }), ...worn(wearable)];
    expect(wearableChecks(people)).toEqual([
      { check: 'wearables', level: 'warn', found, fix: expect.stringContaining(fix) as string },
    ]);
  });
});

describe('the disk', () => {
  it.each([
    [2e9, 'ok'],
    [0.9e9, 'warn'],
    [0.01e9, 'fail'],
  ])('with %d bytes free: %s', (bytes, level) => {
    expect(spaceCheck(bytes)).toMatchObject({ check: 'disk', level });
  });

  it('needs no record yet, and makes none', () => {
    const file = join(folder, 'new', 'deep', 'x.sqlite');
    const { findings, serviceRuns } = storageChecks(file);
    expect(findings.map(({ check, level }) => [check, level])).toEqual([
      ['folder', 'ok'],
      ['disk', 'ok'],
      ['record', 'ok'],
    ]);
    expect(serviceRuns).toBe(false);
    expect(storageChecks(file).findings[2]?.found).toContain('created at the first start');
  });

  it('knows an intact record, a damaged one, one that is none, and one in use', () => {
    const recordOf = (file: string): object | undefined =>
      storageChecks(file).findings.find(({ check }) => check === 'record');
    const file = join(folder, 'record.sqlite');
    const store = new SqliteRecordStore(file);
    store.open();
    expect(recordOf(file)).toMatchObject({
      level: 'ok',
      found: expect.stringMatching(/in use by the running service/) as string,
    });
    expect(storageChecks(file).serviceRuns).toBe(true);
    store.close();
    expect(recordOf(file)).toMatchObject({ level: 'ok', found: `${file} is intact` });
    const text = join(folder, 'text.sqlite');
    writeFileSync(text, 'this is a letter to my grandmother, not a database at all '.repeat(200));
    expect(recordOf(text)).toMatchObject({ level: 'fail', fix: expect.stringContaining('restore a copy') as string });
  });

  it('fails where a file stands in the place of the folder', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(storageChecks(join(file, 'x.sqlite')).findings[0]).toMatchObject({ check: 'folder', level: 'fail' });
  });

  // A superuser may write everywhere.
  it.skipIf(process.getuid?.() === 0)('fails where the folder cannot be written', () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked, { mode: 0o500 });
    expect(storageChecks(join(locked, 'x.sqlite')).findings[0]).toMatchObject({ check: 'folder', level: 'fail' });
  });
});

describe('the page', () => {
  it('must be built', () => {
    expect(pageCheck(folder)).toMatchObject({ level: 'ok' });
    expect(pageCheck(join(folder, 'none'))).toMatchObject({ level: 'fail', fix: 'npm run build' });
  });

  it('needs its port, unless it is the running service that has it', async () => {
    const port = await freePort();
    expect(await pageAddressCheck({ host: '127.0.0.1', port }, false)).toMatchObject({ level: 'ok' });
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(port, '127.0.0.1', resolve);
    });
    expect(await pageAddressCheck({ host: '127.0.0.1', port }, false)).toMatchObject({
      level: 'fail',
      found: `127.0.0.1:${port} is used by another program`,
      fix: 'end that program, or set another web.port',
    });
    expect(await pageAddressCheck({ host: '127.0.0.1', port }, true)).toMatchObject({ level: 'ok' });
    other.close();
    expect(await pageAddressCheck({ host: '192.0.2.1', port: 80 }, false)).toMatchObject({ level: 'fail' });
  });
});

describe('the broker', () => {
  let mosquitto: Mosquitto;
  const external = (more: Record<string, unknown> = {}): MqttConfig =>
    mqttConfigSchema.parse({ broker: 'external', url: mosquitto.url, username: 'good', password: 'secret-1', ...more });

  beforeAll(async () => {
    mosquitto = await startMosquitto({
      lines: ['allow_anonymous false', 'password_file {dir}/passwords', 'acl_file {dir}/rights'],
      files: {
        // good: secret-1, mute: secret-2 (PBKDF2 with SHA-512, as mosquitto_passwd writes them)
        passwords: await passwordFile({ good: 'secret-1', mute: 'secret-2' }),
        rights: 'user good\ntopic readwrite plumbline/#\n\nuser mute\ntopic read plumbline/#\n',
      },
    });
  });
  afterAll(() => mosquitto.stop());

  it('that takes our messages is well, with MQTT 5 and 3.1.1', async () => {
    for (const protocolVersion of [5, 4]) {
      expect(await brokerCheck(external({ protocolVersion }), false)).toEqual({
        check: 'broker',
        level: 'ok',
        found: `${mosquitto.url} accepts our messages`,
      });
    }
  });

  it('that refuses the password fails, without telling it', async () => {
    const finding = await brokerCheck(external({ password: 'secret-3' }), false);
    expect(finding).toMatchObject({ level: 'fail', fix: 'check mqtt.username and PLUMBLINE_MQTT_PASSWORD' });
    expect(JSON.stringify(finding)).not.toContain('secret-3');
  });

  it('that does not let us publish fails', async () => {
    expect(await brokerCheck(external({ username: 'mute', password: 'secret-2' }), false)).toMatchObject({
      level: 'fail',
      found: expect.stringMatching(/expected the right to publish to plumbline\/v1\/_svc\/doctor, found/) as string,
      fix: expect.stringContaining('access list') as string,
    });
  });

  it('that is not there fails', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    expect(await brokerCheck(external({ url }), false)).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('ECONNREFUSED') as string,
      fix: expect.stringContaining('start the broker') as string,
    });
  });

  it('that is something else fails', async () => {
    const server = createServer((socket) => socket.end('220 this is a mail server\r\n'));
    const port = await freePort();
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    expect(await brokerCheck(external({ url: `mqtt://127.0.0.1:${port}` }), false)).toMatchObject({ level: 'fail' });
    server.close();
  });

  it('inside needs its port', async () => {
    const { port } = mosquitto;
    const embedded = mqttConfigSchema.parse({ broker: 'embedded', port });
    expect(await brokerCheck(embedded, false)).toMatchObject({
      level: 'fail',
      fix: expect.stringContaining('mqtt.port') as string,
    });
    expect(
      await brokerCheck(mqttConfigSchema.parse({ broker: 'embedded', port: await freePort() }), false),
    ).toMatchObject({
      level: 'ok',
    });
  });
});

describe('InfluxDB', () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd({ databases: ['plumbline_1s', 'plumbline_long'] });
  });
  afterAll(() => influxd.stop());

  const configured = (more: Record<string, unknown> = {}): InfluxConfig =>
    influxConfigSchema.parse({ url: influxd.url, ...influxd.writer, ...more });
  const checked = async (config: InfluxConfig) => influxChecks(config, await probeInflux(config));

  it('with both databases and the right to write is well, and nothing was stored', async () => {
    expect(await checked(configured())).toMatchObject([
      { level: 'ok', found: expect.stringMatching(/^InfluxDB 1\.\S+ at \S+ takes points for plumbline_1s$/) as string },
      { level: 'ok' },
    ]);
    expect(await influxd.query('SHOW MEASUREMENTS', { database: 'plumbline_1s' })).toEqual([]);
  });

  it('without the databases fails, with how to create them', async () => {
    const databases = { series: 'missing_1s', long: 'plumbline_long' };
    expect(await checked(configured({ databases }))).toMatchObject([
      {
        level: 'fail',
        found: expect.stringContaining('missing_1s: there is no such database') as string,
        fix: expect.stringContaining('doctor --provision') as string,
      },
      { level: 'ok' },
    ]);
  });

  it('that does not let us write, or does not know us, fails', async () => {
    expect(await checked(configured({ ...influxd.reader }))).toMatchObject([
      {
        level: 'fail',
        found: expect.stringContaining('may not write') as string,
        fix: `as administrator: GRANT WRITE ON "plumbline_1s" TO "reader"`,
      },
      { level: 'fail' },
    ]);
    const stranger = await checked(configured({ password: 'wrong-secret' }));
    expect(stranger[0]).toMatchObject({ level: 'fail', fix: 'check influx.username and PLUMBLINE_INFLUX_PASSWORD' });
    expect(JSON.stringify(stranger)).not.toContain('wrong-secret');
  });

  it('that is not there, or is something else, fails in one line', async () => {
    const nowhere = configured({ url: `http://127.0.0.1:${await freePort()}` });
    expect(await checked(nowhere)).toMatchObject([
      { level: 'fail', found: expect.stringContaining('ECONNREFUSED') as string },
    ]);
    const server = createServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi'),
    );
    const port = await freePort();
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    expect(await checked(configured({ url: `http://127.0.0.1:${port}` }))).toMatchObject([
      { level: 'fail', found: expect.stringContaining('found something else there') as string },
    ]);
    server.close();
  });

  it('that hangs fails after its deadline', async () => {
    influxd.freeze();
    try {
      const [finding] = await checked(configured({ writeDeadlineMs: 200 }));
      expect(finding).toMatchObject({
        level: 'fail',
        found: expect.stringMatching(/expected InfluxDB at .*, found .*timeout/) as string,
      });
    } finally {
      influxd.thaw();
    }
  });

  describe('and plumbline doctor --provision', () => {
    const home = temporaryFolder();
    afterAll(() => home.remove());
    const doctor = async (
      args: readonly string[],
      influx: object,
      env: Record<string, string> = {},
    ): Promise<PlumblineProcess> => {
      Object.assign(process.env, env);
      try {
        const run = new PlumblineProcess(['doctor', ...args], {
          config: configIn(home.path, { influx }),
          folder: home.path,
        });
        await run.ended;
        return run;
      } finally {
        for (const name of Object.keys(env)) delete process.env[name];
      }
    };
    const databases = { series: 'fresh_1s', long: 'fresh_long' };

    it('creates what is missing with the administrator of the environment, and says which right is missing', async () => {
      const influx = { url: influxd.url, ...influxd.writer, databases };
      const env = {
        PLUMBLINE_INFLUX_ADMIN_USERNAME: influxd.admin.username,
        PLUMBLINE_INFLUX_ADMIN_PASSWORD: influxd.admin.password,
      };
      const first = await doctor(['--provision'], influx, env);
      expect(first.stdout).toMatch(/^ok +provision +created fresh_1s, fresh_long$/m);
      expect(first.stdout).toMatch(
        /^fail +influx .*fresh_1s: the user may not write .* → as administrator: GRANT WRITE ON "fresh_1s"/m,
      );
      expect(await first.ended).toMatchObject({ code: 1 });
      for (const name of Object.values(databases)) await influxd.query(`GRANT WRITE ON "${name}" TO "writer"`, {});
      const second = await doctor(['--provision'], influx, env);
      expect(second.stdout).toMatch(/^ok +provision +all databases were there, nothing was changed$/m);
      expect(await second.ended).toMatchObject({ code: 0 });
      expect(first.stdout + second.stdout + first.stderr).not.toContain(influxd.admin.password);
    });

    it('needs the administrator, and a database to provision', async () => {
      const withoutAdministrator = await doctor(['--provision'], { url: influxd.url, databases });
      expect(await withoutAdministrator.ended).toMatchObject({ code: 2 });
      expect(withoutAdministrator.stderr).toContain(
        'expected PLUMBLINE_INFLUX_ADMIN_USERNAME and PLUMBLINE_INFLUX_ADMIN_PASSWORD',
      );
      const nothing = new PlumblineProcess(['doctor', '--provision'], {
        config: configIn(home.path),
        folder: home.path,
      });
      expect(await nothing.ended).toMatchObject({ code: 2 });
      expect(nothing.stderr).toContain('expected influx in the configuration, found none');
    });
  });
});

describe('plumbline doctor', () => {
  const home = temporaryFolder();
  afterAll(() => home.remove());
  const run = async (args: readonly string[], sections: Record<string, unknown> = {}): Promise<PlumblineProcess> => {
    const doctor = new PlumblineProcess(['doctor', ...args], {
      config: configIn(home.path, sections),
      folder: home.path,
    });
    await doctor.ended;
    return doctor;
  };

  it('finds the demonstration well: one line for each thing', async () => {
    const doctor = await run([]);
    expect(doctor.stderr).toBe('');
    const lines = doctor.stdout.trim().split('\n');
    for (const line of lines) expect(line).toMatch(/^(ok {2}|note|warn|fail) {2}\S+ +\S/);
    const checks = lines.map((line) => line.slice(6).split(' ')[0]);
    for (const check of [
      'node',
      'clock',
      'page',
      'radio',
      'adapter',
      'permission',
      'broker',
      'web',
      'influx',
      'folder',
      'disk',
      'record',
    ]) {
      expect(checks).toContain(check);
    }
    const failed = lines.filter((line) => line.startsWith('fail'));
    // The tests need no built page.
    expect(failed.filter((line) => !line.includes('npm run build'))).toEqual([]);
    expect(await doctor.ended).toMatchObject({ code: failed.length === 0 ? 0 : 1 });
  });

  it('ends with 1 when something fails, also as JSON', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    const doctor = await run(['--json'], { mqtt: { broker: 'external', url } });
    expect(await doctor.ended).toMatchObject({ code: 1 });
    const { ok, findings } = JSON.parse(doctor.stdout) as { ok: boolean; findings: object[] };
    expect(ok).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'broker', level: 'fail' }));
  });

  it('beside the running service finds record and ports in good use', async () => {
    const [web, mqtt] = [await freePort(), await freePort()];
    const sections = { web: { port: web }, mqtt: { broker: 'embedded', port: mqtt } };
    const service = await PlumblineProcess.start(home.path, sections);
    try {
      const doctor = await run([], sections);
      expect(doctor.stdout).toMatch(
        new RegExp(`^ok +record .* in use by the running service \\(process ${service.pid}\\)$`, 'm'),
      );
      expect(doctor.stdout).toMatch(/^ok +broker .* is used by the running service$/m);
      expect(doctor.stdout).toMatch(/^ok +web .* is used by the running service$/m);
      expect(await doctor.ended).toMatchObject({ code: 0 });
    } finally {
      service.signal('SIGINT');
      await service.ended;
    }
  });
});

/** As mosquitto_passwd writes it: `$7$<iterations>$<salt>$<hash>`. */
async function passwordFile(users: Readonly<Record<string, string>>): Promise<string> {
  const { pbkdf2Sync } = await import('node:crypto');
  const lines = Object.entries(users).map(([name, password]) => {
    const salt = Buffer.from(name.padEnd(12, 'x'));
    const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
    return `${name}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}`;
  });
  return `${lines.join('\n')}\n`;
}
