// Package logproof checks what the ledger hands out: signed heads, proofs that a row stands in the
// ledger, proofs that an older head belongs to the same ledger, and the short code of a receipt. It
// needs nothing but the bytes it is given, so whoever doubts the portal can check without it.
//
// The tree and its proofs are those of RFC 9162, section 2.1 (as in RFC 6962, section 2.1), with
// SHA-256. A head is a checkpoint (C2SP tlog-checkpoint) in a signed note (C2SP signed-note) with an
// Ed25519 signature (RFC 8032). docs/ledger.md gives every format byte by byte.
//
// What a proof shows: the row with this hash stands at this place of the ledger that the head speaks
// of. That the head is the portal's is shown by the signature, and only as far as the key is the
// portal's: the key that comes with a proof has to be compared with one that was read elsewhere.
package logproof
