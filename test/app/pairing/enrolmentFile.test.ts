import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { enrolInFile, type NewWearable, planEnrolment } from '../../../src/app/pairing/enrolmentFile.ts';
import { writeWholeFile } from '../../../src/app/pairing/wholeFile.ts';

const ADDRESS = 'AA:BB:CC:DD:EE:FF';
const HEARD = { kind: 'plumbline', name: 'Plumbline-77AA', address: ADDRESS };
const BY_NAME: NewWearable = { device: 'plumbline', name: 'Plumbline-77AA', placement: 'chest' };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-enrolment-'));
  file = join(folder, 'plumbline.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const planned = (text: string, wearable: NewWearable = BY_NAME): ReturnType<typeof planEnrolment> => {
  writeFileSync(file, text);
  return planEnrolment(file, 'anna', wearable, HEARD);
};
const wornIn = (text: string): unknown => (parse(text) as { people: { wearables: unknown }[] }).people[0].wearables;
const anna = (...wearables: string[]): string =>
  ['people:', '  - id: anna', '    wearables:', ...wearables.map((each) => `      - ${each}`), ''].join('\n');

describe('the wearable that is there already', () => {
  it('that moves to another place loses the mount of the old one, and keeps the rest', () => {
    const { text, wearable, change } = planned(
      anna('{ device: plumbline, name: Plumbline-77AA, placement: waist, mount: +Z-Y+X, rateHz: 50 }'),
    );
    expect(wornIn(text)).toEqual([{ device: 'plumbline', name: 'Plumbline-77AA', placement: 'chest', rateHz: 50 }]);
    expect(wearable.mount).toBeUndefined();
    expect(change).toBe('it was worn at waist before');
  });

  it('that moves with a stated mount has that one', () => {
    const { text } = planned(anna('{ device: plumbline, name: Plumbline-77AA, placement: waist, mount: +Z-Y+X }'), {
      ...BY_NAME,
      mount: '+X+Y+Z',
    });
    expect(wornIn(text)).toMatchObject([{ placement: 'chest', mount: '+X+Y+Z' }]);
  });

  it.each(['chest', 'waist'])(
    'written by its address at the %s is known again when it is heard with a name',
    (place) => {
      const { text, change } = planned(
        anna(`{ device: plumbline, address: "${ADDRESS.toLowerCase()}", placement: ${place}, rateHz: 50 }`),
      );
      expect(wornIn(text)).toEqual([
        { device: 'plumbline', address: ADDRESS.toLowerCase(), placement: 'chest', rateHz: 50 },
      ]);
      expect(change).toBe(place === 'chest' ? undefined : 'it was worn at waist before');
    },
  );

  it('written without a name or address is the one of its kind, and is named from now on', () => {
    const { text } = planned(anna('{ device: plumbline, placement: chest, mount: +Z-Y+X }'));
    expect(wornIn(text)).toEqual([
      { device: 'plumbline', placement: 'chest', mount: '+Z-Y+X', name: 'Plumbline-77AA' },
    ]);
  });

  it('written without a name or address at another place may be another one: it has to be named first', () => {
    expect(() => planned(anna('{ device: plumbline, placement: waist, mount: +Z-Y+X }'))).toThrow(
      /expected a name or address that tells it apart/,
    );
  });

  it('with the address of another one gives no entry of its own away', () => {
    const other = '{ device: plumbline, address: "11:22:33:44:55:66", placement: waist, mount: +Z-Y+X }';
    const { text, change } = planned(anna(other));
    expect(wornIn(text)).toMatchObject([{ address: '11:22:33:44:55:66', mount: '+Z-Y+X' }, { name: 'Plumbline-77AA' }]);
    expect(change).toBeUndefined();
  });

  it('is measured as the file says: mode, rate and mount of the plan', () => {
    const { wearable } = planned(
      anna('{ device: plumbline, name: Plumbline-77AA, placement: chest, mount: +Z-Y+X, mode: acc, rateHz: 50 }'),
    );
    expect(wearable).toMatchObject({ mode: 'acc', rateHz: 50, mount: '+Z-Y+X' });
  });
});

describe('the layout of the file stays', () => {
  it.each([
    [
      'maps by four, lists by four',
      'web:\n    port: 0\npeople:\n    - id: anna\n      wearables:\n          - device: movesense\n            placement: waist\n',
    ],
    [
      'all by two',
      'web:\n  port: 0\npeople:\n  - id: anna\n    wearables:\n      - device: movesense\n        placement: waist\n',
    ],
    ['lists flush, no maps', 'people:\n- id: anna\n  wearables:\n  - device: movesense\n    placement: waist\n'],
  ])('%s', (_, text) => {
    expect(planned(text).text.startsWith(text)).toBe(true);
  });

  it('says the same where the library cannot lay it out so: maps by four, lists flush', () => {
    const { text } = planned(
      'web:\n    port: 0\npeople:\n- id: anna # hers\n  wearables:\n  - device: movesense\n    placement: waist\n',
    );
    expect(text).toContain('# hers');
    expect(parse(text)).toMatchObject({ web: { port: 0 } });
    expect(wornIn(text)).toEqual([{ device: 'movesense', placement: 'waist' }, BY_NAME]);
  });

  it('with comments only: they stay', () => {
    const { text } = planned('# the flat of Anna\n# ask the nurse first\n');
    expect(text).toMatch(/^# the flat of Anna\n# ask the nurse first\n/);
    expect(wornIn(text)).toEqual([BY_NAME]);
  });

  it('with the line ends of Windows, also behind comments', () => {
    const { text } = planned('# hers\r\nweb:\r\n  port: 0 # any\r\n');
    expect(text).toContain('# hers\r\nweb:\r\n  port: 0 # any\r\npeople:\r\n');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(wornIn(text)).toEqual([BY_NAME]);
  });

  it.each(['- a\n- b\n', 'people: 5\n', 'people: [\n'])('refuses %j in words', (text) => {
    expect(() => planned(text)).toThrow(/configuration \(.*\): .*expected .*, found /);
  });
});

describe('writing a file as a whole', () => {
  it('keeps its rights, and leaves nothing of an earlier attempt', () => {
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    writeFileSync(`${file}.new`, 'left by a power cut', { mode: 0o666 });
    writeWholeFile(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['plumbline.yaml']);
  });

  it('does not write through a link that somebody laid at the unfinished name', () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, `${file}.new`);
    writeWholeFile(file, 'new');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(lstatSync(file).isSymbolicLink()).toBe(false);
  });

  it.each(['that is there', 'that is not there yet'])('follows a link to a file %s', (which) => {
    const real = join(folder, 'real.yaml');
    if (which === 'that is there') writeFileSync(real, 'old');
    symlinkSync('real.yaml', file);
    writeWholeFile(file, 'new');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toBe('new');
  });

  it('that fails says so and leaves no unfinished file', () => {
    mkdirSync(file);
    expect(() => writeWholeFile(file, 'new')).toThrow();
    expect(readdirSync(folder)).toEqual(['plumbline.yaml']);
    rmSync(file, { recursive: true });
    const nowhere = join(folder, 'no', 'such', 'folder.yaml');
    expect(() => enrolInFile(nowhere, 'anna', BY_NAME, HEARD)).toThrow(/expected to write .*, found ENOENT/);
    expect(existsSync(nowhere)).toBe(false);
  });
});
