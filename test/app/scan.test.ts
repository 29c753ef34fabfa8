import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeardDevices } from '../../src/app/heardDevices.ts';
import { scanTable } from '../../src/app/scan.ts';
import { PLUMBLINE } from '../../src/devices/plumblineProtocol.ts';
import type { Advertisement } from '../../src/model/ports.ts';
import { configIn, PlumblineProcess, temporaryFolder } from '../e2e/plumblineProcess.ts';

function advertisement(address: string, more: Partial<Advertisement> = {}): Advertisement {
  return { id: address, address, name: undefined, serviceUuids: [], companyId: undefined, rssiDbm: -60, ...more };
}

const ONE = 'c0:50:00:00:00:01';
const TWO = 'c0:50:00:00:00:02';

describe('what was heard', () => {
  let heard: HeardDevices;
  beforeEach(() => {
    heard = new HeardDevices([
      { personId: 'anna', device: 'plumbline', name: 'Plumbline-0001' },
      { personId: 'berta', device: 'movesense', address: TWO.toUpperCase() },
    ]);
  });

  it('names the person by name or by address', () => {
    heard.see(advertisement(ONE, { name: 'Plumbline-0001' }));
    heard.see(advertisement(TWO, { name: 'Movesense 1' }));
    expect(heard.list()).toMatchObject([
      { name: 'Plumbline-0001', kind: 'plumbline', address: ONE, enrolledFor: ['anna'] },
      { name: 'Movesense 1', kind: 'movesense', address: TWO, enrolledFor: ['berta'] },
    ]);
  });

  it('says both when one wearable could be two persons’', () => {
    heard.see(advertisement(TWO, { name: 'Plumbline-0001' }));
    expect(heard.list()).toMatchObject([{ enrolledFor: ['anna', 'berta'] }]);
  });

  it('puts together what advertisement and scan response say, with the last signal', () => {
    heard.see(advertisement(ONE, { serviceUuids: [PLUMBLINE.service] }));
    heard.see(advertisement(ONE, { name: 'Nameless no more', rssiDbm: -80 }));
    expect(heard.list()).toEqual([
      { id: ONE, name: 'Nameless no more', kind: 'plumbline', address: ONE, rssiDbm: -80, enrolledFor: [] },
    ]);
  });

  it('lists enrolled ones first, then other wearables, then the rest, the nearest first', () => {
    heard.see(advertisement('00:00:00:00:00:09', { rssiDbm: -20 }));
    heard.see(advertisement('00:00:00:00:00:03', { name: 'Movesense 3', rssiDbm: -70 }));
    heard.see(advertisement('00:00:00:00:00:04', { name: 'Movesense 4', rssiDbm: -40 }));
    heard.see(advertisement(ONE, { name: 'Plumbline-0001', rssiDbm: -95 }));
    expect(heard.list().map(({ address }) => address.slice(-1))).toEqual(['1', '4', '3', '9']);
  });

  it('shows the rest on demand, and otherwise how many', () => {
    heard.see(advertisement(ONE, { name: 'Plumbline-0001' }));
    heard.see(advertisement('00:00:00:00:00:09'));
    expect(scanTable(heard.list(), false)).toBe(
      [
        'name            kind       address            signal   battery  worn by',
        `Plumbline-0001  plumbline  ${ONE}  -60 dBm  –        anna`,
        'and 1 other device (--all lists them)',
      ].join('\n'),
    );
    expect(scanTable(heard.list(), true)).toMatch(/^– +– +00:00:00:00:00:09 +-60 dBm +– +nobody$/m);
    expect(scanTable([], false)).toContain('no wearable heard');
  });

  it('does not let a name paint on the terminal', () => {
    heard.see(advertisement(ONE, { name: 'Plumbline-\u001b[2J\u0007\n\u202e' }));
    // oxlint would rather have no control characters in a pattern, so they are looked for by their codes.
    const shown = scanTable(heard.list(), true).split('\n');
    expect(shown).toHaveLength(2);
    for (const character of shown.join('')) expect(character.codePointAt(0)).toBeGreaterThanOrEqual(32);
    expect(shown[1]).toContain('Plumbline-\uFFFD[2J\uFFFD\uFFFD\uFFFD');
  });
});

