/** Measured on lines as logs have them: of the first list nothing secret may stay, of the second nothing may go. */
import { expect, test } from "vitest";
import { maskSecrets } from "./mask.ts";

/** Each holds `S3cr3t` in the secret, which must not stay, and `keep` beside it, which must. */
const SECRET_LINES: readonly string[] = [
  'keep level=error dsn="app:S3cr3t@tcp(10.0.0.1:3306)/cloud?parseTime=true"',
  "keep open root:S3cr3t!@unix(/var/run/mysqld/mysqld.sock)/db",
  "keep dsn app:S3cr3t@tcp([2001:db8::1]:3306)/cloud",
  "keep app:p@ss:S3cr3t@(db)/cloud",
  "keep mysql -h db -uapp -pS3cr3t cloud -e 'select 1'",
  "keep mysqldump -pS3cr3t --all-databases",
  "keep mariadb --user=app --password=S3cr3t",
  "keep PGPASSWORD=S3cr3t psql -h db",
  "keep curl -u admin:S3cr3t https://x.example/api",
  "keep curl -sSu admin:S3cr3t https://x.example/api",
  "keep curl --user 'admin:S3cr3t' https://x.example/api",
  "keep wget --http-password=S3cr3t https://x.example",
  "keep pass=S3cr3t",
  "keep db_pass: S3cr3t",
  "keep passphrase=S3cr3t",
  "keep passphrase 'S3cr3t phrase with S3cr3t'".replace("passphrase '", "passphrase: '"),
  "keep pwd=S3cr3t;server=db",
  "keep Server=db;User Id=sa;Password=S3cr3t;Encrypt=true",
  "keep token ghp_S3cr3tS3cr3tS3cr3tS3cr3t12345678",
  "keep gho_S3cr3tS3cr3tS3cr3tS3cr3t12345678 was used",
  "keep github_pat_11ABCDEFG0S3cr3tS3cr3tS3cr3t_S3cr3tS3cr3t",
  "keep slack xoxb-123456789012-123456789012-S3cr3tS3cr3tS3cr3t",
  "keep xoxp-1-2-3-S3cr3tS3cr3t",
  "keep webhook https://hooks.slack.com/services/T000/B000/S3cr3tS3cr3tS3cr3t",
  "keep aws AKIAS3CR3TS3CR3TS3CR used".replace("S3CR3TS3CR3TS3CR", "IOSFODNN7S3cr3tA".toUpperCase()),
  "keep AWS_SECRET_ACCESS_KEY=S3cr3t/S3cr3tEXAMPLEKEY",
  "keep aws_session_token = S3cr3t//////////",
  "keep glpat-S3cr3tS3cr3tS3cr3t1",
  "keep eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJTM2NyM3QifQ.S3cr3tS3cr3tS3cr3t",
  'keep {"jwt":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJTM2NyM3QifQ.S3cr3tS3cr3tS3cr3t"}',
  "keep\n-----BEGIN RSA PRIVATE KEY-----\nS3cr3tS3cr3t\n-----END RSA PRIVATE KEY-----",
  "keep\n-----BEGIN OPENSSH PRIVATE KEY-----\nS3cr3t",
  'keep key="-----BEGIN EC PRIVATE KEY-----\\nS3cr3t\\n-----END EC PRIVATE KEY-----\\n"',
  "keep\n-----BEGIN PGP PRIVATE KEY BLOCK-----\nS3cr3t\n-----END PGP PRIVATE KEY BLOCK-----",
  "keep Cookie: session=S3cr3t; theme=dark",
  "keep Set-Cookie: sid=S3cr3t; HttpOnly; Path=/",
  "keep > cookie: sid=S3cr3t",
  'keep headers={"Cookie":["sid=S3cr3t"]}',
  "keep Authorization: Bearer S3cr3tS3cr3tS3cr3t",
  "keep Authorization: Basic UzNjcjN0S3cr3t==",
  'keep Authorization: Digest username="u", response="S3cr3t"',
  "keep Authorization: AWS4-HMAC-SHA256 Credential=A/S3cr3t, Signature=S3cr3t",
  'keep authorization="Negotiate S3cr3tS3cr3t"',
  "keep X-Api-Key: S3cr3tS3cr3t",
  "keep X-Auth-Token: S3cr3t",
  "keep X-Vault-Token: hvs.S3cr3tS3cr3tS3cr3tS3cr3t",
  'keep {"password":"a\\"S3cr3t"}',
  'keep {"password": "S3cr3t, with S3cr3t", "user": "u"}',
  'keep msg="{\\"secret\\":\\"S3cr3t\\\\\\"S3cr3t\\"}"',
  "keep postgres://app:S3cr3t@db:5432/cloud?sslmode=verify-full",
  "keep redis://:S3cr3t@cache:6379/0",
  "keep amqp://u:S3cr3t%40x@mq/vhost",
  "keep https://S3cr3tS3cr3tS3cr3tS3cr3t@github.com/x/y.git",
  "keep https://x.example/cb?access_token=S3cr3t&state=1",
  "keep https://x.blob.example/c?sig=S3cr3tS3cr3t%3D&se=2026",
  "keep https://bucket.s3.amazonaws.com/k?X-Amz-Signature=S3cr3tS3cr3t&X-Amz-Date=1",
  "keep\nstringData:\n  password: S3cr3t\n  user: app",
  "keep export DB_PASSWORD='S3cr3t'",
  'keep env DATABASE_PASSWORD="S3cr3t x S3cr3t" started',
  "keep\nkind: Secret\ndata:\n  db-password: UzNjcjN0S3cr3tS3cr3t==\n  other: UzNjcjN0S3cr3tS3cr3t==",
  "keep client-key-data: LS0tLS1CRUdJTiBS3cr3t",
  "keep private_key_id=x private_key=S3cr3t",
  "keep docker login -u app -p S3cr3t registry.example",
  "keep sshpass -p 'S3cr3t' ssh db",
  'keep {"auths":{"r.example":{"auth":"YXBwOlMzY3IzdAS3cr3t=="}}}',
  "keep npm_S3cr3tS3cr3tS3cr3tS3cr3tS3cr3t123456",
  "keep IDENTIFIED BY 'S3cr3t'",
  "keep ALTER USER app WITH PASSWORD 'S3cr3t'",
  "keep sk_live_S3cr3tS3cr3tS3cr3tS3cr3t",
  "keep client_secret=S3cr3t&grant_type=x",
];

