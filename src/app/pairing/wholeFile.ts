/** Replaces a text file as a whole or not at all: half a configuration would stop the service. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

const ALL_RIGHTS = 0o777;
const GROUP_RIGHTS = 0o070;
const OWNER_ONLY = 0o600;
const UMASK_DECIDES = 0o666;
/** chown(2). */
const AS_IT_IS = -1;

/** Follows symbolic links; rights, owner and group of a file that is there stay. @throws the error of the file system */
export function writeWholeFile(file: string, text: string): void {
  const path = targetOf(file);
  const known = statSync(path, { throwIfNoEntry: false });
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  try {
    // There may be passwords in it: never readable by more people than the file was, not for a moment.
    const written = openSync(unfinished, 'wx', known ? OWNER_ONLY : UMASK_DECIDES);
    try {
      if (known) giveRights(written, known);
      writeFileSync(written, text);
      fsyncSync(written);
    } finally {
      closeSync(written);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function giveRights(written: number, { mode, uid, gid }: Stats): void {
  const rights = mode & ALL_RIGHTS;
  try {
    fchownSync(written, uid, gid);
    fchmodSync(written, rights);
  } catch {
    // Only root can give a file away. Its group may still be one of ours; what that could do is not for another group.
    fchmodSync(written, keepsGroup(written, gid) ? rights : rights & ~GROUP_RIGHTS);
  }
}

function keepsGroup(written: number, gid: number): boolean {
  try {
    fchownSync(written, AS_IT_IS, gid);
    return true;
  } catch {
    return false;
  }
}

/** Where a file is, or would be made: also behind a link to a file that does not exist yet. */
function targetOf(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })) return realpathSync(file);
  try {
    return targetOf(resolve(dirname(file), readlinkSync(file)));
  } catch {
    // No link.
    return file;
  }
}
