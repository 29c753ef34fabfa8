import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { pair, type PairCommand } from '../../src/app/pair.ts';
import type { Dialog } from '../../src/app/pairing/terminalDialog.ts';
import { RadioProcess } from '../../src/ble/radioProcess.ts';
import { loadConfig } from '../../src/config.ts';
import { parseMount } from '../../src/model/frames.ts';
import { DEG_PER_RAD } from '../../src/model/units.ts';
import { SqliteRecordStore } from '../../src/sinks/sqlite/sqliteRecordStore.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';

/** Does what the guide asks: stands, walks, stands, leans a little from the hips. */
const OBEDIENT: readonly Movement[] = [
  { do: 'stand', forS: 17 },
  { do: 'walk', forS: 22 },
  { do: 'stand', forS: 23 },
  { do: 'bend', toDeg: 15, inS: 2, holdS: 1, backS: 2 },
  { do: 'stand', forS: 600 },
];
const RESTLESS: readonly Movement[] = [{ do: 'walk', forS: 600 }];
const SPEED = 8;
const dist = new URL('../../dist/', import.meta.url);

let folder: string;
let file: string;
let said: string[];
const dialog: Dialog = { say: (text) => said.push(text), show: () => undefined, choose: async () => undefined };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-pair-'));
  file = join(folder, 'plumbline.yaml');
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeBeside(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const yamlFor = (people = ''): string =>
  [
    '# the flat of Anna',
    'radio: { adapter: simulated }',
    `storage: { file: ${JSON.stringify(join(folder, 'record.sqlite'))} } # the record`,
    people,
  ].join('\n');

const BERTA = `people:
  - id: berta # upstairs
    wearables:
      - { device: movesense, name: Movesense 1, placement: waist }
`;

function command(changes: Partial<PairCommand> & { script?: readonly Movement[] } = {}): PairCommand {
  const { script = OBEDIENT, speed = SPEED, ...rest } = changes;
  const config = loadConfig(file, {});
  const logger = new QuietLogger();
  const wearable = { kind: 'plumbline', name: 'Plumbline-77AA', mount: '+Z-Y+X', tiltDeg: 12, motion: { script } };
  const radio = new RadioProcess({
    adapter: {
      kind: 'virtual',
      module: new URL('firmware-mocks/virtualRadio.js', dist).href,
      spec: { wearables: [wearable] },
    },
    logger,
    clock: { epochMs: Date.now(), speed },
    childEntry: new URL('src/ble/radioChild.js', dist),
  });
  return {
    radio,
    logger,
    recordFile: config.storage.file,
    enrolled: config.people,
    file,
    personId: 'anna',
    placement: 'chest',
    wish: { kind: undefined, name: undefined, address: undefined },
    mount: undefined,
    mode: undefined,
    listenS: 4,
    withStance: true,
    dialog,
    signal: new AbortController().signal,
    speed,
    ...rest,
  };
}

describe('pairing a wearable', () => {
  it('finds how it sits, enrols it, and keeps what the file said before', async () => {
    writeFileSync(file, yamlFor(BERTA));
    expect(await pair(command())).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# the flat of Anna');
    expect(text).toContain('# upstairs');
    const config = loadConfig(file, {});
    expect(config.people.map(({ id }) => id)).toEqual(['berta', 'anna']);
    const [wearable] = config.people[1].wearables;
    expect(wearable).toMatchObject({ device: 'plumbline', name: 'Plumbline-77AA', placement: 'chest' });

    const record = new SqliteRecordStore(config.storage.file);
    record.open();
    const calibration = record.calibration('anna', 'chest');
    record.close();
    expect(calibration?.method).toBe('guidedStance');
    // The service takes a stored upright for the very same mount only.
    calibration?.mount.forEach((value, i) => expect(value).toBeCloseTo(wearable.mount[i], 9));
    // Its superior axis is up while the wearer stands; the simulated sensor sits 12° askew in the sagittal plane.
    const anterior = calibration?.mount.slice(0, 3) ?? [];
    const truth = parseMount('+Z-Y+X').slice(0, 3);
    const apart = Math.acos(anterior.reduce((sum, value, i) => sum + value * truth[i], 0)) * DEG_PER_RAD;
    expect(apart).toBeLessThan(25);
    expect(said.join('\n')).toMatch(/blinks or buzzes/);
    expect(said.join('\n')).toMatch(/The wearable remembers it as well/);
  }, 60_000);

  it('with a stated mount that is wrong, says so and writes nothing', async () => {
    writeFileSync(file, yamlFor(BERTA));
    const before = readFileSync(file, 'utf8');
    await expect(pair(command({ mount: '+X+Y+Z' }))).rejects.toThrow(/is the mount right/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  }, 60_000);

  it('somebody who cannot stand still is asked three times, and then nothing is written', async () => {
    writeFileSync(file, yamlFor(BERTA));
    await expect(pair(command({ speed: 12, script: RESTLESS }))).rejects.toThrow(
      /expected 6 s of standing still, found/,
    );
    expect(said.filter((text) => text.startsWith('Let us try that again'))).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).not.toContain('anna');
  }, 60_000);

  it('without a stance only enrols, also into a file that does not exist yet', async () => {
    writeFileSync(file, yamlFor());
    const fresh = join(folder, 'new.yaml');
    const code = await pair(command({ enrolled: [], file: fresh, withStance: false, mount: '+Z-Y+X' }));
    expect(code).toBe(0);
    const { people } = loadConfig(fresh, {});
    expect(people).toMatchObject([
      { id: 'anna', wearables: [{ name: 'Plumbline-77AA', mount: parseMount('+Z-Y+X') }] },
    ]);
  });

  it('of a wearable that is there already keeps what the file says of it, and its rights', async () => {
    const real = join(folder, 'real.yaml');
    writeFileSync(
      real,
      yamlFor(`people:
    -   id: anna
        wearables:
        -   device: plumbline
            name: Plumbline-77AA # the grey one
            placement: chest
            mount: +Z-Y+X # screwed on
            rateHz: 50
        -   { device: movesense, name: Movesense 174630000192, placement: waist } # her own
`),
    );
    chmodSync(real, 0o600);
    symlinkSync(real, file);
    const before = readFileSync(real, 'utf8');
    expect(await pair(command({ withStance: false }))).toBe(0);
    expect(statSync(real).mode & 0o777).toBe(0o600);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    for (const kept of ['# the grey one', 'mount: +Z-Y+X # screwed on', 'rateHz: 50', '# her own']) {
      expect(readFileSync(real, 'utf8')).toContain(kept);
    }
    expect(loadConfig(file, {}).people).toEqual(loadConfig(writeBeside('before.yaml', before), {}).people);
  });

  it('moves a wearable of the same person, and says who gives way', async () => {
    writeFileSync(
      file,
      yamlFor(`people:
  - id: anna
    wearables:
      - { device: plumbline, name: Plumbline-77AA, placement: waist }
      - { device: movesense, name: Movesense 174630000192, placement: chest }
`),
    );
    expect(await pair(command({ withStance: false }))).toBe(0);
    expect(loadConfig(file, {}).people[0].wearables).toMatchObject([{ name: 'Plumbline-77AA', placement: 'chest' }]);
    expect(said).toContain('Note: Movesense 174630000192 is no longer worn at chest.');
  });

  it('refuses what cannot be configured before anybody has stood for it', async () => {
    writeFileSync(file, yamlFor());
    await expect(pair(command({ mode: 'nonsense' }))).rejects.toThrow(/expected one of imu, acc for plumbline/);
    expect(said.some((text) => text.startsWith('Connecting'))).toBe(false);
  });

  it('takes nobody else’s wearable', async () => {
    const people = BERTA.replace('{ device: movesense, name: Movesense 1', '{ device: plumbline, name: Plumbline-77AA');
    writeFileSync(file, yamlFor(people));
    await expect(pair(command())).rejects.toThrow(/expected a wearable nearby, found none/);
  });

  it('a name that is no pseudonym is refused before anything is switched on', async () => {
    writeFileSync(file, yamlFor());
    await expect(pair(command({ personId: 'Anna Smith' }))).rejects.toThrow(/expected a pseudonym/);
    expect(existsSync(join(folder, 'record.sqlite'))).toBe(false);
  });
});
