import fc from "fast-check";
import { RE2JS } from "re2js";
import { patternAutomaton } from "./src/policy/language/cel/patterns/pattern-automaton.ts";
import { Choices } from "./src/testing/cel-choices.ts";
const ATOMS = ["a","b","c","A","K","k","s","1","_","-"," ","\\.","\\-","\\/","\\d","\\D","\\w","\\W","\\s","\\S",".","[ab]","[^a]","[a-c1-9]","[^\\n]","[\\w.-]","[[:alpha:]]","[^[:digit:]]","[]a]","[a-]","[-a]","\\n","\\t","é","😀","\\x41","\\pL","^","$","\\b","\\B","\\A","\\z","[\\d-z]","[.^$]","[a\\]]","\\Qa.b\\E","/",":","{","}","x{","a{,2}","\\_","\\ ","#","]","[^é]","[é]","K","ſ","\\C","(?i)","(?s)","(?m)","\\v","\\f","\\a","&&","[a&&b]","[[a]","[a[b]","\r","\u0085","\u2028"];
const Q = ["*","+","?","*?","+?","??","{2}","{0,1}","{1,3}","{0}","{2,}","{1,2}?","{0,0}"];
function gen(c: Choices, d: number): string {
  if (d === 0) return c.pick(ATOMS)!;
  switch (c.next(8)) {
    case 0: case 1: return c.pick(ATOMS)!;
    case 2: case 3: return gen(c, d - 1) + gen(c, d - 1);
    case 4: return `(${gen(c, d - 1)}|${gen(c, d - 1)})`;
    case 5: return `(${["", "?:", "?i:", "?P<n>", "?s:"][c.next(5)]}${gen(c, d - 1)})${c.pick(Q)}`;
    case 6: return gen(c, d - 1) + c.pick(Q);
    default: return (c.oneIn(2) ? "^" : "") + gen(c, d - 1) + (c.oneIn(2) ? "$" : "");
  }
}
const CH = ["a","b","c","A","B","1","9","_","-"," ",".","\n","\r","\t","é","😀","k","K","s","ſ","z","/",":","\0","\ud83d","\ude00","]","{","\u0085","\u2028","\v","\f"];
let tried = 0, known = 0, texts = 0;
const until = Date.now() + Number(process.argv[2]) * 1000; let seed = Number(process.argv[3] ?? 1);
while (Date.now() < until) {
  const r = fc.check(fc.property(fc.array(fc.nat(65535), { maxLength: 40, size: "max" }), fc.array(fc.array(fc.constantFrom(...CH), { maxLength: 12 }), { minLength: 8, maxLength: 8 }), (n, ts) => {
    const p = gen(new Choices(n), 4); let re; tried++;
    try { re = RE2JS.compile(p); } catch { return; }
    const t = patternAutomaton(p); if (!t) return; known++;
    for (const x of ts) { const s = x.join(""); texts++; const got = t(s); if (got !== undefined && got !== re.matcher(s).find()) throw new Error(`${JSON.stringify(p)} on ${JSON.stringify(s)}: ${got}`); if (got !== undefined && got !== t(s)) throw new Error("unstable"); }
  }), { numRuns: 20000, seed: seed++ });
  if (r.failed) { console.log((r.errorInstance as Error).message); if (!/on ".*": /.test((r.errorInstance as Error).message)) console.log(r.errorInstance); }
}
console.log({ tried, known, texts });
