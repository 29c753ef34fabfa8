/** Reads "I have seen it" from a caregiver's app. Anybody on the broker can write here, so nothing is trusted. */
import { messageOf } from '../../model/errors.ts';
import { PERSON_ID } from '../../model/person.ts';
import { acknowledgePayload } from './payloads.ts';
import { TOPIC_ID } from './topics.ts';

export interface Acknowledgement {
  readonly personId: string;
  readonly alertId: string;
  readonly by: string;
}

const MAX_PAYLOAD_BYTES = 1024;

/**
 * Topic `<base>/<pid>/ack/<alert_id>`, payload `{ "by": "…" }`.
 * The alert must be the same person's (its id begins with the person's): a right to write below one person
 * must not acknowledge for another.
 * @returns the acknowledgement, or the problem as "expected …, found …"; never throws.
 */
export function readAcknowledgement(
  topic: string,
  payload: Uint8Array,
  base: string,
): { readonly acknowledgement: Acknowledgement } | { readonly problem: string } {
  const levels = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1).split('/') : [];
  const [personId = '', ack, alertId = ''] = levels;
  if (levels.length !== 3 || ack !== 'ack' || !PERSON_ID.test(personId)) {
    return problem('topic', `${base}/<person id>/ack/<alert id>`, topic);
  }
  if (!TOPIC_ID.test(alertId) || !alertId.startsWith(`${personId}.`)) {
    return problem('alert id', `${personId}.<rule>.<time>`, alertId);
  }
  if (payload.byteLength > MAX_PAYLOAD_BYTES) {
    return {
      problem: `acknowledgement payload: expected at most ${MAX_PAYLOAD_BYTES} bytes, found ${payload.byteLength}`,
    };
  }
  return readBy(payload, (by) => ({ personId, alertId, by }));
}

function readBy(
  payload: Uint8Array,
  withBy: (by: string) => Acknowledgement,
): { acknowledgement: Acknowledgement } | { problem: string } {
  const text = new TextDecoder().decode(payload);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return problem('payload', '{ "by": "<who>" }', `${text} (${messageOf(error)})`);
  }
  const parsed = acknowledgePayload.safeParse(json);
  if (!parsed.success) return problem('payload', '{ "by": "<who, 1 to 64 printable characters>" }', text);
  return { acknowledgement: withBy(parsed.data.by) };
}

/** `found` came from outside: cut, and quoted so that it stays on one log line. */
function problem(what: string, expected: string, found: string): { problem: string } {
  const shown = found.length > 120 ? `${found.slice(0, 120)}…` : found;
  return { problem: `acknowledgement ${what}: expected ${expected}, found ${JSON.stringify(shown)}` };
}
