/** The compiled command line, as a user runs it. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cliPage } from '../../src/app/cliPage.ts';
import { COMMANDS } from '../../src/app/commands.ts';
import { nearestWord } from '../../src/app/nearestWord.ts';
import { expectCommitted } from '../committedFile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plumbline(args: readonly string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  const program = join(ROOT, 'dist/src/main.js');
  return spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
}

/** One line on stderr, nothing on stdout. */
function expectRefused(run: SpawnSyncReturns<string>, expected: string | RegExp): void {
  expect(run.stderr).toMatch(expected);
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
  expect(run.stderr).not.toMatch(/^\s+at /m);
  expect(run.stdout).toBe('');
  expect(run.status).toBe(2);
}

describe('plumbline', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s --help says how to use it, every option, every exit code, and shows an example',
    (name, { options, exitCodes, example }) => {
      const run = plumbline([name, '--help']);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toMatch(new RegExp(`^plumbline ${name}( |\\n)`));
      for (const option of options) {
        expect(run.stdout).toContain(`  --${option.name}`);
        expect(run.stdout).toContain(option.description);
      }
      exitCodes.forEach((meaning, code) => expect(run.stdout).toContain(`  ${code}  ${meaning}`));
      expect(exitCodes).toHaveLength(3);
      expect(run.stdout).toContain(example);
      expect(plumbline(['help', name]).stdout).toBe(run.stdout);
    },
  );

  it('--help names every command, --version the version', () => {
    const { stdout, status } = plumbline(['--help']);
    for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`  ${name} +${summary.slice(0, 20)}`));
    expect(status).toBe(0);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(plumbline(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('without a command says what there is, as a mistake', () => {
    const run = plumbline([]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('analyze');
  });

  it('ends quietly when nobody reads on', () => {
    const run = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${join(ROOT, 'dist/src/main.js')}" config --example | true`],
      {
        encoding: 'utf8',
        cwd: folder,
      },
    );
    expect(run.stderr).toBe('');
  });

  it.each<[string, string[], string | RegExp]>([
    ['an unknown command', ['anlyze'], /found "anlyze"; did you mean "analyze"\?/],
    ['a word that is near to nothing', ['xyzzy'], /expected one of start, .*, found "xyzzy"$/m],
    [
      'an unknown option',
      ['analyze', 'x', '--jbos', '2'],
      /analyze: expected one of --out, .*, found --jbos; did you mean "--jobs"\?/,
    ],
    ['a short option', ['scan', '-s', '2'], /expected one of --seconds, .*, found -s/],
    ['an option of another command', ['start', '--json'], /expected one of --config, --help, found --json/],
    ['an argument too many', ['start', 'now'], /start: expected no argument, found "now"/],
    ['two recordings to replay', ['replay', 'a.csv', 'b.csv'], /replay: expected one recording, found 2 arguments/],
    ['no recording', ['replay'], /replay: expected one recording, found none/],
    ['no folder for results', ['analyze', 'x.csv'], /analyze: expected --out <dir>, found none/],
    ['a forgotten value', ['analyze', 'x.csv', '--out', '--json'], /--out: expected <dir>, found --json/],
    ['a value at the end that is not there', ['scan', '--seconds'], /--seconds: expected <N>, found nothing/],
    ['a value for a flag', ['devices', '--json=yes'], /--json: expected no value, found "yes"/],
    ['an option twice', ['scan', '--seconds', '1', '--seconds', '2'], /expected --seconds once, found it twice/],
    ['no number', ['scan', '--seconds', 'ten'], /--seconds: expected a number from 0\.5 to 3600, found "ten"/],
    [
      'a number out of range',
      ['scan', '--seconds', '-5'],
      /--seconds: expected a number from 0\.5 to 3600, found "-5"/,
    ],
    [
      'half a job',
      ['analyze', 'x', '--out', 'y', '--jobs', '1.5'],
      /--jobs: expected a whole number from 1 to 256, found "1\.5"/,
    ],
    ['nothing to record to', ['record'], /record: expected --out <file>, found none/],
    [
      'a recording of another kind',
      ['record', '--out', 'x.txt'],
      /--out: expected a name that ends in \.mcap or \.csv, found "x\.txt"/,
    ],
  ])('%s is refused in one line that says what was expected and found', (_, args, expected) => {
    expectRefused(plumbline(args), expected);
  });

  it.each(['start', 'scan', 'doctor', 'config'])('%s refuses a bad configuration with every bad key', (name) => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'web: { prot: 80, port: x }\nmqtt: { broker: external, url: "mqtt://a:hunter2@b" }\n');
    const run = plumbline([name, '--config', file], { PLUMBLINE_LOG_LEVEL: 'loud' });
    expect(run).toMatchObject({ status: 2, stdout: '' });
    const [head, ...lines] = run.stderr.trim().split('\n');
    expect(head).toContain('bad.yaml): 4 bad keys');
    expect(lines.map((line) => line.trim().split(': expected')[0])).toEqual([
      'line 2, mqtt.url',
      'line 1, web.port',
      'line 1, web.prot',
      'PLUMBLINE_LOG_LEVEL (log.level)',
    ]);
    expect(run.stderr).not.toContain('hunter2');
  });

  it('config prints what is in force, without passwords', () => {
    const env = {
      PLUMBLINE_MQTT_BROKER: 'external',
      PLUMBLINE_MQTT_URL: 'mqtt://broker.local',
      PLUMBLINE_MQTT_PASSWORD: 'hunter2',
    };
    const run = plumbline(['config'], env);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).not.toContain('hunter2');
    expect(parse(run.stdout)).toMatchObject({
      mqtt: { url: 'mqtt://broker.local', password: '(hidden)', keepaliveS: 15 },
      web: { port: 8480 },
    });
  });

  it('config --example prints the example file', () => {
    const example = readFileSync(join(ROOT, 'plumbline.example.yaml'), 'utf8');
    expect(plumbline(['config', '--example'])).toMatchObject({ status: 0, stdout: example });
  });

  it('devices lists each kind with its rates and what it is good for', () => {
    const { stdout, status } = plumbline(['devices']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^plumbline .* 25 50 100\* 200 +synchronised +yes +yes +yes +yes$/m);
    expect(stdout).toMatch(/^movesense .* 13 26 52\* 104 +stamped +no +no +yes +yes$/m);
    expect(stdout).toMatch(/^sensortag-cc2650 .* 10\* +arrival +no +no +no +no$/m);
    expect(stdout).toMatch(/^sensortag-cc2650 cannot see falls or sway$/m);
    expect(stdout).toMatch(/^thingy52 cannot see falls or the spectrum of sway$/m);
    expect(stdout).not.toMatch(/^(?:plumbline|movesense) cannot see/m);
    const kinds = JSON.parse(plumbline(['devices', '--json']).stdout) as object[];
    expect(kinds).toContainEqual(expect.objectContaining({ id: 'plumbline', falls: true, fallsFromHz: 50 }));
    expect(kinds.find((kind) => 'id' in kind && kind.id === 'thingy52')).not.toHaveProperty('fallsFromHz');
    expect(kinds).toContainEqual(
      expect.objectContaining({
        id: 'movesense',
        modes: expect.arrayContaining([
          expect.objectContaining({ id: 'acc', ratesHz: [13, 26, 52, 104], hasGyroscope: false }),
        ]) as object[],
      }),
    );
    expect(kinds).toContainEqual(
      expect.objectContaining({ id: 'movesense', defaultRateHz: 52, haptic: false, time: 'stamped' }),
    );
  });
});

describe('docs/cli.md', () => {
  it('is what the commands say', () => {
    expectCommitted('docs/cli.md', cliPage(COMMANDS));
  });
});

describe('the nearest word', () => {
  it.each([
    ['anlyze', 'analyze'],
    ['strat', 'start'],
    ['SCAN', 'scan'],
    ['record1', 'record'],
    ['doktor', 'doctor'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('to %j is %j', (found, expected) => {
    expect(
      nearestWord(
        found,
        COMMANDS.map(({ name }) => name),
      ),
    ).toBe(expected);
  });
});
