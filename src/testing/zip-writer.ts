import { crc32, deflateRawSync } from "node:zlib";
import { concatBytes, encodeUtf8 } from "../base/index.ts";

/** A file of a zip, and the lies that its headers tell. */
export interface ZipFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly stored?: boolean;
  /** Another name in the local header. */
  readonly localPath?: string;
  readonly encrypted?: boolean;
  readonly method?: number;
  /** Another size than the content's in the central directory. */
  readonly statedSize?: number;
  readonly statedCrc?: number;
  /** The mode of a Unix file. */
  readonly mode?: number;
}

/** Writes a zip (APPNOTE.TXT §4.3), for tests. */
export function writeZip(files: readonly ZipFile[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const file of files) {
    const content = typeof file.content === "string" ? encodeUtf8(file.content) : file.content;
    const data = file.stored === true ? content : new Uint8Array(deflateRawSync(content));
    const stated = {
      flags: file.encrypted === true ? 1 : 0,
      method: file.method ?? (file.stored === true ? 0 : 8),
      crc: file.statedCrc ?? crc32(content),
      size: file.statedSize ?? content.length,
      dataBytes: data.length,
    };
    const localName = encodeUtf8(file.localPath ?? file.path);
    const local = concatBytes([localHeader(localName, stated), localName, data]);
    const name = encodeUtf8(file.path);
    directory.push(concatBytes([centralHeader(name, stated, at, file.mode ?? 0o100644), name]));
    locals.push(local);
    at += local.length;
  }
  const central = concatBytes(directory);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, central.length, true);
  end.setUint32(16, at, true);
  return concatBytes([...locals, central, new Uint8Array(end.buffer)]);
}

interface Stated {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly dataBytes: number;
}

function localHeader(name: Uint8Array, stated: Stated): Uint8Array {
  const view = new DataView(new ArrayBuffer(30));
  view.setUint32(0, 0x04034b50, true);
  writeStated(view, 4, stated, name);
  return new Uint8Array(view.buffer);
}

function centralHeader(name: Uint8Array, stated: Stated, offset: number, mode: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(46));
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 0x031e, true);
  writeStated(view, 6, stated, name);
  view.setUint32(38, mode * 0x10000, true);
  view.setUint32(42, offset, true);
  return new Uint8Array(view.buffer);
}

/** What both headers say, from the version that is needed on. */
function writeStated(view: DataView, from: number, stated: Stated, name: Uint8Array): void {
  view.setUint16(from, 20, true);
  view.setUint16(from + 2, stated.flags, true);
  view.setUint16(from + 4, stated.method, true);
  view.setUint32(from + 10, stated.crc, true);
  view.setUint32(from + 14, stated.dataBytes, true);
  view.setUint32(from + 18, stated.size, true);
  view.setUint16(from + 22, name.length, true);
}
