import { gunzip, isAmapError } from "../../../../base/index.ts";
import { decodeCycloneDx } from "../../cyclonedx/decode.ts";
import { type Cataloger, type CatalogerResult, ResultBuilder } from "../cataloger.ts";
import { readJsonObject } from "../package-list.ts";
import { addStatedSbom } from "../stated-sbom.ts";
import { bytesAtAddress, numberAt, type Program, readPrograms } from "./sections.ts";
import { addressOfSymbol } from "./symbols.ts";

/** What the SBOM in a program may unpack to. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Programs that GraalVM made of Java. */
export const nativeImageCataloger: Cataloger = {
  id: "native-image",
  ecosystem: "maven",
  note: "Reads the CycloneDX document that GraalVM's native-image puts into programs of ELF (--enable-sbom; the symbols sbom and sbom_length). Does not find it in programs of Mach-O and PE, and finds nothing in programs that were built without it.",
  wants: () => false,
  read: () => new ResultBuilder().finish(),
  readProgram: (path, bytes) => {
    const [program] = readPrograms(bytes);
    if (program?.format !== "ELF" || bytes[4] !== 2) return undefined;
    const packed = packedSbomOf(bytes, program);
    return packed === undefined ? undefined : readSbom(path, packed);
  },
};

function packedSbomOf(bytes: Uint8Array, program: Program): Uint8Array | undefined {
  const address = addressOfSymbol(bytes, program, "sbom");
  const lengthAt = address === undefined ? undefined : addressOfSymbol(bytes, program, "sbom_length");
  if (address === undefined || lengthAt === undefined) return undefined;
  const length = numberAt(bytesAtAddress(bytes, program, lengthAt, 8), 0, 8, program.isLittleEndian);
  const packed = bytesAtAddress(bytes, program, address, Math.min(length, MOST_BYTES));
  return packed[0] === 0x1f && packed[1] === 0x8b ? packed : undefined;
}

function readSbom(path: string, packed: Uint8Array): CatalogerResult {
  const builder = new ResultBuilder();
  try {
    const decoded = decodeCycloneDx(readJsonObject(gunzip(packed, MOST_BYTES)));
    if (decoded.ok) addStatedSbom(path, decoded.value.sbom, builder);
    else builder.addNotLookedAt(path, `its SBOM is not readable: ${decoded.issues[0]?.message ?? "no CycloneDX"}`);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    builder.addNotLookedAt(path, `its SBOM is not readable: ${error.message}`);
  }
  return builder.finish();
}