/** Ordinary lines, with words that look as if a secret came. */
const ORDINARY_LINES: readonly string[] = [
  "the Service shop/api uses 192.0.2.40, and no usage of it is recorded.",
  'level=error msg="record not found" func=database.GetIPPoolBasedOnIP id=0',
  "I1128 08:01:02.123456       1 main.go:12] token bucket is full",
  "password authentication failed for user app",
  "Access denied for user 'app'@'10.0.0.1' (using password: YES)",
  "the password of app has expired",
  "basic checks passed in 12 ms",
  "bearer of the flag",
  "basic auth is disabled",
  "no token was given",
  "secret default/web-tls was not found",
  'MountVolume.SetUp failed for volume "creds" : secret "db-creds" not found',
  "http://10.0.0.1:8080/pools/a@b",
  "git@github.com:x/y.git",
  "mail to ops@example.com",
  "2026-11-28T08:01:02Z user@host:22 connected",
  "compass=north bypass=true",
  "passed=3 failed=0",
  "pool/gpu\n  ledger:  192.0.2.0/24\n  cluster: 2001:db8::/64",
  "mysql said that the table is full",
  "mysql -P 3306 -h db cloud",
  "mysqld: ready for connections. port: 3306",
  "curl -s https://x.example/healthz",
  "curl: (7) Failed to connect to 10.0.0.1 port 443",
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
  "cookies are not used here",
  "GET /api/v1/secrets?limit=500 200",
  "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "uid=6f1c7c1e-2f5b-4b4e-9a7e-0b8b2b7f6a11",
  "commit 4e41a71c5bc33d60e8fb8a1d5f0b859d809a7aa2",
  "metallb.io/ip-allocated-from-pool: gpu-public",
  "error: dial tcp 10.0.0.1:3306: connect: connection refused",
  "E1128 08:01:02 reflector.go:1] failed to list *v1.Secret: forbidden",
  "tokenizer=bpe took 3 s",
  "secretary=bob",
  "authored by ana",
  "https://docs.example/pages?page=2&sort=name",
  "the key of the map is pool",
  "keyspace=cloud replicas=3",
  "signal=SIGTERM sig=15",
  "secretName: web-tls",
  "token_type=x password_file=/etc/pw",
  "password-file: /run/db-address",
  "docker run -p 8080:80 nginx",
  "docker login succeeded",
  "the tokens are counted by namespace",
  "auth: enabled",
  "standard by 'default'",
  "Cookie banners are off",
  "checked by 'ana'",
];

test("RC-07 of the lines with secrets none leaks one", () => {
  expect(SECRET_LINES.length).toBeGreaterThanOrEqual(60);
  const leaks = SECRET_LINES.filter((line) => /s3cr3t/i.test(maskSecrets(line)));
  expect(leaks.map((line) => `${line} → ${maskSecrets(line)}`)).toEqual([]);
});

test("RC-07 what stands beside a secret stays, and masking twice is masking once", () => {
  for (const line of SECRET_LINES) {
    const masked = maskSecrets(line);
    expect(masked).toContain("keep");
    expect(masked).toContain("[masked]");
    expect(maskSecrets(masked)).toBe(masked);
  }
});

test.each(ORDINARY_LINES)("RC-07 the ordinary line %j stays as it is", (line) => {
  expect(maskSecrets(line)).toBe(line);
});
