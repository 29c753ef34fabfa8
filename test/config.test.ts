import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentKeys } from '../src/app/configuration/environment.ts';
import { exampleYaml } from '../src/app/configuration/exampleYaml.ts';
import { keyTables } from '../src/app/configuration/keyTable.ts';
import type { ConfigNode } from '../src/app/configuration/configTree.ts';
import { CONFIG_TREE, configSchema, influxAdministrator, loadConfig, parseConfig } from '../src/config.ts';
import { KNOWN_DEVICES } from '../src/devices/index.ts';
import { PlumblineError } from '../src/model/errors.ts';
import { committed, expectCommitted } from './committedFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const path = join(folder, `${crypto.randomUUID()}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** The message of the refusal, without the name of the file. */
function refusal(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(PlumblineError);
    expect(error).toMatchObject({ code: 'config/invalid' });
    return (error as Error).message;
  }
  throw new Error('expected a refusal, found none');
}

const refusalOf = (text: string, env = {}): string => refusal(() => loadConfig(fileWith(text), env));
const PERSON = 'people: [{ id: anna, wearables: [{ device: plumbline, name: P-1, placement: chest }] }]';

describe('the example file', () => {
  const made = exampleYaml(CONFIG_TREE);

  it('is what the schema says', () => {
    expectCommitted('plumbline.example.yaml', made);
  });

  it('is the demonstration', () => {
    const path = fileWith(committed('plumbline.example.yaml'));
    expect(loadConfig(path, {})).toEqual(loadConfig(undefined, {}));
  });

  it('names every key with a comment before it', () => {
    const nameless: string[] = [];
    const visit = (node: ConfigNode, path: string): void => {
      for (const [key, property] of Object.entries(node.properties ?? {})) {
        if (!property.description) nameless.push(`${path}.${key}`);
        if (!new RegExp(`^[ #-]*${key}:`, 'm').test(made)) nameless.push(`${path}.${key} is not in the example`);
        for (const inner of [property, property.items, ...(property.oneOf ?? [])]) {
          if (inner) visit(inner, `${path}.${key}`);
        }
      }
    };
    visit(CONFIG_TREE, '');
    expect(nameless).toEqual([]);
  });

  it('is accepted with everything that is optional, once the # are taken away', () => {
    // Comments in words have a space after the #; an alternative to a section would be that section a second time.
    const words = /^\s*# \S/;
    const sections = made.split(/\n(?=# instead|\n)/);
    const live = (line: string): string[] => {
      if (words.test(line)) return [];
      return /^\s*#/.test(line) ? live(line.replace('#', '')) : [line];
    };
    const uncommented = (text: string): string => text.split('\n').flatMap(live).join('\n');
    const isAlternative = (text: string): boolean => text.startsWith('# instead');
    const whole = sections.filter((text) => !isAlternative(text)).map(uncommented);
    expect(parseConfig(parse(whole.join('\n')), 'example')).toMatchObject({
      influx: { username: 'plumbline' },
      radio: { wearables: [{ kind: 'plumbline' }] },
      people: [{ limits: [{ key: 'flexAlertDeg' }], wearables: [{ rateHz: 100 }] }],
    });
    const alternatives = sections.filter(isAlternative);
    expect(alternatives).toHaveLength(3);
    for (const alternative of alternatives) {
      const [[section, value]] = Object.entries(parse(uncommented(alternative)) as Record<string, object>);
      expect(parseConfig({ [section]: value }, 'example')).toMatchObject({ [section]: value });
    }
  });
});

describe('docs/configuration.md', () => {
  it('lists all keys as the schema has them', () => {
    const page = committed('docs/configuration.md');
    const [, before = '', after = ''] =
      /^([\s\S]*<!-- made from[^\n]*-->\n)[\s\S]*?(<!-- end -->[\s\S]*)$/.exec(page) ?? [];
    expectCommitted('docs/configuration.md', `${before}\n${keyTables(CONFIG_TREE)}\n\n${after}`);
  });
});

describe('a configuration with mistakes', () => {
  it('is refused with all of them, each with its line, what was expected and what was found', () => {
    const text = [
      'people:',
      '  - id: Anna K',
      '    tier: T9',
      '    wearables:',
      '      - { device: plumblin, name: 0001, placement: sternum }',
      'web:',
      '  prot: 80',
      '  port: 99999',
      'log: loud',
    ].join('\n');
    expect(refusalOf(text).split('\n').slice(1)).toEqual([
      '  line 2, people.0.id: expected a pseudonym of a-z, 0-9 and -, found "Anna K"',
      '  line 3, people.0.tier: expected T1 or T2 or T3, found "T9"; did you mean "T1"?',
      `  line 5, people.0.wearables.0.device: expected ${KNOWN_DEVICES.map(({ id }) => id).join(' or ')}, found "plumblin"; did you mean "plumbline"?`,
      '  line 5, people.0.wearables.0.name: expected text, found 1 (a number; put it in quotes)',
      '  line 5, people.0.wearables.0.placement: expected chest or waist or lowerBack, found "sternum"',
      '  line 8, web.port: expected a whole number from 0 to 65535, found 99999',
      '  line 7, web.prot: expected one of the keys host, port, allowedHosts, found "prot"; did you mean "port"?',
      '  line 9, log: expected a group of keys, found "loud"',
    ]);
  });

  it.each([
    ['mqtt: { broker: mosquitto }', 'mqtt.broker: expected embedded or external, found "mosquitto"'],
    ['mqtt: { port: 1884 }', 'mqtt.broker: expected embedded or external, found nothing'],
    [
      'radio: { adapter: nobel }',
      'radio.adapter: expected simulated or noble or none, found "nobel"; did you mean "noble"?',
    ],
    [
      'mqtt: { broker: embedded, url: mqtt://x }',
      'mqtt.url: expected only with broker: external, found broker: embedded',
    ],
    [
      'mqtt: { broker: external }',
      'mqtt.url: expected mqtt://, mqtts://, ws:// or wss:// with host and port, found nothing',
    ],
    [
      'mqtt: { broker: external, url: "mqtt://x", protocolVersion: 3 }',
      'mqtt.protocolVersion: expected 5 or 4, found 3',
    ],
    [
      'lgo: {}',
      'lgo: expected one of the keys people, radio, mqtt, influx, web, storage, log, found "lgo"; did you mean "log"?',
    ],
    ['__proto__: { polluted: true }', '__proto__: expected one of the keys people,'],
    ['web: { port: 80.5 }', 'web.port: expected a whole number from 0 to 65535, found 80.5'],
    ['web: { host: }', 'web.host: expected text, found an empty value'],
    ['people:', 'people: expected a list, found an empty value'],
    ['- 1', '(whole file): expected a group of keys, found a list'],
    [PERSON.replace('chest', 'chest, rateHz: 60'), 'rateHz: expected one of 25, 50, 100, 200 for plumbline, found 60'],
    [PERSON.replace('chest', 'chest, mount: +X+Y'), 'mount: expected three signed axes such as "+Z-Y+X"'],
    [
      PERSON.replace('chest', 'chest, mount: 7'),
      'mount: expected signed axes such as "+Z-Y+X" or a 3×3 array, found 7',
    ],
    [
      PERSON.replace('chest', 'chest, mount: [[1,0,0],[0,1,0],[0,0,-1]]'),
      'mount: expected three perpendicular axes of a right-handed',
    ],
    [PERSON.replace('chest', 'chest, address: 12'), 'address: expected aa:bb:cc:dd:ee:ff, found 12'],
  ])('%s', (text, expected) => {
    const lines = refusalOf(text).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(expected);
    expect(lines[1]?.match(/, found /g)).toHaveLength(1);
  });

  it('cannot enrol one wearable, person or place twice', () => {
    const worn = (wearable: object): object => ({ device: 'plumbline', placement: 'chest', ...wearable });
    const refused = (...people: object[]): string => refusal(() => parseConfig({ people }, 'test'));
    const anna = { id: 'anna', wearables: [worn({ name: 'P-1' })] };
    expect(refused(anna, { ...anna, wearables: [worn({ name: 'P-2' })] })).toContain(
      'people.1.id: expected each person once',
    );
    expect(refused(anna, { id: 'berta', wearables: [worn({ name: 'P-1' })] })).toContain(
      'people.1.wearables.0: expected a name or address that tells it apart from the wearable of anna, found a plumbline named "P-1"',
    );
    const address = 'C0:50:00:00:00:01';
    const byAddress = ['anna', 'berta'].map((id) => ({ id, wearables: [worn({ address })] }));
    expect(refused(...byAddress)).toContain(`found a plumbline at ${address}`);
    const both = { id: 'anna', wearables: [worn({ name: 'P-1' }), worn({ name: 'P-2' })] };
    expect(refused(both)).toContain(
      'people.0.wearables.1.placement: expected one wearable at each place, found chest twice',
    );
  });
});

describe('a file that cannot be read as YAML', () => {
  it.each([
    ['a: 1\na: 2', 'line 2: expected YAML, found: Map keys must be unique'],
    ['web:\n\tport: 1', 'line 2: expected YAML, found: Tabs are not allowed as indentation'],
    ['a: [1, 2', 'line 1: expected YAML, found: '],
    ['a: !!js/function "x"', 'line 1: expected YAML, found: Unresolved tag'],
  ])('%j is refused with the line', (text, expected) => {
    expect(refusalOf(text)).toContain(expected);
  });

  it('nor be found at all', () => {
    expect(refusal(() => loadConfig(join(folder, 'none.yaml'), {}))).toMatch(
      /expected a readable file .*none\.yaml, found no such file/,
    );
    expect(refusal(() => loadConfig(folder, {}))).toContain('found a folder');
  });

  it('an empty file, or one in JSON, is read', () => {
    expect(loadConfig(fileWith(''), {})).toEqual(loadConfig(undefined, {}));
    expect(loadConfig(fileWith('{"web":{"port":81}}'), {}).web.port).toBe(81);
  });
});

describe('a mount', () => {
  it('is the same as signed axes and as a 3×3 array', () => {
    const rows = [
      [0, 0, 1],
      [0, -1, 0],
      [1, 0, 0],
    ];
    const mountOf = (mount: unknown): unknown =>
      parseConfig({ people: [{ id: 'a', wearables: [{ device: 'plumbline', placement: 'chest', mount }] }] }, 'test')
        .people[0]?.wearables[0]?.mount;
    expect(mountOf('+Z-Y+X')).toEqual(rows.flat());
    expect(mountOf(rows)).toEqual(rows.flat());
    expect(mountOf(undefined)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });
});

describe('the environment', () => {
  it('wins over the file', () => {
    const path = fileWith('web: { port: 81, host: 127.0.0.2 }');
    expect(loadConfig(path, { PLUMBLINE_WEB_PORT: '82' }).web).toMatchObject({ port: 82, host: '127.0.0.2' });
  });

  it('changes a section that the file does not have', () => {
    expect(loadConfig(undefined, { PLUMBLINE_MQTT_PORT: '0' }).mqtt).toMatchObject({ broker: 'embedded', port: 0 });
    const influx = { PLUMBLINE_INFLUX_URL: 'http://x', PLUMBLINE_INFLUX_PASSWORD: '0123' };
    expect(loadConfig(undefined, influx).influx).toMatchObject({ url: 'http://x', password: '0123' });
  });

  it('names the file, unless the command line does', () => {
    const env = { PLUMBLINE_CONFIG: fileWith('web: { port: 83 }') };
    expect(loadConfig(undefined, env).web.port).toBe(83);
    expect(loadConfig(fileWith('web: { port: 84 }'), env).web.port).toBe(84);
  });

  it('with empty variables is as without them', () => {
    expect(loadConfig(undefined, { PLUMBLINE_CONFIG: '', PLUMBLINE_WEB_PORT: '' })).toEqual(loadConfig(undefined, {}));
  });

  it('with mistakes is refused, naming the variable', () => {
    const env = { PLUMBLINE_WEB_PORT: 'abc', PLUMBLINE_WEB_PROT: '1', PLUMBLINE_SOMETHING_ELSE: '1' };
    const lines = refusal(() => loadConfig(undefined, env)).split('\n');
    expect(lines).toContain('  PLUMBLINE_WEB_PORT (web.port): expected a whole number from 0 to 65535, found "abc"');
    expect(lines).toContain(
      '  PLUMBLINE_WEB_PROT: expected a known variable, found none; did you mean "PLUMBLINE_WEB_PORT"?',
    );
    expect(lines.join('\n')).toMatch(/PLUMBLINE_SOMETHING_ELSE: expected a known variable \(.*PLUMBLINE_LOG_LEVEL.*\)/);
    expect(lines).toHaveLength(4);
  });

  it('has a variable for every single value of every section', () => {
    const names = [...environmentKeys(CONFIG_TREE).keys()];
    expect(names).toEqual(
      expect.arrayContaining(['PLUMBLINE_RADIO_HCI_DEVICE', 'PLUMBLINE_MQTT_CA_FILE', 'PLUMBLINE_LOG_LEVEL']),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('alone has the administrator of InfluxDB, complete or not at all', () => {
    const env = { PLUMBLINE_INFLUX_ADMIN_USERNAME: 'root', PLUMBLINE_INFLUX_ADMIN_PASSWORD: 'x' };
    expect(influxAdministrator(env)).toEqual({ username: 'root', password: 'x' });
    expect(influxAdministrator({ PLUMBLINE_INFLUX_ADMIN_USERNAME: 'root' })).toBeUndefined();
    expect(loadConfig(undefined, env)).toEqual(loadConfig(undefined, {}));
  });
});

describe('a password', () => {
  const SECRET = 'hunter2';
  it.each([
    `influx: { url: "http://me:${SECRET}@x" }`,
    `influx: { url: "http://x/?u=me&p=${SECRET}", username: 1 }`,
    `influx: { url: "http://x", passwort: ${SECRET} }`,
    `influx: { url: "http://x", password: [${SECRET}] }`,
    `mqtt: { broker: external, url: "mqtt://me:${SECRET}@x" }`,
    `mqtt: { broker: external, url: 5, password: ${SECRET} }`,
    `mqtt: { broker: embedded, password: ${SECRET} }`,
    `mqtt: { broker: { password: ${SECRET} } }`,
    `influx: [{ password: ${SECRET} }]`,
    `influx:\n  password: *${SECRET}`,
    `influx:\n  password: "${SECRET}" "${SECRET}"`,
    `influx:\n  password: ${SECRET}: x`,
    `influx:\n  password: !${SECRET} x`,
    `password: ${SECRET}`,
  ])('is not in the refusal of %j', (text) => {
    expect(refusalOf(text)).not.toContain(SECRET);
  });

  it('from the environment neither', () => {
    const env = { PLUMBLINE_MQTT_PASSWORD: SECRET, PLUMBLINE_INFLUX_PASSWORD: SECRET, PLUMBLINE_WEB_PASSWORD: SECRET };
    expect(refusal(() => loadConfig(undefined, env))).not.toContain(SECRET);
  });
});

it('the schema takes its own defaults', () => {
  expect(configSchema.parse({})).toEqual(loadConfig(undefined, {}));
});

describe('a phone in the configuration', () => {
  const TOKEN = 'a-token-of-28-letters-012345';
  const person = (id: string, wearable: object): object => ({
    id,
    wearables: [{ device: 'sensor-logger', placement: 'waist', ...wearable }],
  });
  const parsed = (...people: object[]): unknown => parseConfig({ people }, 'test');

  it('is enrolled by a token, or by the id that its app gives it', () => {
    expect(parsed(person('anna', { token: TOKEN }), person('berta', { deviceId: 'F3A1' }))).toMatchObject({
      people: [{ wearables: [{ token: TOKEN }] }, { wearables: [{ deviceId: 'F3A1' }] }],
    });
  });

  it.each([
    ['without both', [person('anna', {})], /wearables\.0\.token: expected a token, or the deviceId .*, found neither/],
    [
      'with a short token',
      [person('anna', { token: 'guess-me' })],
      /token: expected 20 to 200 letters.* found a text \(hidden\)/,
    ],
    [
      'with a name that nothing advertises',
      [person('anna', { token: TOKEN, name: 'x' })],
      /name: expected token or deviceId for sensor-logger/,
    ],
    [
      'at a rate that it does not offer',
      [person('anna', { token: TOKEN, rateHz: 52 })],
      /rateHz: expected one of 50, 100, 200/,
    ],
    [
      'in a mode that it does not have',
      [person('anna', { token: TOKEN, mode: 'acc' })],
      /mode: expected one of standard, ios/,
    ],
    [
      'with another’s token',
      [person('anna', { token: TOKEN }), person('berta', { token: TOKEN })],
      /expected a token and a deviceId that tells it apart from the wearable of anna/,
    ],
    [
      'that is another’s phone',
      [person('anna', { deviceId: 'F3A1' }), person('berta', { token: TOKEN, deviceId: 'F3A1' })],
      /tells it apart from the wearable of anna/,
    ],
  ])('%s is refused', (_, people, expected) => {
    const message = refusal(() => parsed(...people));
    expect(message).toMatch(expected);
    expect(message).not.toContain(TOKEN);
  });

  it('a token is of no use to a wearable that the radio hears', () => {
    const wearable = { device: 'plumbline', name: 'P-1', placement: 'chest', token: TOKEN };
    const message = refusal(() => parsed({ id: 'anna', wearables: [wearable] }));
    expect(message).toMatch(/token: expected name or address for plumbline, which is heard by the radio, found token/);
  });

  it('its token can stand in the environment, under whatever name', () => {
    const text =
      'people: [{ id: anna, wearables: [{ device: sensor-logger, placement: waist, token: "${PLUMBLINE_PHONE}" }] }]';
    const config = loadConfig(fileWith(text), { PLUMBLINE_PHONE: TOKEN });
    expect(config.people[0].wearables[0].token).toBe(TOKEN);
    expect(refusalOf(text, {})).toMatch(
      /people\.0\.wearables\.0\.token: expected the environment variable PLUMBLINE_PHONE, found none/,
    );
  });

  it('nothing but a secret is taken from the environment by name', () => {
    const text = 'people: [{ id: anna, displayName: "${HOME}", wearables: [{ device: plumbline, placement: waist }] }]';
    expect(loadConfig(fileWith(text), { HOME: '/nowhere' }).people[0].displayName).toBe('${HOME}');
  });
});
