import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdapterFinding, probeAdapter } from '../../src/ble/probeAdapter.ts';

const ALL_CAPABILITIES = 'CapEff:\t000001ffffffffff';
const NO_CAPABILITIES = 'CapEff:\t0000000000000000';

describe('probeAdapter', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'probe-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function files(contents: Record<string, string>): void {
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }
  const finding = (check: AdapterFinding['check']): AdapterFinding | undefined =>
    probeAdapter({ root, platform: 'linux' }).findings.find((f) => f.check === check);

  it('finds a usable adapter', () => {
    files({
      'sys/class/bluetooth/hci0/rfkill1/soft': '0\n',
      'sys/class/bluetooth/hci0/rfkill1/hard': '0\n',
      'sys/class/bluetooth/hci0:12/uevent': '',
      'proc/self/status': `Name:\tnode\n${ALL_CAPABILITIES}\n`,
    });
    const report = probeAdapter({ root, platform: 'linux' });
    expect(report.adapters).toEqual(['hci0']);
    expect(report.usable).toBe(true);
    expect(report.findings.every(({ level }) => level === 'ok')).toBe(true);
  });

  it('says what to do where there is no adapter', () => {
    files({ 'proc/self/status': ALL_CAPABILITIES });
    expect(finding('adapter')).toMatchObject({ level: 'problem', fix: expect.stringContaining('modprobe btusb') });
    expect(probeAdapter({ root, platform: 'linux' }).usable).toBe(false);
  });

  it('tells a switch in software from one in hardware', () => {
    files({ 'sys/class/bluetooth/hci0/rfkill1/soft': '1', 'sys/class/bluetooth/hci0/rfkill1/hard': '0' });
    expect(finding('blocked')).toMatchObject({ level: 'problem', fix: 'sudo rfkill unblock bluetooth' });
    files({ 'sys/class/bluetooth/hci0/rfkill1/hard': '1' });
    expect(finding('blocked')?.found).toContain('hardware');
  });

  it('names the missing permission and how to give it', () => {
    files({ 'proc/self/status': NO_CAPABILITIES });
    expect(finding('permission')).toMatchObject({
      level: 'problem',
      found: 'this process lacks cap_net_raw and cap_net_admin',
      fix: expect.stringContaining('setcap cap_net_raw'),
    });
  });

  it('warns about bluetoothd, which shares the adapter', () => {
    files({ 'proc/self/status': ALL_CAPABILITIES, 'proc/1/comm': 'init\n' });
    expect(finding('bluetoothd')?.level).toBe('ok');
    files({ 'proc/742/comm': 'bluetoothd\n' });
    expect(finding('bluetoothd')?.level).toBe('warning');
  });

  it('does not claim to know other systems', () => {
    expect(probeAdapter({ root, platform: 'darwin' }).findings).toMatchObject([
      { check: 'platform', level: 'warning' },
    ]);
  });

  it('looks at this machine without failing', () => {
    expect(probeAdapter().findings.length).toBeGreaterThan(0);
  });
});
