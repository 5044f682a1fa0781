import { describe } from "node:test";
import { type ExpressionCase, REFUSED, testExpressions } from "../../../../../testing/cel-cases.ts";
import { createEnvironment } from "../../environment.ts";
import { STANDARD_LIBRARIES } from "../table.ts";
import { KUBERNETES_LIBRARIES } from "./libraries.ts";

const ENVIRONMENT = createEnvironment({ libraries: [...STANDARD_LIBRARIES, ...KUBERNETES_LIBRARIES] });

// What Kubernetes 1.36 gives (k8s.io/apiserver 0.36.3), asked once for each expression.

const FORMATS: readonly ExpressionCase[] = [
  ["format.dns1123Label().validate('my-label-name')", { optional: undefined }],
  [
    "format.dns1123Label().validate('My-Label')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  ["format.dns1123Label().validate('a.b')", { optional: ["must not contain dots"] }],
  [
    "format.dns1123Label().validate('a-')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  [
    "format.dns1123Label().validate('')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  [
    "format.dns1123Label().validate('-')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  [
    "format.dns1123Label().validate('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    { optional: undefined },
  ],
  [
    "format.dns1123Label().validate('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    { optional: ["must be no more than 63 characters"] },
  ],
  [
    "format.dns1123Label().validate('éééééééééééééééééééééééééééééééé')",
    {
      optional: [
        "must be no more than 63 characters",
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  [
    "format.dns1123Label().validate('a\\n')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  ["format.dns1123Subdomain().validate('apiextensions.k8s.io')", { optional: undefined }],
  [
    "format.dns1123Subdomain().validate('a..b')",
    {
      optional: [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
  ],
  [
    "format.dns1123Subdomain().validate('.a')",
    {
      optional: [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
  ],
  [
    "format.dns1123Subdomain().validate('a.')",
    {
      optional: [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
  ],
  [
    "format.dns1123Subdomain().validate('A.b')",
    {
      optional: [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
  ],
  [
    "format.dns1123Subdomain().validate('')",
    {
      optional: [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
  ],
  ["format.dns1035Label().validate('my-label-name')", { optional: undefined }],
  [
    "format.dns1035Label().validate('1abc')",
    {
      optional: [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  [
    "format.dns1035Label().validate('a.b')",
    {
      optional: [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  [
    "format.dns1035Label().validate('')",
    {
      optional: [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  ["format.qualifiedName().validate('apiextensions.k8s.io/v1beta1')", { optional: undefined }],
  ["format.qualifiedName().validate('a')", { optional: undefined }],
  [
    "format.qualifiedName().validate('')",
    {
      optional: [
        "name part must be non-empty",
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
  ],
  [
    "format.qualifiedName().validate('/')",
    {
      optional: [
        "prefix part must be non-empty",
        "name part must be non-empty",
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
  ],
  ["format.qualifiedName().validate('/a')", { optional: ["prefix part must be non-empty"] }],
  [
    "format.qualifiedName().validate('a/')",
    {
      optional: [
        "name part must be non-empty",
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
  ],
  [
    "format.qualifiedName().validate('a/b/c')",
    {
      optional: [
        "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ],
    },
  ],
  [
    "format.qualifiedName().validate('A/b')",
    {
      optional: [
        "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
  ],
  ["format.qualifiedName().validate('a.b/C_d.e-f')", { optional: undefined }],
  [
    "format.qualifiedName().validate('-a')",
    {
      optional: [
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
  ],
  [
    "format.qualifiedName().validate('a_')",
    {
      optional: [
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
  ],
  [
    "format.qualifiedName().validate('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    { optional: ["name part must be no more than 63 bytes"] },
  ],
  ["format.dns1123LabelPrefix().validate('my-label-prefix-')", { optional: undefined }],
  [
    "format.dns1123LabelPrefix().validate('-')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  ["format.dns1123LabelPrefix().validate('--')", { optional: undefined }],
  ["format.dns1123LabelPrefix().validate('a--')", { optional: undefined }],
  [
    "format.dns1123LabelPrefix().validate('é-')",
    {
      optional: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  ["format.dns1123LabelPrefix().validate('a.-')", { optional: undefined }],
  ["format.dns1123SubdomainPrefix().validate('mysubdomain.prefix.-')", { optional: undefined }],
  ["format.dns1123SubdomainPrefix().validate('a.b-')", { optional: undefined }],
  ["format.dns1123SubdomainPrefix().validate('.-')", { optional: undefined }],
  ["format.dns1035LabelPrefix().validate('my-label-prefix-')", { optional: undefined }],
  ["format.dns1035LabelPrefix().validate('1-')", { optional: undefined }],
  [
    "format.dns1035LabelPrefix().validate('1b-')",
    {
      optional: [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
  ],
  ["format.labelValue().validate('')", { optional: undefined }],
  ["format.labelValue().validate('a_B.c-1')", { optional: undefined }],
  [
    "format.labelValue().validate('-a')",
    {
      optional: [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    },
  ],
  [
    "format.labelValue().validate('a b')",
    {
      optional: [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    },
  ],
  [
    "format.labelValue().validate('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    { optional: ["must be no more than 63 bytes"] },
  ],
  ["format.uri().validate('http://example.com')", { optional: undefined }],
  ["format.uri().validate('/a')", { optional: undefined }],
  ["format.uri().validate('')", { optional: ['parse "": empty url'] }],
  ["format.uri().validate('../a')", { optional: ['parse "../a": invalid URI for request'] }],
  ["format.uri().validate('http://[::1')", { optional: ["parse \"http://[::1\": missing ']' in host"] }],
  ["format.uri().validate('http://a b/')", { optional: ['parse "http://a b/": invalid character " " in host name'] }],
  ["format.uri().validate('/%zz')", { optional: ['parse "/%zz": invalid URL escape "%zz"'] }],
  ["format.uri().validate('http://a:x/')", { optional: ['parse "http://a:x/": invalid port ":x" after host'] }],
  ["format.uri().validate('http://[::1]x/')", { optional: ['parse "http://[::1]x/": invalid port "x" after host'] }],
  ["format.uri().validate(':a')", { optional: ['parse ":a": missing protocol scheme'] }],
  ["format.uri().validate('http://u u@a/')", { optional: ['parse "http://u u@a/": net/url: invalid userinfo'] }],
  [
    "format.uri().validate('/a\\tb\"\\\\é\\u200b')",
    { optional: ['parse "/a\\tb\\"\\\\é\\u200b": net/url: invalid control character in URL'] },
  ],
  ["format.uri().validate('http://a[::1]/')", { optional: ['parse "http://a[::1]/": invalid IP-literal'] }],
  ["format.uri().validate('http://[1.2.3.4]/')", { optional: ['parse "http://[1.2.3.4]/": invalid IP-literal'] }],
  ["format.uuid().validate('123e4567-e89b-12d3-a456-426614174000')", { optional: undefined }],
  ["format.uuid().validate('123E4567E89B12D3A456426614174000')", { optional: undefined }],
  ["format.uuid().validate('123e4567-e89b12d3-a456-426614174000')", { optional: undefined }],
  ["format.uuid().validate('123e4567-e89b-12d3-a456-42661417400g')", { optional: ["does not match the UUID format"] }],
  ["format.uuid().validate('')", { optional: ["does not match the UUID format"] }],
  ["format.byte().validate('aGVsbG8=')", { optional: undefined }],
  ["format.byte().validate('')", { optional: ["invalid base64"] }],
  ["format.byte().validate('aGVsbG8')", { optional: ["invalid base64"] }],
  ["format.byte().validate('aGVs')", { optional: undefined }],
  ["format.byte().validate('aG==')", { optional: undefined }],
  ["format.byte().validate('a===')", { optional: ["invalid base64"] }],
  ["format.byte().validate('====')", { optional: ["invalid base64"] }],
  ["format.byte().validate('aG-_')", { optional: ["invalid base64"] }],
  ["format.byte().validate('aGVs\\n')", { optional: ["invalid base64"] }],
  ["format.date().validate('2021-01-01')", { optional: undefined }],
  ["format.date().validate('2021-02-29')", { optional: ["invalid date"] }],
  ["format.date().validate('2020-02-29')", { optional: undefined }],
  ["format.date().validate('1900-02-29')", { optional: ["invalid date"] }],
  ["format.date().validate('2000-02-29')", { optional: undefined }],
  ["format.date().validate('0000-01-01')", { optional: undefined }],
  ["format.date().validate('2021-13-01')", { optional: ["invalid date"] }],
  ["format.date().validate('2021-00-01')", { optional: ["invalid date"] }],
  ["format.date().validate('2021-01-00')", { optional: ["invalid date"] }],
  ["format.date().validate('2021-04-31')", { optional: ["invalid date"] }],
  ["format.date().validate('2021-1-1')", { optional: ["invalid date"] }],
  ["format.date().validate('21-01-01')", { optional: ["invalid date"] }],
  ["format.date().validate('12021-01-01')", { optional: ["invalid date"] }],
  ["format.date().validate('2021-01-01 ')", { optional: ["invalid date"] }],
  ["format.date().validate('')", { optional: ["invalid date"] }],
  ["format.datetime().validate('2021-01-01T00:00:00Z')", { optional: undefined }],
  ["format.datetime().validate('2021-01-01t00:00:00z')", { optional: undefined }],
  ["format.datetime().validate('2021-01-01 00:00:00Z')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('2021-01-01T00:00:00')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('2021-01-01T00:00:00.123Z')", { optional: undefined }],
  ["format.datetime().validate('2021-01-01T00:00:00x123Z')", { optional: undefined }],
  ["format.datetime().validate('2021-01-01T00:00:00+01:00')", { optional: undefined }],
  ["format.datetime().validate('2021-01-01T00:00:00+99:99')", { optional: undefined }],
  ["format.datetime().validate('2021-01-01T24:00:00Z')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('2021-01-01T23:60:00Z')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('2021-01-01T23:59:60Z')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('2021-02-30T23:59:59Z')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('2021-01-01T00:00:00Ztrailing')", { optional: undefined }],
  ["format.datetime().validate('T')", { optional: ["invalid datetime"] }],
  ["format.datetime().validate('')", { optional: ["invalid datetime"] }],
  ["format.named('dns1123Label').hasValue()", true],
  ["format.named('dns1123label').hasValue()", false],
  ["format.named('email').hasValue()", false],
  ["format.named('__proto__').hasValue()", false],
  ["format.named('uuid').value().validate('x')", { optional: ["does not match the UUID format"] }],
  ["format.named('uuid').optMap(f, f.validate('x').hasValue())", { optional: true }],
  ["format.uuid() == format.named('uuid').value()", true],
  ["format.uuid() == format.byte()", false],
  ["format.email().validate('x')", REFUSED],
  ["format.dns1123Label.validate('a')", REFUSED],
  ["type(format.uuid()) == type(format.byte())", true],
  ["format.dns1123Label().validate('A').orValue([]).size()", 1],
];

describe("named formats", () => testExpressions(ENVIRONMENT, FORMATS));
