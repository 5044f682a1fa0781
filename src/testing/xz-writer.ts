import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { concatBytes, decodeBase64, encodeUtf8 } from "../base/index.ts";

/** What the samples below hold. */
export const SAMPLE_TEXT = Array.from(
  { length: 90 },
  (_, index) => `${index} ${(index * index * 7919) % 1009} line of a log, part ${index % 7}\n`,
).join("");

/** {@link SAMPLE_TEXT}, compressed by `xz` 5.4 of Debian for this project, and with which options. */
export const XZ_SAMPLES: readonly (readonly [options: string, xz: Uint8Array])[] = [
  [
    "CRC64, the best preset",
    sample(
      [
        "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AofAapdABgIHATYaTh8Jir9QnNGCvM75NdwWgDUKkfXmmuUVgs5jqDFXiPcgW23uHQATPrMIaxg0hV1",
        "yyzFLy+DYbhM/jyzOZ2DHpEkSs0YmNzKcBR4/tdqWl9sRYl9aD5nrpkpLBVmrpraGv/kl2gc4KuXmj4NTWoij2pFEKde4knQ+nEF5P76yJlV8Oi/",
        "DvEoOk3xIqwrf/Ti2FqLd7HqbSetGeX6cgDIV0l/LupT2mrAa2E24GSE0i84c6zxgauwkmyFepAuG2gyqC7whv/3MzrUXGwWB5vrcN3wwMBi4bmW",
        "jmgHXLHezvxrjc3Gk2FyRNoEQWFnaUbe6lAX1hGaggDWRe3K8bd811BD196iYOCBWoyIjvZR0bIxNeaJh2+0dfetxDz1sLrsCSQkPkCrmOVAI4y2",
        "5YhtzBgMm3vdSZuD+8bdx3pbM++3ZqPswI3OA1VfVzoArHE+7PoN5pYXRvCERN17ejY+RHEUhRl/Bcc/KGxK61eI1iQVE7o6FKhKFD0rn3lrug0d",
        "DO2R/Fc1FR1UCamNAwIkphk5ouwbmnuvip2rAuqKTLW1UZY6zgAAAIhYLo13nKxdAAHGA6AUAAANQQAVscRn+wIAAAAABFla",
      ].join(""),
    ),
  ],
  [
    "SHA-256, the fastest preset",
    sample(
      [
        "/Td6WFoAAArh+wyhAgAhAQwAAACPmEGc4AofAiBdABgIHATYaTh8Jir9QnNEby49bgGCZ5Xvf93dZJ+4xCoOZCIdbLcNQy9QV4SSbZN1GNY3V452",
        "TlaPGuNTnD5kQTV/ZW/E22ulWncSO295dLt3aIMvRK/QTxfnbTdPEGqibYVwssrvJIwIq1iTOv6er7DL/4OkmnCRyPQA0kUJVkVufeXigc3ox6b6",
        "vigU1n0qB3vQ7K/+5sUiVV6l3yZYIQS8V9nfkyDOHU3I3vR92wMOxL/ZK/3oiP36BaQC5NQHpZ1qAly731Vb+I0wjwiCQO0AtVSsYOhLLaKeATRg",
        "Fj5l16xBWnWXnfCH9f+LTo7rTfc9spm0GgAhfQ0TCCxvHvxao/TQ8nHzxmV31zlgk4w/pZR+78dyyaNh7+jB56YbvhmYxDXDQZH8sSbWEBGiltAr",
        "iK3jJxGI5z9/BmfFWlssN5iKvWkKQ6zmPimi7Akt6towHnswg6eptfpaspAay4/G+3NQ6fCQrRkJS+k6xKQyar33c86R7vRhWmq2cVnStH8xcUgK",
        "/1vbmEyAC0jJ0GT0n2D1ulHp4xLAhmEzsrrKnzm6jmRrjlwD51o2JBRCH0gp/+NIWqVqbK3Uf7awi2WpgQ3SdMRyR14Y+GE1PbJDJn4kJ/kjN5SA",
        "MZa4/TWIZo/C/x6w+/g3kSOS9g0ntnQIegkG0FaFZVC7o6NjZtj3Wm7/cAmqH6InfaX9/Ux7KEb3bSaAe3jg3bIlC/u6YAAAqDXKZeq9WLlOZBJw",
        "oEkDDKFwG4j9uLKWioumWW1IPNMAAdQEoBQAAI0+Pum26d8cAgAAAAAKWVo=",
      ].join(""),
    ),
  ],
  [
    "CRC32, other parameters",
    sample(
      [
        "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AofAgPHABgIHATYbTzLfdXAXpam8trW7aYSLp6j/1sHEJLX3SWGvVcKIzcQHDWKu5hrKtwF1O7+p6Xa",
        "ysdOAZRI2wOm5N20d5b5av0tSi8hJKrExUGvE47AX9vQOkmEAc5wA3DhTj8cRatpeZSEXR+BJvLskQ6PjldHMkfiazi1p3fWpZKrRv7EV/t9XMU+",
        "t7mEc2C964C5OCuNWWxTYeVu+LIpH4lXSgI7hETsw0Q74pEXC92Bux1JKhNDg4xIGNwujUKfUg0qgqFh++J2ZBjoW2JaSTeaMJBBCfKqEDX39pIg",
        "KqWv8nO9sft5MCdtSMK/eMNNe8pMPpoZhwCa6tF1+6K9CM6TxV14ObmhIqFkCoKW0gg8rPZO+oweMPCiSYCsGyWJ4BFUJFRwUN03yMYqgP4c7XdK",
        "lA1Pe0PVf+jXCdD368ZbTMYADvdYo0itmqtUEWj1VRr3Au6r9oOZomFCzFkin1xgSMtxiHWFRgGokCKL57625OYDh5DowRfLOoGumWb6rXWutdNy",
        "FQ+zX7hYDGuqk5eB6ZQaKFHDh208Ds1B11PD3YxhNtow+c6az64QijoxR0PWcUxN4Duz3NoK1Of0XexPWmRTNlmDKbEiwA+smky2mYs1Ie78kP6p",
        "e1M2q/yx1WSjG1HqbjkuXSW6NmksJzFgm9Hwqcamu+uw5EoOiXly5qtZAAAM/oLWAAGbBKAUAAA0hjAXPjANiwIAAAAAAVla",
      ].join(""),
    ),
  ],
  [
    "blocks of 1000 bytes, no check",
    sample(
      [
        "/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4APnAORdABgIHATYaTh8Jir9QnNGCvM75NdwWgDUKkfXmmuUVgs5jqDFXiPcgW23uHQATPrMIaxg0hV1",
        "yyzFLy+DYbhM/jyzOZ2DHpEkSs0YmNzKcBR4/tdqWl9sRYl9aD5nrpkpLBVmrpraGv/kl2gc4KuXmj4NTWoij2pFEKde4knQ+nEF5P76yJlV8Oi/",
        "DvEoOk3xIqwrf/Ti2FqLd7HqbSetGeX6cgDIV0l/LupT2mrAa2E24GSE0i84c6zxgauwkmyFepAuG2gyqC7whv/3MzrUXGwWB5vrcN3wwMBi4bmW",
        "jmgG6jQe3AACACEBFgAAAHQv5aPgA+cA6F0AEA19TSxdwMEJBkanB7OJYGrUGqYZJSArvy+5j3Jq8D7v3FGWPtcbn81hte3JQlOTgQwFM4H2fUWI",
        "d3Ivx0l1tOTPYMdD/070iw1+O4TDToQYhFAeIZrKqk2lvuVVr3EvzJexL5nmUfGErgVmWz7CqP4qna8cXCGVAvlOjtTHnnAYrmwyXgQN77oE1k5I",
        "THASf4og9ImkGZ2nV1RcBWIlvEmHALUYDtbKAQhqf0UAayaf9XRyhYNDRhTUmeVMpgnLdbhWetUwl2eNimVHld1h4PYZ1a3Gkouj4rwQSQqeIBAU",
        "qjJCEJ79wAACACEBFgAAAHQv5aPgAk8AmV0AMIgJhzPC2m9TI7kqwBYSGAqJpDlUz3tSgf0RrmrYMOvPc8FtiCeZ99R+a04T5v5QwdcSSHfM4dAw",
        "z3FdVyjEcCIJnjgYXU4XPO/ABD540m708S4yusUYAivNwsS2/6ayBZiSTEsPuQyoBO703W+EjXdnVpibsqX1PAdAaD7pCv6kRx83ScyfzNwHRog6",
        "/1pwApmpx3nhGKLpAAAAAAAD+AHoB/wB6AetAdAEAABmmJEsteNTKgQAAAAAAFla",
      ].join(""),
    ),
  ],
];

