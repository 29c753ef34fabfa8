/** The product's own recording format: what is written, read, cut, damaged, and read in part. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMcapRecording } from '../../../src/app/recording/mcapRecordingFile.ts';
import { crc32 } from 'node:zlib';
import { temporaryFolder } from '../../e2e/plumblineProcess.ts';
import { chunkRecords, Fields, MAGIC, numbersOf, recordsOf, type SpecRecord, wireFields } from './mcapSpec.ts';
import { blockFrom, RATE_HZ, readWhole, SENSOR, SIDECAR, writeSeconds } from './recordedSamples.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const fresh = (): string => join(folder.path, `${crypto.randomUUID()}.mcap`);

describe('an MCAP recording, read by its public specification alone', () => {
  const path = fresh();
  const written = writeSeconds(path, 12);
  const bytesOf = async (): Promise<Buffer> => {
    await written;
    return readFileSync(path);
  };
  const records = async (): Promise<SpecRecord[]> => {
    const bytes = await bytesOf();
    return recordsOf(bytes, MAGIC.length, bytes.length - MAGIC.length);
  };

  it('begins and ends with the magic, and its footer finds summary and index', async () => {
    const bytes = await bytesOf();
    expect(bytes.subarray(0, 8)).toEqual(MAGIC);
    expect(bytes.subarray(-8)).toEqual(MAGIC);
    const all = await records();
    const footer = new Fields(all.at(-1)?.content ?? Buffer.alloc(0));
    expect(all.at(-1)?.opcode).toBe(0x02);
    const summaryAt = footer.u64();
    const chunkIndexes = all.filter(({ opcode, at }) => opcode === 0x08 && at > summaryAt);
    const chunks = all.filter(({ opcode }) => opcode === 0x06);
    expect(chunkIndexes).toHaveLength(chunks.length);
    chunkIndexes.forEach(({ content }, c) => {
      const index = new Fields(content);
      index.bytes(16);
      expect(index.u64()).toBe(chunks[c].at);
    });
  });

  it('has checksums over each chunk, the attachment and all data', async () => {
    const all = await records();
    for (const { content } of all.filter(({ opcode }) => opcode === 0x06)) await chunkRecords(content);
    const attachment = all.find(({ opcode }) => opcode === 0x09)?.content ?? Buffer.alloc(0);
    expect(crc32(attachment.subarray(0, -4))).toBe(attachment.readUInt32LE(attachment.length - 4));
    const dataEnd = all.find(({ opcode }) => opcode === 0x0f);
    expect(crc32((await bytesOf()).subarray(0, dataEnd?.at))).toBe(dataEnd?.content.readUInt32LE(0));
  });

  it('says what it is: profile, sidecar, and the schema of its messages', async () => {
    const all = await records();
    expect(new Fields(all[0].content).text()).toBe('plumbline');
    const attachment = new Fields(all.find(({ opcode }) => opcode === 0x09)?.content ?? Buffer.alloc(0));
    attachment.bytes(16);
    expect(attachment.text()).toBe('recording.json');
    expect(attachment.text()).toBe('application/json');
    const about = JSON.parse(attachment.bytes(attachment.u64()).toString('utf8'));
    expect(about).toMatchObject({ format: 'plumbline-recording/1', rateHz: RATE_HZ, sidecar: SIDECAR });
    const schema = new Fields(all.find(({ opcode }) => opcode === 0x03)?.content ?? Buffer.alloc(0));
    schema.u16();
    expect([schema.text(), schema.text()]).toEqual(['plumbline.ImuSamples', 'protobuf']);
    // FileDescriptorSet.file[0].message_type[*].name
    const [file] = wireFields(schema.bytes(schema.u32())).get(1) ?? [];
    const messages = wireFields(file as Buffer).get(4) ?? [];
    const names = messages.map((message) => String(wireFields(message as Buffer).get(1)?.[0]));
    expect(names).toEqual(['Numbers', 'ImuSamples', 'Gap', 'ClockQuality']);
    // Python looks a type up by its full name: FieldDescriptorProto.type_name of ImuSamples.t_s.
    const fields = (wireFields(messages[1] as Buffer).get(2) ?? []).map((field) => wireFields(field as Buffer));
    expect(fields.map((field) => String(field.get(1)?.[0]))).toContain('gyr_z');
    expect(String(fields[0].get(6)?.[0])).toBe('.plumbline.Numbers');
  });

  it('holds the very numbers that were recorded, and log times that are Unix time', async () => {
    const [first] = (await records()).filter(({ opcode }) => opcode === 0x06);
    const message = (await chunkRecords(first.content)).find(({ opcode }) => opcode === 0x05);
    const fields = new Fields(message?.content ?? Buffer.alloc(0));
    fields.bytes(6);
    expect(fields.u64() / 1e6).toBe(Date.parse(SIDECAR.utcStart));
    fields.bytes(8);
    const samples = wireFields(fields.rest());
    const list = (field: number): number[] => numbersOf(samples.get(field)?.[0] as Buffer);
    const block = blockFrom(0, RATE_HZ);
    expect(list(1)).toEqual([...block.tS]);
    for (const c of [0, 1, 2]) {
      expect(list(2 + c)).toEqual(Array.from(block.tS, (_, i) => block.accMps2[3 * i + c]));
      expect(list(5 + c)).toEqual(Array.from(block.tS, (_, i) => block.gyrRadps?.[3 * i + c]));
    }
    expect(samples.get(8)?.[0]).toEqual(Buffer.from(block.flags));
    expect(samples.get(9)).toEqual([RATE_HZ]);
  });
});

describe('a recording that was cut', () => {
  const path = fresh();
  const whole = writeSeconds(path, 8, false).then(() => readFileSync(path));

  it('by kill -9 has every second that was flushed, and says that its end is missing', async () => {
    await whole;
    const { timesS, end } = await readWhole(path);
    expect(timesS).toHaveLength(8 * RATE_HZ);
    expect(end.cut).toMatch(/^expected the end mark of the recording, found nothing \(byte \d+ of \d+\)$/);
  });

  it('at any byte has every whole second before it', async () => {
    const bytes = await whole;
    const chunkEnds = recordsOf(bytes, MAGIC.length)
      .filter(({ opcode }) => opcode === 0x06)
      .map(({ at, content }) => at + 9 + content.length);
    const cut = fresh();
    for (let size = chunkEnds[0]; size < bytes.length; size += 53) {
      writeFileSync(cut, bytes);
      truncateSync(cut, size);
      const { timesS, end } = await readWhole(cut);
      expect(timesS).toHaveLength(RATE_HZ * chunkEnds.filter((endByte) => endByte <= size).length);
      expect(end.cut).toMatch(/expected the end mark/);
    }
  });

  it.each([
    ['zeros where the disk never wrote', (bytes: Buffer, at: number) => bytes.fill(0, at)],
    ['garbage in its last second', (bytes: Buffer, at: number) => bytes.fill(0xa5, at + 100)],
  ])('by the mains has %s, and all before it', async (_, damage) => {
    const bytes = Buffer.from(await whole);
    const last = recordsOf(bytes, MAGIC.length).findLast(({ opcode }) => opcode === 0x06);
    damage(bytes, last?.at ?? 0);
    const cut = fresh();
    writeFileSync(cut, bytes);
    const { timesS, end } = await readWhole(cut);
    expect(timesS).toHaveLength(7 * RATE_HZ);
    expect(end.cut).toMatch(/expected the end mark/);
  });
});

describe('a part of a recording', () => {
  it('is read from the chunks it is in, not from the others', async () => {
    const path = fresh();
    await writeSeconds(path, 60);
    const bytes = readFileSync(path);
    // Every chunk that is not needed is destroyed: who reads it fails.
    for (const { opcode, at, content } of recordsOf(bytes, MAGIC.length, bytes.length - MAGIC.length)) {
      if (opcode !== 0x06) continue;
      const startS = Number(content.readBigUInt64LE(0)) / 1e9 - Date.parse(SIDECAR.utcStart) / 1000;
      if (startS < 29 || startS > 41) bytes.fill(0x5a, at + 60, at + 9 + content.length);
    }
    writeFileSync(path, bytes);
    const { timesS, rows } = await readWhole(path, { fromS: 39.5, toS: 40.25 });
    expect(timesS[0]).toBe(39.5);
    expect(timesS.at(-1)).toBe(40.24);
    expect(rows[10][0]).toBe(0.396);
    await expect(readWhole(path)).rejects.toThrow(/found damage/);
  });

  it.each([true, false])('is the same samples as of the whole, with an end mark or without (%s)', async (isClosed) => {
    const path = fresh();
    await writeSeconds(path, 12, isClosed);
    const whole = await readWhole(path);
    for (const [fromS, toS] of [
      [0, 3],
      [2.345, 2.346],
      [5.5, undefined],
      [undefined, 1],
      [100, 200],
    ]) {
      const part = await readWhole(path, { fromS, toS });
      const wanted = whole.timesS.filter((tS) => tS >= (fromS ?? -1) && tS < (toS ?? 1e9));
      expect(part.timesS).toEqual(wanted);
    }
  });
});

describe('two sensors in one recording', () => {
  const layout = { main: SENSOR, pelvis: SENSOR };
  const start = { layout, sidecar: SIDECAR, rateHz: RATE_HZ, firstS: 0 };

  it('at the same times come back as they were', async () => {
    const path = fresh();
    const file = await createMcapRecording(path, { force: true });
    file.begin(start);
    for (let s = 0; s < 25; s++) file.blocks({ main: blockFrom(s, RATE_HZ), pelvis: blockFrom(s, RATE_HZ) });
    await file.close();
    const { rows, pelvis } = await readWhole(path);
    expect(rows).toHaveLength(25 * RATE_HZ);
    expect(pelvis).toEqual(rows);
    const part = await readWhole(path, { fromS: 11.5, toS: 12.5 });
    expect(part.rows).toHaveLength(RATE_HZ);
    expect(part.pelvis).toEqual(part.rows);
  });

  it('at times of their own: the second is interpolated onto the first, and missing across its gaps', async () => {
    const path = fresh();
    const file = await createMcapRecording(path, { force: true });
    file.begin(start);
    for (let s = 0; s < 20; s++) {
      file.block('main', blockFrom(s, RATE_HZ));
      // 50 Hz, 3 ms late, silent from second 5 to 8.
      if (s < 5 || s >= 8) file.block('pelvis', blockFrom(s + 0.003, 50, 50));
      await file.flush();
    }
    await file.close();
    const { timesS, pelvis } = await readWhole(path);
    expect(pelvis).toHaveLength(20 * RATE_HZ);
    timesS.forEach((tS, i) => {
      const [acc] = pelvis[i];
      if (tS < 0.003 || (tS > 4.983 && tS < 8.003) || tS > 19.983) expect(acc).toBeNaN();
      // acc_x of `blockFrom` is a hundredth of the time.
      else expect(acc).toBeCloseTo(tS / 100, 4);
    });
  });

  it.each(['main', 'pelvis'] as const)('of which %s is silent for long lose nothing that both have', async (silent) => {
    const path = fresh();
    const file = await createMcapRecording(path, { force: true });
    file.begin(start);
    for (let s = 0; s < 200; s++) {
      for (const sensor of ['main', 'pelvis'] as const) {
        if (sensor !== silent || s < 5 || s >= 190) file.block(sensor, blockFrom(s, RATE_HZ));
      }
      await file.flush();
    }
    await file.close();
    const { rows, pelvis } = await readWhole(path);
    const both = rows.filter((row, i) => !Number.isNaN(pelvis[i][0]) && row[0] === pelvis[i][0]);
    expect(both).toHaveLength(15 * RATE_HZ);
    expect(rows).toHaveLength(silent === 'main' ? 15 * RATE_HZ : 200 * RATE_HZ);
  });

  it('written far apart are refused, not taken for missing', async () => {
    const path = fresh();
    const file = await createMcapRecording(path, { force: true });
    file.begin(start);
    for (let s = 0; s < 100; s += 10) file.block('main', blockFrom(s, 10 * RATE_HZ));
    await file.flush();
    for (let s = 0; s < 100; s += 10) file.block('pelvis', blockFrom(s, 10 * RATE_HZ));
    await file.close();
    await expect(readWhole(path)).rejects.toThrow(/expected the samples of both sensors within 30 s of each other/);
  });
});
