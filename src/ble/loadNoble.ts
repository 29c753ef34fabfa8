/**
 * Loads a private noble, and only when a radio is really wanted: requiring noble opens a Bluetooth socket, which throws
 * where the kernel has none and can abort the whole process (nothing else may import noble).
 */
import { existsSync, readdirSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { HciSocketClass, Noble, NobleBindings } from './nobleShape.ts';

const SOCKET_MODULE = '@abandonware/bluetooth-hci-socket';
const NOBLE_MODULE = '@abandonware/noble';
const ADAPTER_FOLDER = '/sys/class/bluetooth';

export const RADIO_PERMISSION_ADVICE =
  'give the service AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN in its systemd unit, or run ' +
  'sudo setcap cap_net_raw,cap_net_admin+eip "$(readlink -f "$(which node)")" (again after each update of Node)';

export interface NobleOptions {
  /** Stands in for the kernel's HCI socket. */
  readonly hciSocket?: HciSocketClass | undefined;
  /** Number of the adapter, 0 for hci0; the first one that is up when absent. */
  readonly hciDevice?: number | undefined;
}

type NobleClass = new (bindings: NobleBindings) => Noble;
type BindingsClass = new (options: Record<string, unknown>) => NobleBindings;
type LoadHook = (request: string, parent: unknown, isMain: boolean) => unknown;

/** @throws PlumblineError `radio/unavailable` with what to do about it. */
export function loadNoble({ hciSocket, hciDevice }: NobleOptions): Noble {
  const options = hciDevice === undefined ? {} : { deviceId: hciDevice };
  const require = createRequire(import.meta.url);
  if (!hciSocket) expectAdapter(hciDevice);
  forgetNoble(require);
  try {
    if (!hciSocket) {
      const create = require(`${NOBLE_MODULE}/with-custom-binding`) as (options: Record<string, unknown>) => Noble;
      return create(options);
    }
    return withReplacedSocket(hciSocket, () => {
      const Bindings = require(`${NOBLE_MODULE}/lib/hci-socket/bindings`) as BindingsClass;
      const NobleCore = require(`${NOBLE_MODULE}/lib/noble`) as NobleClass;
      return new NobleCore(new Bindings(options));
    });
  } catch (error) {
    throw unavailable(error);
  } finally {
    forgetNoble(require);
  }
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

function withReplacedSocket<T>(hciSocket: HciSocketClass, load: () => T): T {
  const loader = Module as unknown as { _load: LoadHook };
  const original = loader._load;
  loader._load = (request, parent, isMain) =>
    request === SOCKET_MODULE ? hciSocket : original.call(loader, request, parent, isMain);
  try {
    return load();
  } finally {
    loader._load = original;
  }
}

/** noble binds its socket class and its state when it is loaded: forgotten, the next load is independent. */
function forgetNoble(require: NodeJS.Require): void {
  for (const path of Object.keys(require.cache)) {
    if (/[\\/]@abandonware[\\/]noble[\\/]/.test(path)) delete require.cache[path];
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
