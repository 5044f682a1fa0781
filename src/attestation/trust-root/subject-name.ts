import { childrenOf, DER_TAGS, decodeDer, expectTag, readDer } from "../der/der.ts";
import { readOid, readString } from "../der/der-values.ts";

const ORGANIZATION = "2.5.4.10";
const COMMON_NAME = "2.5.4.3";

/** What a trusted root says of a certificate's subject. */
export interface SubjectName {
  readonly organization?: string;
  readonly commonName?: string;
}

/** The first organization and the last common name of a Name in DER, as Go reads them; none where there is none. */
export function nameOf(name: Uint8Array): SubjectName {
  const read = decodeDer("CERTIFICATE_INVALID", "subject", () => {
    const found: { organization?: string; commonName?: string } = {};
    for (const attribute of childrenOf(readDer(name)).flatMap(childrenOf)) {
      const [type, value] = childrenOf(attribute);
      if (type === undefined || value === undefined) continue;
      expectTag(type, DER_TAGS.oid, "an attribute's type");
      const oid = readOid(type);
      if (oid === ORGANIZATION) found.organization ??= readString(value);
      if (oid === COMMON_NAME) found.commonName = readString(value);
    }
    return found;
  });
  return read.ok ? read.value : {};
}
