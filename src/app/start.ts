/** `plumbline start`: the whole service, until it is told to stop. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Config, loadConfig } from '../config.ts';
import type { RadioAdapter } from '../ble/radioProtocol.ts';
import { deviceById } from '../devices/index.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Calibration } from '../model/person.ts';
import { Service } from '../service.ts';
import { mountRows } from './mountSchema.ts';
import { pinoLogger } from './pinoLogger.ts';

/** Beside the compiled program. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../page', import.meta.url));

/** A stop that takes longer than this is cut short. */
const STOP_LIMIT_MS = 2000;

export async function start(configPath: string | undefined): Promise<number> {
  const config = loadConfig(configPath);
  return runService(config, radioAdapterOf(config), 1, { until: () => new Promise(() => undefined) });
}

export interface RunOptions {
  /** Ends the service when it resolves; a signal ends it too. */
  readonly until: (service: Service) => Promise<void>;
  readonly calibrations?: ReadonlyMap<string, Calibration>;
}

/** Runs the service until it is told to end. */
export async function runService(
  config: Config,
  adapter: RadioAdapter | undefined,
  speed: number,
  { until, calibrations }: RunOptions,
): Promise<number> {
  const logger = pinoLogger(config.log.level);
  const service = new Service({
    config,
    logger,
    pageDir: pageDir(),
    radio: { adapter, speed },
    ...(calibrations ? { calibrations } : {}),
  });
  const signalled = untilSignal();
  await service.start();
  process.stdout.write(`Plumbline is running. Page: ${service.address}   Alerts: ${service.brokerAddress} (MQTT)\n`);
  if (config.radio.adapter === 'simulated' && simulatedWearablesOf(config).length > 0) {
    process.stdout.write('The wearers are simulated; nobody real is monitored. Ctrl-C ends it.\n');
  }
  try {
    await Promise.race([signalled, until(service)]);
  } finally {
    // A stop that hangs is cut short: what matters is stored already, and whoever started the service is told.
    const forced = setTimeout(() => process.exit(1), STOP_LIMIT_MS);
    await service.stop();
    clearTimeout(forced);
  }
  return 0;
}

export function radioAdapterOf(config: Config): RadioAdapter | undefined {
  const { radio } = config;
  if (radio.adapter === 'none') return undefined;
  if (radio.adapter === 'noble') {
    const { library, hciDevice } = radio;
    return { kind: 'noble', library, ...(hciDevice === undefined ? {} : { hciDevice }) };
  }
  return virtualRadio({ wearables: radio.wearables ?? simulatedWearablesOf(config) });
}

export function virtualRadio(spec: unknown): RadioAdapter {
  return { kind: 'virtual', module: new URL('../../firmware-mocks/virtualRadio.js', import.meta.url).href, spec };
}

/** A software twin for each enrolled wearable that the radio would hear, with somebody who goes about her day wearing it. */
function simulatedWearablesOf(config: Config): unknown[] {
  return config.people.flatMap(({ id, wearables }) =>
    wearables
      .filter(({ device }) => deviceById(device))
      .map((wearable) => ({
        kind: wearable.device,
        ...(wearable.name === undefined ? {} : { name: wearable.name }),
        ...(wearable.address === undefined ? {} : { address: wearable.address.toLowerCase() }),
        mount: mountRows(wearable.mount),
        wearer: id,
        motion: { script: 'dailyLoop' },
        driftPpm: 30,
        lossRatio: 0.002,
        jitterMs: 8,
      })),
  );
}

export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function pageDir(): string {
  if (existsSync(PAGE_FOLDER)) return PAGE_FOLDER;
  throw new PlumblineError('usage', `expected the built page in ${PAGE_FOLDER}, found none (npm run build)`);
}
