/** What stands between this machine and a working radio, found without opening it: for `plumbline doctor`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RADIO_PERMISSION_ADVICE } from './loadNoble.ts';

export interface AdapterFinding {
  readonly check: 'platform' | 'adapter' | 'blocked' | 'permission' | 'bluetoothd';
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was found. */
  readonly found: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly fix?: string;
}

export interface AdapterReport {
  /** Such as `hci0`. */
  readonly adapters: readonly string[];
  /** No problem was found. */
  readonly usable: boolean;
  readonly findings: readonly AdapterFinding[];
}

/** Bits of a capability mask (linux/capability.h). */
const CAP_NET_ADMIN = 12n;
const CAP_NET_RAW = 13n;
/** @param root the root of the file system, another one in tests */
export function probeAdapter({
  root = '/',
  platform = process.platform,
}: {
  root?: string;
  platform?: string;
} = {}): AdapterReport {
  if (platform !== 'linux') {
    const finding: AdapterFinding = {
      check: 'platform',
      level: 'warning',
      found: `the system is ${platform}; only Linux can be examined here`,
      fix: 'start with "plumbline scan" and allow Bluetooth for the terminal when the system asks',
    };
    return { adapters: [], usable: true, findings: [finding] };
  }
  const adapters = adaptersIn(root);
  const findings = [
    adapterFinding(adapters),
    ...adapters.flatMap((adapter) => blockedFindings(root, adapter)),
    permissionFinding(root),
    bluetoothdFinding(root),
  ];
  return { adapters, usable: findings.every(({ level }) => level !== 'problem'), findings };
}

const folder = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Processes end and adapters are unplugged while they are looked at.
    return undefined;
  }
}

const adaptersIn = (root: string): string[] =>
  folder(join(root, 'sys/class/bluetooth'))
    .filter((name) => /^hci\d+$/.test(name))
    .toSorted();

function adapterFinding(adapters: readonly string[]): AdapterFinding {
  if (adapters.length > 0) return { check: 'adapter', level: 'ok', found: `Bluetooth adapter ${adapters.join(', ')}` };
  return {
    check: 'adapter',
    level: 'problem',
    found: 'no Bluetooth adapter',
    fix:
      'plug one in or load its driver (sudo modprobe btusb); in a container use the network of the host; ' +
      'without one, "plumbline start" plays simulated wearables',
  };
}

function blockedFindings(root: string, adapter: string): AdapterFinding[] {
  const path = join(root, 'sys/class/bluetooth', adapter);
  const switches = folder(path).filter((name) => name.startsWith('rfkill'));
  if (switches.some((name) => textOf(join(path, name, 'hard')) === '1')) {
    const fix = 'turn on the radio switch of the machine, or enable Bluetooth in its firmware setup';
    return [{ check: 'blocked', level: 'problem', found: `${adapter} is switched off by hardware`, fix }];
  }
  if (switches.some((name) => textOf(join(path, name, 'soft')) === '1')) {
    const fix = 'sudo rfkill unblock bluetooth';
    return [{ check: 'blocked', level: 'problem', found: `${adapter} is switched off by software`, fix }];
  }
  return [{ check: 'blocked', level: 'ok', found: `${adapter} is not switched off` }];
}

function permissionFinding(root: string): AdapterFinding {
  const status = textOf(join(root, 'proc/self/status')) ?? '';
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  if (mask === undefined) {
    return {
      check: 'permission',
      level: 'warning',
      found: 'the permissions of this process are unknown',
      fix: RADIO_PERMISSION_ADVICE,
    };
  }
  const has = (bit: bigint): boolean => ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
  const missing = [...(has(CAP_NET_RAW) ? [] : ['cap_net_raw']), ...(has(CAP_NET_ADMIN) ? [] : ['cap_net_admin'])];
  if (missing.length === 0) return { check: 'permission', level: 'ok', found: 'the radio may be opened' };
  return {
    check: 'permission',
    level: missing.includes('cap_net_raw') ? 'problem' : 'warning',
    found: `this process lacks ${missing.join(' and ')}`,
    fix: RADIO_PERMISSION_ADVICE,
  };
}

function bluetoothdFinding(root: string): AdapterFinding {
  const running = folder(join(root, 'proc')).some(
    (name) => /^\d+$/.test(name) && textOf(join(root, 'proc', name, 'comm')) === 'bluetoothd',
  );
  if (!running)
    return { check: 'bluetoothd', level: 'ok', found: 'bluetoothd is not running, the adapter is ours alone' };
  return {
    check: 'bluetoothd',
    level: 'warning',
    found: 'bluetoothd is running and may stop our scan or take our links',
    fix: 'give Plumbline an adapter of its own, or sudo systemctl stop bluetooth and then sudo btmgmt power on',
  };
}
