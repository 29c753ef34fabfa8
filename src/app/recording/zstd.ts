/** Zstandard frames, as MCAP chunks hold them. */
import zstd from '@foxglove/wasm-zstd';
import { PlumblineError } from '../../model/errors.ts';

/** No chunk of ours is near that; a damaged length must not take the memory. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/** Before the first call of the others. */
export const zstdLoaded = async (): Promise<void> => {
  await zstd.isLoaded;
};

export const compressed = (bytes: Uint8Array): Uint8Array => zstd.compress(bytes);

/** @throws PlumblineError `recording/invalid`, Error */
export function decompressed(bytes: Uint8Array, size: bigint): Uint8Array {
  if (size > MAX_CHUNK_BYTES) {
    throw new PlumblineError(
      'recording/invalid',
      `expected a chunk of at most ${MAX_CHUNK_BYTES} bytes, found ${size}`,
    );
  }
  return zstd.decompress(bytes, Number(size));
}
