// npm's own reader of inclusion proofs (@sigstore/verify), whose file is the argument. One JSON case a line in,
// hashes in hexadecimal; one verdict a line out.
const { verifyMerkleInclusion } = require(process.argv[2]);
const { createInterface } = require("node:readline");

const bytes = (text) => Buffer.from(text, "hex");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { entry, index, size, proof, root } = JSON.parse(line);
  const inclusionProof = { logIndex: String(index), hashes: proof.map(bytes) };
  try {
    verifyMerkleInclusion(
      { canonicalizedBody: bytes(entry), inclusionProof },
      { logSize: BigInt(size), logHash: bytes(root) },
    );
    console.log("yes");
  } catch (error) {
    console.log(error.code === "TLOG_INCLUSION_PROOF_ERROR" ? "no" : String(error));
  }
});
