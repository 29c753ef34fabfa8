/** What the documents promise is there: files, links, commands, and configurations that the program accepts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../src/app/commands.ts';
import { loadConfig, parseConfig } from '../src/config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'grafana/README.md',
  'fixtures/README.md',
  ...['docs', 'docs/wearables'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
const TOP_FOLDERS = /^(?:src|test|firmware-mocks|fixtures|grafana|docs|bench|\.ci)\//;

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, first = '']) => first);
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);

  it('links to what is there', () => {
    const broken = matches(text, /\]\(([^)\s]+)\)/g)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : join(dirname(path), file);
        if (!existsSync(join(ROOT, target))) return true;
        return (
          anchor !== undefined &&
          !matches(read(target), /^#+ (.*)$/gm)
            .map(anchorOf)
            .includes(anchor)
        );
      });
    expect(broken).toEqual([]);
  });

  it('names files that are there', () => {
    const named = matches(text, /`([\w./-]+)`/g).filter((name) => TOP_FOLDERS.test(name));
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  it('names scripts and commands that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(matches(text, /npm run ([\w-]+)/g).filter((name) => !(name in scripts))).toEqual([]);
    const commands = matches(text, /plumbline ((?!v1)[a-z]+)(?: [<[-]|`)/g);
    expect(commands.filter((name) => !COMMANDS.some((command) => command.name === name))).toEqual([]);
  });
});

describe('README.md', () => {
  it('starts and tests with one line each', () => {
    expect(read('README.md')).toContain('```\nnpm ci && npm start\n```');
    expect(read('README.md')).toContain('```\nnpm ci && npm test\n```');
  });

  it('names every command, and the ports on which the demonstration is', () => {
    const text = read('README.md');
    for (const { name } of COMMANDS) expect(text).toContain(`\`plumbline ${name}`);
    const config = loadConfig(undefined, {});
    expect(text).toContain(`http://${config.web.host}:${config.web.port}/`);
    if (config.mqtt.broker === 'embedded') expect(text).toContain(`-p ${config.mqtt.port} `);
    for (const { id } of config.people) expect(text).toContain(`${config.mqtt.base}/${id}/ack/`);
  });
});

describe('docs/wearables', () => {
  const blocks = readdirSync(join(ROOT, 'docs/wearables')).flatMap((name) =>
    matches(read(`docs/wearables/${name}`), /```yaml\n([\s\S]*?)```/g).map((block) => [name, block] as const),
  );

  it.each(blocks)('the example of %s is accepted', (name, block) => {
    // What comes from the environment stands there under its name.
    const file = parse(block.replaceAll(/\$\{\w+\}/g, 'token-from-the-environment')) as object;
    expect(parseConfig(file, name)).toBeDefined();
  });
});

describe('docs/configuration.md', () => {
  const text = read('docs/configuration.md');
  const blocks = matches(text, /```yaml\n([\s\S]*?)```/g);

  it.each(blocks.map((block) => [block.split('\n')[0], block] as const))(
    'the example with %s is accepted',
    (_, block) => {
      expect(parseConfig(parse(block), 'docs/configuration.md')).toBeDefined();
    },
  );

  it('a mistake in an example would be noticed', () => {
    const [block = ''] = blocks;
    expect(() => parseConfig(parse(block.replace('placement', 'place')), 'docs')).toThrow(/placement/);
  });

  it('the environment variables of the example are known', () => {
    const names = matches(text, /^(PLUMBLINE_\w+)=/gm);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const broker = { PLUMBLINE_MQTT_BROKER: 'external', PLUMBLINE_MQTT_URL: 'mqtt://localhost' };
      const influx = { PLUMBLINE_INFLUX_URL: 'http://localhost:8086' };
      const value = name.endsWith('PORT') ? '8080' : name.endsWith('LEVEL') ? 'info' : 'secret';
      expect(() => loadConfig(undefined, { ...broker, ...influx, [name]: value })).not.toThrow();
    }
  });
});
