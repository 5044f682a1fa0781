import { isAmapError } from "../../../../base/index.ts";
import type { Property } from "../../sbom.ts";
import { baseName, type Cataloger, type CatalogerResult, ResultBuilder } from "../cataloger.ts";
import { addLinkedPackages, type FoundPackage, inferred } from "../found-package.ts";
import { goIdentity } from "../golang/go-mod.ts";
import { type BuildModule, type GoBuildInfo, readGoBuildInfo } from "./go-build-info.ts";
import { findLinkedVersion } from "./go-version-text.ts";
import { readPrograms } from "./sections.ts";

/** Programs of Go. */
export const goProgramCataloger: Cataloger = {
  id: "go-program",
  ecosystem: "golang",
  note: "Reads the build information in programs and libraries of Go (ELF, Mach-O, PE; the form since Go 1.18 and the one before): the main module as an application, the modules that are linked in with their replacements, and the standard library in the version that built it. The main module needs all of them; which module needs which is not stated. A main module without a version gets the one in the linker's flags (-X …version=), of a program without C the only version that the linker put into it, or else the pseudo-version of the commit, with the property `inferred`. GOOS, GOARCH, CGO_ENABLED and the like are properties. Programs built without modules state only the standard library, and their version where the linker's flags have it. Does not unpack compressed programs (UPX), and finds nothing where the build information was cut out.",
  wants: () => false,
  read: () => new ResultBuilder().finish(),
  readProgram: (path, bytes) => {
    for (const program of readPrograms(bytes)) {
      const info = readGoBuildInfo(bytes, program);
      if (info !== undefined) return readResult(path, info, bytes);
    }
    return undefined;
  },
};

const STANDARD_LIBRARY = "stdlib";

function readResult(path: string, info: GoBuildInfo, bytes: Uint8Array): CatalogerResult {
  try {
    return toResult(path, info, bytes);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const builder = new ResultBuilder();
    builder.addNotLookedAt(path, `its build information is not readable: ${error.message}`);
    return builder.finish();
  }
}

function toResult(path: string, info: GoBuildInfo, bytes: Uint8Array): CatalogerResult {
  const builder = new ResultBuilder();
  const linked = [...info.dependencies.filter(isNamed).map((module) => toFound(module, path)), ...standard(info, path)];
  const program = toProgram(path, info, bytes);
  addLinkedPackages(
    [
      { found: program, key: "", place: path, needs: linked.map(({ name }) => name) },
      ...linked.map((found) => ({ found, key: found.name, place: path })),
    ],
    builder,
  );
  return builder.finish();
}

function isNamed({ path }: BuildModule): boolean {
  return path !== "";
}

/** A module without a version is a folder that replaces one. */
function toFound({ path, version }: BuildModule, program: string): FoundPackage {
  const hasVersion = version !== "" && version !== "(devel)";
  return {
    name: path,
    version: hasVersion ? version : undefined,
    identity: /^\.{0,2}[/\\]/.test(path) ? undefined : goIdentity(path),
    locations: [program],
  };
}

/** `go1.22.3`, with what was changed in it behind a space or a dash. */
function standard({ goVersion }: GoBuildInfo, program: string): readonly FoundPackage[] {
  const version = /^go(\d[0-9A-Za-z.]*)/.exec(goVersion)?.[1];
  if (version === undefined) return [];
  return [
    {
      name: STANDARD_LIBRARY,
      version,
      identity: { type: "golang", name: STANDARD_LIBRARY },
      cpes: [`cpe:2.3:a:golang:go:${version}:-:*:*:*:*:*:*`],
      locations: [program],
    },
  ];
}

function toProgram(path: string, info: GoBuildInfo, bytes: Uint8Array): FoundPackage {
  const { main } = info;
  const version = versionOf(main?.version ?? "", info, bytes);
  const isModule = main !== undefined && main.path !== "";
  return {
    name: isModule ? main.path : info.path || baseName(path),
    kind: "application",
    version: version?.version,
    identity: isModule ? goIdentity(main.path) : undefined,
    properties: [...(version?.properties ?? []), ...buildProperties(info)],
    locations: [path],
  };
}

interface KnownVersion {
  readonly version: string;
  readonly properties: readonly Property[];
}

function versionOf(version: string, { settings }: GoBuildInfo, bytes: Uint8Array): KnownVersion | undefined {
  if (version !== "" && version !== "(devel)") return { version, properties: [] };
  const flags = settings.get("-ldflags") ?? "";
  const flag =
    /-X[= ]'?"?[^\s'"=]{1,300}\.(?:[Vv]ersion|gitVersion|buildVersion|VERSION|[gG]itTag)=(v?\d+\.\d+[^\s'"]{0,60})/.exec(
      flags,
    );
  if (flag?.[1] !== undefined) {
    return { version: withV(flag[1]), properties: [inferred("the version from the linker's flags")] };
  }
  // Texts of C between zero bytes are of its libraries.
  const linked = settings.get("CGO_ENABLED") === "0" ? findLinkedVersion(bytes) : undefined;
  if (linked !== undefined) {
    return { version: withV(linked), properties: [inferred("the version from what the linker put into the program")] };
  }
  const revision = settings.get("vcs.revision") ?? "";
  const time = (settings.get("vcs.time") ?? "").replaceAll(/[-:TZ]/g, "");
  // How Go itself names a commit that has no tag before it (Go Modules Reference, "Pseudo-versions").
  if (!/^[0-9a-f]{12,64}$/.test(revision) || !/^\d{14}$/.test(time)) return undefined;
  return {
    version: `v0.0.0-${time}-${revision.slice(0, 12)}`,
    properties: [inferred("the version from the commit that it was built of")],
  };
}

function withV(version: string): string {
  return version.startsWith("v") ? version : `v${version}`;
}

/** Settings that say which program it is; the flags of compilers and linkers may hold anything. */
const TOLD =
  /^(?:GOOS|GOARCH|GO(?:386|AMD64|ARM|ARM64|MIPS|PPC64|RISCV64|WASM)|GOFIPS140|CGO_ENABLED|-buildmode|-compiler|-tags|-trimpath|vcs|vcs\.revision|vcs\.time|vcs\.modified)$/;

function buildProperties({ goVersion, path, settings }: GoBuildInfo): readonly Property[] {
  const told = [...settings].filter(([key, value]) => TOLD.test(key) && value !== "" && value.length <= 1_000);
  return [
    { name: "go:version", value: goVersion.slice(0, 200) },
    ...(path === undefined || path === "" ? [] : [{ name: "go:path", value: path.slice(0, 1_000) }]),
    ...told.map(([key, value]) => ({ name: `go:build:${key}`, value })),
  ];
}
