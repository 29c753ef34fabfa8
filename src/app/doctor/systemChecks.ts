/** The machine itself: Node.js, the clock, the built page. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Finding, finding } from './finding.ts';

/** As `engines` in package.json: the oldest that is tested. */
const OLDEST_NODE = [20, 19] as const;
const OLDEST_PLAUSIBLE_YEAR = 2024;
const SYSTEMD_FOLDER = '/run/systemd/system';
const TIMEDATECTL_LIMIT_MS = 3000;

export function nodeCheck(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const fix = `install Node.js ${OLDEST_NODE.join('.')} or newer, then npm ci`;
  return isOld ? finding('node', 'fail', `Node.js ${version}`, fix) : finding('node', 'ok', `Node.js ${version}`);
}

export function pageCheck(folder: string): Finding {
  return existsSync(folder)
    ? finding('page', 'ok', 'the page is built')
    : finding('page', 'fail', `no built page in ${folder}`, 'npm run build');
}

/** Whether the clock is kept right by the network; undefined where nobody says. */
export async function clockIsSynchronised(): Promise<boolean | undefined> {
  if (!existsSync(SYSTEMD_FOLDER)) return undefined;
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      timeout: TIMEDATECTL_LIMIT_MS,
    });
    return stdout.trim() === 'yes';
  } catch {
    // Not every system that runs systemd has the tool, or its daemon.
    return undefined;
  }
}

export function clockCheck(nowMs: number, isSynchronised: boolean | undefined, timeZone: string): Finding {
  const now = new Date(nowMs);
  const found = `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC, time zone ${timeZone}`;
  if (now.getUTCFullYear() < OLDEST_PLAUSIBLE_YEAR) {
    return finding(
      'clock',
      'fail',
      `${found}: the year cannot be right`,
      'sudo timedatectl set-ntp true, or set the clock',
    );
  }
  if (isSynchronised === false) {
    const fix = 'sudo timedatectl set-ntp true: events and alerts carry the time of this clock';
    return finding('clock', 'warn', `${found}, not synchronised`, fix);
  }
  return finding('clock', 'ok', `${found}, ${isSynchronised ? 'synchronised' : 'nobody says whether synchronised'}`);
}
