/** The rules of the house that a machine can keep: who may import whom, what is pure, how long, what is named how. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bareNumbers } from './architecture/bareNumbers.ts';
import { importViolations, isRuled, PURE_STAGES, STAGES } from './architecture/importRule.ts';
import { impurities } from './architecture/purity.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SKIPPED = new Set(['node_modules', 'dist', '.git', 'plumbline-data', 'coverage']);
const LONGEST_LINES = 350;
/** Longer ones, how long they may be, and why. */
const MAY_BE_LONGER: Readonly<Record<string, { readonly lines: number; readonly because: string }>> = {
  'src/motion/orientation/vqf.ts': {
    lines: 580,
    because: 'one filter, unrolled by hand: its steps share all of its state',
  },
};
const VAGUE_NAMES =
  /(?:^|\/)(?:utils?|helpers?|common|misc|managers?|lib)(?:\.tsx?|\/)|(?:Utils?|Helpers?|Manager)\.tsx?$/;
/** Folders of one machine or person, and addresses of package registries: nothing of that is true elsewhere. */
const LOCAL_PATH = /(?<![\w.-])\/(?:work|root|home\/\w+|Users\/\w+)\//;
const REGISTRY = /registry\.(?:npmjs|yarnpkg|npmmirror)|\bregistry\s*=\s*http/;

const files: readonly string[] = filesIn('');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const isSource = (path: string): boolean => /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
const sources = files.filter(isSource);

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() ? [path] : [];
    });
}

const pureFiles = sources.filter((path) => PURE_STAGES.some((stage) => path.startsWith(`src/${stage}/`)));

describe('the architecture', () => {
  it('the folders of src read as the path of a sample', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'app')
      .map(({ name }) => name)
      .sort();
    expect(folders).toEqual(STAGES);
  });

  it('every stage imports only what it may', () => {
    const ruled = sources.filter(isRuled);
    for (const stage of STAGES) expect(ruled.some((path) => path.startsWith(`src/${stage}/`))).toBe(true);
    expect(ruled.flatMap((path) => importViolations(path, read(path)))).toEqual([]);
  });

  it('every source file of src is under the import rule', () => {
    expect(sources.filter((path) => path.startsWith('src/') && !isRuled(path))).toEqual([]);
  });

  it('devices, model, motion, rules and safety are pure', () => {
    expect(pureFiles.flatMap((path) => impurities(path, read(path)))).toEqual([]);
  });

  it('only the configuration reads the environment', () => {
    const readers = sources.filter(
      (path) => path.startsWith('src/') && /(?<!delete )\bprocess\.env\b/.test(read(path)),
    );
    expect(readers).toEqual(['src/config.ts']);
  });
});

