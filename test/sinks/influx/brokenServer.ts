/** HTTP servers as they are on a bad day. */
import { createServer, type Socket } from 'node:net';

export interface BrokenServer {
  readonly url: string;
  /** Requests that were begun. */
  requests(): number;
  /** From now on answers like this; `undefined`: never. */
  behave(onRequest: (socket: Socket) => void): void;
  close(): Promise<void>;
}

export async function startBrokenServer(onRequest: (socket: Socket) => void): Promise<BrokenServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let behaviour = onRequest;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      if (!chunk.toString('latin1').startsWith('POST ')) return;
      requests += 1;
      behaviour(socket);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    requests: () => requests,
    behave: (next) => {
      behaviour = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answer(status: string, body: string, type = 'application/json'): (socket: Socket) => void {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return (socket) => socket.write(head + body);
}
