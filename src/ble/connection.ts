/** How one wearable is kept connected: a pure state machine that never gives up, and how long it waits between attempts. */

/** First and longest wait between two attempts, ms. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;

/**
 * `scanning`: waiting until the wearable is heard. `connecting`: link, services, start of the stream.
 * `streaming`: data come. `lost`: the link ended, its reason is being noted. `backingOff`: waiting before the next scan.
 */
type ConnectionPhase = 'scanning' | 'connecting' | 'streaming' | 'lost' | 'backingOff';

export interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** Attempts in a row that did not lead to a lasting stream. */
  readonly failures: number;
}

export type ConnectionInput =
  /** The wearable was heard. */
  | 'heard'
  /** Connected, and its stream was started. */
  | 'started'
  /** The stream has lasted long enough to call the connection good. */
  | 'settled'
  /** The attempt failed, or the link ended or fell silent. */
  | 'lost'
  /** What was to be cleaned up after the loss is done. */
  | 'released'
  /** The wait is over. */
  | 'waited';

export const FIRST_CONNECTION_STATE: ConnectionState = { phase: 'scanning', failures: 0 };

const TRANSITIONS: Readonly<
  Record<ConnectionInput, { readonly from: readonly ConnectionPhase[]; readonly to: ConnectionPhase }>
> = {
  heard: { from: ['scanning'], to: 'connecting' },
  started: { from: ['connecting'], to: 'streaming' },
  settled: { from: ['streaming'], to: 'streaming' },
  lost: { from: ['connecting', 'streaming'], to: 'lost' },
  released: { from: ['lost'], to: 'backingOff' },
  waited: { from: ['backingOff'], to: 'scanning' },
};

/** An input that does not belong to the phase (a late message of an old link) changes nothing. */
export function nextConnectionState(state: ConnectionState, input: ConnectionInput): ConnectionState {
  const { from, to } = TRANSITIONS[input];
  if (!from.includes(state.phase)) return state;
  if (input === 'settled') return { phase: to, failures: 0 };
  return { phase: to, failures: input === 'lost' ? state.failures + 1 : state.failures };
}

/**
 * Wait before the next attempt: doubles with every failure in a row, and is spread over its upper half so that many
 * wearables lost at one moment do not come back at one moment.
 * @param attempt failures in a row, 1 after the first
 * @param random uniform in [0, 1)
 * @returns ms, from 1 s to 60 s
 */
export function nextDelayMs(attempt: number, random: () => number): number {
  const doublings = Math.min(Math.max(0, attempt - 1), 16);
  const longestMs = Math.min(LONGEST_DELAY_MS, 2 * FIRST_DELAY_MS * 2 ** doublings);
  return longestMs / 2 + (longestMs / 2) * random();
}
