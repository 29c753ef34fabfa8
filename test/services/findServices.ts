/** Finds the real services and the browser that tests run against: installed, else in Docker, else installed now. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface KnownService {
  /** Debian and Ubuntu. */
  readonly package: string;
  readonly image: string;
}

const SERVICES = {
  mosquitto: { package: 'mosquitto', image: 'eclipse-mosquitto:2.0' },
  influxd: { package: 'influxdb', image: 'influxdb:1.8' },
} as const satisfies Record<string, KnownService>;

export type ServiceName = keyof typeof SERVICES;

export type FoundService =
  | { readonly kind: 'executable'; readonly path: string }
  | { readonly kind: 'docker'; readonly image: string };

/** Path of an executable; daemons are often in sbin, which is not in everybody's PATH. */
export function findExecutable(name: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/sbin',
  ];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * Installs with apt where nothing else is there and it is allowed to.
 * @throws Error that says what to install and how.
 */
export function findService(name: ServiceName): FoundService {
  const installed = findExecutable(name);
  if (installed) return { kind: 'executable', path: installed };
  if (dockerRuns()) return { kind: 'docker', image: SERVICES[name].image };
  const problem = installWithApt(SERVICES[name].package);
  const path = findExecutable(name);
  if (path) return { kind: 'executable', path };
  throw new Error(
    `tests need ${name}: expected it in PATH, a running Docker, or apt-get as root or with passwordless sudo; ` +
      `found none (${problem ?? `the package does not contain ${name}`}). Install it: apt-get install ${SERVICES[name].package}`,
  );
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Path of a Chromium; `PLUMBLINE_CHROMIUM` names another one.
 * @throws Error that says what to install and how.
 */
export function findBrowser(): string {
  const stated = process.env['PLUMBLINE_CHROMIUM'];
  if (stated !== undefined) return stated;
  const search = (): string | undefined => BROWSERS.map(findExecutable).find((path) => path !== undefined);
  const installed = search();
  if (installed) return installed;
  const problem = installWithApt('chromium');
  const path = search();
  if (path) return path;
  throw new Error(
    `tests need a browser: expected ${BROWSERS.join(' or ')} in PATH, or apt-get as root or with passwordless sudo; ` +
      `found none (${problem ?? 'the package does not contain it'}). Install it: apt-get install chromium`,
  );
}

/** For the start of a test run, so that an installation does not eat into a test's time limit. */
export function ensureServices(): void {
  findService('mosquitto');
  findService('influxd');
  findBrowser();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function dockerRuns(): boolean {
  if (!findExecutable('docker')) return false;
  // The containers share the host's network and paths, which Docker does on Linux only.
  return process.platform === 'linux' && spawnSync('docker', ['info'], { timeout: 10_000 }).status === 0;
}

/** @returns why it did not work, or undefined. */
function installWithApt(packageName: string): string | undefined {
  if (!findExecutable('apt-get')) return 'no apt-get';
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) return 'apt-get needs root';
  const apt = ['apt-get', '-o', 'DPkg::Lock::Timeout=120', '-y', '--no-install-recommends'];
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (arguments_: string[]) => {
    const [command = '', ...rest] = [...(isRoot ? [] : ['sudo', '-n', '-E']), ...apt, ...arguments_];
    return spawnSync(command, rest, { env: environment, encoding: 'utf8', timeout: 300_000 });
  };
  run(['update']);
  const installed = run(['install', packageName]);
  return installed.status === 0 ? undefined : `apt-get: ${installed.stderr.trim().split('\n').at(-1) ?? 'failed'}`;
}
