/** Who is who at the embedded broker, and what each may say and hear. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

export const SERVICE_USER = 'plumbline-service';
export const SERVICE_CLIENT_ID = 'plumbline-service';

/** A wearable that may publish, on its own topic and nowhere else. */
export interface BrokerGuest {
  readonly topic: string;
  /** Its password. */
  readonly token: string;
}

export interface Identity {
  readonly standing: 'stranger' | 'guest' | 'service';
  /** Where a guest may publish what it measures. */
  readonly topic?: string;
}

export interface Login {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

export class BrokerRights {
  /** Password of the service, new with each process. */
  readonly secret = randomBytes(24).toString('base64url');
  readonly #base: string;
  readonly #guests: readonly { readonly topic: string; readonly digest: Buffer }[];

  constructor(base: string, guests: readonly BrokerGuest[]) {
    this.#base = base;
    this.#guests = guests.map(({ topic, token }) => ({ topic, digest: digestOf(token) }));
  }

  /** @returns undefined where somebody wants to pass for the service */
  identify({ clientId, username, password }: Login): Identity | undefined {
    if (username === SERVICE_USER) {
      const isService = password !== undefined && isEqual(password, Buffer.from(this.secret));
      return isService ? { standing: 'service' } : undefined;
    }
    // [MQTT-3.1.4-2] a second client with the same id would throw the service out.
    if (clientId === SERVICE_CLIENT_ID) return undefined;
    return (password && this.#guestWith(password)) ?? { standing: 'stranger' };
  }

  /** @returns why not; undefined: it may */
  publishRefusal(identity: Identity | undefined, topic: string): Error | undefined {
    if (identity?.standing === 'service' || identity?.topic === topic) return undefined;
    const base = `${this.#base}/`;
    const [person, ack, alert, ...more] = topic.startsWith(base) ? topic.slice(base.length).split('/') : [];
    if (person && ack === 'ack' && alert && more.length === 0) return undefined;
    return new Error(
      `expected a message to ${base}<person id>/ack/<alert id>, found ${JSON.stringify(topic.slice(0, 120))}`,
    );
  }

  /** What a wearable measures is for the service alone. */
  mayHear(identity: Identity | undefined, topic: string): boolean {
    if (identity?.standing === 'service') return true;
    // The broker's own news name everybody who is there.
    return !topic.startsWith('$SYS/') && this.#guests.every((guest) => guest.topic !== topic);
  }

  /**
   * The id under which the broker keeps a client; it throws out whoever has the same [MQTT-3.1.4-2]. Nobody but the service and a
   * wearable with its token can show that an id is theirs, so nobody else shares one.
   */
  keptId({ standing, topic }: Identity, clientId: string): string {
    if (standing === 'service') return clientId;
    return standing === 'guest' ? `guest ${topic} ${clientId}` : `stranger ${randomUUID()} ${clientId}`;
  }

  /** All are compared, and in the same time, whichever it is. */
  #guestWith(password: Buffer): Identity | undefined {
    const digest = digestOf(password);
    let found: Identity | undefined;
    for (const guest of this.#guests) {
      if (timingSafeEqual(guest.digest, digest)) found = { standing: 'guest', topic: guest.topic };
    }
    return found;
  }
}

const digestOf = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest();

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
