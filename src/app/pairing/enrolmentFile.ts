/** Writes an enrolment into the configuration file: what people wrote there, comments included, stays as it is. */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { judgeConfig } from '../../config.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { Placement } from '../../model/person.ts';

export interface NewWearable {
  readonly device: string;
  readonly name?: string;
  readonly address?: string;
  readonly placement: Placement;
  /** Signed axes or rows. */
  readonly mount?: string | readonly (readonly number[])[];
  readonly mode?: string;
}

const ALL_RIGHTS = 0o777;

/** What enrolling would make of the file. */
interface PlannedEnrolment {
  readonly text: string;
  /** In words: another wearable that gives way, or the place that this one leaves. */
  readonly change: string | undefined;
}

/**
 * The file with the wearable in it. What stands there of this very wearable stays, but for what is stated anew; another one
 * that the person wore at this place gives way to it.
 * @throws PlumblineError `config/invalid` when the file, or what it would become, is not a configuration
 */
export function planEnrolment(file: string, personId: string, wearable: NewWearable): PlannedEnrolment {
  const before = textOf(file);
  const document = documentOf(before, file);
  const people = listIn(document, document.contents, 'people', file);
  const worn = listIn(document, personIn(document, people, personId), 'wearables', file);
  const change = wear(document, worn, wearable);
  worn.flow = false;
  people.flow = false;
  const text = document.toString({ lineWidth: 0, ...layoutOf(before) });
  judgeConfig(parseDocument(text).toJS(), file);
  return { text, change };
}

/** How this very wearable is mounted by what stands in the file; undefined: the file does not say. */
export function writtenMount(file: string, personId: string, wearable: NewWearable): NewWearable['mount'] {
  const { people } = (documentOf(textOf(file), file).toJS() ?? {}) as { people?: WrittenPerson[] };
  const worn = people?.find(({ id }) => id === personId)?.wearables ?? [];
  return worn.find((each) => isSame(each, wearable) && each.placement === wearable.placement)?.mount;
}

/** @throws PlumblineError `config/invalid`, `storage/failed` */
export function enrolInFile(file: string, personId: string, wearable: NewWearable): void {
  const { text } = planEnrolment(file, personId, wearable);
  try {
    writeWhole(existsSync(file) ? realpathSync(file) : file, text);
  } catch (cause) {
    throw new PlumblineError('storage/failed', `expected to write ${file}, found ${messageOf(cause)}`, { cause });
  }
}

/** As a whole or not at all: half a configuration would stop the service. Rights and owner stay, there may be passwords in it. */
function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.new`;
  const known = existsSync(path) ? statSync(path) : undefined;
  const file = openSync(unfinished, 'w', known ? known.mode & ALL_RIGHTS : undefined);
  try {
    writeSync(file, text);
    if (known) {
      fchmodSync(file, known.mode & ALL_RIGHTS);
      // Only root can give a file away, and only root has to.
      if (process.getuid?.() === 0) fchownSync(file, known.uid, known.gid);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}

interface WrittenPerson {
  readonly id?: unknown;
  readonly wearables?: readonly NewWearable[];
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function documentOf(text: string, source: string): Document & { contents: YAMLMap } {
  const document = text.trim() === '' ? new Document({}) : parseDocument(text, { prettyErrors: false });
  if (document.errors.length === 0 && isMap(document.contents)) return document as Document & { contents: YAMLMap };
  throw new PlumblineError(
    'config/invalid',
    `configuration (${source}): expected YAML with keys, found something else`,
  );
}

/** As the file is laid out already. */
function layoutOf(text: string): { indent: number; indentSeq: boolean } {
  const depths = [...text.matchAll(/^( {2,8})[^\s#]/gm)].map(([, spaces = '']) => spaces.length);
  return { indent: depths.length > 0 ? Math.min(...depths) : 2, indentSeq: !/^\S+:[^\S\n]*\n- /m.test(text) };
}

/** @returns what changes for others, in words */
function wear(document: Document, worn: YAMLSeq, wearable: NewWearable): string | undefined {
  const items = worn.items.filter((item): item is YAMLMap => isMap(item));
  const own = items.find((item) => isSame(item.toJSON() as NewWearable, wearable));
  const other = items.find((item) => item !== own && item.get('placement') === wearable.placement);
  if (other) worn.items.splice(worn.items.indexOf(other), 1);
  const left = own?.get('placement');
  if (own) restate(document, own, wearable);
  else worn.add(document.createNode(wearable));
  if (!own) flowRows(worn.items.at(-1));
  if (other) return `${nameOf(other.toJSON() as NewWearable)} is no longer worn at ${wearable.placement}`;
  return own && left !== wearable.placement ? `it was worn at ${String(left)} before` : undefined;
}

/** Touches only what changes: a value that is replaced as a node would lose the comment behind it. */
function restate(document: Document, own: YAMLMap, wearable: NewWearable): void {
  const written = own.toJSON() as Record<string, unknown>;
  for (const [key, value] of Object.entries(wearable)) {
    if (JSON.stringify(written[key]) === JSON.stringify(value)) continue;
    own.set(key, typeof value === 'string' ? value : document.createNode(value));
  }
  flowRows(own);
}

/** Rows of numbers read better on a line each. */
function flowRows(item: unknown): void {
  if (isMap(item)) flowEach(item.get('mount'));
}

function flowEach(rows: unknown): void {
  if (isSeq(rows)) for (const row of rows.items) if (isSeq(row)) row.flow = true;
}

const isSame = (written: NewWearable, wearable: NewWearable): boolean =>
  written.device === wearable.device &&
  (wearable.address === undefined
    ? written.name === wearable.name
    : written.address?.toLowerCase() === wearable.address.toLowerCase());

const nameOf = ({ device, name, address }: NewWearable): string => name ?? address ?? device;

function listIn(document: Document, map: YAMLMap, key: string, source: string): YAMLSeq {
  const found = map.get(key, true);
  if (isSeq(found)) return found;
  if (found !== undefined && found.value !== null) {
    throw new PlumblineError(
      'config/invalid',
      `configuration (${source}): ${key}: expected a list, found another value`,
    );
  }
  const list = document.createNode([]);
  map.set(key, list);
  return list;
}

function personIn(document: Document, people: YAMLSeq, personId: string): YAMLMap {
  const known = people.items.find((item) => isMap(item) && item.get('id') === personId);
  if (isMap(known)) return known;
  const person = document.createNode({ id: personId });
  people.add(person);
  return person;
}
