/**
 * Two points with the same measurement, tags and millisecond are one point to InfluxDB: the later takes the earlier's place.
 * An event that would take another's place moves on by 1 ms; its exact time and id are in the record.
 */
import { MOTION_EVENT_TYPES } from '../../model/event.ts';

/** Far more than can be under way at once; events of one millisecond are written within seconds of each other. */
const REMEMBERED = 20_000;
const MOTION_TYPES: ReadonlySet<string> = new Set(MOTION_EVENT_TYPES);

export class EventSlots {
  readonly #idBySlot = new Map<string, string>();

  /** Unix ms at which the event is stored: the same for the same id, so that writing it again changes nothing. */
  slotMs(event: {
    readonly patient: string;
    readonly kind: string;
    readonly layer: 'motion' | 'clinical';
    readonly startMs: number;
    readonly id: string;
  }): number {
    // A rule whose kind is also a motion type meets that motion event in every single case. This needs no memory,
    // so it is right over a restart, too.
    const meetsMotion = event.layer === 'clinical' && MOTION_TYPES.has(event.kind);
    let slotMs = Math.round(event.startMs) + (meetsMotion ? 1 : 0);
    for (;;) {
      const slot = `${event.patient} ${event.kind} ${slotMs}`;
      const owner = this.#idBySlot.get(slot);
      if (owner === undefined) this.#remember(slot, event.id);
      if (owner === undefined || owner === event.id) return slotMs;
      slotMs += 1;
    }
  }

  #remember(slot: string, id: string): void {
    this.#idBySlot.set(slot, id);
    if (this.#idBySlot.size <= REMEMBERED) return;
    const [oldest] = this.#idBySlot.keys();
    if (oldest !== undefined) this.#idBySlot.delete(oldest);
  }
}
