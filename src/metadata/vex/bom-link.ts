/** A BOM-Link, `urn:cdx:<serial number>/<version>#<bom-ref>`: the name of a CycloneDX document or of a part of it. */
interface BomLink {
  /** A UUID in lower case, without `urn:uuid:`. */
  readonly serial: string;
  readonly version: number;
  /** Left out where it names the whole document. */
  readonly ref?: string;
}

const BOM_LINK = /^urn:cdx:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([1-9]\d{0,8})(?:#(.+))?$/is;

/**
 * Reads a BOM-Link, undefined where it is none.
 * @see https://cyclonedx.org/capabilities/bomlink/
 */
export function parseBomLink(text: string): BomLink | undefined {
  const [, serial, version, ref] = BOM_LINK.exec(text) ?? [];
  if (serial === undefined || version === undefined) return undefined;
  return { serial: serial.toLowerCase(), version: Number(version), ...(ref === undefined ? {} : { ref }) };
}

/** The serial number of a document as BOM-Links write it. */
export function bareSerial(serialNumber: string): string {
  return serialNumber.replace(/^urn:uuid:/i, "").toLowerCase();
}

/** A reference as written and, since a BOM-Link may percent-encode it, decoded. */
export function spellingsOf(ref: string): readonly string[] {
  try {
    return [...new Set([ref, decodeURIComponent(ref)])];
  } catch {
    // A percent sign that encodes nothing stands for itself.
    return [ref];
  }
}
