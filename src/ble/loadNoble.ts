/**
 * Loads a private noble, and only when a radio is really wanted: requiring noble opens a Bluetooth socket, which throws
 * where the kernel has none and can abort the whole process (nothing else may import noble).
 */
import { existsSync, readdirSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { messageOf, PlumblineError } from '../model/errors.ts';
import { DEFAULT_NOBLE_LIBRARY, type NobleLibrary } from './nobleLibrary.ts';
import type { HciSocketClass, Noble, NobleBindings } from './nobleShape.ts';

const ADAPTER_FOLDER = '/sys/class/bluetooth';

export const RADIO_PERMISSION_ADVICE =
  'give the service AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN in its systemd unit, or run ' +
  'sudo setcap cap_net_raw,cap_net_admin+eip "$(readlink -f "$(which node)")" (again after each update of Node)';

export const installAdvice = (name: string): string => `run npm install ${name}, or choose the other radio.library`;

export interface NobleOptions {
  readonly library?: NobleLibrary | undefined;
  /** Stands in for the kernel's HCI socket. */
  readonly hciSocket?: HciSocketClass | undefined;
  /** Number of the adapter, 0 for hci0; the first one that is up when absent. */
  readonly hciDevice?: number | undefined;
}

type BindingOptions = Readonly<Record<string, unknown>>;
type NobleClass = new (bindings: NobleBindings) => Noble;
type BindingsClass = new (options: BindingOptions) => NobleBindings;
type LoadHook = (request: string, parent: unknown, isMain: boolean) => unknown;

interface NoblePackage {
  readonly name: string;
  readonly socketModule: string;
  /** What the socket module exports, made of a socket class. */
  readonly socketExports: (hciSocket: HciSocketClass) => unknown;
  /** noble over the adapter of this machine. */
  readonly create: (require: NodeJS.Require, options: BindingOptions) => Noble;
}

const PACKAGES: Readonly<Record<NobleLibrary, NoblePackage>> = {
  abandonware: {
    name: '@abandonware/noble',
    socketModule: '@abandonware/bluetooth-hci-socket',
    socketExports: (hciSocket) => hciSocket,
    create: (require, options) =>
      (require('@abandonware/noble/with-custom-binding') as (options: BindingOptions) => Noble)(options),
  },
  stoprocent: {
    name: '@stoprocent/noble',
    socketModule: '@stoprocent/bluetooth-hci-socket',
    socketExports: (hciSocket) => ({ loadDriver: () => hciSocket }),
    // The package's main file would open a second noble beside ours.
    create: (require, options) =>
      (require('@stoprocent/noble/lib/resolve-bindings') as (kind: string, options: BindingOptions) => Noble)(
        'default',
        options,
      ),
  },
};

/** @throws PlumblineError `radio/unavailable` with what to do about it. */
export function loadNoble({ library = DEFAULT_NOBLE_LIBRARY, hciSocket, hciDevice }: NobleOptions): Noble {
  const chosen = PACKAGES[library];
  const options = { userChannel: false, ...(hciDevice === undefined ? {} : { deviceId: hciDevice }) };
  const require = createRequire(import.meta.url);
  expectInstalled(library);
  if (!hciSocket) expectAdapter(hciDevice);
  // On an exclusive channel noble never learns the size of the adapter's buffers, and everything hangs (trap 1).
  delete process.env['HCI_CHANNEL_USER'];
  forgetNoble(require);
  try {
    if (!hciSocket) return chosen.create(require, options);
    return withReplacedSocket(chosen.socketModule, chosen.socketExports(hciSocket), () => {
      const Bindings = require(`${chosen.name}/lib/hci-socket/bindings`) as BindingsClass;
      const NobleCore = require(`${chosen.name}/lib/noble`) as NobleClass;
      return new NobleCore(new Bindings(options));
    });
  } catch (error) {
    throw unavailable(error);
  } finally {
    forgetNoble(require);
  }
}

export interface NoblePackageFound {
  readonly name: string;
  /** Absent where it is not installed. */
  readonly version: string | undefined;
}

/** Found without loading it. */
export function noblePackage(library: NobleLibrary): NoblePackageFound {
  const { name } = PACKAGES[library];
  try {
    const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
    return { name, version };
  } catch {
    return { name, version: undefined };
  }
}

function expectInstalled(library: NobleLibrary): void {
  const { name, version } = noblePackage(library);
  if (version !== undefined) return;
  throw new PlumblineError(
    'radio/unavailable',
    `expected the package ${name} for radio.library: ${library}, found it not installed: ${installAdvice(name)}`,
    { context: { library } },
  );
}

/** Without an adapter the native socket would throw, on some versions of Node fatally; so look before loading. */
function expectAdapter(hciDevice: number | undefined): void {
  if (process.platform !== 'linux') return;
  const adapters = existsSync(ADAPTER_FOLDER) ? readdirSync(ADAPTER_FOLDER).filter((n) => /^hci\d+$/.test(n)) : [];
  const wanted = hciDevice === undefined ? undefined : `hci${hciDevice}`;
  if (wanted ? adapters.includes(wanted) : adapters.length > 0) return;
  throw new PlumblineError(
    'radio/unavailable',
    `expected the Bluetooth adapter ${wanted ?? 'hci0 or another'}, found ${adapters.join(', ') || 'none'}: ` +
      'plug one in, load the driver (modprobe btusb), and in a container use the network of the host',
    { context: { adapters } },
  );
}

function withReplacedSocket<T>(socketModule: string, socketExports: unknown, load: () => T): T {
  const loader = Module as unknown as { _load: LoadHook };
  const original = loader._load;
  loader._load = (request, parent, isMain) =>
    request === socketModule ? socketExports : original.call(loader, request, parent, isMain);
  try {
    return load();
  } finally {
    loader._load = original;
  }
}

/** noble binds its socket class and its state when it is loaded: forgotten, the next load is independent. */
function forgetNoble(require: NodeJS.Require): void {
  for (const path of Object.keys(require.cache)) {
    if (/[\\/]@(?:abandonware|stoprocent)[\\/]noble[\\/]/.test(path)) delete require.cache[path];
  }
}

function unavailable(cause: unknown): PlumblineError {
  if (cause instanceof PlumblineError) return cause;
  const found = messageOf(cause);
  const advice = /EAFNOSUPPORT|not supported by protocol/i.test(found)
    ? 'the kernel offers no Bluetooth sockets here; load the bluetooth module, and in a container use the network of the host'
    : /EPERM|EACCES|not permitted/i.test(found)
      ? RADIO_PERMISSION_ADVICE
      : 'reinstall the native module with npm rebuild (it is built for one major version of Node)';
  return new PlumblineError('radio/unavailable', `expected a Bluetooth socket, found "${found}": ${advice}`, { cause });
}
