/** Open alerts with "I have seen it"; each stays until somebody has said so and it is over. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Alert } from '../../../model/alert.ts';
import type { Severity } from '../../../model/event.ts';
import { acknowledge } from '../live/acknowledge.ts';
import { storedName, storeName } from '../live/caregiverName.ts';
import type { LiveStore } from '../live/liveStore.ts';
import { AlertCard } from './AlertCard.tsx';
import { Mark } from './Mark.tsx';

const RANK: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2, none: 3 };
const NAME_MISSING = 'Please write your name first, so that others know who has seen it.';

const THANKS_MS = 15_000;

const byUrgency = (a: Alert, b: Alert): number =>
  Number(a.acknowledged !== undefined) - Number(b.acknowledged !== undefined) ||
  RANK[a.severity] - RANK[b.severity] ||
  b.raisedMs - a.raisedMs;

interface NameFieldProps {
  readonly name: string;
  readonly problem: string;
  readonly field: { current: HTMLInputElement | null };
  readonly onName: (name: string) => void;
  readonly onEnter: () => void;
}

function NameField({ name, problem, field, onName, onEnter }: NameFieldProps) {
  return (
    <form
      class="name-field"
      onSubmit={(event) => {
        event.preventDefault();
        onEnter();
      }}
    >
      <label for="caregiver-name">Your name</label>
      <input
        id="caregiver-name"
        ref={field}
        value={name}
        maxLength={64}
        autocomplete="name"
        aria-invalid={problem === NAME_MISSING}
        aria-describedby="acknowledge-problem"
        onInput={(event) => onName(event.currentTarget.value)}
      />
    </form>
  );
}

/** Who acknowledges, what went wrong, and which alert is on its way. */
function useAcknowledging(store: LiveStore) {
  const [name, setName] = useState(storedName);
  const [problem, setProblem] = useState('');
  const [said, setSaid] = useState('');
  const [busyId, setBusyId] = useState<string>();
  const nameField = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const wantedId = useRef<string | undefined>(undefined);

  useEffect(() => {
    const timer = setTimeout(() => setSaid(''), THANKS_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const send = async (id: string, by: string): Promise<void> => {
    setBusyId(id);
    setProblem('');
    try {
      store.putAlert(await acknowledge(id, by));
      setSaid(`Thank you, ${by}. Everybody can see that you have seen it.`);
      heading.current?.focus();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusyId(undefined);
    }
  };
  const seen = (id: string): void => {
    const by = name.trim();
    if (busyId !== undefined) return;
    wantedId.current = by === '' ? id : undefined;
    if (by !== '') void send(id, by);
    else {
      setProblem(NAME_MISSING);
      nameField.current?.focus();
    }
  };
  const changeName = (text: string): void => {
    setName(text);
    storeName(text.trim());
    setProblem('');
  };
  const enter = (): void => {
    if (wantedId.current !== undefined) seen(wantedId.current);
  };
  return { name, problem, said, busyId, nameField, heading, seen, changeName, enter };
}

export function AlertPanel({ store, nowMs }: { store: LiveStore; nowMs: number }) {
  const who = useAcknowledging(store);
  const open = [...store.alerts.values()].filter((alert) => alert.closedMs === undefined).sort(byUrgency);
  const nameOf = (personId: string): string => store.people.find(({ id }) => id === personId)?.displayName ?? personId;
  const needsName = open.some((alert) => alert.acknowledged === undefined);
  return (
    <section class={`alerts ${open.length > 0 ? 'alerts-open' : ''}`} aria-labelledby="alerts-heading">
      <div class="alerts-head">
        <h2 id="alerts-heading" ref={who.heading} tabIndex={-1}>
          {open.length === 0 ? <Mark shape="well" /> : null}
          {open.length === 0 ? 'No open alerts' : open.length === 1 ? '1 open alert' : `${open.length} open alerts`}
        </h2>
        {needsName && (
          <NameField
            name={who.name}
            problem={who.problem}
            field={who.nameField}
            onName={who.changeName}
            onEnter={who.enter}
          />
        )}
      </div>
      <p class="alerts-problem" id="acknowledge-problem" role="alert">
        {who.problem}
      </p>
      {open.length > 0 && (
        <ul class="alert-list">
          {open.map((alert) => (
            <AlertCard
              key={alert.id}
              alert={alert}
              name={nameOf(alert.personId)}
              nowMs={nowMs}
              isBusy={who.busyId !== undefined}
              onSeen={() => who.seen(alert.id)}
            />
          ))}
        </ul>
      )}
      <p class="alerts-said" role="status">
        {who.said}
      </p>
    </section>
  );
}
