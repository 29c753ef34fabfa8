/** Begins and ends one noble: at a moment of our choosing, without what it leaves in this process (trap 20). */
import type { EventEmitter } from 'node:events';
import { messageOf } from '../model/errors.ts';
import type { Noble, NobleBindings, NobleHci } from './nobleShape.ts';

/** noble starts itself as soon as somebody listens to its state; here nothing starts before the repairs are in place. */
export function holdStart(noble: Noble): void {
  noble.initialized = true;
  noble._initialized = true;
}

/** Neither poll nor process listeners outlive the call of what this returns. */
export function startNoble(noble: Noble): () => void {
  const bindings = noble._bindings;
  let stopped = false;
  const endPoll = (hci: NobleHci | null | undefined): void => {
    const poll = hci?.pollIsDevUp;
    if (!hci || !poll) return;
    hci.pollIsDevUp = () => {
      if (!stopped) poll.call(hci);
    };
  };
  endPoll(bindings._hci);
  withoutProcessListeners(() => {
    if (noble._initializeBindings) noble._initializeBindings();
    else bindings.init?.();
  });
  return () => {
    stopped = true;
    const socket = bindings._hci?._socket;
    if (bindings._hci?.stop) bindings._hci.stop();
    else socket?.stop();
    socket?.removeAllListeners();
  };
}

/** noble would end this process at Ctrl-C, and would send commands while it ends. */
function withoutProcessListeners(start: () => void): void {
  const emitter: EventEmitter = process;
  const events = ['SIGINT', 'exit'];
  const before = new Set(events.flatMap((name) => emitter.listeners(name)));
  try {
    start();
  } finally {
    for (const name of events) {
      const added = emitter.listeners(name).filter((listener) => !before.has(listener));
      for (const listener of added) emitter.removeListener(name, listener as () => void);
    }
  }
}

export interface PacketFailure {
  readonly found: string;
  readonly packet: Buffer;
}

/** A packet that noble cannot read makes it throw into the socket, which would end the process; it is reported instead. */
export function survivePackets({ _hci: hci }: NobleBindings, report: (failure: PacketFailure) => void): void {
  const original = hci?.onSocketData;
  if (!hci || !original) return;
  hci.onSocketData = (packet) => {
    try {
      original.call(hci, packet);
    } catch (error) {
      report({ found: messageOf(error), packet });
    }
  };
  // The listener of the first start is bound already; after a restart of the adapter noble binds ours.
  hci._socket?.removeAllListeners('data');
  hci._socket?.on('data', (packet: Buffer) => hci.onSocketData?.(packet));
}
