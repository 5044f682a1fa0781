/** Expressions as policies hold them: 25 templates whose names, constants and structure vary, no two of them equal. */

const NAMES = ["web", "api", "worker", "proxy", "store", "queue", "cache", "gateway", "ledger", "search"];
const FIELDS = ["owner", "team", "tier", "region", "release", "ticket", "contact", "stage"];
const OPERATORS = ["<=", "<", ">=", ">", "!="];
const TEXT_TESTS = ["startsWith", "endsWith", "contains"];
const LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** What a template is filled with. All of it follows from the expression's number. */
interface Filling {
  /** The number itself: it stands in every expression as a constant, so that no two are equal. */
  readonly n: number;
  readonly name: string;
  readonly field: string;
  readonly operator: string;
  readonly textTest: string;
  readonly list: string;
  /** Some alternatives of a condition, joined by `||`. */
  readonly anyOf: (condition: (alternative: string) => string) => string;
}

type Template = (filling: Filling) => string;

const TEMPLATES: readonly Template[] = [
  ({ n, operator }) => `object.spec.replicas ${operator} ${n}`,
  ({ n, field }) => `has(object.metadata.labels) && '${field}-${n}' in object.metadata.labels`,
  ({ n, field, name }) => `object.metadata.labels['example.com/${field}'] == '${name}-${n}'`,
  ({ n, name, textTest }) => `object.metadata.name.${textTest}('${name}-${n}')`,
  ({ n, operator }) => `size(object.metadata.name) ${operator} ${n} && object.metadata.namespace != 'default'`,
  ({ n, list, name }) => `object.spec.${list}.all(c, c.image.startsWith('registry-${n}.example.com/${name}/'))`,
  ({ n, list, anyOf }) =>
    `object.spec.${list}.all(c, ${anyOf((name) => `c.image.startsWith('${name}-${n}.example.com/')`)})`,
  ({ n, list, name }) => `!object.spec.${list}.exists(c, c.name == '${name}-${n}')`,
  ({ n, list }) => `object.spec.${list}.all(c, has(c.resources.limits) && c.name.size() < ${n})`,
  ({ n, list, operator }) => `object.spec.${list}.filter(c, has(c.livenessProbe)).size() ${operator} ${n}`,
  ({ n, list, field }) => `object.spec.${list}.map(c, c.name + '-${n}').all(x, x != object.metadata.labels.${field})`,
  ({ n, name }) => `object.metadata.name.matches('^${name}-[a-z0-9]{1,${(n % 50) + 1}}-${n}$')`,
  ({ n, list }) => `object.spec.${list}.all(c, !has(c.ports) || c.ports.all(p, p.containerPort > ${1024 + n}))`,
  ({ n, field, name }) =>
    `has(object.metadata.annotations.${field}) ? object.metadata.annotations.${field} == '${name}-${n}' : true`,
  ({ n, name }) => `object.kind in ['Pod', 'Deployment', 'Job'] && object.metadata.name != '${name}-${n}'`,
  ({ n, operator }) => `object.spec.replicas * object.spec.template.spec.containers.size() + 1 ${operator} ${n}`,
  ({ n, list, field }) =>
    `object.spec.${list}.exists_one(c, has(c.env) && c.env.exists(e, e.name == '${field}_${n}' && e.value != ''))`,
  ({ n, name, anyOf }) =>
    `(${anyOf((each) => `object.metadata.namespace == '${each}-${n}'`)}) && object.metadata.name == '${name}'`,
  ({ n, list }) =>
    `object.spec.${list}.all(c, has(c.securityContext) && (!has(c.securityContext.runAsUser) || c.securityContext.runAsUser >= ${n}))`,
  ({ n, name }) =>
    `!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath) && v.name != '${name}-${n}')`,
  ({ n, field }) => `object.metadata.?annotations[?'example.com/${field}-${n}'].orValue('none') != ''`,
  ({ n, list, name }) =>
    `(object.spec.${list} + object.spec.sidecars).all(c, c.name.size() > 0 && c.image.split(':').size() == 2) || object.metadata.name == '${name}-${n}'`,
  ({ n, field, operator }) =>
    `object.metadata.labels.${field} == 'prod' ? object.spec.replicas ${operator} ${n} : object.spec.replicas > 0`,
  ({ n, name }) => `object.spec.template.spec.containers[${n % 4}].image.substring(0, ${(n % 9) + 1}) != '${name}${n}'`,
  ({ n, list, name, anyOf }) => `object.spec.${list}.all(c, has(c.securityContext)
  && has(c.securityContext.capabilities) && c.securityContext.capabilities.drop.exists(d, d == 'ALL')
  && (!has(c.securityContext.capabilities.add) || c.securityContext.capabilities.add.all(a, a in ['NET_BIND_SERVICE', 'CAP_${n}']))
  && (has(c.securityContext.seccompProfile) ? c.securityContext.seccompProfile.type in ['RuntimeDefault', 'Localhost'] : ${anyOf((each) => `c.name == '${each}'`)}))
&& !object.metadata.name.endsWith('-${name}')`,
];

/** The first `count` of them, the same for every call. */
export function typicalExpressions(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const round = Math.floor(n / TEMPLATES.length);
    const template = TEMPLATES[n % TEMPLATES.length] as Template;
    return template({
      n,
      name: pick(NAMES, round),
      field: pick(FIELDS, round),
      operator: pick(OPERATORS, round),
      textTest: pick(TEXT_TESTS, round),
      list: pick(LISTS, round),
      anyOf: (condition) =>
        Array.from({ length: 1 + (round % 4) }, (_, index) => condition(pick(NAMES, round + index))).join(" || "),
    });
  });
}

function pick(from: readonly string[], index: number): string {
  return from[index % from.length] as string;
}