/** One chunk that expands to nearly 2 MiB of zeros, cut out of what `xz` 5.4 wrote of them. */
export const ZEROS_CHUNK: XzChunk = {
  packed: sample(
    [
      "//8RAWxdAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE",
      "2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP4",
      "9ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvS5fqg8+S2ZC",
      "kBMO/xCT+HF4WfgLzf+VKEYPqfx83vuaMC5WwI+F84OBwGXEJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH",
      "2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvEgn5lg=",
    ].join(""),
  ),
  bytes: new Uint8Array(2_096_914),
};

function sample(base64: string): Uint8Array {
  return decodeBase64(base64) as Uint8Array;
}

/** A chunk of LZMA2 with its header, and what it expands to. */
export interface XzChunk {
  readonly packed: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What a stream says, and the lies that it tells. */
export interface XzOptions {
  readonly check?: "none" | "crc32" | "sha256";
  /** What is written for the dictionary's size. */
  readonly dictionaryBits?: number;
  /** The filter's number; 0x21 is LZMA2. */
  readonly filter?: number;
  /** Other bytes than the chunks' in the index. */
  readonly statedBytes?: number;
  readonly statedBlocks?: number;
  readonly wrongCheck?: boolean;
}

/** Chunks of these bytes that are not compressed. */
export function storedChunks(content: Uint8Array | string): readonly XzChunk[] {
  const bytes = typeof content === "string" ? encodeUtf8(content) : content;
  const chunks: XzChunk[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const part = bytes.subarray(at, at + 65_536);
    const size = part.length - 1;
    const header = Uint8Array.of(at === 0 ? 1 : 2, size >> 8, size & 255);
    chunks.push({ packed: concatBytes([header, part]), bytes: part });
  }
  return chunks;
}

const CHECKS = { none: 0, crc32: 1, sha256: 10 } as const;

/** Writes an xz stream of one block (The .xz File Format 1.2), for tests. */
export function writeXz(chunks: readonly XzChunk[], options: XzOptions = {}): Uint8Array {
  const { check = "crc32", dictionaryBits = 22, filter = 0x21 } = options;
  const flags = Uint8Array.of(0, CHECKS[check]);
  const header = Uint8Array.of(2, 0, filter, 1, dictionaryBits, 0, 0, 0);
  const data = concatBytes([...chunks.map(({ packed }) => packed), Uint8Array.of(0)]);
  const checksum = checksumOf(chunks, options);
  const unpadded = header.length + 4 + data.length + checksum.length;
  const bytes = options.statedBytes ?? chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
  const records = concatBytes([Uint8Array.of(0, options.statedBlocks ?? 1), numberOf(unpadded), numberOf(bytes)]);
  const index = concatBytes([records, paddingOf(records.length)]);
  const footer = concatBytes([littleEndian((index.length + 4) / 4 - 1), flags]);
  return concatBytes([
    Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    flags,
    littleEndian(crc32(flags)),
    header,
    littleEndian(crc32(header)),
    data,
    paddingOf(header.length + 4 + data.length),
    checksum,
    index,
    littleEndian(crc32(index)),
    littleEndian(crc32(footer)),
    footer,
    encodeUtf8("YZ"),
  ]);
}

function checksumOf(chunks: readonly XzChunk[], { check = "crc32", wrongCheck }: XzOptions): Uint8Array {
  if (check === "none") return new Uint8Array(0);
  const change = wrongCheck === true ? 1 : 0;
  const all = chunks.map(({ bytes }) => bytes);
  if (check === "crc32") return littleEndian(all.reduce((sum, bytes) => crc32(bytes, sum), 0) + change);
  const hash = createHash("sha256");
  for (const bytes of all) hash.update(bytes);
  return new Uint8Array(hash.update(new Uint8Array(change)).digest());
}

function numberOf(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

function paddingOf(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}

function littleEndian(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}
