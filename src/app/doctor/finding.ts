/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  /** `note`: worth knowing, not in the way of what is configured. */
  readonly level: 'ok' | 'note' | 'warn' | 'fail';
  readonly found: string;
  /** What to do about it. */
  readonly fix?: string;
}

export const finding = (check: string, level: Finding['level'], found: string, fix?: string): Finding => ({
  check,
  level,
  found,
  ...(fix === undefined ? {} : { fix }),
});
