/** "Did you mean …?": the known word that is the fewest typing mistakes away from the one that was found. */

/** At most this share of a word may be mistyped; beyond it a suggestion only confuses. */
const MAX_MISTAKE_RATIO = 0.4;

/** @returns undefined when none is near. */
export function nearestWord(found: string, known: readonly string[]): string | undefined {
  const distances = known.map((word) => ({ word, mistakes: mistakesBetween(found.toLowerCase(), word.toLowerCase()) }));
  const [best] = distances.sort((a, b) => a.mistakes - b.mistakes);
  return best && best.mistakes <= Math.max(1, MAX_MISTAKE_RATIO * best.word.length) ? best.word : undefined;
}

/** `; did you mean "…"?`, or nothing. */
export function suggestion(found: string, known: readonly string[]): string {
  const word = nearestWord(found, known);
  return word === undefined ? '' : `; did you mean "${word}"?`;
}

/** Letters that are wrong, missing, too many, or swapped with their neighbour (Damerau 1964, restricted form). */
function mistakesBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
