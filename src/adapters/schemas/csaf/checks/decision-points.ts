/** The values of one version of a decision point, key → name, in their order. */
type Point = ReadonlyMap<string, string>;

/** What is known here of a namespace. */
interface Namespace {
  /** Whether a decision point that is not listed does not exist, else it only is not known here. */
  readonly isComplete: boolean;
  /** Key → version → values; versions from the oldest to the newest. */
  readonly points: ReadonlyMap<string, ReadonlyMap<string, Point>>;
}

/** Namespaces that SSVC has registered (CERTCC/SSVC, autumn 2026). */
export const REGISTERED_NAMESPACES: ReadonlySet<string> = new Set(["ssvc", "cvss", "cisa", "basic", "aivss"]);

const NO_YES = "N=No Y=Yes";
const LEVELS = "L=Low M=Medium H=High VH=Very_High";
const SAFETY = "M=Minimal S=Significant";
const WELL_BEING = "M=Minimal MA=Material I=Irreversible";
const SEVERITIES = "N=Negligible M=Marginal R=Critical C=Catastrophic";
const LOW_HIGH = "L=Low H=High";
const MATURITY = "U=Unreported P=Proof-of-Concept A=Attacked X=Not_Defined";

/** All decision points of the namespace ssvc, by key: version and values. */
const SSVC: readonly (readonly [key: string, ...versions: (readonly [version: string, values: string])[]])[] = [
  ["A", ["2.0.0", NO_YES]],
  ["COORDINATE", ["1.0.0", "D=Decline T=Track C=Coordinate"], ["1.0.1", "D=Decline T=Track C=Coordinate"]],
  ["CS", ["1.0.0", NO_YES]],
  ["DSOI", ["1.0.0", "D=Defer S=Scheduled O=Out-of-Cycle I=Immediate"]],
  ["E", ["1.0.0", "N=None P=PoC A=Active"], ["1.1.0", "N=None P=Public_PoC A=Active"]],
  ["EXP", ["1.0.0", "S=Small C=Controlled U=Unavoidable"], ["1.0.1", "S=Small C=Controlled O=Open"]],
  ["HI", ["1.0.0", LEVELS], ["2.0.0", LEVELS], ["2.0.1", LEVELS], ["2.0.2", LEVELS]],
  ["HVA", ["1.0.0", NO_YES]],
  ["KEV", ["1.0.0", NO_YES]],
  [
    "MI",
    ["1.0.0", "N=None NED=Non-Essential_Degraded MSC=MEF_Support_Crippled MEF=MEF_Failure MF=Mission_Failure"],
    ["2.0.0", "D=Degraded MSC=MEF_Support_Crippled MEF=MEF_Failure MF=Mission_Failure"],
  ],
  ["MWI", ["1.0.0", "L=Low M=Medium H=High"]],
  ["PSI", ["1.0.0", SAFETY], ["2.0.0", SAFETY], ["2.0.1", SAFETY]],
  ["PUBLISH", ["1.0.0", "N=Do_Not_Publish P=Publish"]],
  ["PVA", ["1.0.0", "L=Limited A=Ampliative P=Precedence"]],
  // Version 1.0.0 gave two values the key M: either name is right.
  ["PWI", ["1.0.0", "M=Minimal I=Irreversible"], ["1.1.0", WELL_BEING]],
  ["RC", ["1.0.0", "NC=Not_Credible C=Credible"]],
  ["RP", ["1.0.0", "Y=Yes N=No"]],
  ["SC", ["1.0.0", "O=One M=Multiple"]],
  ["SCON", ["1.0.0", NO_YES]],
  ["SE", ["1.0.0", "A=Active U=Unresponsive"]],
  ["SI", ["1.0.0", "N=None M=Minor J=Major H=Hazardous C=Catastrophic"], ["2.0.0", SEVERITIES], ["2.0.1", SEVERITIES]],
  ["SINV", ["1.0.0", "FR=Fix_Ready C=Cooperative UU=Uncooperative/Unresponsive"]],
  ["TI", ["1.0.0", "P=Partial T=Total"]],
  ["U", ["1.0.0", "L=Laborious E=Efficient S=Super_Effective"], ["1.0.1", "L=Laborious E=Efficient S=Super_Effective"]],
  ["V", ["1.0.0", "S=Slow R=Rapid"]],
  ["VD", ["1.0.0", "D=Diffuse C=Concentrated"]],
];

/** Some of the namespace cvss, whose registry has a hundred more. Its E 3.0.1 is what the official tests call valid. */
const CVSS: typeof SSVC = [
  ["AC", ["3.0.0", LOW_HIGH], ["3.0.1", LOW_HIGH]],
  [
    "E",
    ["1.2.0", "U=Unproven POC=Proof-of-Concept F=Functional H=High X=Not_Defined"],
    ["2.0.0", MATURITY],
    ["3.0.1", MATURITY],
  ],
];

function read(points: typeof SSVC): Namespace["points"] {
  return new Map(
    points.map(([key, ...versions]) => [
      key,
      new Map(versions.map(([version, values]) => [version, readValues(values)])),
    ]),
  );
}

function readValues(values: string): Point {
  const pairs = values.split(" ").map((pair) => pair.split("="));
  return new Map(pairs.map(([key = "", name = ""]) => [key, name.replaceAll("_", " ")]));
}

/** Decision points of registered namespaces (https://github.com/CERTCC/SSVC/tree/main/data/json/decision_points). */
export const DECISION_POINTS: ReadonlyMap<string, Namespace> = new Map([
  ["ssvc", { isComplete: true, points: read(SSVC) }],
  ["cvss", { isComplete: false, points: read(CVSS) }],
]);
