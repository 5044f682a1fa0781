// What amap uses of sax. The package's published types pull in Node's own, which the core must not see; they have none for
// the file itself, so that these hold.
declare module "sax/lib/sax.js" {
  export interface Handlers {
    readonly onerror: (error: Error) => void;
    readonly ontext: (text: string) => void;
    readonly oncdata: (text: string) => void;
    readonly ondoctype: (text: string) => void;
    readonly onsgmldeclaration: (text: string) => void;
    readonly onprocessinginstruction: (instruction: { readonly name: string; readonly body: string }) => void;
    readonly onattribute: (attribute: { readonly name: string; readonly value: string }) => void;
    readonly onopentag: (tag: { readonly name: string }) => void;
    readonly onclosetag: (name: string) => void;
  }
  interface Parser {
    readonly line: number;
    readonly column: number;
    /** What was read of the attributes of the tag that is being read. */
    attribList: unknown[];
    write(text: string): Parser;
    close(): Parser;
  }
  const sax: {
    parser(
      strict: true,
      options: { readonly xmlns: true; readonly position: true; readonly strictEntities: true },
    ): Parser;
  };
  export default sax;
}
