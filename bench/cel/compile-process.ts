/** Compiles with the library named and prints what it took, as JSON. Started by compile-time.ts. */
import { compileOnce } from "./compile-time.ts";

console.log(JSON.stringify(compileOnce(process.argv[2] ?? "")));
