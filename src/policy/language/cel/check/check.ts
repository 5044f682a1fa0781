import type { CelEnvironment, CelMessageType } from "../environment.ts";
import type { CelFunction } from "../function.ts";
import type {
  Ast,
  AstNode,
  BlockNode,
  ChainNode,
  ConditionalNode,
  ListNode,
  MapNode,
  MessageNode,
} from "../syntax/ast.ts";
import { type SourceIssue, sourceError, sourceErrors } from "../syntax/source.ts";
import { type CelType, celTypes, formatType } from "../types.ts";
import { typeName } from "../values/kinds.ts";
import { checkComprehension, checkOptionalMap } from "./check-macros.ts";
import { type NameReference, Resolver, typeOfName } from "./check-names.ts";
import { type Checking, findScope, type Scope } from "./checking.ts";
import {
  BINARY_SIGNATURES,
  CONDITIONAL,
  INDEX,
  NEGATE,
  NOT,
  NUMBERS,
  OPTIONAL_INDEX,
  type OperatorSignature,
} from "./operator-types.ts";
import { containsAny, isAny } from "./static-type.ts";
import { Substitution } from "./substitution.ts";

/** A call whose rows are known. */
export interface CallReference {
  /** Those whose arguments' types fit, in the table's order. Empty only in expressions that are not checked. */
  readonly rows: readonly CelFunction[];
  /** The object of a method first. */
  readonly args: readonly AstNode[];
}

/** A parsed expression with what its names mean and the types of its parts. */
export interface CheckedExpression {
  readonly ast: Ast;
  /** The deduced type of the whole. */
  readonly type: CelType;
  /** By node id (steps of chains have ids, too): the deduced type; dyn where nothing is known. */
  readonly types: readonly CelType[];
  /** By node id: what identifiers, and selections that spell a dotted name, stand for. Macros' variables have none. */
  readonly names: ReadonlyMap<number, NameReference>;
  /** By node id of calls. */
  readonly calls: ReadonlyMap<number, CallReference>;
  /** By node id of messages: their types. */
  readonly messages: ReadonlyMap<number, CelMessageType>;
}

/** What {@link checkTree} takes beside the tree. */
export interface CheckOptions {
  /**
   * False: nothing is refused. Names that are not declared, and calls that no function takes, fail when they are
   * evaluated, as in expressions of cel-go that were not checked.
   */
  readonly check: boolean;
  /** What the whole must be; dyn is taken everywhere. */
  readonly expected?: CelType;
}

/** Issues of one expression that are reported together. */
const MAX_ISSUES = 10;

/** What a map may have for keys (cel-spec, values). */
const KEYS: ReadonlySet<CelType> = new Set<CelType>([celTypes.string, celTypes.bool, celTypes.int, celTypes.uint]);

/**
 * The types of an expression's parts, deduced as cel-go's checker does: type parameters are unified, lists and maps of
 * different types hold dyn, and dyn fits everywhere.
 *
 * @throws {AmapError} EXPRESSION_INVALID with every issue found (up to ten), each with line, column, what was expected
 *   and what was found
 */
export function checkTree(ast: Ast, environment: CelEnvironment, options: CheckOptions): CheckedExpression {
  const checker = new Checker(ast, environment, options.check);
  return checker.run(options.expected);
}

class Checker implements Checking {
  readonly #ast: Ast;
  readonly #types: CelType[] = [];
  readonly #names = new Map<number, NameReference>();
  readonly #calls = new Map<number, CallReference>();
  readonly #messages = new Map<number, CelMessageType>();
  readonly #resolver: Resolver;
  readonly #isStrict: boolean;
  readonly substitution = new Substitution();
  readonly #issues: SourceIssue[] = [];

  constructor(ast: Ast, environment: CelEnvironment, isStrict: boolean) {
    this.#ast = ast;
    this.#resolver = new Resolver(environment);
    this.#isStrict = isStrict;
  }

