/** MQTT 3.1.1 packets by hand, for senders that a library would not be. */

export const text = (words: string): Buffer => {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
};

/** A fixed header, MQTT 3.1.1, 2.2. */
export function header(type: number, length: number): Buffer {
  const bytes = [type];
  let rest = length;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}

export function connectPacket(clientId: string, password?: string): Buffer {
  const flags = password === undefined ? 0x02 : 0xc2;
  const login = password === undefined ? [] : [text('whoever'), text(password)];
  const body = Buffer.concat([text('MQTT'), Buffer.of(4, flags, 0, 0), text(clientId), ...login]);
  return Buffer.concat([header(0x10, body.length), body]);
}

export function publishPacket(topic: string, payload: Buffer): Buffer {
  const name = text(topic);
  return Buffer.concat([header(0x30, name.length + payload.length), name, payload]);
}
