/**
 * Little-endian reading and writing, because every wearable speaks it and none may make us throw.
 * A read that does not fit gives NaN: check `length` first, and a mistake shows as a missing number instead of a crash.
 */
export class ByteReader {
  readonly length: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.length = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(at: number): number {
    return this.#fits(at, 1) ? this.#view.getUint8(at) : NaN;
  }

  i8(at: number): number {
    return this.#fits(at, 1) ? this.#view.getInt8(at) : NaN;
  }

  u16(at: number): number {
    return this.#fits(at, 2) ? this.#view.getUint16(at, true) : NaN;
  }

  i16(at: number): number {
    return this.#fits(at, 2) ? this.#view.getInt16(at, true) : NaN;
  }

  u32(at: number): number {
    return this.#fits(at, 4) ? this.#view.getUint32(at, true) : NaN;
  }

  f32(at: number): number {
    return this.#fits(at, 4) ? this.#view.getFloat32(at, true) : NaN;
  }

  #fits(at: number, count: number): boolean {
    return Number.isInteger(at) && at >= 0 && at + count <= this.length;
  }
}

/** Builds a little-endian value of any length. Numbers must fit their field: a number that does not is our own mistake and throws. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  u8(value: number): this {
    return this.#put(value, 1, 0, 0xff);
  }

  u16(value: number): this {
    return this.#put(value, 2, 0, 0xffff);
  }

  i16(value: number): this {
    return this.#put(value, 2, -0x8000, 0x7fff);
  }

  u32(value: number): this {
    return this.#put(value, 4, 0, 0xffff_ffff);
  }

  u64(value: number): this {
    return this.#put(value, 8, 0, Number.MAX_SAFE_INTEGER);
  }

  ascii(text: string): this {
    for (const character of text) this.u8(character.charCodeAt(0));
    return this;
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #put(value: number, count: number, min: number, max: number): this {
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(`expected an integer from ${min} to ${max}, found ${value}`);
    }
    let rest = value < 0 ? value + 2 ** (8 * count) : value;
    for (let i = 0; i < count; i++) {
      this.#bytes.push(rest % 256);
      rest = Math.floor(rest / 256);
    }
    return this;
  }
}

/** Text of a device information value; trailing NULs are common and stripped. */
export function textOf(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  let text = '';
  for (let i = 0; i < end; i++) {
    const byte = bytes[i];
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return text;
}

/** For messages: the first bytes, so that a wrong packet can be recognised. */
export function hexOf(bytes: Uint8Array, most = 8): string {
  const shown = Array.from(bytes.subarray(0, most), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > most ? `${shown} …` : shown;
}
