/** The table of the test: what each form says of each input. */

/** One cell. */
export interface Cell {
  readonly input: string;
  readonly form: string;
  /** Components, and dependencies between them where the form says them. */
  readonly counts?: readonly number[];
  readonly differences: number;
  /** What the form cannot say, or why it was not run. */
  readonly because?: string;
}

/** Lays the cells out: a row each form, a column each input, the reasons below. */
export function layOutCells(cells: readonly Cell[]): string {
  const inputs = [...new Set(cells.map(({ input }) => input))];
  const forms = [...new Set(cells.map(({ form }) => form))];
  const reasons = [...new Set(cells.flatMap(({ because }) => because ?? []))];
  const textOf = (form: string, input: string): string => {
    const cell = cells.find((each) => each.form === form && each.input === input);
    if (cell === undefined) return "";
    const mark = cell.because === undefined ? "" : ` [${reasons.indexOf(cell.because) + 1}]`;
    if (cell.counts === undefined) return `–${mark}`;
    return `${cell.differences === 0 ? "=" : `${cell.differences} differ:`} ${cell.counts.join(" / ")}${mark}`;
  };
  const rows = [["form", ...inputs], ...forms.map((form) => [form, ...inputs.map((input) => textOf(form, input))])];
  const widths = ["form", ...inputs].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const title = "Components / dependencies that each form says; = is equal in all to the image's";
  return [title, ...lines, ...reasons.map((reason, index) => `[${index + 1}] ${reason}`)].join("\n");
}
