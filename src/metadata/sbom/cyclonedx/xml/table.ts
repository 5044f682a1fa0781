/** How a value of the JSON form stands in XML. */
export type FieldPlace =
  /** An attribute of the element. */
  | "attribute"
  /** One element. */
  | "element"
  /** An element for each item of a list. */
  | "repeated"
  /** One element that holds an element for each item of a list. */
  | "wrapped"
  /** The element's own text. */
  | "text"
  /** One element whose attributes and elements are members of the object around it. */
  | "inline";

/** One member of an object, with where it stands. */
export interface Field {
  readonly place: FieldPlace;
  /** The name of the attribute or element; empty for the element's own text. */
  readonly name: string;
  /** The name of the inner element of a wrapped list; empty where {@link CHOICES} names several. */
  readonly item: string;
  /** The name of the member in the JSON form. */
  readonly member: string;
  /** A kind of value: `text`, `token`, `boolean`, `integer`, `number`, `ref`, or a key of TYPES or of CHOICES. */
  readonly kind: string;
}

/**
 * The types of CycloneDX's XML schemas 1.0 to 1.7, their fields in the order that the schemas demand: `@name` is an
 * attribute, `name*` a repeated element, `list>item` a wrapped list, `#` the text, `name^` an inline element; `:kind` and
 * `=member` follow where they are not text and the same name. Where versions differ this is their union.
 */
