/** A plumb line: what upright is measured against. */
export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 28 40" width="28" height="40" aria-hidden="true">
        <path d="M4 3h20" class="brand-line" />
        <path d="M14 3v18" class="brand-line" />
        <path
          d="M14 19c4.6 0 7 2.6 7 5.6 0 4.2-4.4 8.4-7 13.4-2.6-5-7-9.2-7-13.4 0-3 2.4-5.6 7-5.6Z"
          class="brand-bob"
        />
      </svg>
      Plumbline
    </span>
  );
}
