import { Label, type LabelProps } from "@patternfly/react-core";
import type { ComponentType } from "react";
import { AllowedIcon, DeniedIcon, ErrorIcon, NoteIcon, SkipIcon, UnknownIcon, WarnIcon } from "./icons.ts";

interface Look {
  readonly word: string;
  readonly color: NonNullable<LabelProps["color"]>;
  readonly icon: ComponentType;
}

/** Every state the API knows, with its word and icon: colour never stands alone. */
const LOOKS = {
  pass: { word: "Pass", color: "green", icon: AllowedIcon },
  fail: { word: "Fail", color: "red", icon: DeniedIcon },
  error: { word: "Error", color: "orangered", icon: ErrorIcon },
  warn: { word: "Warn", color: "yellow", icon: WarnIcon },
  skip: { word: "Skip", color: "grey", icon: SkipIcon },
  allowed: { word: "Allowed", color: "green", icon: AllowedIcon },
  denied: { word: "Denied", color: "red", icon: DeniedIcon },
  unknown: { word: "Unknown", color: "grey", icon: UnknownIcon },
  verified: { word: "Verified", color: "green", icon: AllowedIcon },
  rejected: { word: "Rejected", color: "red", icon: DeniedIcon },
  unreadable: { word: "Unreadable", color: "orangered", icon: ErrorIcon },
  stated: { word: "Stated", color: "blue", icon: NoteIcon },
  ready: { word: "Ready", color: "green", icon: AllowedIcon },
  refused: { word: "Refused", color: "red", icon: DeniedIcon },
  same: { word: "Same", color: "green", icon: AllowedIcon },
  different: { word: "Different", color: "red", icon: DeniedIcon },
  impossible: { word: "Impossible", color: "orangered", icon: ErrorIcon },
  open: { word: "Open", color: "orange", icon: WarnIcon },
  waiting: { word: "Waiting", color: "grey", icon: UnknownIcon },
  running: { word: "Running", color: "blue", icon: NoteIcon },
  done: { word: "Done", color: "green", icon: AllowedIcon },
  failed: { word: "Failed", color: "red", icon: DeniedIcon },
  answered: { word: "Answered", color: "green", icon: AllowedIcon },
} as const satisfies Readonly<Record<string, Look>>;

/** A state of the API. */
export type Status = keyof typeof LOOKS;

/** A state as a label: icon and word; `word` replaces the usual word. */
export function StatusLabel({ status, word }: { readonly status: Status; readonly word?: string }) {
  const look: Look = LOOKS[status];
  const Icon = look.icon;
  return (
    <Label color={look.color} icon={<Icon />} isCompact>
      {word ?? look.word}
    </Label>
  );
}