const NOTATION: Readonly<Record<string, string>> = {
  bom: `@serialNumber:token @version:integer metadata:metadata components>component:component services>service:service
    externalReferences>reference:reference dependencies>dependency:dependency compositions>composition:composition
    properties>property:property vulnerabilities>vulnerability:vulnerability annotations>annotation:annotation
    formulation>formula:formula declarations:declarations definitions:definitions citations>citation:citation`,
  metadata: `timestamp:token lifecycles>lifecycle:lifecycle tools:tools authors>author:contact component:component
    manufacturer:organization manufacture:organization supplier:organization licenses>:licenseChoice
    properties>property:property distributionConstraints:distribution`,
  lifecycle: "phase:token name description",
  distribution: "tlp:token",
  organization: "@bom-ref name address:address url*:token contact*:contact",
  contact: "@bom-ref name email phone",
  address: "@bom-ref country region locality postOfficeBoxNumber postalCode streetAddress",
  tool: "vendor name version hashes>hash:hash externalReferences>reference:reference",
  toolParts: "components>component:component services>service:service",
  component: `@type:token @mime-type @isExternal:boolean @bom-ref supplier:organization manufacturer:organization
    authors>author:contact author publisher group name version versionRange description scope:token hashes>hash:hash
    licenses>:licenseChoice copyright patentAssertions>patentAssertion:patentAssertion cpe:token purl:token omniborId*
    swhid* swid:swid modified:boolean pedigree:pedigree externalReferences>reference:reference
    properties>property:property components>component:component evidence:evidence releaseNotes:releaseNotes
    modelCard:modelCard data*:componentData cryptoProperties:cryptoProperties tags>tag`,
  licenseEntry: `@bom-ref @acknowledgement:token id:token name text:attachment url:token licensing:licensing
    properties>property:property`,
  licenseExpression: "@bom-ref @acknowledgement:token #:text=expression",
  detailedExpression: `@bom-ref @acknowledgement:token @expression details*:expressionDetail=expressionDetails
    licensing:licensing properties>property:property`,
  expressionDetail: "@license-identifier:text=licenseIdentifier @bom-ref text:attachment url:token",
  licensing: `altIds>altId licensor:party licensee:party purchaser:party purchaseOrder licenseTypes>licenseType:token
    lastRenewal:token expiration:token`,
  party: "organization:organization individual:contact",
  attachment: "@content-type:text=contentType @encoding:token #:text=content",
  hash: "@alg:token #:token=content",
  swid: "@tagId @name @version @tagVersion:integer @patch:boolean text:attachment url:token",
  reference: "@type:token url:token comment hashes>hash:hash properties>property:property",
  property: "@name #:text=value",
  pedigree: `ancestors>component:component descendants>component:component variants>component:component
    commits>commit:commit patches>patch:patch notes`,
  commit: "uid url:token author:action committer:action message",
  action: "timestamp:token name email",
  patch: "@type:token diff:diff resolves>issue:issue",
  diff: "text:attachment url:token",
  issue: "@type:token id name description source:source references>url:token",
  source: "name url:token",
  dependency: "@ref dependency*:ref=dependsOn provides*:ref",
  service: `@bom-ref provider:organization group name version description endpoints>endpoint:token authenticated:boolean
    x-trust-boundary:boolean trustZone data>:serviceData licenses>:licenseChoice
    patentAssertions>patentAssertion:patentAssertion externalReferences>reference:reference
    properties>property:property services>service:service releaseNotes:releaseNotes tags>tag`,
  classified: "@flow:token #:text=classification",
  dataflow:
    "@name @description classification^:classified governance:governance source>url:token destination>url:token",
  evidence: `identity*:identity occurrences>occurrence:occurrence callstack:callstack licenses>:licenseChoice
    copyright>text:copyrightText`,
  identity: "field:token confidence:number concludedValue methods>method:method tools>tool:ref",
  method: "technique:token confidence:number value",
  occurrence: "@bom-ref location line:integer offset:integer symbol additionalContext",
  callstack: "frames>frame:frame tools>tool:ref",
  frame: "package module function parameters>parameter line:integer column:integer fullFilename",
  copyrightText: "#:text=text",
  composition: `@bom-ref aggregate:token assemblies>assembly:ref dependencies>dependency:ref
    vulnerabilities>vulnerability:ref`,
  releaseNotes: `type title featuredImage:token socialImage:token description timestamp:token aliases>alias tags>tag
    resolves>issue:issue notes>note:note properties>property:property`,
  note: "locale:token text:attachment",
  modelCard: `@bom-ref modelParameters:modelParameters quantitativeAnalysis:quantitativeAnalysis
    considerations:considerations properties>property:property`,
  modelParameters: `approach:approach task architectureFamily modelArchitecture datasets>:dataset inputs>input:format
    outputs>output:format`,
  approach: "type:token",
  format: "format",
  datasetRef: "#:token=ref",
  quantitativeAnalysis: "performanceMetrics>performanceMetric:metric graphics:graphics",
  metric: "type value slice confidenceInterval:interval",
  interval: "lowerBound upperBound",
  graphics: "description collection>graphic:graphic",
  graphic: "name image:attachment",
  considerations: `users>user useCases>useCase technicalLimitations>technicalLimitation
    performanceTradeoffs>performanceTradeoff ethicalConsiderations>ethicalConsideration:risk
    environmentalConsiderations:environment fairnessAssessments>fairnessAssessment:fairness`,
  risk: "name mitigationStrategy",
  fairness: "groupAtRisk benefits harms mitigationStrategy",
  environment: "energyConsumptions>energyConsumption:energyConsumption properties>property:property",
  energyConsumption: `activity:token energyProviders*:energyProvider activityEnergyCost:measure
    co2CostEquivalent:measure co2CostOffset:measure properties>property:property`,
  measure: "value:number unit:token",
  energyProvider: `@bom-ref description organization:organization energySource:token energyProvided:measure
    externalReferences>reference:reference`,
  componentData: `@bom-ref type:token name contents:contents classification sensitiveData* graphics:graphics description
    governance:governance`,
  contents: "attachment:attachment url:token properties>property:property",
  governance: "custodians>custodian:responsible stewards>steward:responsible owners>owner:responsible",
  responsible: "organization:organization individual:contact=contact",
  vulnerability: `@bom-ref id source:source references>reference:vulnerabilityReference ratings>rating:rating
    cwes>cwe:integer description detail recommendation workaround proofOfConcept:proof advisories>advisory:advisory
    created:token published:token updated:token rejected:token credits:credits tools:tools analysis:analysis
    affects>target:affected properties>property:property`,
  vulnerabilityReference: "id source:source",
  rating: "source:source score:number severity:token method:token vector justification",
  proof: "reproductionSteps environment supportingMaterial>attachment:attachment",
  advisory: "title url:token",
  credits: "organizations>organization:organization individuals>individual:contact",
  analysis: `state:token justification:token responses>response:token=response detail firstIssued:token
    lastUpdated:token`,
  affected: "ref:token versions>version:affectedVersion",
  affectedVersion: "version range status:token",
  annotation: "@bom-ref subjects>subject:ref annotator:annotator timestamp:token text",
  annotator: "organization:organization individual:contact component:component service:service",
  formula: `@bom-ref components>component:component services>service:service workflows>workflow:workflow
    properties>property:property`,
  workflow: `@bom-ref uid name description resourceReferences>resourceReference:resource tasks>task:task
    taskDependencies>dependency:dependency taskTypes>taskType:token trigger:trigger steps>step:step inputs>input:input
    outputs>output:output timeStart:token timeEnd:token workspaces>workspace:workspace
    runtimeTopology>dependency:dependency properties>property:property`,
  resource: "ref:token externalReference:reference",
  task: `@bom-ref uid name description resourceReferences>resourceReference:resource taskTypes>taskType:token
    trigger:trigger steps>step:step inputs>input:input outputs>output:output timeStart:token timeEnd:token
    workspaces>workspace:workspace runtimeTopology>dependency:dependency properties>property:property`,
  workspace: `@bom-ref uid name aliases>alias description resourceReferences>resourceReference:resource accessMode:token
    mountPath managedDataType volumeRequest volume:volume properties>property:property`,
  volume: `uid name mode:token path sizeAllocated persistent:boolean remote:boolean properties>property:property`,
  step: "name description commands>command:command properties>property:property",
  command: "executed properties>property:property",
  trigger: `@bom-ref uid name description resourceReferences>resourceReference:resource type:token event:event
    conditions>condition:condition timeActivated:token inputs>input:input outputs>output:output
    properties>property:property`,
  event: `uid description timeReceived:token data:attachment source:resource target:resource
    properties>property:property`,
  condition: "description expression properties>property:property",
  input: `resource:resource parameters>parameter:parameter environmentVars>:environmentVariable data:attachment
    source:resource target:resource properties>property:property`,
  output: `resource:resource environmentVars>:environmentVariable data:attachment type:token source:resource
    target:resource properties>property:property`,
  parameter: "name value dataType",
  cryptoProperties: `assetType:token algorithmProperties:algorithm certificateProperties:certificate
    relatedCryptoMaterialProperties:cryptoMaterial protocolProperties:protocol oid`,
  algorithm: `primitive:token algorithmFamily parameterSetIdentifier curve ellipticCurve executionEnvironment:token
    implementationPlatform:token certificationLevel*:token mode:token padding:token
    cryptoFunctions>cryptoFunction:token classicalSecurityLevel:integer nistQuantumSecurityLevel:integer`,
  certificate: `serialNumber subjectName issuerName notValidBefore:token notValidAfter:token signatureAlgorithmRef
    subjectPublicKeyRef certificateFormat certificateExtension certificateFileExtension fingerprint:hash
    certificateState*:certificateState creationDate:token activationDate:token deactivationDate:token
    revocationDate:token destructionDate:token certificateExtensions>certificateExtension:certificateExtension
    relatedCryptographicAssets>relatedCryptographicAsset:relatedAsset`,
  certificateState: "state:token name description reason",
  certificateExtension: "commonExtensionName:token commonExtensionValue customExtensionName customExtensionValue",
  relatedAsset: "type ref",
  cryptoMaterial: `type:token id state:token algorithmRef creationDate:token activationDate:token updateDate:token
    expirationDate:token value size:integer format securedBy:securedBy fingerprint:hash
    relatedCryptographicAssets>relatedCryptographicAsset:relatedAsset`,
  securedBy: "mechanism algorithmRef",
  protocol: `type:token version cipherSuites>cipherSuite:cipherSuite ikev2TransformTypes:ikev2
    cryptoRef*:text=cryptoRefArray relatedCryptographicAssets>relatedCryptographicAsset:relatedAsset`,
  cipherSuite: `name algorithms>algorithm identifiers>identifier tlsGroups>group
    tlsSignatureSchemes>signatureScheme`,
  ikev2: "encr*:transform prf*:transform integ*:transform ke*:transform esn:boolean auth*:transform",
  transformParts: "name group:integer keyLength:integer algorithm",
  declarations: `assessors>assessor:assessor attestations>attestation:attestation claims>claim:claim
    evidence>evidence:claimEvidence targets:targets affirmation:affirmation`,
  assessor: "@bom-ref thirdParty:boolean organization:organization",
  attestation: "summary assessor map*:attestationMap",
  attestationMap: "requirement claims>claim counterClaims>counterClaim conformance:conformance confidence:confidence",
  conformance: "score:number rationale mitigationStrategies>mitigationStrategy",
  confidence: "score:number rationale",
  claim: `@bom-ref target predicate mitigationStrategies>mitigationStrategy reasoning evidence* counterEvidence*
    externalReferences>reference:reference`,
  claimEvidence: `@bom-ref propertyName description data*:evidenceData created:token expires:token author:contact
    reviewer:contact`,
  evidenceData: "name contents:contents classification sensitiveData* governance:governance",
  targets: "organizations>organization:organization components>component:component services>service:service",
  affirmation: "statement signatories>signatory:signatory",
  signatory: "name role organization:organization externalReference:reference",
  definitions: "standards>standard:standard patents>:patent",
  standard: `@bom-ref name version description owner requirements>requirement:requirement levels>level:level
    externalReferences>reference:reference`,
  requirement: `@bom-ref identifier title text descriptions>description openCre* parent properties>property:property
    externalReferences>reference:reference`,
  level: "@bom-ref identifier title description requirements>requirement",
  patentFamily: `@bom-ref familyId priorityApplication:priorityApplication members>ref:token
    externalReferences>reference:reference`,
  patentEntry: `@bom-ref patentNumber applicationNumber jurisdiction:token priorityApplication:priorityApplication
    publicationNumber title abstract filingDate:token grantDate:token patentExpirationDate:token
    patentLegalStatus:token patentAssignee*:assignee externalReferences>reference:reference`,
  priorityApplication: "applicationNumber jurisdiction:token filingDate:token",
  patentAssertion: "@bom-ref assertionType:token patentRefs>bom-ref asserter:asserter notes",
  citation: "@bom-ref pointers>pointer expressions>expression timestamp:token attributedTo process note",
};