describe('plumbline scan', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const wearables = [
    { kind: 'plumbline', name: 'Plumbline-0001', address: ONE, motion: { script: 'dailyLoop' } },
    { kind: 'movesense', name: 'Movesense 174630000192', address: TWO, rssiDbm: -71, motion: { script: 'dailyLoop' } },
  ];
  const config = configIn(folder.path, {
    people: [{ id: 'anna', wearables: [{ device: 'plumbline', name: 'Plumbline-0001', placement: 'chest' }] }],
    radio: { adapter: 'simulated', wearables },
  });
  const run = (args: readonly string[], sections: Record<string, unknown> = {}): PlumblineProcess =>
    new PlumblineProcess(['scan', ...args], { config: { ...config, ...sections }, folder: folder.path });

  it('lists through the real radio stack who is there, what it is and who wears it', async () => {
    const scanning = run(['--seconds', '1.5']);
    expect(await scanning.ended).toEqual({ code: 0, signal: null });
    expect(scanning.stderr).toBe('');
    expect(scanning.stdout.split('\n')).toEqual([
      'name                    kind       address            signal   battery  worn by',
      `Plumbline-0001          plumbline  ${ONE}  -58 dBm  87 %     anna`,
      `Movesense 174630000192  movesense  ${TWO}  -71 dBm  –        nobody`,
      'These are simulated; PLUMBLINE_RADIO_ADAPTER=noble listens with the Bluetooth adapter.',
      '',
    ]);
  });

  it('as JSON, with the same keys in each row, and on demand with the battery of all', async () => {
    const scanning = run(['--seconds', '1.5', '--json', '--battery']);
    expect(await scanning.ended).toMatchObject({ code: 0 });
    expect(JSON.parse(scanning.stdout)).toEqual([
      { name: 'Plumbline-0001', kind: 'plumbline', batteryPct: 87, address: ONE, rssiDbm: -58, enrolledFor: ['anna'] },
      {
        name: 'Movesense 174630000192',
        kind: 'movesense',
        batteryPct: 87,
        address: TWO,
        rssiDbm: -71,
        enrolledFor: [],
      },
    ]);
  });

  it('ends by Ctrl-C with what it has heard so far', async () => {
    const scanning = run(['--seconds', '600']);
    await vi.waitFor(() => expect(scanning.radioPid).toBeDefined(), { timeout: 10_000 });
    const sentMs = Date.now();
    scanning.signal('SIGINT');
    expect({ ...(await scanning.ended), stderr: scanning.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(Date.now() - sentMs).toBeLessThan(5000);
    expect(scanning.stdout).toMatch(/^(name|no wearable heard)/);
  });

  it.each<[string, object, number, RegExp]>([
    [
      'an adapter that is not there',
      { adapter: 'noble', hciDevice: 15 },
      1,
      /^plumbline: expected .*(adapter hci15|Bluetooth)/,
    ],
    [
      'no radio',
      { adapter: 'none' },
      2,
      /^plumbline: radio\.adapter: expected simulated or noble for this command, found none/,
    ],
    [
      'a simulation that makes no sense',
      { adapter: 'simulated', wearables: [{ kind: 'toaster', motion: { script: 'dailyLoop' } }] },
      2,
      /simulation: wearables\[0\]\.kind: expected one of plumbline, movesense.*, found "toaster"/,
    ],
  ])('with %s ends in one clear line', async (_, radio, code, expected) => {
    const scanning = run(['--seconds', '1'], { radio });
    expect(await scanning.ended).toMatchObject({ code });
    expect(scanning.stdout).toBe('');
    expect(scanning.stderr).toMatch(expected);
    expect(scanning.stderr.trim().split('\n')).toHaveLength(1);
  });
});
