/** A small sign whose shape says the same as its colour. */
export type MarkShape = 'well' | 'caution' | 'limit' | 'unseen' | 'lying';

const PATHS: Readonly<Record<MarkShape, string>> = {
  well: 'M7 12.5l3.4 3.4L17 9.2',
  caution: 'M12 8.2v5M12 16.4v.1',
  limit: 'M12 7v6.4M12 16.9v.1',
  unseen: 'M8.5 8.5l7 7M15.5 8.5l-7 7',
  lying: 'M7 12h10',
};

function Outline({ shape }: { shape: MarkShape }) {
  if (shape === 'caution') return <path d="M12 2.6 22.4 21H1.6Z" class="mark-fill" />;
  if (shape === 'limit') return <path d="M8 2h8l6 6v8l-6 6H8l-6-6V8Z" class="mark-fill" />;
  return <circle cx="12" cy="12" r="10.4" class="mark-fill" />;
}

export function Mark({ shape }: { shape: MarkShape }) {
  return (
    <svg class={`mark mark-${shape}`} viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
      <Outline shape={shape} />
      <path d={PATHS[shape]} class="mark-sign" />
    </svg>
  );
}