/** One of several elements that may stand for an item. */
export interface Alternative {
  readonly element: string;
  readonly kind: string;
  /** The member of an object around it that the JSON form has. */
  readonly within?: string;
  /** Members by which an object is this one; all others are tried first. */
  readonly knownBy?: readonly string[];
}

/** Lists and places in which one of several elements stands; the last of each is what nothing else fits. */
export const CHOICES: ReadonlyMap<string, readonly Alternative[]> = new Map([
  [
    "licenseChoice",
    [
      { element: "license", kind: "licenseEntry", within: "license" },
      {
        element: "expression-detailed",
        kind: "detailedExpression",
        knownBy: ["expressionDetails", "licensing", "properties"],
      },
      { element: "expression", kind: "licenseExpression" },
    ],
  ],
  [
    "serviceData",
    [
      {
        element: "dataflow",
        kind: "dataflow",
        knownBy: ["name", "description", "governance", "source", "destination"],
      },
      { element: "classification", kind: "classified" },
    ],
  ],
  [
    "dataset",
    [
      { element: "ref", kind: "datasetRef", knownBy: ["ref"] },
      { element: "dataset", kind: "componentData" },
    ],
  ],
  [
    "environmentVariable",
    [
      { element: "environmentVar", kind: "property", knownBy: ["name"] },
      { element: "value", kind: "text" },
    ],
  ],
  [
    "patent",
    [
      { element: "patentFamily", kind: "patentFamily", knownBy: ["familyId"] },
      { element: "patent", kind: "patentEntry" },
    ],
  ],
  [
    "assignee",
    [
      { element: "individual", kind: "contact", knownBy: ["email", "phone"] },
      { element: "organization", kind: "organization" },
    ],
  ],
  [
    "asserter",
    [
      { element: "contact", kind: "contact", knownBy: ["email", "phone"] },
      { element: "organization", kind: "organization" },
      { element: "ref", kind: "token" },
    ],
  ],
]);

