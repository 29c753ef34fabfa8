/** Worker thread of `plumbline analyze`: one recording after the other. */
import { parentPort } from 'node:worker_threads';
import { runTask } from './analyze.ts';

parentPort?.on(
  'message',
  (message: { task: Parameters<typeof runTask>[0]; options: Parameters<typeof runTask>[1] }) => {
    void runTask(message.task, message.options).then((result) => parentPort?.postMessage(result));
  },
);
