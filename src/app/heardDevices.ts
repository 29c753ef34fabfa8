/** Who has been heard during a scan, what kind of wearable it is, and whose. Pure. */
import { findDevice } from '../devices/index.ts';
import type { Advertisement } from '../model/ports.ts';

export interface EnrolledAs {
  readonly personId: string;
  readonly device: string;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
}

export interface HeardDevice {
  /** The radio library's id of the peer. */
  readonly id: string;
  readonly name: string | undefined;
  /** Undefined: no wearable that we know. */
  readonly kind: string | undefined;
  readonly address: string;
  /** Of the last advertisement. */
  readonly rssiDbm: number;
  /** Persons that it is enrolled for: more than one when the configuration cannot tell two wearables apart. */
  readonly enrolledFor: readonly string[];
}

export class HeardDevices {
  readonly #enrolled: readonly EnrolledAs[];
  readonly #heard = new Map<string, Advertisement>();

  constructor(enrolled: readonly EnrolledAs[]) {
    this.#enrolled = enrolled;
  }

  /** A name may come in the scan response only, and services in the advertisement only. */
  see(advertisement: Advertisement): void {
    const known = this.#heard.get(advertisement.id);
    this.#heard.set(advertisement.id, {
      ...advertisement,
      name: advertisement.name ?? known?.name,
      serviceUuids: [...new Set([...(known?.serviceUuids ?? []), ...advertisement.serviceUuids])],
      companyId: advertisement.companyId ?? known?.companyId,
    });
  }

  /** Enrolled ones first, then other wearables, then the rest; the nearest first. */
  list(): HeardDevice[] {
    const rank = ({ kind, enrolledFor }: HeardDevice): number => (enrolledFor.length > 0 ? 0 : kind ? 1 : 2);
    return [...this.#heard.values()]
      .map((advertisement) => this.#heardDevice(advertisement))
      .sort((a, b) => rank(a) - rank(b) || b.rssiDbm - a.rssiDbm || a.address.localeCompare(b.address));
  }

  #heardDevice(advertisement: Advertisement): HeardDevice {
    const { id, name, address, rssiDbm } = advertisement;
    const kind = findDevice(advertisement)?.id;
    const enrolledFor = this.#enrolled
      .filter((enrolled) => isEnrolledAs(enrolled, advertisement, kind))
      .map(({ personId }) => personId);
    return { id, name, kind, address, rssiDbm, enrolledFor: [...new Set(enrolledFor)] };
  }
}

/** As the search of the running service decides it: by address, else by name, else any of the kind. */
export function isEnrolledAs(
  enrolled: Omit<EnrolledAs, 'personId'>,
  { name, address }: Pick<HeardDevice, 'name' | 'address'>,
  kind: string | undefined,
): boolean {
  if (enrolled.address !== undefined) return enrolled.address.toLowerCase() === address.toLowerCase();
  return enrolled.name === undefined ? enrolled.device === kind : enrolled.name === name;
}
