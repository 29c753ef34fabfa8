/** docs/wearables.md is what the definitions say, and every wearable has a page whose example works. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { wearablesPage } from '../../src/app/wearablesPage.ts';
import { parseConfig } from '../../src/config.ts';
import { KNOWN_DEVICES } from '../../src/devices/index.ts';
import { committed, expectCommitted } from '../committedFile.ts';

describe('docs/wearables.md', () => {
  it('is what the definitions say', () => {
    expectCommitted('docs/wearables.md', wearablesPage(KNOWN_DEVICES));
  });

  it('has one row for each wearable in each table, as wide as its header', () => {
    const tables = wearablesPage(KNOWN_DEVICES)
      .trim()
      .split('\n\n')
      .filter((part) => part.startsWith('| wearable'));
    expect(tables.length).toBeGreaterThan(2);
    for (const table of tables) {
      const widths = table.split('\n').map((line) => line.split('|').length);
      expect(widths).toHaveLength(2 + KNOWN_DEVICES.length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('says plainly who cannot see falls', () => {
    for (const { id, capabilities } of KNOWN_DEVICES) {
      const row = wearablesPage(KNOWN_DEVICES)
        .split('\n')
        .find((line) => line.includes(`\`${id}\``));
      expect(row?.split('|')[3]?.trim()).toBe(capabilities.falls ? 'from 50 Hz' : '**no**');
    }
  });
});

describe.each(KNOWN_DEVICES.map((device) => [device.id, device] as const))('docs/wearables/%s.md', (id, device) => {
  const text = committed(`docs/wearables/${id}.md`);
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];

  it('is there, and leads back to the table', () => {
    expect(text).toMatch(/^# /);
    expect(text).toContain('](../wearables.md)');
  });

  it('enrols this wearable in an example that is accepted', () => {
    // Secrets stand in the environment.
    const stated = example.replaceAll(/\$\{\w+\}/g, 'token-of-an-example-0123456789');
    const { people } = parseConfig(parse(stated), `docs/wearables/${id}.md`);
    expect(people.flatMap(({ wearables }) => wearables.map((wearable) => wearable.device))).toContain(id);
  });

  it('says what was verified, and that nothing was on a real device', () => {
    expect(text).toMatch(/^## What was verified$/m);
    expect(text).toMatch(/real device/);
  });

  it('names every mode', () => {
    for (const mode of device.modes ?? []) expect(text).toContain(`\`${mode.id}\``);
  });
});
