// A verifier of a badge's place in its log, written from docs/log-format.md alone: Node's own SHA-256 and Ed25519, and
// npm's @sigstore/verify, whose file is the argument, for the path to the root. One JSON case a line in: the badge and
// the log's key. One verdict a line out.
const { verifyMerkleInclusion } = require(process.argv[2]);
const crypto = require("node:crypto");
const { createInterface } = require("node:readline");

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash("sha256")).digest();
const seconds = (micros) => Math.floor(micros / 1e6) * 1e3; // as a date
const must = (holds, what) => {
  if (!holds) throw new Error(what);
};

// Base64 of one kind, written in the one way there is: Node itself takes any.
function strict(text, kind) {
  const raw = Buffer.from(text, kind);
  must(raw.toString(kind) === text, `wanted ${kind}`);
  return raw;
}
const url64 = (text) => strict(text, "base64url");
const base64 = (text) => strict(text, "base64");

function only(badge, genre) {
  const found = badge.evidence.filter((each) => each.genre === genre);
  must(found.length === 1, `wanted one evidence of ${genre}`);
  return found[0].narrative;
}

function after(line, prefix) {
  must(line?.startsWith(prefix), `wanted ${prefix}`);
  return line.slice(prefix.length);
}

// The signed head: returns its size and root once the log's key has verified it (C2SP signed-note).
function head(note, vkey) {
  const [, name, id, material] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const key = base64(material);
  must(sha256(name, "\n", key).subarray(0, 4).toString("hex") === id && key[0] === 1, "no key");
  const end = note.lastIndexOf("\n\n") + 1;
  const text = note.slice(0, end);
  must(note.endsWith("\n"), "cut short");
  const lines = note.slice(end + 1).split("\n");
  const signatures = lines
    .map((line) => /^\u2014 (\S+) (\S+)$/.exec(line))
    .filter((line) => line && line[1] === name)
    .map((line) => base64(line[2]))
    .filter((signature) => signature.subarray(0, 4).toString("hex") === id);
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key.subarray(1)]);
  const ed25519 = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
  must(signatures.length > 0, "not signed by the log");
  must(signatures.every((each) => crypto.verify(null, Buffer.from(text), ed25519, each.subarray(4))), "bad signature");
  const [origin, size, root] = text.split("\n");
  must(origin === name, "another log");
  return { logSize: BigInt(size), logHash: base64(root) };
}

function leafOf(opening) {
  const commitments = opening.commitments.map(url64);
  const part = opening.parts["1"];
  must(opening.type === "guildbook.opening.1" && opening.topic === "award.issued.v1" && part, "no award");
  must(sha256(url64(part.salt), part.content).equals(commitments[1]), "another part");
  const numbers = Buffer.alloc(14);
  numbers.writeUInt32BE(opening.version, 0);
  numbers.writeBigInt64BE(BigInt(opening.recorded), 4);
  numbers.writeUInt16BE(Buffer.byteLength(opening.topic), 12);
  const count = Buffer.alloc(2);
  count.writeUInt16BE(commitments.length - 1);
  return sha256("guildbook.fact.1", url64(opening.stream), numbers, opening.topic, count, ...commitments);
}

function bind(badge, opening) {
  const said = JSON.parse(opening.parts["1"].content);
  const date = (micros) => new Date(seconds(micros)).toISOString().replace(".000Z", "Z");
  const practice = [
    `rule: ${said.rule}@${said.rule_version}`,
    `rule-hash: sha256:${String(said.rule_hash).replace(/^sha256:/, "")}`,
    `charter: ${said.charter_version}`,
    `earned: ${date(said.earned)}`,
    `evidence-root: sha256:${said.evidence_root}`,
    `evidence-count: ${said.evidence_count}`,
  ].join("\n");
  const home = badge.issuer.url;
  const base = home.slice(0, home.lastIndexOf("/c/"));
  const until = badge.validUntil === undefined ? undefined : Date.parse(badge.validUntil);
  const path = { badge: "badges", level: "levels", role: "roles" }[said.kind];
  must(path && only(badge, "org.guildbook.rule/v1") === practice, "other practice");
  must(badge.id === `${base}/credentials/${said.credential}`, "another credential");
  must(badge.credentialSubject.id === `${home}/m/${said.member}`, "another member");
  const page = `${home}/${path}/${encodeURIComponent(said.achievement)}`;
  must(badge.credentialSubject.achievement.id === page, "another achievement");
  must(until === (said.expires === undefined ? undefined : seconds(said.expires)), "another end");
  const { activityStartDate, activityEndDate } = badge.credentialSubject;
  const earned = seconds(said.earned);
  must(activityStartDate === undefined || Date.parse(activityStartDate) === earned, "another beginning");
  must(activityEndDate === undefined || Date.parse(activityEndDate) === until, "another end");
  const before = badge.evidence.filter((each) => each.genre === "org.guildbook.renewal/v1").map((each) => each.id);
  const follows = said.follows === undefined ? [] : [`${base}/credentials/${said.follows}`];
  must(JSON.stringify(before) === JSON.stringify(follows), "another one before");
  must(Date.parse(badge.validFrom) >= seconds(opening.recorded), "recorded after it was valid");
  const created = badge.proof?.created;
  must(created === undefined || Date.parse(created) >= seconds(opening.recorded), "recorded after it was signed");
}

function verify(badge, vkey) {
  const text = only(badge, "c2sp.org/tlog-proof@v1");
  const empty = text.indexOf("\n\n");
  const [type, extra, place, ...hashes] = text.slice(0, empty).split("\n");
  must(empty > 0 && type === "c2sp.org/tlog-proof@v1", "no proof");
  const opening = JSON.parse(base64(after(extra, "extra ")));
  const logIndex = after(place, "index ");
  const leaf = leafOf(opening);
  bind(badge, opening);
  const log = `/communities/${badge.issuer.url.split("/").pop()}/log`;
  must(text.slice(empty + 2).split("\n")[0].endsWith(log), "the log of another community");
  const inclusionProof = { logIndex, hashes: hashes.map(base64) };
  verifyMerkleInclusion({ canonicalizedBody: leaf, inclusionProof }, head(text.slice(empty + 2), vkey));
  return Number(logIndex) + 1;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { badge, key } = JSON.parse(line);
  try {
    console.log(`yes ${verify(badge, key)}`);
  } catch (error) {
    console.log("no");
  }
});
