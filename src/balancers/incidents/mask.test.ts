import { expect, test } from "vitest";
import { LONGEST_LINE, LONGEST_TEXT, maskSecrets } from "./mask.ts";

test.each([
  "mysql://app:S3cret@db/pools",
  "mysql://app:S3cr/S3cret@db/pools",
  "http://proxy:3128/,postgres://app:S3cret@db/pools",
  "https://:S3cret@registry.example/v2",
  "app:S3cret@tcp(10.0.0.1:3306)/cloud?parseTime=true",
  "dsn=app:S3cret@unix(/run/mysqld.sock)/cloud",
  "Authorization: Bearer S3cretS3cret",
  "authorization: Basic S3cretS3cret==",
  "  bearer   S3cretS3cret",
  "Cookie: session=S3cret; csrf=S3cret",
  "Set-Cookie: session=S3cret; HttpOnly",
  '{"authorization":"Token S3cret x S3cret"}',
  'token: "S3cret value"',
  "DB_PASSWORD=S3cret",
  "db.pass=S3cret",
  "token: Bearer S3cret",
  "smtpPass: S3cret",
  "passphrase = 'S3cret x'",
  '{"apiKey": "S3cret"}',
  '{"password":"a\\"S3cret"}',
  '{"msg":"{\\"password\\":\\"S3cret x S3cret\\",\\"a\\":1}"}',
  "password := S3cret",
  "password => S3cret",
  "password:\n  S3cret",
  "password: |\n  S3cret x S3cret",
  'tokens: ["S3cret", "S3cret"]',
  'password: "S3cret and S3cret',
  "--password S3cret",
  "mysql -h db -u app -pS3cret cloud",
  "mysqldump --single-transaction -pS3cret cloud",
  "curl -u app:S3cret https://x.example/",
  "curl --user=app:S3cret https://x.example/",
  "sshpass -p S3cret ssh db",
  "redis-cli -a S3cret ping",
  "ghp_S3cretS3cretS3cretS3cretS3cret123456",
  "glpat-S3cretS3cretS3cret12",
  "xoxb-123456789012-S3cretS3cret",
  "sk_live_S3cretS3cretS3cret",
  "eyJhbGciOi.eyJzdWIiOiS3cret.S3cretS3cret",
  "x.y-eyJhbGciOi.eyJzdWIiOiS3cret.S3cretS3cret",
  "-----BEGIN RSA PRIVATE KEY-----\nS3cret\n-----END RSA PRIVATE KEY-----",
  "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nS3cret",
])("RC-07 %s is masked", (text) => {
  const masked = maskSecrets(`before ${text}`);
  expect(masked).not.toContain("S3cret");
  expect(masked).toContain("[masked]");
  expect(masked).toContain("before ");
  expect(maskSecrets(masked)).toBe(masked);
});

test.each([
  "the Service shop/api uses 192.0.2.40, and no usage of it is recorded.",
  "http://10.0.0.1:8080/pools/a@b",
  "pool/gpu\n  ledger:  192.0.2.0/24\n  cluster: 2001:db8::/64",
  "mysql said that the table is full",
  "git@github.com:x/y.git compass=north",
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
])("RC-07 %s has no secret, and stays", (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test("RC-07 what stands around a secret stays, on its own line and on others", () => {
  expect(maskSecrets("a=1 password=S3cret b=2\nc=3")).toBe("a=1 password=[masked] b=2\nc=3");
  expect(maskSecrets('{"password":"S3cret","a":1}')).toBe('{"password":[masked],"a":1}');
  expect(maskSecrets("token=ghp_S3cretS3cretS3cret123 b=2")).toBe("token=[masked] b=2");
  expect(maskSecrets('password: "S3cret\nnext line')).toBe("password: [masked]\nnext line");
});

test("RC-07 a text that is too long is cut, and so is a line, never within a secret", () => {
  const long = maskSecrets(`${"x ".repeat(LONGEST_TEXT)}password=S3cret`);
  expect(long.length).toBeLessThan(LONGEST_TEXT + 100);
  expect(long).toContain("more characters)");
  expect(maskSecrets("y".repeat(LONGEST_LINE + 7))).toBe(`${"y".repeat(LONGEST_LINE)}… (7 more characters)`);
  for (let shift = 0; shift < 40; shift += 5) {
    const before = "z\n".repeat((LONGEST_TEXT - 20) / 2 + shift);
    const text = `${before}mysql://app:S3cret@db password=S3cret ${"z\n".repeat(LONGEST_TEXT)}`;
    expect(/S3|cret@/.test(maskSecrets(text)), `${shift}`).toBe(false);
  }
});

/** Characters that are read by whatever searches a text meanwhile. */
function looksOf(work: () => void): number {
  let looks = 0;
  const { exec } = RegExp.prototype;
  const { indexOf, lastIndexOf, includes } = String.prototype;
  RegExp.prototype.exec = function (text) {
    const start = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, text);
    const seen = found === null ? text.length : found.index + found[0].length;
    looks += found === null && this.sticky ? 1 : seen - start + 1;
    return found;
  };
  String.prototype.indexOf = function (sought, from = 0) {
    const found = indexOf.call(this, sought, from);
    looks += (found < 0 ? this.length : found) - from + 1;
    return found;
  };
  String.prototype.lastIndexOf = function (sought) {
    looks += this.length;
    return lastIndexOf.call(this, sought);
  };
  String.prototype.includes = function (sought) {
    looks += this.length;
    return includes.call(this, sought);
  };
  try {
    work();
  } finally {
    RegExp.prototype.exec = exec;
    Object.assign(String.prototype, { indexOf, lastIndexOf, includes });
  }
  return looks;
}

const PIECES = [
  ...["a.a.a.", "passwordpassword", "a-a-", "eyJ", "-eyJ", "eyJaaaaaa.", "password", "password ", "tokens=["],
  ...[
    'password="',
    "password='\\",
    'password=\\"',
    "mysql ",
    "mysql -",
    "curl -",
    "a://",
    "a://b:80/",
    "a:b@",
  ],
  ...["@tcp(", "-----BEGIN ", "-----BEGIN PRIVATE KEY", "-----END ", "bearer ", "basic aaaa ", "sk-", "ghp_"],
  ...["xoxb-", "cookie", '"', "\\", '\\\\\\"', "[", "--token ", "token=", "=", " ", "\n", "é"],
];

test("RC-07 the work grows as the text does, whatever stands in it", () => {
  const worst = { each: 0, text: "" };
  const pairs = PIECES.map((piece, at) => piece + PIECES[(at * 7 + 5) % PIECES.length]);
  for (const piece of [...PIECES, ...pairs]) {
    const looksAt = (length: number) => {
      const text = piece.repeat(length / piece.length);
      return looksOf(() => maskSecrets(text)) / text.length;
    };
    const [short, long] = [looksAt(2_000), looksAt(20_000)];
    // Each character of a text that is ten times as long would be read ten times as often if this were
    // quadratic.
    expect(long, piece).toBeLessThan(1.5 * short);
    if (long > worst.each) Object.assign(worst, { each: long, text: piece });
  }
  expect(worst.each, worst.text).toBeLessThan(300);
});