  run(expected: CelType | undefined): CheckedExpression {
    const { root, source } = this.#ast;
    const type = this.visit(root, undefined);
    if (expected !== undefined && !this.substitution.assign([type], [expected])) {
      this.fail(root.offset, `expected ${formatType(expected)}, found ${this.show(type)}`);
    }
    if (this.#issues.length > 0) throw sourceErrors(source, this.#issues);
    return {
      ast: this.#ast,
      type: this.substitution.settle(type),
      types: this.#types.map((each) => this.substitution.settle(each)),
      names: this.#names,
      calls: this.#calls,
      messages: this.#messages,
    };
  }

  /** Notes an issue; what is wrong is dyn from here on, so that it causes no others. */
  fail(offset: number, message: string): CelType {
    if (!this.#isStrict) return celTypes.dyn;
    if (this.#issues.length < MAX_ISSUES) this.#issues.push({ offset, message });
    return celTypes.dyn;
  }

  show(type: CelType): string {
    return formatType(this.substitution.settle(type));
  }

  visit(node: AstNode, scope: Scope | undefined): CelType {
    const type = this.substitution.resolve(this.#deduce(node, scope));
    this.#types[node.id] = type;
    return type;
  }

  #deduce(node: AstNode, scope: Scope | undefined): CelType {
    switch (node.kind) {
      case "literal":
        return typeOfName(typeName(node.value));
      case "identifier":
      case "select":
      case "presence":
        return this.#named(node, scope);
      case "index":
        return this.#index(node, scope);
      case "call":
        return this.#call(node, scope);
      case "logical":
        for (const operand of node.operands) this.condition(operand, node.operator, scope);
        return celTypes.bool;
      case "chain":
        return this.#chain(node, scope);
      case "unary": {
        const type = this.visit(node.operand, scope);
        return this.#operator(node.offset, node.operator, node.operator === "!" ? NOT : NEGATE, [type]);
      }
      case "conditional":
        return this.#conditional(node, scope);
      case "list":
        return this.#list(node, scope);
      case "map":
        return this.#map(node, scope);
      case "message":
        return this.#message(node, scope);
      case "comprehension":
        return checkComprehension(node, scope, this);
      case "bind": {
        const type = this.visit(node.value, scope);
        return this.visit(node.body, { name: node.variable, type, outer: scope });
      }
      case "block":
        return this.#block(node, scope);
      default:
        return checkOptionalMap(node, scope, this);
    }
  }

  /** A part that must be true or false. */
  condition(node: AstNode, of: string, scope: Scope | undefined): void {
    const type = this.visit(node, scope);
    if (this.substitution.assign([type], [celTypes.bool])) return;
    this.fail(node.offset, `no such overload: ${of} needs bool, not ${this.show(type)}`);
  }

  #named(node: AstNode & { kind: "identifier" | "select" | "presence" }, scope: Scope | undefined): CelType {
    if (node.kind === "identifier") {
      const local = node.absolute ? undefined : findScope(scope, node.name);
      if (local !== undefined) return local.type;
    }
    const reference = this.#resolver.name(node, (name) => findScope(scope, name) !== undefined);
    if (reference !== undefined) {
      this.#names.set(node.id, reference);
      if (node.kind === "presence") return celTypes.bool;
      return reference.kind === "type" ? celTypes.typeOf(reference.type) : reference.variable.type;
    }
    if (node.kind === "identifier") return this.fail(node.offset, this.#resolver.undeclared(node.name));
    const operand = this.visit(node.operand, scope);
    const type = this.#field(operand, node.field, node.offset);
    if (node.kind === "presence") return celTypes.bool;
    // Taken from an optional it already is one.
    return node.optional && operand.kind !== "optional" ? celTypes.optional(type) : type;
  }

  #field(operand: CelType, field: string, offset: number): CelType {
    switch (operand.kind) {
      case "optional":
        return celTypes.optional(this.#field(operand.value, field, offset));
      case "map":
        return operand.value;
      case "object": {
        const fields = operand.fields();
        const type = fields.get(field);
        if (type !== undefined) return type;
        return this.fail(offset, this.#resolver.unknownField(operand.name, field, [...fields.keys()]));
      }
      case "parameter":
        this.substitution.assign([celTypes.dyn], [operand]);
        return celTypes.dyn;
      default:
        if (isAny(operand)) return celTypes.dyn;
        return this.fail(offset, `a value of type ${this.show(operand)} has no fields (looking for ${field})`);
    }
  }

  #index(node: AstNode & { kind: "index" }, scope: Scope | undefined): CelType {
    const operand = this.visit(node.operand, scope);
    const index = this.visit(node.index, scope);
    const result = this.#overload(node.optional ? OPTIONAL_INDEX : INDEX, [operand, index]);
    if (result !== undefined) return result;
    const types = `an index of type ${this.show(index)} into ${this.show(operand)}`;
    return this.fail(node.offset, `no such overload: ${types}`);
  }

  #call(node: AstNode & { kind: "call" }, scope: Scope | undefined): CelType {
    const resolved = this.#resolver.call(node, (name) => findScope(scope, name) !== undefined);
    const types = resolved.args.map((arg) => this.visit(arg, scope));
    if (resolved.rows.length === 0) {
      this.#calls.set(node.id, { rows: [], args: resolved.args });
      return this.fail(node.offset, resolved.refusal);
    }
    const rows: CelFunction[] = [];
    let result: CelType | undefined;
    for (const row of resolved.rows) {
      if (row.isFallback) continue;
      const [type, ...args] = this.substitution.instantiate([row.result, ...row.args]) as [CelType, ...CelType[]];
      if (!this.substitution.assign(types, args)) continue;
      rows.push(row);
      result = this.#either(result, type);
    }
    // Where a type is not known, the value decides, and may be of no declared one.
    if (types.some(containsAny)) rows.push(...resolved.rows.filter((row) => row.isFallback));
    this.#calls.set(node.id, { rows: this.#isStrict ? rows : resolved.rows, args: resolved.args });
    if (result !== undefined) return result;
    return this.fail(
      node.offset,
      this.#resolver.noOverload(
        resolved.rows,
        types.map((type) => this.show(type)),
      ),
    );
  }

  /** The result of overloads so far and of one more: dyn when they differ. */
  #either(result: CelType | undefined, next: CelType): CelType {
    const type = this.substitution.resolve(next);
    return result === undefined || formatType(result) === formatType(type) ? type : celTypes.dyn;
  }

