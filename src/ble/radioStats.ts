/** What the radio has done since the service started, counted where it survives the radio process. */
import { reasonCode } from './hciReason.ts';

/** An end of a link for which the adapter gave no reason: it was switched off, or the radio process died. */
const NO_REASON = 'none';

export interface LinkStats {
  /** Of the device, as in its advertisement. */
  readonly id: string;
  readonly notifications: number;
}

export interface RadioStats {
  readonly connectAttempts: number;
  readonly connectFailures: number;
  /** Ended links by HCI reason, such as `0x08`, or `none`. */
  readonly linkEnds: Readonly<Record<string, number>>;
  /** Over all links, also those that have ended. */
  readonly notifications: number;
  /** Those that are open. */
  readonly links: readonly LinkStats[];
  /** Restarts because nobody was heard. */
  readonly scanRestarts: number;
  /** Restarts of the radio process. */
  readonly radioRestarts: number;
}

export const NO_RADIO_STATS: RadioStats = {
  connectAttempts: 0,
  connectFailures: 0,
  linkEnds: {},
  notifications: 0,
  links: [],
  scanRestarts: 0,
  radioRestarts: 0,
};

export class RadioCounter {
  readonly #linkEnds = new Map<string, number>();
  connectAttempts = 0;
  connectFailures = 0;
  notifications = 0;
  scanRestarts = 0;
  radioRestarts = 0;

  linkEnded(hciReason: number | undefined): void {
    const reason = hciReason === undefined ? NO_REASON : reasonCode(hciReason);
    this.#linkEnds.set(reason, (this.#linkEnds.get(reason) ?? 0) + 1);
  }

  snapshot(links: readonly LinkStats[]): RadioStats {
    const { connectAttempts, connectFailures, notifications, scanRestarts, radioRestarts } = this;
    const linkEnds = Object.fromEntries(this.#linkEnds);
    return { connectAttempts, connectFailures, linkEnds, notifications, links, scanRestarts, radioRestarts };
  }
}
