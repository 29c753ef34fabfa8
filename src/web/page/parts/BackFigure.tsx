/** The wearer from behind, so that right is right: how far the trunk leans sideways. */
const MOST_DEG = 60;

export function BackFigure({ lateralDeg, label }: { lateralDeg: number | undefined; label: string }) {
  const leanDeg = Math.max(-MOST_DEG, Math.min(MOST_DEG, lateralDeg ?? 0));
  return (
    <svg
      class={`figure figure-back ${lateralDeg === undefined ? 'figure-unseen' : ''}`}
      viewBox="0 0 120 132"
      role="img"
      aria-label={label}
    >
      <path d="M60 84V10" class="plumb" />
      <path d="M26 126h68" class="ground" />
      <path d="M54 84l-3 40M66 84l3 40" class="limb limb-back-leg" />
      <g class="turning" style={{ transform: `translate(60px, 84px) rotate(${leanDeg}deg)` }}>
        <path
          d="M-12 4C-13-12-17-30-16-40C-15-47-8-48 0-48C8-48 15-47 16-40C17-30 13-12 12 4C11 9-11 9-12 4Z"
          class="body"
        />
        <path d="M-18-39c-4 12-5 24-4 36M18-39c4 12 5 24 4 36" class="limb limb-back-arm" />
        <circle cx="0" cy="-62" r="10.5" class="body" />
      </g>
      <text x="12" y="128" class="zone-label">
        L
      </text>
      <text x="108" y="128" class="zone-label" text-anchor="end">
        R
      </text>
    </svg>
  );
}
