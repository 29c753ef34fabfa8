/** Writes an enrolment into the configuration file: what people wrote there, comments included, stays as it is. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { parseConfig } from '../../config.ts';
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

/**
 * The text of the file with the wearable in it; the wearable that the person wore at this place before gives way to it.
 * @throws PlumblineError `config/invalid` when the file, or what it would become, is not a configuration
 */
function withEnrolment(text: string, source: string, personId: string, wearable: NewWearable): string {
  const document = text.trim() === '' ? new Document({}) : parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new PlumblineError(
      'config/invalid',
      `configuration (${source}): expected YAML with keys, found something else`,
    );
  }
  const people = listIn(document, document.contents, 'people', source);
  const person = personIn(document, people, personId);
  const worn = listIn(document, person, 'wearables', source);
  const node = document.createNode(wearable);
  // Rows of numbers read better on a line each.
  const rows: unknown = isMap(node) ? node.get('mount') : undefined;
  if (isSeq(rows)) for (const row of rows.items) if (isSeq(row)) row.flow = true;
  const at = worn.items.findIndex((item) => isMap(item) && item.get('placement') === wearable.placement);
  if (at === -1) worn.add(node);
  else worn.items[at] = node;
  worn.flow = false;
  people.flow = false;
  const changed = document.toString({ lineWidth: 120 });
  parseConfig(parseDocument(changed).toJS(), source);
  return changed;
}

/** @throws PlumblineError `config/invalid`, `storage/failed` */
export function enrolInFile(file: string, personId: string, wearable: NewWearable): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const changed = withEnrolment(before, file, personId, wearable);
  const unfinished = `${file}.new`;
  try {
    // As a whole or not at all: a configuration cut in half would stop the service.
    writeFileSync(unfinished, changed);
    renameSync(unfinished, file);
  } catch (cause) {
    throw new PlumblineError('storage/failed', `expected to write ${file}, found ${messageOf(cause)}`, { cause });
  }
}

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
