import { Button, Tooltip } from "@patternfly/react-core";
import { useState } from "react";
import { shortDigest } from "../text/names.ts";
import { printable } from "../text/printable.ts";
import { CopyIcon } from "./icons.ts";

/** A digest, short, with a button that copies the whole of it. */
export function Digest({ value }: { readonly value: string }) {
  return (
    <span className="amap-digest">
      <code title={printable(value)}>{printable(shortDigest(value))}</code>
      <CopyButton text={value} label={`Copy digest ${printable(shortDigest(value))}`} />
    </span>
  );
}

/** A small button that puts a text on the clipboard and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  const words = state === "copied" ? "Copied" : state === "failed" ? "The browser did not allow copying" : label;
  return (
    <Tooltip content={words} aria="none">
      <Button variant="plain" size="sm" aria-label={label} icon={<CopyIcon />} onClick={copy}>
        <span className="amap-hidden" aria-live="polite">
          {state === "idle" ? "" : words}
        </span>
      </Button>
    </Tooltip>
  );
}
