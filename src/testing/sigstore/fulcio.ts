import {
  authorityKeyIdentifier,
  CODE_SIGNING,
  createAuthority,
  distinguishedName,
  extendedKeyUsage,
  keyUsage,
  nextSerial,
  signCertificate,
  subjectKeyIdentifier,
  type TestAuthority,
  type TestExtension,
  tbsCertificate,
} from "./certificates.ts";
import { sctList, type TestCtLog } from "./ct-log.ts";
import { explicit, implicit, objectId, sequence, utf8 } from "./der-values.ts";
import { createTestKey, type TestKey, type TestKeyKind } from "./keys.ts";

const FULCIO = "1.3.6.1.4.1.57264.1";
const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";
const MINUTE = 60_000;

/** The last arc of each extension that Fulcio defines beside the issuer's two (1 and 8); 2 to 6 are raw text, the others DER. */
const EXTENSION_ARCS = {
  githubWorkflowTrigger: 2,
  githubWorkflowSha: 3,
  githubWorkflowName: 4,
  githubWorkflowRepository: 5,
  githubWorkflowRef: 6,
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryIdentifier: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerIdentifier: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibilityAtSigning: 22,
  deploymentEnvironment: 23,
  tokenSubject: 24,
} as const;

export type FulcioExtension = keyof typeof EXTENSION_ARCS;

/** Who signs. */
export interface TestIdentity {
  readonly subject: { readonly kind: "email" | "uri" | "otherName"; readonly value: string };
  readonly issuer: string;
  readonly extensions?: Readonly<Partial<Record<FulcioExtension, string>>>;
  /** Which of the issuer's extensions are there: the old raw one, the new DER one, or (usual) both. */
  readonly issuerForm?: "old" | "new" | "both";
}

/** A person, as Fulcio names one that signs in by e-mail. */
export const PERSON: TestIdentity = {
  subject: { kind: "email", value: "dev@example.com" },
  issuer: "https://accounts.example.com",
};

const REPOSITORY = "https://github.com/acme/shop";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const WORKFLOW = `${REPOSITORY}/.github/workflows/release.yml@refs/heads/main`;

/** A workflow of GitHub with all extensions, old and new. */
export const WORKFLOW_RUN: TestIdentity = {
  subject: { kind: "uri", value: WORKFLOW },
  issuer: "https://token.actions.githubusercontent.com",
  extensions: {
    githubWorkflowTrigger: "push",
    githubWorkflowSha: COMMIT,
    githubWorkflowName: "Release",
    githubWorkflowRepository: "acme/shop",
    githubWorkflowRef: "refs/heads/main",
    buildSignerUri: WORKFLOW,
    buildSignerDigest: COMMIT,
    runnerEnvironment: "github-hosted",
    sourceRepositoryUri: REPOSITORY,
    sourceRepositoryDigest: COMMIT,
    sourceRepositoryRef: "refs/heads/main",
    sourceRepositoryIdentifier: "123456",
    sourceRepositoryOwnerUri: "https://github.com/acme",
    sourceRepositoryOwnerIdentifier: "654321",
    buildConfigUri: WORKFLOW,
    buildConfigDigest: COMMIT,
    buildTrigger: "push",
    runInvocationUri: `${REPOSITORY}/actions/runs/1/attempts/1`,
    sourceRepositoryVisibilityAtSigning: "public",
  },
};

/** What a leaf may say otherwise than usual. */
export interface LeafOptions {
  /** When it is issued; it is valid for ten minutes from then. */
  readonly at: number;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** The logs that sign it, by default the one of the authority; none for a certificate without SCTs. */
  readonly ctLogs?: readonly TestCtLog[];
  /** When the logs saw it. */
  readonly sctAt?: number;
  readonly sctExtensions?: Uint8Array;
  /** Changes the SCTs after they were made. */
  readonly tamperScts?: (scts: readonly Buffer[]) => readonly Buffer[];
  /** Changes the extensions before any log sees them. */
  readonly tamperExtensions?: (usual: readonly TestExtension[]) => readonly TestExtension[];
  /** Changes the extensions after the logs signed them: what a dishonest authority could do. */
  readonly tamperFinalExtensions?: (usual: readonly TestExtension[]) => readonly TestExtension[];
  /** Signs with another key than the authority's. */
  readonly signer?: TestKey;
}

/** A certificate authority that issues what Fulcio issues. */
export interface TestFulcio {
  readonly uri: string;
  readonly ctLog: TestCtLog;
  readonly root: TestAuthority;
  /** What issues leaves: the intermediate, or the root where there is none. */
  readonly issuer: TestAuthority;
  /** Certificates from the issuer up to the root, DER. */
  readonly chain: readonly Buffer[];
  readonly notBefore: number;
  /** The DER of a leaf for a key's SPKI. */
  issue(spki: Buffer, identity: TestIdentity, options: LeafOptions): Buffer;
}

