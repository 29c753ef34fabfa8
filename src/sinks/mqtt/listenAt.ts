import type { Server } from 'node:net';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { EmbeddedBrokerConfig } from './config.ts';

/** @throws PlumblineError `mqtt/unavailable` when the address is taken or not ours. */
export async function listenAt(server: Server, { host, port }: EmbeddedBrokerConfig): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const found = error.code === 'EADDRINUSE' ? 'another program there' : messageOf(error);
      const advice = 'set another mqtt.port, or use that broker with mqtt.broker: external';
      reject(
        new PlumblineError(
          'mqtt/unavailable',
          `embedded broker: expected ${host}:${port} to be free, found ${found}; ${advice}`,
          {
            context: { host, port },
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}
