/** Published packets, read from beside the repository and never copied into it. */
import { existsSync, readFileSync } from 'node:fs';

const FILE = new URL('../../../../shared/reference/ble-vectors.json', import.meta.url);

/** All vectors of one device as the file has them; none without ../shared. */
export function vectorsOf<Vector>(device: string): Vector[] {
  return allVectors<Vector & { readonly device: string }>().filter((vector) => vector.device === device);
}

export function allVectors<Vector>(): Vector[] {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Vector[] }).vectors : [];
}
