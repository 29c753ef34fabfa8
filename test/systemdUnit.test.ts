import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const unit = readFileSync(new URL('../docs/systemd/plumbline.service', import.meta.url), 'utf8');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

it('the unit gives the rights of the radio to the service alone, and starts what the build makes', () => {
  expect(unit).toContain('AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN');
  expect(unit).toMatch(/^RestrictAddressFamilies=.*AF_BLUETOOTH/m);
  expect(unit).toMatch(/^ExecStart=\S+node \S+\/dist\/src\/main\.js start$/m);
  expect(unit).toMatch(/^Restart=always$/m);
});

it.runIf(hasSystemd)('systemd accepts the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-unit-'));
  try {
    const file = join(folder, 'plumbline.service');
    // Node may live elsewhere on this machine; everything but the path of the program is judged.
    writeFileSync(file, unit.replace(/^ExecStart=.*$/m, `ExecStart=${process.execPath} --version`));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect({ status, stderr: stderr.split('\n').filter((line) => line.includes('plumbline.service')) }).toEqual({
      status: 0,
      stderr: [],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
