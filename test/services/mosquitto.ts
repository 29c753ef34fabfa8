/** A private Mosquitto on a free loopback port. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findService } from './findServices.ts';
import { freePort, makeServiceDir, ServiceProcess, startOnFreePorts } from './serviceProcess.ts';

export interface Mosquitto {
  readonly host: string;
  readonly port: number;
  /** `mqtt://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number | undefined;
  /** kill -9. */
  kill(): Promise<void>;
  /** On the same port with the same files. */
  restart(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export interface MosquittoOptions {
  /** Keep sessions and retained messages over a restart, saved every second. */
  readonly persistent?: boolean;
  /** Further lines of mosquitto.conf; `{dir}` is the instance's own folder. */
  readonly lines?: readonly string[];
  /** Further files in that folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const service = findService('mosquitto');
  return startOnFreePorts(async () => {
    const host = '127.0.0.1';
    const port = await freePort();
    const dir = makeServiceDir('mosquitto');
    for (const [name, text] of Object.entries(options.files ?? {})) {
      writeFileSync(join(dir, name), text, { mode: 0o600 });
    }
    writeFileSync(join(dir, 'mosquitto.conf'), configuration(dir, host, port, options));
    const instance = new ServiceProcess({
      name: 'mosquitto',
      service,
      arguments: ['-c', join(dir, 'mosquitto.conf')],
      dir,
      isReady: () => accepts(host, port),
    });
    await instance.start();
    return {
      host,
      port,
      url: `mqtt://${host}:${port}`,
      get pid() {
        return instance.pid;
      },
      kill: () => instance.kill(),
      restart: async () => {
        await instance.kill();
        await instance.start();
      },
      freeze: () => instance.freeze(),
      thaw: () => instance.thaw(),
      stop: () => instance.stop(),
    };
  });
}

function configuration(dir: string, host: string, port: number, options: MosquittoOptions): string {
  const lines = options.lines ?? [];
  const isOpen = !lines.some((line) => line.startsWith('allow_anonymous'));
  return [
    `listener ${port} ${host}`,
    ...(isOpen ? ['allow_anonymous true'] : []),
    // Mosquitto gives up root for a user who may not read a private folder.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...(options.persistent
      ? ['persistence true', `persistence_location ${dir}/`, 'autosave_on_changes true', 'autosave_interval 1']
      : ['persistence false']),
    ...lines.map((line) => line.replaceAll('{dir}', dir)),
    '',
  ].join('\n');
}

async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.setTimeout(500, () => answer(false));
  });
}