/** How an authority is made. */
export interface FulcioOptions {
  readonly uri?: string;
  readonly ctLog: TestCtLog;
  /** Whether the root issues through an intermediate (usual). */
  readonly intermediate?: boolean;
  readonly rootKey?: TestKeyKind;
  readonly issuerKey?: TestKeyKind;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Changes of the intermediate: its path length, its purpose, its extensions. */
  readonly issuerPathLength?: number;
  readonly issuerPurpose?: string;
  readonly issuerExtensions?: (usual: readonly TestExtension[]) => readonly TestExtension[];
}

export function createFulcio(options: FulcioOptions): TestFulcio {
  const { notBefore, notAfter, ctLog } = options;
  const root = createAuthority({
    commonName: "local fulcio root",
    key: createTestKey(options.rootKey ?? "ecdsa-p384"),
    notBefore,
    notAfter,
    pathLength: 1,
  });
  const issuer = options.intermediate === false ? root : createIntermediate(options, root);
  return {
    uri: options.uri ?? "http://127.0.0.1/fulcio",
    ctLog,
    root,
    issuer,
    chain: issuer === root ? [root.certificate] : [issuer.certificate, root.certificate],
    notBefore,
    issue: (spki, identity, leaf) => issueLeaf(spki, identity, leaf, issuer, ctLog),
  };
}

function createIntermediate(options: FulcioOptions, root: TestAuthority): TestAuthority {
  return createAuthority(
    {
      commonName: "local fulcio intermediate",
      key: createTestKey(options.issuerKey ?? "ecdsa-p384"),
      notBefore: options.notBefore,
      notAfter: options.notAfter,
      pathLength: options.issuerPathLength ?? 0,
      purpose: options.issuerPurpose ?? CODE_SIGNING,
      ...(options.issuerExtensions === undefined ? {} : { extensions: options.issuerExtensions }),
    },
    root,
  );
}

/** A log signs the certificate as it is without the list of SCTs, which is then added as the last extension. */
function issueLeaf(
  spki: Buffer,
  identity: TestIdentity,
  options: LeafOptions,
  issuer: TestAuthority,
  ctLog: TestCtLog,
): Buffer {
  const usual = leafExtensions(spki, identity, issuer);
  const extensions = options.tamperExtensions?.(usual) ?? usual;
  const input = {
    serial: nextSerial(),
    issuer: issuer.name,
    subject: distinguishedName(),
    spki,
    notBefore: options.notBefore ?? options.at,
    notAfter: options.notAfter ?? options.at + 10 * MINUTE,
  };
  const precertificate = tbsCertificate({ ...input, extensions }, issuer.key);
  const sct = { at: options.sctAt ?? options.at, ...optional("extensions", options.sctExtensions) };
  const made = (options.ctLogs ?? [ctLog]).map((log) => log.sign(precertificate, issuer.key.spki, sct));
  const scts = options.tamperScts?.(made) ?? made;
  const whole: readonly TestExtension[] =
    scts.length === 0 ? extensions : [...extensions, [SCT_LIST, false, sctList(scts)]];
  const final = options.tamperFinalExtensions?.(whole) ?? whole;
  return signCertificate(tbsCertificate({ ...input, extensions: final }, issuer.key), options.signer ?? issuer.key);
}

function optional<Name extends string, T>(name: Name, value: T | undefined): { readonly [key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]: T });
}

/** In Fulcio's order. */
function leafExtensions(spki: Buffer, identity: TestIdentity, issuer: TestAuthority): readonly TestExtension[] {
  const form = identity.issuerForm ?? "both";
  const stated = Object.entries(EXTENSION_ARCS).flatMap(([name, arc]): readonly (readonly [number, string])[] => {
    const value = identity.extensions?.[name as FulcioExtension];
    return value === undefined ? [] : [[arc, value]];
  });
  return [
    keyUsage(false),
    extendedKeyUsage(false, CODE_SIGNING),
    subjectKeyIdentifier(spki),
    authorityKeyIdentifier(issuer.key.spki),
    ["2.5.29.17", true, sequence(generalName(identity.subject))],
    ...(form === "new" ? [] : [rawExtension(1, identity.issuer)]),
    ...stated.filter(([arc]) => arc <= 6).map(([arc, value]) => rawExtension(arc, value)),
    ...(form === "old" ? [] : [derExtension(8, identity.issuer)]),
    ...stated.filter(([arc]) => arc > 6).map(([arc, value]) => derExtension(arc, value)),
  ];
}

const rawExtension = (arc: number, value: string): TestExtension => [`${FULCIO}.${arc}`, false, Buffer.from(value)];
const derExtension = (arc: number, value: string): TestExtension => [`${FULCIO}.${arc}`, false, utf8(value)];

function generalName({ kind, value }: TestIdentity["subject"]): Buffer {
  if (kind === "email") return implicit(1, Buffer.from(value));
  if (kind === "uri") return implicit(6, Buffer.from(value));
  return explicit(0, objectId(`${FULCIO}.7`), explicit(0, utf8(value)));
}