const FIELD = /^(@?)([A-Za-z][\w-]*|#)([*^]?)(>?)([A-Za-z][\w-]*)?(?::(\w+))?(?:=([\w-]+))?$/;

const types = new Map<string, readonly Field[]>();

/** The fields of a type, in the order of its elements; undefined for a kind that is no type. */
export function fieldsOf(kind: string): readonly Field[] | undefined {
  const known = types.get(kind);
  if (known !== undefined || !Object.hasOwn(NOTATION, kind)) return known;
  const fields = (NOTATION[kind] ?? "").split(/\s+/).map((text) => parseField(text));
  types.set(kind, fields);
  return fields;
}

/** The names of all types. */
export const TYPES: readonly string[] = Object.keys(NOTATION);

function parseField(text: string): Field {
  const match = FIELD.exec(text);
  if (match === null) throw new Error(`${text} is not in the notation of fields`);
  const [, at, name = "", suffix, wraps, item = "", kind = "text", member] = match;
  const stated = name === "#" ? "" : name;
  return { place: placeOf(at, name, suffix, wraps), name: stated, item, kind, member: member ?? stated };
}

function placeOf(at = "", name = "", suffix = "", wraps = ""): FieldPlace {
  if (at === "@") return "attribute";
  if (name === "#") return "text";
  if (wraps === ">") return "wrapped";
  if (suffix === "*") return "repeated";
  return suffix === "^" ? "inline" : "element";
}
