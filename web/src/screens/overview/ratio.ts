/** A part of a whole as whole percent; `undefined` when there is no whole. Never 100 unless all, never 0 unless none. */
export function percentOf(part: number, whole: number): number | undefined {
  if (whole <= 0) return undefined;
  const percent = Math.round((part / whole) * 100);
  if (part < whole && percent >= 100) return 99;
  if (part > 0 && percent <= 0) return 1;
  return Math.min(100, Math.max(0, percent));
}
