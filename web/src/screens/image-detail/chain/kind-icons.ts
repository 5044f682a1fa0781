import ScanIcon from "@patternfly/react-icons/dist/esm/icons/bug-icon";
import AttestationIcon from "@patternfly/react-icons/dist/esm/icons/certificate-icon";
import VexIcon from "@patternfly/react-icons/dist/esm/icons/clipboard-check-icon";
import SourceIcon from "@patternfly/react-icons/dist/esm/icons/code-branch-icon";
import ImageIcon from "@patternfly/react-icons/dist/esm/icons/cube-icon";
import WorkloadIcon from "@patternfly/react-icons/dist/esm/icons/cubes-icon";
import BuildIcon from "@patternfly/react-icons/dist/esm/icons/hammer-icon";
import ProvenanceIcon from "@patternfly/react-icons/dist/esm/icons/history-icon";
import SignatureIcon from "@patternfly/react-icons/dist/esm/icons/key-icon";
import SbomIcon from "@patternfly/react-icons/dist/esm/icons/list-icon";
import PlatformIcon from "@patternfly/react-icons/dist/esm/icons/microchip-icon";
import { AllowedIcon, DeniedIcon, ErrorIcon, NoteIcon } from "../../../parts/icons.ts";
import type { ChainKind, ChainStatus } from "./chain-view.ts";

type Icon = typeof SourceIcon;

/** The picture of a kind. */
export const KIND_ICONS: Readonly<Record<ChainKind, Icon>> = {
  source: SourceIcon,
  build: BuildIcon,
  image: ImageIcon,
  platform: PlatformIcon,
  signature: SignatureIcon,
  sbom: SbomIcon,
  scan: ScanIcon,
  vex: VexIcon,
  provenance: ProvenanceIcon,
  attestation: AttestationIcon,
  workload: WorkloadIcon,
};

/** The picture of a status; its word always stands beside it. */
export const STATUS_ICONS: Readonly<Record<ChainStatus, Icon>> = {
  verified: AllowedIcon,
  allowed: AllowedIcon,
  stated: NoteIcon,
  unreadable: ErrorIcon,
  rejected: DeniedIcon,
  denied: DeniedIcon,
};
