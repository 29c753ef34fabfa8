/** How long the radio may take for what, before it is given up. */
export interface RadioLimits {
  /** From the request to the link. */
  readonly connectMs: number;
  /** One read, write or subscription. */
  readonly operationMs: number;
  /** All services and characteristics. */
  readonly discoveryMs: number;
  /** For the MTU exchange; without an answer 23 bytes are assumed. */
  readonly mtuWaitMs: number;
  /** Scanning without hearing anybody. */
  readonly scanSilenceMs: number;
  /** For the adapter to answer a scan command. */
  readonly scanCommandMs: number;
  /** For the subscriptions of a link to be given back before it ends. */
  readonly unsubscribeMs: number;
  /** For a link to end after it was asked to. */
  readonly disconnectMs: number;
  /** For the adapter to come up at the start. */
  readonly powerOnMs: number;
}

export const DEFAULT_LIMITS: RadioLimits = {
  connectMs: 15_000,
  operationMs: 5000,
  discoveryMs: 30_000,
  mtuWaitMs: 1000,
  scanSilenceMs: 30_000,
  scanCommandMs: 2000,
  unsubscribeMs: 300,
  disconnectMs: 1000,
  powerOnMs: 5000,
};
