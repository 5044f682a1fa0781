import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { type Opaque, Optional } from "../../values/value.ts";
import { NAME_FORMATS, type NameFormat } from "./name-formats.ts";
import { FORMAT, formatValue } from "./opaque-values.ts";

const { list, optional, string } = celTypes;
const since = "0.2.0";
/** What goes through a text character by character takes about eight times as long as a copy. */
const WALKED_PER_STEP = 2;

const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ["dns1123Label", "my-label-name"],
  ["dns1123Subdomain", "apiextensions.k8s.io"],
  ["dns1035Label", "my-label-name"],
  ["qualifiedName", "apiextensions.k8s.io/v1beta1"],
  ["dns1123LabelPrefix", "my-label-prefix-"],
  ["dns1123SubdomainPrefix", "mysubdomain.prefix-"],
  ["dns1035LabelPrefix", "my-label-prefix-"],
  ["labelValue", "my_value"],
  ["uri", "http://example.com"],
  ["uuid", "123e4567-e89b-12d3-a456-426614174000"],
  ["byte", "aGVsbG8="],
  ["date", "2021-01-01"],
  ["datetime", "2021-01-01T00:00:00Z"],
]);

function validate({ value }: Opaque<NameFormat>, text: string, context: CelContext): Optional {
  context.charge(text.length / WALKED_PER_STEP);
  const faults = value.check(text);
  context.charge(faults.reduce((length, fault) => length + fault.length, 0) / WALKED_PER_STEP);
  return new Optional(faults.length === 0 ? undefined : faults);
}

function named(name: string): Optional {
  const format = NAME_FORMATS.get(name);
  return new Optional(format === undefined ? undefined : formatValue(format));
}

/** Kubernetes' named formats. */
export const FORMAT_FUNCTIONS: readonly CelFunction[] = [
  ...Array.from(NAME_FORMATS, ([name, format]) => {
    const value = formatValue(format);
    return celFunction({
      name: `format.${name}`,
      args: [],
      result: FORMAT,
      note: `The format ${name}.`,
      example: `!format.${name}().validate('${EXAMPLES.get(name)}').hasValue()`,
      since,
      call: () => value,
    });
  }),
  celFunction({
    name: "format.named",
    args: [string],
    result: optional(FORMAT),
    note: "The format of a name, or none.",
    example: "format.named('uuid').hasValue() && !format.named('email').hasValue()",
    since,
    call: named,
  }),
  celFunction({
    name: "validate",
    receiver: true,
    args: [FORMAT, string],
    result: optional(list(string)),
    note: "What is wrong with a text, or none when it has the format.",
    example: "format.dns1123Label().validate('a.b').value() == ['must not contain dots']",
    since,
    call: validate,
  }),
];
