import type { ReactNode } from "react";
import { Fact, Facts } from "../../parts/facts.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { timeSourceWords } from "./document-words.ts";
import type { ImageDocument } from "./vex-documents.ts";

/** Who made a document, when, and why it counts or not. */
export function DocumentFacts({ document }: { readonly document: ImageDocument }) {
  const { code, message, predicateType, signer, keyId, statedAt, timeSource, form, subject, id } = document;
  const facts: readonly (readonly [name: string, value: ReactNode])[] = [
    ["Why it does not count", code === undefined ? undefined : <Text value={`${code}: ${message ?? ""}`} />],
    ["Predicate type", predicateType === undefined ? undefined : <Text value={predicateType} />],
    ["Signer", signer === undefined ? undefined : <Text value={signer} />],
    ["Key", keyId === undefined ? undefined : <Text value={keyId} />],
    [
      "Signed",
      statedAt === undefined ? undefined : (
        <>
          <Timestamp at={statedAt} /> {timeSource === undefined ? "" : `(${timeSourceWords(timeSource)})`}
        </>
      ),
    ],
    ["About", subject === undefined ? undefined : <Text value={subject} />],
    ["Stored as", <Text key="form" value={form} />],
    ["Found at", <Text key="id" value={id} />],
  ];
  return (
    <Facts>
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ),
      )}
    </Facts>
  );
}
