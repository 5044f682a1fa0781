import { Button, FormSelect, FormSelectOption, TextInput } from "@patternfly/react-core";
import { type FormEvent, useEffect, useId, useState } from "react";

/** A filter: free text, or one of some values. */
export type Filter<N extends string> = { readonly name: N; readonly label: string } & (
  | { readonly kind: "text" }
  | { readonly kind: "choice"; readonly choices: readonly { readonly value: string; readonly label: string }[] }
);

interface FilterBarProps<N extends string> {
  readonly filters: readonly Filter<N>[];
  readonly values: { readonly [K in N]?: string | undefined };
  /** Gets every filter's new value; those that are off are absent. */
  readonly onChange: (values: { [K in N]?: string }) => void;
}

/** Filters of a list. Choices work at once, texts with Enter or when the field is left. */
export function FilterBar<N extends string>({ filters, values, onChange }: FilterBarProps<N>) {
  const set = (name: N, value: string) => {
    if ((values[name] ?? "") === value) return;
    const next: { [K in N]?: string } = {};
    for (const filter of filters) {
      const each = filter.name === name ? value : values[filter.name];
      if (each !== undefined && each !== "") next[filter.name] = each;
    }
    onChange(next);
  };
  const isOn = filters.some((filter) => values[filter.name] !== undefined);
  return (
    <search className="amap-filters" aria-label="Filters">
      {filters.map((filter) => (
        <FilterField key={filter.name} filter={filter} value={values[filter.name] ?? ""} onSet={set} />
      ))}
      {isOn ? (
        <Button variant="link" onClick={() => onChange({})}>
          Clear filters
        </Button>
      ) : null}
    </search>
  );
}

interface FilterFieldProps<N extends string> {
  readonly filter: Filter<N>;
  readonly value: string;
  readonly onSet: (name: N, value: string) => void;
}

function FilterField<N extends string>({ filter, value, onSet }: FilterFieldProps<N>) {
  const id = useId();
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSet(filter.name, draft.trim());
  };
  return (
    <form className="amap-filter" onSubmit={submit}>
      <label htmlFor={id}>{filter.label}</label>
      {filter.kind === "text" ? (
        <TextInput
          id={id}
          type="search"
          value={draft}
          maxLength={200}
          onChange={(_event, text) => setDraft(text)}
          onBlur={() => onSet(filter.name, draft.trim())}
        />
      ) : (
        <FormSelect id={id} value={value} onChange={(_event, chosen) => onSet(filter.name, chosen)}>
          <FormSelectOption value="" label="Any" />
          {filter.choices.map((choice) => (
            <FormSelectOption key={choice.value} value={choice.value} label={choice.label} />
          ))}
        </FormSelect>
      )}
    </form>
  );
}
