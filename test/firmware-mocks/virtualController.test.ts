/** The controller against the bytes of the Core Specification, without noble between: two readings must agree. */
import { afterEach, describe, expect, it } from 'vitest';
import { Bench, createBenchPeripheral } from '../../firmware-mocks/benchPeripheral.ts';
import { createVirtualRadio, type HciSocket, type VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import type { VirtualRadioOptions } from '../../firmware-mocks/virtualController.ts';

const ADDRESS_ON_AIR = '010000eeffc0';
const CREATE_CONNECTION = `010d2019 60003000 00 01 ${ADDRESS_ON_AIR} 00 18002800 0000 9001 00000000`;

describe('the virtual controller', () => {
  const sockets: HciSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.stop();
  });

  function setUp(options: VirtualRadioOptions = {}): Setup {
    const radio = createVirtualRadio([createBenchPeripheral({ maxMtu: 100 })], options);
    const socket = new radio.HciSocket();
    sockets.push(socket);
    const packets: string[] = [];
    socket.on('data', (packet: Buffer) => packets.push(packet.toString('hex')));
    socket.start();
    const send = (hex: string): void => socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const answer = async (hex: string, expected: RegExp): Promise<string> => {
      const from = packets.length;
      send(hex);
      const find = (): string | undefined => packets.slice(from).find((packet) => expected.test(packet));
      await expect.poll(find).toBeDefined();
      return find() ?? '';
    };
    const connect = async (): Promise<string> => {
      const complete = await answer(CREATE_CONNECTION, /^043e1301/);
      return complete.slice(10, 14);
    };
    return { radio, packets, send, answer, connect };
  }

  interface Setup {
    readonly radio: VirtualRadio;
    readonly packets: string[];
    readonly send: (hex: string) => void;
    readonly answer: (hex: string, expected: RegExp) => Promise<string>;
    readonly connect: () => Promise<string>;
  }
  /** An ATT request in one ACL packet. */
  const att = (handle: string, pdu: string): string => {
    const bytes = pdu.length / 2;
    const le = (value: number): string => Buffer.from([value & 0xff, value >> 8]).toString('hex');
    return `02${handle}${le(bytes + 4)}${le(bytes)}0400${pdu}`;
  };

  it('answers a command that it does not know with Unknown HCI Command', async () => {
    expect(await setUp().answer('01ff fc 00', /./)).toBe('040e0401fffc01');
  });

  it('says that it is Bluetooth 5.3 and takes 8 packets of 251 bytes', async () => {
    const { answer } = setUp();
    expect(await answer('01011000', /^040e/)).toBe('040e0c010110000c00000cffff0000');
    expect(await answer('01022000', /^040e/)).toBe('040e0701022000fb0008');
  });

  it('reports an advertisement and a scan response, with address, data and signal strength', async () => {
    const { answer, packets } = setUp();
    await answer('010c20020100', /^043e.{2}02/);
    await expect.poll(() => packets.length).toBeGreaterThanOrEqual(3);
    // Flags 06, then the 128-bit service, least significant byte first; -55 dBm.
    expect(packets[1]).toBe(`043e2102010001${ADDRESS_ON_AIR}150201061107cc3c7acf6031fb8e8a47aa810000acb3c9`);
    expect(packets[2]).toBe(`043e1502010401${ADDRESS_ON_AIR}090809${Buffer.from('Bench 1').toString('hex')}c9`);
  });

  it('reports an address once when the host filters duplicates', async () => {
    const { answer, packets } = setUp();
    await answer('010c20020101', /^043e.{2}020104/);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(packets.filter((packet) => packet.startsWith('043e')).length).toBe(2);
  });

  it('speaks LE Extended Advertising when asked to', async () => {
    const { answer } = setUp();
    const report = await answer('0142200601000000 0000', /^043e.{2}0d/);
    expect(report).toContain(`0d01130001${ADDRESS_ON_AIR}`);
  });

  it('acknowledges every packet of the host, and answers the MTU exchange with its own size', async () => {
    const { connect, answer, packets } = setUp();
    const handle = await connect();
    expect(await answer(att(handle, '020001'), /^02/)).toBe(`02${handle.slice(0, 2)}20070003000400036400`);
    expect(packets).toContain(`04130501${handle}0100`);
  });

  it('puts a request together that comes in two packets', async () => {
    const { connect, send, answer } = setUp();
    const handle = await connect();
    send(`02${handle}0500 0300 0400 02`);
    const continued = `${handle.slice(0, 2)}1${handle.slice(3)}`;
    expect(await answer(`02${continued}0200 0001`, /^02/)).toMatch(/036400$/);
  });

  it('cuts what it sends into packets of the stated size', async () => {
    const { connect, send, packets } = setUp({ aclFragmentBytes: 27 });
    const handle = await connect();
    send(att(handle, '020001'));
    // The long value: 100 bytes of response and 4 of L2CAP header.
    send(att(handle, '0a0800'));
    const lengths = (): number[] =>
      packets.filter((packet) => packet.startsWith('02')).map((packet) => packet.length / 2 - 5);
    await expect.poll(lengths).toEqual([7, 27, 27, 27, 23]);
  });

  it.each([
    ['reading handle 0', '0a0000', '010a000001'],
    ['reading beyond the table', '0aff00', '010aff0001'],
    ['writing a declaration', '12010000', '0112010003'],
    ['an unknown request', '7e0000', '017e000006'],
    ['a truncated request', '0a', '010a000004'],
    ['services beyond the last', '10ff00ffff0028', '0110ff000a'],
  ])('answers %s with an error response', async (_what, pdu, expected) => {
    const { connect, answer } = setUp();
    expect(await answer(att(await connect(), pdu), /^02/)).toMatch(new RegExp(`${expected}$`));
  });

  it('says Command Disallowed to a second connection request while one is under way', async () => {
    const { radio, send, answer } = setUp();
    radio.setPeerFaults('c0:ff:ee:00:00:01', { vanished: true });
    send(CREATE_CONNECTION);
    expect(await answer(CREATE_CONNECTION, /^040f040c/)).toBe('040f040c010d20');
    expect(await answer('010e2000', /^043e/)).toMatch(/^043e130102/);
  });

  it('tells the peer when the host ends the link, and the host with reason 0x16', async () => {
    const { radio, connect, answer } = setUp();
    const handle = await connect();
    expect(radio.connectedAddresses).toEqual(['c0:ff:ee:00:00:01']);
    expect(await answer(`01060403${handle}13`, /^0405/)).toBe(`04050400${handle}16`);
    expect(radio.connectedAddresses).toEqual([]);
  });

  it('notifies only who subscribed, and each link anew', async () => {
    const sends: ((value: Uint8Array) => boolean)[] = [];
    const bench = createBenchPeripheral();
    const service = bench.services[0];
    const characteristic = service?.characteristics.find(({ uuid }) => uuid === Bench.notify);
    if (!characteristic) throw new Error('expected a notifying characteristic');
    characteristic.onSubscribe = (send) => sends.push(send);
    const radio = createVirtualRadio([bench]);
    const socket = new radio.HciSocket();
    sockets.push(socket);
    const packets: string[] = [];
    socket.on('data', (packet: Buffer) => packets.push(packet.toString('hex')));
    socket.start();
    const command = (hex: string): void => socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    command(CREATE_CONNECTION);
    await expect.poll(() => radio.connectedAddresses.length).toBe(1);
    // Generic Access takes 3 handles, the service 1, four characteristics 8; then declaration, value, configuration.
    command(att('4000', '120f000100'));
    await expect.poll(() => sends.length).toBe(1);
    expect(sends[0]?.(Uint8Array.of(0xab))).toBe(true);
    await expect.poll(() => packets.at(-1)).toMatch(/1b0e00ab$/);
    radio.drop('c0:ff:ee:00:00:01');
    expect(sends[0]?.(Uint8Array.of(0xab))).toBe(false);
  });
});