describe('the house', () => {
  it(`no file of logic is longer than ${LONGEST_LINES} lines`, () => {
    const logic = sources.filter((path) => /^(?:src|firmware-mocks|grafana|bench)\//.test(path));
    const tooLong = logic.filter((path) => {
      const lines = read(path).split('\n').length - 1;
      return lines > (MAY_BE_LONGER[path]?.lines ?? LONGEST_LINES);
    });
    expect(tooLong).toEqual([]);
  });

  it('no file or folder has a name that says nothing', () => {
    expect(files.filter((path) => VAGUE_NAMES.test(path))).toEqual([]);
  });

  it('a number that names a quantity names its unit', () => {
    expect(pureFiles.flatMap((path) => bareNumbers(path, read(path)))).toEqual([]);
  });

  it('nothing depends on the machine or the registry on which it was made', () => {
    const texts = files.filter((path) => !/\.(?:png|jpg|ico|woff2?|gz|sqlite|log)$/.test(path));
    const tied = texts.filter((path) => LOCAL_PATH.test(read(path)) || REGISTRY.test(read(path)));
    expect(tied).toEqual([]);
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});

describe('the rules catch', () => {
  it.each([
    ['motion → sinks', 'src/motion/a.ts', `import { x } from '../sinks/schedule.ts';`],
    ['motion → rules, types only', 'src/motion/a.ts', `import type { X } from '../rules/define.ts';`],
    ['motion → sinks by re-export', 'src/motion/a.ts', `export * from '../sinks/schedule.ts';`],
    ['motion → sinks in a type', 'src/motion/a.ts', `export type X = import('../sinks/schedule.ts').Schedule;`],
    ['motion → sinks at run time', 'src/motion/a.ts', `const x = await import('../sinks/schedule.ts');`],
    ['a computed import', 'src/sinks/a.ts', `const x = await import(name);`],
    ['rules → the inside of motion', 'src/rules/a.ts', `import { x } from '../motion/trunkMotion.ts';`],
    ['safety → rules', 'src/safety/a.ts', `import { x } from '../rules/limits.ts';`],
    ['model → devices', 'src/model/a.ts', `import type { X } from '../devices/define.ts';`],
    ['a stage → the composition', 'src/web/a.ts', `import { x } from '../service.ts';`],
    ['a stage → app', 'src/ble/a.ts', `import { x } from '../app/version.ts';`],
    ['one sink → another', 'src/sinks/mqtt/a.ts', `import { x } from '../influx/schema.ts';`],
    ['the page → the server', 'src/web/page/a.tsx', `import { x } from '../server.ts';`],
    ['the page → node', 'src/web/page/a.ts', `import { x } from 'node:fs';`],
    ['the composition → the mocks', 'src/service.ts', `import { x } from '../firmware-mocks/virtualRadio.ts';`],
    ['node: in motion', 'src/motion/a.ts', `import { readFileSync } from 'node:fs';`],
    ['node without node: in motion', 'src/motion/a.ts', `import { readFileSync } from 'fs';`],
    ['mocks → the decoders', 'firmware-mocks/a.ts', `import { movesense } from '../src/devices/movesense.ts';`],
    ['golden packets → the decoders', 'fixtures/packets/a.ts', `import { crc16 } from '../../src/devices/crc16.ts';`],
    ['mqtt in web', 'src/web/a.ts', `import mqtt from 'mqtt';`],
    ['mqtt in another sink', 'src/sinks/influx/a.ts', `import mqtt from 'mqtt';`],
    ['noble outside ble', 'src/app/a.ts', `import noble from '@abandonware/noble';`],
    ['noble in a second file of ble', 'src/ble/a.ts', `const noble = require('@abandonware/noble/lib/noble');`],
    ['the other noble outside its place', 'src/ble/a.ts', `const noble = require('@stoprocent/noble');`],
    ['the other noble by a table', 'src/ble/a.ts', `const PACKAGES = { one: '@stoprocent/noble' };`],
    ['noble by a constant', 'src/ble/a.ts', `const MODULE = '@abandonware/noble';`],
    ['libsql through createRequire', 'src/app/a.ts', `const Database = createRequire(import.meta.url)('libsql');`],
    ['node:sqlite by name', 'src/app/a.ts', `const sqlite = process.getBuiltinModule('node:sqlite');`],
    ['zod in motion', 'src/motion/a.ts', `import { z } from 'zod';`],
    ['fft-js outside its file', 'src/motion/posture/a.ts', `import { fft } from 'fft-js';`],
    ['a package without a place', 'src/app/a.ts', `import _ from 'lodash';`],
  ])('%s', (_what, path, text) => {
    const found = importViolations(path, `// first line\n${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}:2: `);
  });

  it.each([
    ['Date.now in a rule', 'const tMs = Date.now();'],
    ['the date of now', 'const today = new Date();'],
    ['Math.random', 'const noise = Math.random();'],
    ['a timer', 'setTimeout(() => undefined, 10);'],
    ['a timer passed on', 'const later = { after: setTimeout };'],
    ['the environment', 'const home = process.env.HOME;'],
    ['performance.now', 'const t = performance.now();'],
  ])('%s', (_what, text) => {
    const found = impurities('src/rules/a.ts', `// first line\n${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('src/rules/a.ts:2: ');
  });

  it.each([
    'const timeout = 30;',
    'interface Options { readonly threshold: number }',
    'function f(holdDuration: number) { return holdDuration; }',
    'class Hold { window = 5; }',
    'const HOLD_WINDOW = 5;',
  ])('a quantity without its unit: %s', (text) => {
    expect(bareNumbers('src/rules/a.ts', text)).toHaveLength(1);
  });

  it('paths of one machine and addresses of registries', () => {
    for (const parts of [
      ['', 'work', 'main'],
      ['', 'home', 'anna', 'x'],
    ])
      expect(parts.join('/')).toMatch(LOCAL_PATH);
    expect(['https://registry', 'npmjs', 'org'].join('.')).toMatch(REGISTRY);
  });
});

describe('the rules let pass', () => {
  it.each([
    [
      'src/motion/posture/a.ts',
      `import type { ImuBlock } from '../../model/block.ts'; import { x } from '../dsp/b.ts';`,
    ],
    ['src/rules/a.ts', `import { METRICS } from '../motion/index.ts'; import { z } from 'zod';`],
    ['src/sinks/mqtt/a.ts', `import mqtt from 'mqtt'; import { x } from '../schedule.ts'; import net from 'node:net';`],
    ['src/app/a.ts', `import { Service } from '../service.ts'; const x = await import('./b.ts');`],
    ['src/motion/a.ts', `// import x from '../sinks/schedule.ts'\nconst text = "import mqtt from 'mqtt'";`],
    ['test/a.ts', `import mqtt from 'mqtt'; import { x } from '../src/sinks/schedule.ts';`],
  ])('%s: %s', (path, text) => {
    expect(importViolations(path, text)).toEqual([]);
  });

  it('time and timers that come as arguments', () => {
    const text = `
      // Date.now() is not for here
      export const at = (tMs: number, timers: { setTimeout(ms: number): void }): Date => {
        timers.setTimeout(5);
        return new Date(tMs);
      };`;
    expect(impurities('src/rules/a.ts', text)).toEqual([]);
    expect(bareNumbers('src/rules/a.ts', 'const timeoutMs = 30; const window = "morning";')).toEqual([]);
  });
});
