/** How much one MQTT connection makes its reader hold, from its bytes alone: MQTT 3.1.1, 2.2 "fixed header". */

const MOST_LENGTH_DIGITS = 4;

/** Reads nothing but the fixed headers. Pure; once `take` has found something the stream cannot be followed any more. */
export class PacketMeter {
  #receivedBytes = 0;
  #announcedBytes = 0;
  /** Of the packet in progress, behind its fixed header. */
  #leftBytes = 0;
  /** Undefined between packets and behind the length. */
  #lengthDigits: number | undefined;
  #lengthBytes = 0;

  /** Since the connection was opened. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Of the packet in progress with its fixed header, as far as that has come; 0 between packets. */
  get announcedBytes(): number {
    return this.#announcedBytes;
  }

  /**
   * @param mostBytes of one packet with its fixed header
   * @returns what was found instead, for people; undefined: all is well
   */
  take(chunk: Uint8Array, mostBytes: number): string | undefined {
    this.#receivedBytes += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (this.#leftBytes > 0) {
        at += this.#skip(chunk.length - at);
        continue;
      }
      const found = this.#takeHeaderByte(chunk[at], mostBytes);
      if (found !== undefined) return found;
      at += 1;
    }
    return undefined;
  }

  #skip(countBytes: number): number {
    const skippedBytes = Math.min(this.#leftBytes, countBytes);
    this.#leftBytes -= skippedBytes;
    if (this.#leftBytes === 0) this.#announcedBytes = 0;
    return skippedBytes;
  }

  #takeHeaderByte(byte: number, mostBytes: number): string | undefined {
    this.#announcedBytes += 1;
    if (this.#lengthDigits === undefined) {
      this.#lengthDigits = 0;
      this.#lengthBytes = 0;
      return undefined;
    }
    if (this.#lengthDigits === MOST_LENGTH_DIGITS) return 'a length of five bytes';
    this.#lengthBytes += (byte & 0x7f) * 128 ** this.#lengthDigits;
    this.#lengthDigits += 1;
    if ((byte & 0x80) !== 0) return undefined;
    const packetBytes = this.#announcedBytes + this.#lengthBytes;
    if (packetBytes > mostBytes) return `one of ${packetBytes}`;
    this.#lengthDigits = undefined;
    this.#leftBytes = this.#lengthBytes;
    this.#announcedBytes = this.#leftBytes === 0 ? 0 : packetBytes;
    return undefined;
  }
}
