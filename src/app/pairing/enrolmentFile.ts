/** Writes an enrolment into the configuration file: what people wrote there, comments included, stays as it is. */
import { existsSync, readFileSync } from 'node:fs';
import { Document, isCollection, isMap, isNode, isSeq, parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import { judgeConfig } from '../../config.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { Placement } from '../../model/person.ts';
import { isEnrolledAs } from '../heardDevices.ts';
import { writeWholeFile } from './wholeFile.ts';

export interface NewWearable {
  readonly device: string;
  readonly name?: string;
  readonly address?: string;
  readonly placement: Placement;
  /** Signed axes or rows. */
  readonly mount?: string | readonly (readonly number[])[];
  readonly mode?: string;
}

/** Which of the written wearables it is: as the radio hears it. */
export interface HeardWearable {
  readonly kind: string;
  readonly name: string | undefined;
  readonly address: string;
}

/** What enrolling would make of the file. */
interface PlannedEnrolment {
  readonly text: string;
  /** The wearable as the file would say it: with what stood there of it before. */
  readonly wearable: Readonly<{ mode?: string; rateHz?: number } & Pick<NewWearable, 'mount'>>;
  /** In words: another wearable that gives way, or the place that this one leaves. */
  readonly change: string | undefined;
}

/**
 * The file with the wearable in it. What stands there of this very wearable stays, but for what is stated anew, and for its
 * mount when it moves to another place; another one that the person wore at this place gives way to it.
 * @throws PlumblineError `config/invalid` when the file, or what it would become, is not a configuration
 */
export function planEnrolment(
  file: string,
  personId: string,
  wearable: NewWearable,
  heard: HeardWearable,
): PlannedEnrolment {
  const before = textOf(file);
  const document = documentOf(before, file);
  const layout = layoutOf(document, before);
  const people = listIn(document, document.contents, 'people', file);
  const worn = listIn(document, personIn(document, people, personId), 'wearables', file);
  const { item, change } = wear(document, worn, wearable, heard);
  worn.flow = false;
  people.flow = false;
  const written = document.toString({ lineWidth: 0, ...layout });
  judgeConfig(parseDocument(written).toJS(), file);
  const text = before.includes('\r\n') ? written.replaceAll('\n', '\r\n') : written;
  return { text, wearable: item.toJSON() as PlannedEnrolment['wearable'], change };
}

/** @throws PlumblineError `config/invalid`, `storage/failed` */
export function enrolInFile(file: string, personId: string, wearable: NewWearable, heard: HeardWearable): void {
  const { text } = planEnrolment(file, personId, wearable, heard);
  try {
    writeWholeFile(file, text);
  } catch (cause) {
    throw new PlumblineError('storage/failed', `expected to write ${file}, found ${messageOf(cause)}`, { cause });
  }
}

/** Without carriage returns, which would become part of comments. */
function documentOf(text: string, source: string): Document & { contents: YAMLMap } {
  const document: Document = parseDocument(text.replaceAll('\r\n', '\n'), { prettyErrors: false });
  // Nothing, or comments only.
  if (document.errors.length === 0 && !document.contents) document.contents = document.createNode({});
  if (document.errors.length === 0 && isMap(document.contents)) return document as Document & { contents: YAMLMap };
  throw new PlumblineError(
    'config/invalid',
    `configuration (${source}): expected YAML with keys, found something else`,
  );
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** As the file is laid out already: by the first map and the first list in it. The library lays lists flush below maps by two only. */
function layoutOf(document: Document, before: string): { indent: number; indentSeq: boolean } {
  const text = before.replaceAll('\r\n', '\n');
  const columnOf = (offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);
  let map: number | undefined;
  let list: number | undefined;
  visit(document, {
    Pair(_, { key, value }) {
      if (!isNode(key) || !key.range || !isCollection(value) || !value.range || value.flow) return;
      const deeper = columnOf(value.range[0]) - columnOf(key.range[0]);
      if (isMap(value)) map ??= deeper;
      else list ??= deeper;
    },
  });
  return { indent: map ?? (list || DEFAULT_INDENT), indentSeq: list !== 0 };
}

const DEFAULT_INDENT = 2;

function wear(
  document: Document,
  worn: YAMLSeq,
  wearable: NewWearable,
  heard: HeardWearable,
): { item: YAMLMap; change: string | undefined } {
  const items = worn.items.filter((item): item is YAMLMap => isMap(item));
  const own = ownOf(items, wearable, heard);
  const other = items.find((item) => item !== own && item.get('placement') === wearable.placement);
  if (other) worn.items.splice(worn.items.indexOf(other), 1);
  const left = own?.get('placement') as Placement | undefined;
  const isMoved = left !== undefined && left !== wearable.placement;
  const item = own ?? document.createNode({});
  if (!own) worn.add(item);
  // How it sat there says nothing of how it sits here, and every angle would turn with it.
  if (isMoved) item.delete('mount');
  restate(document, item, wearable);
  if (other)
    return { item, change: `${nameOf(other.toJSON() as NewWearable)} is no longer worn at ${wearable.placement}` };
  return { item, change: isMoved ? `it was worn at ${left} before` : undefined };
}

/**
 * Of several entries that fit it, such as two without a name: the one at its place. One at another place that any of the kind fits may
 * be of another wearable: the configuration then asks for its name.
 */
function ownOf(items: readonly YAMLMap[], { placement }: NewWearable, heard: HeardWearable): YAMLMap | undefined {
  const fitting = items.filter((item) => {
    const written = item.toJSON() as NewWearable;
    return written.device === heard.kind && isEnrolledAs(written, heard, heard.kind);
  });
  return (
    fitting.find((item) => item.get('placement') === placement) ??
    fitting.find((item) => item.has('name') || item.has('address'))
  );
}

/** Touches only what changes: a value that is replaced as a node would lose the comment behind it. */
function restate(document: Document, item: YAMLMap, wearable: NewWearable): void {
  const written = item.toJSON() as Record<string, unknown>;
  for (const [key, value] of Object.entries(wearable)) {
    // An address that stands there is more than a name.
    if (key === 'name' && written.address !== undefined) continue;
    if (JSON.stringify(written[key]) === JSON.stringify(value)) continue;
    item.set(key, typeof value === 'string' ? value : document.createNode(value));
  }
  flowRows(item);
}

/** Rows of numbers read better on a line each. */
function flowRows(item: YAMLMap): void {
  const rows = item.get('mount');
  if (isSeq(rows)) for (const row of rows.items) if (isSeq(row)) row.flow = true;
}

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