  #overload(signatures: readonly OperatorSignature[], given: readonly CelType[]): CelType | undefined {
    let result: CelType | undefined;
    for (const signature of signatures) {
      const [type, ...args] = this.substitution.instantiate([signature.result, ...signature.args]) as [
        CelType,
        ...CelType[],
      ];
      if (this.substitution.assign(given, args)) result = this.#either(result, type);
    }
    return result;
  }

  #operator(
    offset: number,
    operator: string,
    signatures: readonly OperatorSignature[],
    given: readonly CelType[],
  ): CelType {
    const result = this.#overload(signatures, given);
    if (result !== undefined) return result;
    const types = given.map((type) => this.show(type));
    const isEquality = operator === "==" || operator === "!=";
    const why = isEquality ? ": values of different types are never equal" : "";
    const isNumeric = given.every((type) => NUMBERS.includes(type));
    const hint = isEquality && isNumeric ? "; write dyn(x) for one of them to compare by value" : "";
    return this.fail(offset, `no such overload: ${operator} for ${types.join(", ")}${why}${hint}`);
  }

  #chain(node: ChainNode, scope: Scope | undefined): CelType {
    let type = this.visit(node.first, scope);
    for (const step of node.steps) {
      const operand = this.visit(step.operand, scope);
      type = this.#operator(step.offset, step.operator, BINARY_SIGNATURES[step.operator], [type, operand]);
      type = this.substitution.resolve(type);
      this.#types[step.id] = type;
    }
    return type;
  }

  /** One type for all branches, as cel-go demands. */
  #conditional(node: ConditionalNode, scope: Scope | undefined): CelType {
    const branches = node.branches.map((branch) => {
      this.condition(branch.test, "?:", scope);
      return this.visit(branch.value, scope);
    });
    const otherwise = this.visit(node.otherwise, scope);
    return branches.reduceRight((result, type) => {
      const either = this.#overload(CONDITIONAL, [celTypes.bool, type, result]);
      if (either !== undefined) return either;
      const types = `${this.show(type)}, ${this.show(result)}`;
      return this.fail(node.offset, `no such overload: the branches of ?: are of different types: ${types}`);
    }, otherwise);
  }

  /** An optional element is there as what its optional holds. */
  #held(type: CelType, isOptional: boolean, offset: number): CelType {
    if (!isOptional || isAny(type)) return type;
    const inner = this.substitution.fresh();
    if (this.substitution.assign([type], [celTypes.optional(inner)])) return this.substitution.resolve(inner);
    return this.fail(offset, `no such overload: an optional element needs an optional, not ${this.show(type)}`);
  }

  #joined(types: readonly CelType[]): CelType {
    const [first, ...rest] = types;
    if (first === undefined) return this.substitution.fresh();
    return rest.reduce((joined, type) => this.substitution.join(joined, type), first);
  }

  #list(node: ListNode, scope: Scope | undefined): CelType {
    const types = node.elements.map(({ value, optional }) =>
      this.#held(this.visit(value, scope), optional, value.offset),
    );
    return celTypes.list(this.#joined(types));
  }

  #map(node: MapNode, scope: Scope | undefined): CelType {
    const keys = node.entries.map(({ key }) => this.#key(key, scope));
    const values = node.entries.map(({ value, optional }) =>
      this.#held(this.visit(value, scope), optional, value.offset),
    );
    return celTypes.map(this.#joined(keys), this.#joined(values));
  }

  #message(node: MessageNode, scope: Scope | undefined): CelType {
    const types = node.fields.map(({ value, optional }) =>
      this.#held(this.visit(value, scope), optional, value.offset),
    );
    const message = this.#resolver.message(node.typeName);
    if (message === undefined) {
      if (!this.#resolver.hasMessages) throw this.#unsupportedMessage(node);
      return this.fail(node.offset, `there is no type ${node.typeName} whose values an expression can make`);
    }
    this.#messages.set(node.id, message);
    node.fields.forEach(({ name, value }, index) => {
      const type = types[index] as CelType;
      const field = message.field(name);
      if (field === undefined) {
        this.fail(value.offset, this.#resolver.unknownField(formatType(message.type), name, message.fieldNames));
      } else if (!this.substitution.assign([type], [field])) {
        const found = `expected ${formatType(field)}, found ${this.show(type)}`;
        this.fail(value.offset, `the field ${name} of ${formatType(message.type)}: ${found}`);
      }
    });
    return message.type;
  }

  /** What is wrong inside is said first. */
  #unsupportedMessage({ offset, typeName }: MessageNode): Error {
    const { source } = this.#ast;
    if (this.#issues.length > 0) return sourceErrors(source, this.#issues);
    return sourceError(source, offset, `protobuf messages are not supported: ${typeName}{…}`, "NOT_SUPPORTED");
  }

  #key(node: AstNode, scope: Scope | undefined): CelType {
    const type = this.visit(node, scope);
    if (isAny(type) || KEYS.has(type)) return type;
    return this.fail(node.offset, `a map's key must be a string, bool, int or uint, not ${this.show(type)}`);
  }

  #block(node: BlockNode, scope: Scope | undefined): CelType {
    let inner = scope;
    node.values.forEach((value, index) => {
      inner = { name: `@index${index}`, type: this.visit(value, inner), outer: inner };
    });
    return this.visit(node.body, inner);
  }
}
