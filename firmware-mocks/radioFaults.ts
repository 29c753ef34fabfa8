/** What can be made to go wrong with the virtual radio. */
import type { AttFaults } from './attServer.ts';

/** What the peer at one address does wrong on purpose. */
export interface PeerFaults extends AttFaults {
  /** Advertises no more and never answers a connection request. */
  readonly vanished?: boolean;
  /** Advertises, but never answers a connection request. */
  readonly refusesConnection?: boolean;
  /** The link is reported as connected, then lost at once with 0x3e. */
  readonly failsToEstablish?: boolean;
}

/** What the adapter does wrong on purpose. */
export interface AdapterFaults {
  readonly off?: boolean;
  /** HCI status with which enabling the scan is refused, for example 0x0c. */
  readonly scanRefusedStatus?: number;
  /** HCI status with which a connection request is refused. */
  readonly connectRefusedStatus?: number;
  /** Taking a connection request back works, but is never confirmed. */
  readonly silentCancel?: boolean;
  /** Taking a connection request back is ignored: it is granted whenever the peer turns up. */
  readonly losesCancel?: boolean;
  /** A reset is neither done nor answered. */
  readonly losesReset?: boolean;
  /** No advertisement gets through, as when scanning died without a word. */
  readonly deaf?: boolean;
}
